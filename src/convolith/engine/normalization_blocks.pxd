"""Blocks of rows of a normalisation: what is done with each, and how their moments and sums are put together."""

from libc.math cimport sqrt

from convolith.engine.blocks cimport ceil_div, even
from convolith.engine.dispatch cimport f32, f64, real

cdef enum:
    CHAIN = 256               # rows that are summed in one chain, at most
    BLOCK_BYTES = 128 * 1024  # of a block of rows, which is read twice
    STRIPE = 64               # channels whose blocks a thread puts together at a time


cdef inline void moments_of_block(ptrdiff_t rows, ptrdiff_t channels, const real* source, real* mean,
                                  real* squares) noexcept nogil:
    if real is float:
        f32.moments(rows, channels, source, mean, squares)
    else:
        f64.moments(rows, channels, source, mean, squares)


cdef inline void normalize_block(ptrdiff_t rows, ptrdiff_t channels, const real* source, const real* mean,
                                 const real* scale, const real* shift, const real* other, int relu,
                                 real* result) noexcept nogil:
    if real is float:
        f32.normalize(rows, channels, source, mean, scale, shift, other, relu, result)
    else:
        f64.normalize(rows, channels, source, mean, scale, shift, other, relu, result)


cdef inline void sums_of_block(ptrdiff_t rows, ptrdiff_t channels, const real* source, const real* mean,
                               const real* upstream, const real* scale, const real* shift, const real* output,
                               real* masked, real* sums, real* products) noexcept nogil:
    if real is float:
        f32.normalize_sums(rows, channels, source, mean, upstream, scale, shift, output, masked, sums, products)
    else:
        f64.normalize_sums(rows, channels, source, mean, upstream, scale, shift, output, masked, sums, products)


cdef inline void gradient_of_block(ptrdiff_t rows, ptrdiff_t channels, const real* source, const real* mean,
                                   const real* upstream, const real* scale, const real* by_source,
                                   const real* offset, const real* shift, real* result) noexcept nogil:
    if real is float:
        f32.normalize_gradient(rows, channels, source, mean, upstream, scale, by_source, offset, shift, result)
    else:
        f64.normalize_gradient(rows, channels, source, mean, upstream, scale, by_source, offset, shift, result)


cdef inline ptrdiff_t rows_of(ptrdiff_t rows, ptrdiff_t channels, size_t size) noexcept nogil:
    """Rows of a block."""
    return even(rows, min(max(BLOCK_BYTES // (channels * <ptrdiff_t>size), 4), CHAIN))


cdef inline size_t bytes_of(ptrdiff_t groups, ptrdiff_t rows, ptrdiff_t channels, bint gradient,
                            size_t size) noexcept nogil:
    """Moments or sums of each block, then what the rows are multiplied by and what is added to them; twice for the
    gradient."""
    cdef ptrdiff_t blocks = ceil_div(rows, rows_of(rows, channels, size))
    return 2 * groups * (blocks + 1 + gradient) * channels * size


cdef inline double factor(const real* gamma, ptrdiff_t channel, real variance, double epsilon) noexcept nogil:
    """What a channel is multiplied by."""
    cdef double inverse = 1 / sqrt(<double>variance + epsilon)
    return inverse if gamma == NULL else inverse * gamma[channel]


cdef inline void finish_moments(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t block, ptrdiff_t stripe,
                                const real* partial, const real* gamma, const real* beta, double epsilon, real* mean,
                                real* variance, real* scale, real* shift) noexcept nogil:
    """Put the moments of one group's blocks together (Chan, Golub and LeVeque, 1979, equation 2.1), and make of them
    what its rows are multiplied by and what is added to them."""
    cdef double middle[STRIPE]
    cdef double squares[STRIPE]
    cdef ptrdiff_t begin = stripe * STRIPE, count = min(STRIPE, channels - begin), i, c, row = 0
    cdef double more, apart
    for i in range(count):
        middle[i] = squares[i] = 0
    while row < rows:
        more = min(block, rows - row)
        for i in range(count):
            apart = partial[begin + i] - middle[i]
            middle[i] += apart * more / (row + more)
            squares[i] += partial[channels + begin + i] + apart * apart * row * more / (row + more)
        partial += 2 * channels
        row += block
    for i in range(count):
        c = begin + i
        mean[c] = <real>middle[i]
        variance[c] = <real>(squares[i] / rows)
        scale[c] = <real>factor(gamma, c, variance[c], epsilon)
        shift[c] = beta[c] if beta != NULL else 0


cdef inline void start_gradient(ptrdiff_t channels, ptrdiff_t group, ptrdiff_t stripe, const real* variance,
                                const real* gamma, const real* beta, double epsilon, real* scale,
                                real* shift) noexcept nogil:
    """What a group's rows were multiplied by, and what was added to them."""
    cdef ptrdiff_t begin = stripe * STRIPE, c, at
    for c in range(begin, min(begin + STRIPE, channels)):
        at = group * channels + c
        scale[at] = <real>factor(gamma, c, variance[at], epsilon)
        shift[at] = beta[c] if beta != NULL else 0


cdef inline void finish_gradient(ptrdiff_t groups, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t blocks,
                                 ptrdiff_t stripe, const real* partial, const real* variance, const real* gamma,
                                 double epsilon, real* by_source, real* offset, real* d_gamma,
                                 real* d_beta) noexcept nogil:
    """Put the sums of all groups' blocks together, and make of them the gradients by gamma and beta, and what each
    group's rows are multiplied by and what is added to them."""
    cdef double sums[STRIPE]
    cdef double products[STRIPE]
    cdef double by_gamma[STRIPE]
    cdef double by_beta[STRIPE]
    cdef ptrdiff_t begin = stripe * STRIPE, count = min(STRIPE, channels - begin), i, group, _block, at
    cdef double inverse, scale
    for i in range(count):
        by_gamma[i] = by_beta[i] = 0
    for group in range(groups):
        for i in range(count):
            sums[i] = products[i] = 0
        for _block in range(blocks):
            for i in range(count):
                sums[i] += partial[begin + i]
                products[i] += partial[channels + begin + i]
            partial += 2 * channels
        for i in range(count):
            at = group * channels + begin + i
            inverse = 1 / sqrt(<double>variance[at] + epsilon)
            scale = inverse if gamma == NULL else inverse * gamma[begin + i]
            by_gamma[i] += products[i] * inverse
            by_beta[i] += sums[i]
            by_source[at] = <real>(-scale * inverse * inverse * products[i] / rows)
            offset[at] = <real>(-scale * sums[i] / rows)
    for i in range(count):
        d_gamma[begin + i] = <real>by_gamma[i]
        d_beta[begin + i] = <real>by_beta[i]
