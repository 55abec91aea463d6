"""Batch normalisation of arrays (groups, rows, channels), each group by itself: one for a batch, one an image.

Work is cut by the shapes alone into blocks of rows; the blocks' moments and sums are put together in their order, in
double precision.
"""

from cython.parallel cimport parallel, prange

from convolith.engine.arrays cimport FLOAT32, elements, kind_of, rectified
from convolith.engine.blocks cimport ceil_div
from convolith.engine.call cimport done
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.normalization_blocks cimport (
    STRIPE, bytes_of, finish_gradient, finish_moments, gradient_of_block, moments_of_block, normalize_block, rows_of,
    start_gradient, sums_of_block,
)
from convolith.engine.scratch cimport acquire, release
from convolith.engine.threads cimport threads_for

cdef struct Pass:             # pointers named as the arguments of the functions below
    ptrdiff_t groups, rows, channels
    int kind
    bint relu
    double epsilon
    const void* inputs
    const void* gamma
    const void* beta
    const void* other
    const void* upstream
    const void* result
    void* mean
    void* variance
    void* masked
    void* out
    void* by_gamma
    void* by_beta

cdef struct Affine:
    ptrdiff_t rows, channels
    int kind
    bint relu
    const void* inputs
    const void* mean
    const void* scale
    const void* shift
    const void* other
    void* out


def normalize_batch_scratch(Py_ssize_t groups, Py_ssize_t rows, Py_ssize_t channels, bint gradient,
                            Py_ssize_t itemsize):
    """Bytes of working memory that `normalize_batch` takes, or its gradient."""
    return bytes_of(groups, rows, channels, gradient, itemsize) if groups * rows * channels else 0


cdef int forward(ptrdiff_t groups, ptrdiff_t rows, ptrdiff_t channels, const real* x, const real* gamma,
                 const real* beta, const real* other, double epsilon, bint relu, real* mean, real* variance,
                 real* y) except -1 nogil:
    cdef ptrdiff_t block = rows_of(rows, channels, sizeof(real)), blocks = ceil_div(rows, block), index, at, c
    cdef ptrdiff_t stripes = ceil_div(channels, STRIPE)
    cdef real* partial = <real*>acquire(bytes_of(groups, rows, channels, False, sizeof(real)))
    cdef real* scale = partial + 2 * groups * blocks * channels
    cdef real* shift = scale + groups * channels
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(4.0 * groups * rows * channels)):
        mode = denormals_flush()
        for index in prange(groups * blocks, schedule="static"):
            at = index // blocks * rows + index % blocks * block
            moments_of_block(min(block, (index // blocks + 1) * rows - at), channels, x + at * channels,
                             partial + 2 * index * channels, partial + (2 * index + 1) * channels)
        for index in prange(groups * stripes, schedule="static"):
            c = index // stripes * channels
            finish_moments(rows, channels, block, index % stripes, partial + 2 * blocks * c, gamma, beta, epsilon,
                           mean + c, variance + c, scale + c, shift + c)
        for index in prange(groups * blocks, schedule="static"):
            at = index // blocks * rows + index % blocks * block
            c = index // blocks * channels
            normalize_block(min(block, (index // blocks + 1) * rows - at), channels, x + at * channels, mean + c,
                            scale + c, shift + c, other + at * channels if other != NULL else other, relu,
                            y + at * channels)
        denormals_restore(mode)
    release(partial)
    return 0


cdef int backward(ptrdiff_t groups, ptrdiff_t rows, ptrdiff_t channels, const real* x, const real* mean,
                  const real* variance, const real* dy, const real* gamma, const real* beta, double epsilon, bint relu,
                  const real* y, real* masked, real* dx, real* d_gamma, real* d_beta) except -1 nogil:
    cdef ptrdiff_t block = rows_of(rows, channels, sizeof(real)), blocks = ceil_div(rows, block), index, at, c, count
    cdef ptrdiff_t stripes = ceil_div(channels, STRIPE)
    cdef real* partial = <real*>acquire(bytes_of(groups, rows, channels, True, sizeof(real)))
    cdef real* scale = partial + 2 * groups * blocks * channels
    cdef real* shift = scale + groups * channels
    cdef real* by_source = shift + groups * channels
    cdef real* offset = by_source + groups * channels
    cdef bint recompute = relu and y == NULL
    cdef const real* slope = dy
    cdef unsigned mode = 0
    if y != NULL:
        slope = masked
    with parallel(num_threads=threads_for(6.0 * groups * rows * channels)):
        mode = denormals_flush()
        for index in prange(groups * stripes, schedule="static"):
            start_gradient(channels, index // stripes, index % stripes, variance, gamma, beta, epsilon, scale, shift)
        for index in prange(groups * blocks, schedule="static"):
            at = index // blocks * rows + index % blocks * block
            count = min(block, (index // blocks + 1) * rows - at)
            c = index // blocks * channels
            at = at * channels
            sums_of_block(count, channels, x + at, mean + c, dy + at, scale + c if recompute else <real*>NULL,
                          shift + c, y + at if y != NULL else y, masked + at if y != NULL else masked,
                          partial + 2 * index * channels, partial + (2 * index + 1) * channels)
        for index in prange(stripes, schedule="static"):
            finish_gradient(groups, rows, channels, blocks, index, partial, variance, gamma, epsilon, by_source, offset,
                            d_gamma, d_beta)
        for index in prange(groups * blocks, schedule="static"):
            at = index // blocks * rows + index % blocks * block
            count = min(block, (index // blocks + 1) * rows - at)
            c = index // blocks * channels
            at = at * channels
            gradient_of_block(count, channels, x + at, mean + c, slope + at, scale + c, by_source + c,
                              offset + c, shift + c if recompute else <real*>NULL, dx + at)
        denormals_restore(mode)
    release(partial)
    return 0


cdef int given(ptrdiff_t rows, ptrdiff_t channels, const real* x, const real* mean, const real* scale,
               const real* shift, const real* other, bint relu, real* y) except -1 nogil:
    cdef ptrdiff_t block = rows_of(rows, channels, sizeof(real)), index, at
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(2.0 * rows * channels)):
        mode = denormals_flush()
        for index in prange(ceil_div(rows, block), schedule="static"):
            at = index * block * channels
            normalize_block(min(block, rows - index * block), channels, x + at, mean, scale, shift,
                            other + at if other != NULL else other, relu, y + at)
        denormals_restore(mode)
    return 0


def normalize_batch(inputs, gamma, beta, other, double epsilon, activation, mean, variance, out):
    """Write the rows' mean and biased variance, and (inputs - mean) / sqrt(variance + epsilon) * gamma + beta.

    Args:
        inputs: (groups, rows, channels), none of them 0.
        gamma, beta: (channels,) or None.
        other: of the inputs' shape, is added to the result; or None.
        epsilon: above 0.
        activation: "relu" or None.
        mean, variance: (groups, channels), written.
        out: of the inputs' shape, written; perhaps `other` itself.
    """
    cdef Pass job = pass_over(inputs, gamma, beta, epsilon, activation, out)
    cdef ptrdiff_t moments = job.groups * job.channels
    job.other = elements(other, job.kind, job.rows * moments)
    job.mean = elements(mean, job.kind, moments, True)
    job.variance = elements(variance, job.kind, moments, True)
    return done(do_forward, &job, sizeof(job), (inputs, gamma, beta, other, mean, variance, out))


cdef Pass pass_over(inputs, gamma, beta, double epsilon, activation, out) except *:
    """What the two passes have in common."""
    cdef Pass job
    cdef ptrdiff_t size
    job.groups, job.rows, job.channels = inputs.shape
    size = job.groups * job.rows * job.channels
    job.kind, job.epsilon, job.relu = kind_of(inputs), epsilon, rectified(activation)
    job.inputs = elements(inputs, job.kind, size)
    job.gamma = elements(gamma, job.kind, job.channels)
    job.beta = elements(beta, job.kind, job.channels)
    job.out = elements(out, job.kind, size, True)
    return job


cdef int do_forward(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    with nogil:
        if p.kind == FLOAT32:
            forward[float](p.groups, p.rows, p.channels, <const float*>p.inputs, <const float*>p.gamma,
                           <const float*>p.beta, <const float*>p.other, p.epsilon, p.relu, <float*>p.mean,
                           <float*>p.variance, <float*>p.out)
        else:
            forward[double](p.groups, p.rows, p.channels, <const double*>p.inputs, <const double*>p.gamma,
                            <const double*>p.beta, <const double*>p.other, p.epsilon, p.relu, <double*>p.mean,
                            <double*>p.variance, <double*>p.out)
    return 0


def normalize_batch_gradient(inputs, mean, variance, upstream, gamma, beta, double epsilon, activation, result, masked,
                             out, by_gamma, by_beta):
    """Write the gradients of `normalize_batch` by its inputs, gamma and beta, and by `other` where there is one.

    Args:
        inputs, mean, variance, gamma, beta, epsilon, activation: as for `normalize_batch`.
        upstream: the gradient by its result.
        result: what it gave, where there was an `other` and an activation; else None.
        masked: the gradient by `other`, written where there is a result (perhaps `upstream` itself); else None.
        out: the gradient by the inputs, written; perhaps `upstream` itself, but not `masked`.
        by_gamma, by_beta: (channels,), written.
    """
    cdef Pass job = pass_over(inputs, gamma, beta, epsilon, activation, out)
    cdef ptrdiff_t moments = job.groups * job.channels, size = job.rows * moments
    job.mean = elements(mean, job.kind, moments)
    job.variance = elements(variance, job.kind, moments)
    job.upstream = elements(upstream, job.kind, size)
    job.result = elements(result, job.kind, size)
    job.masked = elements(masked, job.kind, size, True)
    job.by_gamma = elements(by_gamma, job.kind, job.channels, True)
    job.by_beta = elements(by_beta, job.kind, job.channels, True)
    return done(do_backward, &job, sizeof(job), (inputs, mean, variance, upstream, gamma, beta, result, masked, out,
                                                 by_gamma, by_beta))


cdef int do_backward(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    with nogil:
        if p.kind == FLOAT32:
            backward[float](p.groups, p.rows, p.channels, <const float*>p.inputs, <const float*>p.mean,
                            <const float*>p.variance, <const float*>p.upstream, <const float*>p.gamma,
                            <const float*>p.beta, p.epsilon, p.relu, <const float*>p.result, <float*>p.masked,
                            <float*>p.out, <float*>p.by_gamma, <float*>p.by_beta)
        else:
            backward[double](p.groups, p.rows, p.channels, <const double*>p.inputs, <const double*>p.mean,
                             <const double*>p.variance, <const double*>p.upstream, <const double*>p.gamma,
                             <const double*>p.beta, p.epsilon, p.relu, <const double*>p.result, <double*>p.masked,
                             <double*>p.out, <double*>p.by_gamma, <double*>p.by_beta)
    return 0


def normalize(inputs, mean, scale, shift, other, activation, out):
    """Write (inputs - mean) * scale + shift, plus `other` (of their shape, or None), rectified or not, into `out`.

    inputs, out: (rows, channels), perhaps the same; the others (channels,).
    """
    cdef Affine job
    cdef ptrdiff_t size
    job.rows, job.channels = inputs.shape
    size = job.rows * job.channels
    job.kind, job.relu = kind_of(inputs), rectified(activation)
    job.inputs = elements(inputs, job.kind, size)
    job.mean = elements(mean, job.kind, job.channels)
    job.scale = elements(scale, job.kind, job.channels)
    job.shift = elements(shift, job.kind, job.channels)
    job.other = elements(other, job.kind, size)
    job.out = elements(out, job.kind, size, True)
    if size == 0:
        return None
    return done(do_normalize, &job, sizeof(job), (inputs, mean, scale, shift, other, out))


cdef int do_normalize(const void* job) except -1:
    cdef const Affine* p = <const Affine*>job
    with nogil:
        if p.kind == FLOAT32:
            given[float](p.rows, p.channels, <const float*>p.inputs, <const float*>p.mean, <const float*>p.scale,
                         <const float*>p.shift, <const float*>p.other, p.relu, <float*>p.out)
        else:
            given[double](p.rows, p.channels, <const double*>p.inputs, <const double*>p.mean, <const double*>p.scale,
                          <const double*>p.shift, <const double*>p.other, p.relu, <double*>p.out)
    return 0
