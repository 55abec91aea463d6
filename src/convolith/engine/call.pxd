"""Work of the engine, checked and done, that is ready to be done again."""

# Does the work that a job describes: a struct of its own, with the pointers into the arrays.
ctypedef int (*Work)(const void* job) except -1


cdef class Call:
    cdef Work work
    cdef void* job            # ours
    cdef tuple arrays         # what the job points into


# Do the work, and give the Call that does it again; `size` bytes of the job are copied. `arrays` must hold all that the
# job points into, and arrays whose memory stays where it is.
cdef Call done(Work work, const void* job, size_t size, tuple arrays)
