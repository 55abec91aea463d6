"""Arrays as pointers, through Python's buffer protocol: what every function of the engine checks first."""

from libc.stdint cimport int64_t

# The element types, as `kind_of` gives them.
cdef enum:
    FLOAT32 = 1
    FLOAT64 = 2

# An array's element type.
# Raises TypeError: not FLOAT32 or FLOAT64, or not C-contiguous, aligned and in native byte order.
cdef int kind_of(object array) except -1

# Where an array of `size` elements of the type `kind` begins; NULL for None.
# Raises TypeError: not such an array, or not writable where `write` is set. ValueError: another number of elements.
cdef void* elements(object array, int kind, Py_ssize_t size, bint write=*) except? NULL

# Where an array of `size` integers of 64 bits begins. Raises as `elements` does.
cdef int64_t* integers(object array, Py_ssize_t size, bint write=*) except? NULL

# Whether the activation is the rectifier, else none. Raises ValueError: neither "relu" nor None.
cdef bint rectified(object activation) except -1
