"""Working memory of the engine's functions: kept from call to call, one block for each call that runs at a time.

A block grows to the largest request that it ever met, so memory is bounded by the largest op times the number of
threads that call at once, whatever shapes come by.
"""

from cpython.pythread cimport PyThread_acquire_lock, PyThread_allocate_lock, PyThread_release_lock, PyThread_type_lock

cdef extern from "memory.h":
    void* convolith_allocate(size_t size) noexcept nogil
    void convolith_free(void* block) noexcept nogil

cdef struct Block:
    void* memory
    size_t size
    bint taken

cdef enum:
    BLOCKS = 64

cdef Block[BLOCKS] blocks
cdef PyThread_type_lock lock = PyThread_allocate_lock()


cdef void* acquire(size_t size) except NULL nogil:
    """Memory of at least `size` bytes, aligned to 64, for the caller alone until it gives it back by `release`.

    Raises:
        MemoryError: there is no such memory, or more than 64 calls run at once.
    """
    cdef Block* best = NULL
    cdef int i
    PyThread_acquire_lock(lock, 1)
    for i in range(BLOCKS):
        if not blocks[i].taken and (best == NULL or blocks[i].size > best.size):
            best = &blocks[i]
    if best != NULL:
        best.taken = True
        if best.size < size or best.memory == NULL:
            convolith_free(best.memory)
            best.size = max(size, <size_t>64)
            best.memory = convolith_allocate(best.size)
            if best.memory == NULL:
                best.size = 0
                best.taken = False
                best = NULL
    PyThread_release_lock(lock)
    if best == NULL:
        with gil:
            raise MemoryError(f"convolith: no {size} bytes of working memory")
    return best.memory


cdef void release(void* memory) noexcept nogil:
    """Give back what `acquire` returned."""
    cdef int i
    PyThread_acquire_lock(lock, 1)
    for i in range(BLOCKS):
        if blocks[i].memory == memory and blocks[i].taken:
            blocks[i].taken = False
            break
    PyThread_release_lock(lock)


def reserved():
    """Bytes of working memory that the process holds."""
    return sum(blocks[i].size for i in range(BLOCKS))
