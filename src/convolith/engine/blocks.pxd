"""Cutting extents into blocks."""


cdef inline ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) noexcept nogil:
    return (a + b - 1) // b


cdef inline ptrdiff_t even(ptrdiff_t size, ptrdiff_t most) noexcept nogil:
    """The size of parts that cut `size` as evenly as can be into parts of at most `most`."""
    return ceil_div(size, ceil_div(size, most))
