"""Working memory of the engine's functions."""

cdef void* acquire(size_t size) except NULL nogil
cdef void release(void* memory) noexcept nogil

cdef inline size_t aligned(size_t size) noexcept nogil:
    """The next multiple of a cache line."""
    return (size + 63) // 64 * 64
