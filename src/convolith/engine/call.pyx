"""Work of the engine, checked and done, that is ready to be done again."""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy


cdef class Call:
    """What a function of the engine has just done, to be done again by calling it: on the same arrays, whose elements
    may have changed, with nothing left to check or to look up.
    """

    def __cinit__(self):
        self.job = NULL

    def __init__(self):
        raise TypeError("Call: only the engine's functions make one")

    def __dealloc__(self):
        free(self.job)

    def __call__(self):
        self.work(self.job)


cdef Call done(Work work, const void* job, size_t size, tuple arrays):
    cdef Call call
    work(job)
    call = Call.__new__(Call)
    call.job = malloc(size)
    if call.job == NULL:
        raise MemoryError("engine: no memory for a call")
    memcpy(call.job, job, size)
    call.work = work
    call.arrays = arrays
    return call
