"""Batch normalisation of arrays (groups, rows, channels), each group by itself: one for a batch, one an image.

Work is cut by the shapes alone into blocks of rows; the blocks' moments and sums are put together in their order, in
double precision.
"""

from cython.parallel cimport parallel, prange

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine.blocks cimport ceil_div, even
from convolith.engine cimport dispatch
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.scratch cimport acquire, release
from convolith.engine.threads cimport threads_for

cdef enum:
    CHAIN = 256               # rows that are summed in one chain, at most
    BLOCK_BYTES = 128 * 1024  # of a block of rows, which is read twice
    STRIPE = 64               # channels whose blocks a thread puts together at a time


cdef inline ptrdiff_t rows_of(ptrdiff_t rows, ptrdiff_t channels, size_t size) noexcept nogil:
    """Rows of a block."""
    return even(rows, min(max(BLOCK_BYTES // (channels * <ptrdiff_t>size), 4), CHAIN))


cdef void merge_moments(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t block, ptrdiff_t stripe, const real* partial,
                        real* mean, real* variance) noexcept nogil:
    """Put the moments of one group's blocks together (Chan, Golub and LeVeque, 1979, equation 2.1)."""
    cdef double middle[STRIPE]
    cdef double squares[STRIPE]
    cdef ptrdiff_t begin = stripe * STRIPE, count = min(STRIPE, channels - begin), i, row = 0
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
        mean[begin + i] = <real>middle[i]
        variance[begin + i] = <real>(squares[i] / rows)


cdef void merge_sums(ptrdiff_t blocks, ptrdiff_t channels, ptrdiff_t stripe, const real* partial, real* sums,
                     real* products) noexcept nogil:
    cdef double sum_[STRIPE]
    cdef double product[STRIPE]
    cdef ptrdiff_t begin = stripe * STRIPE, count = min(STRIPE, channels - begin), i, block
    for i in range(count):
        sum_[i] = product[i] = 0
    for block in range(blocks):
        for i in range(count):
            sum_[i] += partial[2 * block * channels + begin + i]
            product[i] += partial[(2 * block + 1) * channels + begin + i]
    for i in range(count):
        sums[begin + i] = <real>sum_[i]
        products[begin + i] = <real>product[i]


cdef int reduce(ptrdiff_t groups, ptrdiff_t rows, ptrdiff_t channels, const real* x, const real* mean, const real* dy,
                real* first, real* second) except -1 nogil:
    """The moments of x where `mean` is NULL, else the gradient's sums, into `first` and `second` (groups, channels)."""
    cdef ptrdiff_t block = rows_of(rows, channels, sizeof(real)), blocks = ceil_div(rows, block), index, at
    cdef ptrdiff_t stripes = ceil_div(channels, STRIPE), group
    cdef real* partial = <real*>acquire(groups * blocks * 2 * channels * sizeof(real))
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(2.0 * groups * rows * channels)):
        mode = denormals_flush()
        for index in prange(groups * blocks, schedule="static"):
            group = index // blocks
            at = group * rows + index % blocks * block
            if mean == NULL:
                dispatch.moments(min(block, (group + 1) * rows - at), channels, x + at * channels,
                                 partial + 2 * index * channels, partial + (2 * index + 1) * channels)
            else:
                dispatch.normalize_sums(min(block, (group + 1) * rows - at), channels, x + at * channels,
                                        mean + group * channels, dy + at * channels,
                                        partial + 2 * index * channels, partial + (2 * index + 1) * channels)
        for index in prange(groups * stripes, schedule="static"):
            group = index // stripes
            if mean == NULL:
                merge_moments(rows, channels, block, index % stripes, partial + group * blocks * 2 * channels,
                              first + group * channels, second + group * channels)
            else:
                merge_sums(blocks, channels, index % stripes, partial + group * blocks * 2 * channels,
                           first + group * channels, second + group * channels)
        denormals_restore(mode)
    release(partial)
    return 0


cdef int write(ptrdiff_t groups, ptrdiff_t rows, ptrdiff_t channels, const real* x, const real* mean, const real* dy,
               const real* scale, const real* by_source, const real* shift, real* out) except -1 nogil:
    """Normalise x where `dy` is NULL, else write the gradient."""
    cdef ptrdiff_t block = rows_of(rows, channels, sizeof(real)), blocks = ceil_div(rows, block), index, at, count, c
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(2.0 * groups * rows * channels)):
        mode = denormals_flush()
        for index in prange(groups * blocks, schedule="static"):
            at = index // blocks * rows + index % blocks * block
            count = min(block, (index // blocks + 1) * rows - at)
            c = index // blocks * channels
            if dy == NULL:
                dispatch.normalize(count, channels, x + at * channels, mean + c, scale + c, shift + c,
                                   out + at * channels)
            else:
                dispatch.normalize_gradient(count, channels, x + at * channels, mean + c, dy + at * channels,
                                            scale + c, by_source + c, shift + c, out + at * channels)
        denormals_restore(mode)
    return 0


def moments(inputs, mean, variance):
    """Write the mean and the biased variance of `inputs` (groups, rows, channels) over the rows; all but 0 of them."""
    cdef ptrdiff_t groups = inputs.shape[0], rows = inputs.shape[1], channels = inputs.shape[2]
    cdef int kind = kind_of(inputs)
    cdef void* x = elements(inputs, kind, groups * rows * channels)
    cdef void* m = elements(mean, kind, groups * channels, True)
    cdef void* v = elements(variance, kind, groups * channels, True)
    with nogil:
        if kind == FLOAT32:
            reduce[float](groups, rows, channels, <const float*>x, NULL, NULL, <float*>m, <float*>v)
        else:
            reduce[double](groups, rows, channels, <const double*>x, NULL, NULL, <double*>m, <double*>v)


def normalize(inputs, mean, scale, shift, out):
    """Write (inputs - mean) * scale + shift into `out` (`inputs` itself, perhaps).

    inputs, out: (groups, rows, channels); the others (groups, channels).
    """
    cdef ptrdiff_t groups = inputs.shape[0], rows = inputs.shape[1], channels = inputs.shape[2]
    cdef int kind = kind_of(inputs)
    cdef void* x = elements(inputs, kind, groups * rows * channels)
    cdef void* m = elements(mean, kind, groups * channels)
    cdef void* a = elements(scale, kind, groups * channels)
    cdef void* b = elements(shift, kind, groups * channels)
    cdef void* y = elements(out, kind, groups * rows * channels, True)
    with nogil:
        if kind == FLOAT32:
            write[float](groups, rows, channels, <const float*>x, <const float*>m, NULL, <const float*>a, NULL,
                         <const float*>b, <float*>y)
        else:
            write[double](groups, rows, channels, <const double*>x, <const double*>m, NULL, <const double*>a, NULL,
                          <const double*>b, <double*>y)


def normalize_sums(inputs, mean, upstream, sums, products):
    """Write the rows' sums of `upstream` and of upstream * (inputs - mean) into two arrays (groups, channels)."""
    cdef ptrdiff_t groups = inputs.shape[0], rows = inputs.shape[1], channels = inputs.shape[2]
    cdef int kind = kind_of(inputs)
    cdef void* x = elements(inputs, kind, groups * rows * channels)
    cdef void* m = elements(mean, kind, groups * channels)
    cdef void* dy = elements(upstream, kind, groups * rows * channels)
    cdef void* s = elements(sums, kind, groups * channels, True)
    cdef void* p = elements(products, kind, groups * channels, True)
    with nogil:
        if kind == FLOAT32:
            reduce[float](groups, rows, channels, <const float*>x, <const float*>m, <const float*>dy, <float*>s,
                          <float*>p)
        else:
            reduce[double](groups, rows, channels, <const double*>x, <const double*>m, <const double*>dy, <double*>s,
                           <double*>p)


def normalize_gradient(inputs, mean, upstream, by_upstream, by_inputs, shift, out):
    """Write upstream * by_upstream + (inputs - mean) * by_inputs + shift into `out` (`upstream` itself, perhaps)."""
    cdef ptrdiff_t groups = inputs.shape[0], rows = inputs.shape[1], channels = inputs.shape[2]
    cdef int kind = kind_of(inputs)
    cdef void* x = elements(inputs, kind, groups * rows * channels)
    cdef void* m = elements(mean, kind, groups * channels)
    cdef void* dy = elements(upstream, kind, groups * rows * channels)
    cdef void* a = elements(by_upstream, kind, groups * channels)
    cdef void* b = elements(by_inputs, kind, groups * channels)
    cdef void* c = elements(shift, kind, groups * channels)
    cdef void* dx = elements(out, kind, groups * rows * channels, True)
    with nogil:
        if kind == FLOAT32:
            write[float](groups, rows, channels, <const float*>x, <const float*>m, <const float*>dy, <const float*>a,
                         <const float*>b, <const float*>c, <float*>dx)
        else:
            write[double](groups, rows, channels, <const double*>x, <const double*>m, <const double*>dy,
                          <const double*>a, <const double*>b, <const double*>c, <double*>dx)
