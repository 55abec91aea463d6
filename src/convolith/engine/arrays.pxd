"""NumPy arrays as pointers: what every function of the engine checks first."""

cimport numpy as cnp


cdef inline int kind_of(object array) except -1:
    """NumPy's number of an array's element type, float32 or float64.

    Raises:
        TypeError: not an array of one of them, or not C-contiguous, aligned and in native byte order.
    """
    cdef int kind
    if cnp.PyArray_Check(array) and cnp.PyArray_ISCARRAY_RO(<cnp.ndarray>array):
        kind = cnp.PyArray_TYPE(<cnp.ndarray>array)
        if kind == cnp.NPY_FLOAT32 or kind == cnp.NPY_FLOAT64:
            return kind
    raise TypeError(f"engine: expected a C-contiguous array of float32 or float64, got {describe(array)}")


cdef inline void* elements(object array, int kind, Py_ssize_t size, bint write=False) except? NULL:
    """Where an array of `size` elements of the type `kind` begins; NULL for None.

    Raises:
        TypeError: not such an array, or not writable where `write` is set.
        ValueError: another number of elements.
    """
    if array is None:
        return NULL
    if not (cnp.PyArray_Check(array) and cnp.PyArray_ISCARRAY_RO(<cnp.ndarray>array)
            and cnp.PyArray_TYPE(<cnp.ndarray>array) == kind
            and (not write or cnp.PyArray_ISWRITEABLE(<cnp.ndarray>array))):
        raise TypeError(f"engine: expected a C-contiguous{' writable' if write else ''} array of one element type, "
                        f"float32 or float64, with the call's other arrays, got {describe(array)}")
    if cnp.PyArray_SIZE(<cnp.ndarray>array) != size:
        raise ValueError(f"engine: expected an array of {size} elements, got {describe(array)}")
    return cnp.PyArray_DATA(<cnp.ndarray>array)


cdef inline str describe(object array):
    return f"{array.dtype} {array.shape}" if cnp.PyArray_Check(array) else type(array).__name__


cdef inline bint rectified(object activation) except -1:
    """Whether the activation is the rectifier, else none.

    Raises:
        ValueError: neither "relu" nor None.
    """
    if activation is not None and activation != "relu":
        raise ValueError(f"engine: expected the activation 'relu' or None, got {activation!r}")
    return activation is not None
