"""Products of few rows with a large matrix: bound by memory, they read or write the matrix once, in its own order."""

from convolith.engine.dispatch cimport Vectors, real
from convolith.engine.step cimport Step

# Rows up to which these are the better way, and bytes of the matrix from which on.
cdef enum:
    FEW_ROWS = 8              # up to so many rows, packing any matrix takes longer than the product
    SOME_ROWS = 32            # up to so many, packing one that leaves the cache does
    LARGE = 1024 * 1024       # bytes of such a matrix

cdef inline bint streams(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, size_t size) noexcept nogil:
    """Whether so few rows meet a matrix (depth, columns), of elements of `size` bytes, that it is read in place."""
    return rows <= FEW_ROWS or rows <= SOME_ROWS and depth * columns * <ptrdiff_t>size >= LARGE

# C (rows, columns) = A (rows, depth) B (depth, columns) + bias (columns, or NULL), rectified or not. All dense, and C
# apart.
cdef int stream_product(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const real* a, const real* b,
                        const real* bias, bint relu, real* c) except -1 nogil

# C (rows, depth) = A (rows, columns) times the transpose of B (depth, columns).
cdef int stream_transposed(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const real* a, const real* b,
                           real* c) except -1 nogil

# C (depth, columns) = the transpose of A (rows, depth) times B (rows, columns); with a `step` (else NULL) C is nowhere
# written, as it is the gradient that moves the step's parameter.
cdef int stream_outer(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, const real* a, const real* b,
                      const Step* step, real* c) except -1 nogil

# Bytes of working memory that these three take, with the threads of now.
cdef size_t stream_product_scratch(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, Vectors vectors) noexcept nogil
cdef size_t stream_transposed_scratch(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns,
                                      Vectors vectors) noexcept nogil
cdef size_t stream_outer_scratch(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns, Vectors vectors) noexcept nogil
