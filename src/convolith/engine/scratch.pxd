"""Working memory of the engine's functions."""

cdef void* acquire(size_t size) except NULL
cdef void release(void* memory) noexcept
