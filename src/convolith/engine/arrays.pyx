"""Arrays as pointers: no NumPy is needed to build this, and one build works with all versions of NumPy."""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer,
)
from libc.stdint cimport int64_t, uintptr_t


cdef int format_of(object array, bint write, Py_buffer* view) except -1:
    """The one character of an array's element type, where it can be read (written) in one run of aligned elements.

    0 for all others; two characters are another byte order. Fills `view`, which outlives nothing.
    """
    cdef int code
    if not PyObject_CheckBuffer(array):
        return 0
    try:
        PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (PyBUF_WRITABLE if write else 0))
    except (BufferError, ValueError):
        return 0
    code = view.format[0] if view.format[0] and not view.format[1] else 0
    PyBuffer_Release(view)  # the engine's caller holds the array
    return code if <uintptr_t>view.buf % <size_t>view.itemsize == 0 else 0


cdef int kind_of(object array) except -1:
    cdef Py_buffer view
    cdef int code = format_of(array, False, &view)
    if code == c"f":
        return FLOAT32
    if code == c"d":
        return FLOAT64
    raise TypeError(f"engine: expected a C-contiguous array of float32 or float64, got {describe(array)}")


cdef void* elements(object array, int kind, Py_ssize_t size, bint write=False) except? NULL:
    cdef Py_buffer view
    if array is None:
        return NULL
    if format_of(array, write, &view) != (c"f" if kind == FLOAT32 else c"d"):
        raise TypeError(f"engine: expected a C-contiguous{' writable' if write else ''} array of one element type, "
                        f"float32 or float64, with the call's other arrays, got {describe(array)}")
    return counted(array, &view, size)


cdef int64_t* integers(object array, Py_ssize_t size, bint write=False) except? NULL:
    cdef Py_buffer view
    cdef int code = format_of(array, write, &view)
    if (code != c"l" and code != c"q") or view.itemsize != 8:
        raise TypeError(f"engine: expected a C-contiguous{' writable' if write else ''} array of int64, "
                        f"got {describe(array)}")
    return <int64_t*>counted(array, &view, size)


cdef void* counted(object array, const Py_buffer* view, Py_ssize_t size) except? NULL:
    if view.len != size * view.itemsize:
        raise ValueError(f"engine: expected an array of {size} elements, got {describe(array)}")
    return view.buf


cdef str describe(object array):
    return f"{array.dtype} {array.shape}" if hasattr(array, "dtype") else type(array).__name__


cdef bint rectified(object activation) except -1:
    if activation is not None and activation != "relu":
        raise ValueError(f"engine: expected the activation 'relu' or None, got {activation!r}")
    return activation is not None
