"""Working memory of the engine's functions: kept from call to call, one block for each call that runs at a time.

A block grows to the largest request that it ever met, so memory is bounded by the largest op times the number of
threads that call at once, whatever shapes come by; of blocks that nobody uses, a few are kept.
"""

from cpython.pythread cimport PyThread_acquire_lock, PyThread_allocate_lock, PyThread_release_lock, PyThread_type_lock

from convolith.engine.threads cimport convolith_at_fork

cdef extern from "memory.h":
    void* convolith_allocate(size_t size) noexcept nogil
    void convolith_free(void* block) noexcept nogil

cdef enum:
    HEADER = 64               # bytes before the memory of a block, where its Block lies
    KEPT = 16                 # blocks that are kept though nobody uses them

cdef struct Block:
    size_t size               # of the memory behind the header
    Block* next

cdef Block* idle = NULL       # the blocks that nobody uses, the largest first
cdef int idle_count = 0
cdef size_t total = 0         # bytes of all blocks, in use or idle
cdef PyThread_type_lock lock = PyThread_allocate_lock()


cdef void hold() noexcept nogil:
    PyThread_acquire_lock(lock, 1)


cdef void let_go() noexcept nogil:
    PyThread_release_lock(lock)


cdef void* acquire(size_t size) except NULL nogil:
    """Memory of at least `size` bytes, aligned to 64, for the caller alone until it gives it back by `release`.

    Raises:
        MemoryError: there is no such memory.
    """
    global idle, idle_count, total
    cdef Block* block
    cdef size_t given = 0
    hold()
    block = idle
    if block != NULL:
        idle = block.next
        idle_count -= 1
        if block.size < size:
            total -= block.size
    let_go()
    if block != NULL and block.size < size:
        convolith_free(block)
        block = NULL
    if block == NULL:
        block = <Block*>convolith_allocate(size + HEADER)
        if block == NULL:
            with gil:
                raise MemoryError(f"convolith: no {size} bytes of working memory")
        block.size = given = size
    hold()
    total += given
    let_go()
    return <char*>block + HEADER


cdef void release(void* memory) noexcept nogil:
    """Give back what `acquire` returned."""
    global idle, idle_count, total
    cdef Block* block = <Block*>(<char*>memory - HEADER)
    cdef Block** place
    cdef bint keep
    hold()
    keep = idle_count < KEPT
    if keep:
        place = &idle
        while place[0] != NULL and place[0].size > block.size:
            place = &place[0].next
        block.next = place[0]
        place[0] = block
        idle_count += 1
    else:
        total -= block.size
    let_go()
    if not keep:
        convolith_free(block)


def reserved():
    """Bytes of working memory that the process holds."""
    return total


def give_back():
    """Free the blocks that no call uses now."""
    global idle, idle_count, total
    cdef Block* block
    cdef Block* after
    hold()
    block = idle
    idle, idle_count = NULL, 0
    let_go()
    while block != NULL:
        after = block.next
        hold()
        total -= block.size
        let_go()
        convolith_free(block)
        block = after


# A fork waits until no other thread changes the list, and the child's copy of the lock is free.
convolith_at_fork(hold, let_go, let_go)
