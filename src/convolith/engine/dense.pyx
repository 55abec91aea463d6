"""Dense layers: products of matrices, as correlations and contractions of one row of pixels."""

from convolith.engine.arrays cimport FLOAT32, elements, kind_of, rectified
from convolith.engine.call cimport done
from convolith.engine.contraction cimport Contraction, contract, contraction_scratch
from convolith.engine.correlation cimport Correlation, correlate, correlation_scratch
from convolith.engine.dispatch cimport Vectors, real, vectors_of
from convolith.engine.step cimport Step, step_of
from convolith.engine.stream cimport (
    stream_outer, stream_outer_scratch, stream_product, stream_product_scratch, stream_transposed,
    stream_transposed_scratch, streams,
)

cdef struct Product:
    ptrdiff_t m, k, n
    int kind
    bint relu
    const void* a
    const void* b
    const void* bias
    void* c

cdef struct Update:
    Step step
    ptrdiff_t m, k, n
    int kind
    const void* a
    const void* b


cdef Correlation product_job(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns) noexcept nogil:
    """A (rows, depth) times B (depth, columns), both dense."""
    cdef Correlation job
    job.groups = job.repeats = job.images = job.a_slices = job.a_height = job.c_slices = job.c_height = 1
    job.shift = 0
    job.a_group = job.c_group = 0
    job.accumulate = False
    job.taps_z = job.taps_y = job.taps_x = job.stride_z = job.stride_y = job.stride_x = 1
    job.dilation_z = job.dilation_y = job.dilation_x = 1
    job.before_z = job.before_y = job.before_x = 0
    job.b_begin = job.b_group = job.b_tap_z = job.b_tap_y = job.b_tap_x = 0
    job.a_width = job.c_width = rows
    job.a_pixel = job.depth = depth
    job.a_row = job.a_slice = job.a_image = rows * depth
    job.b_depth, job.b_column = columns, 1
    job.c_pixel = job.columns = columns
    job.c_row = job.c_slice = job.c_image = rows * columns
    return job


cdef Correlation transposed_job(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns) noexcept nogil:
    """A (rows, columns) times the transpose of B (depth, columns)."""
    cdef Correlation job = product_job(rows, columns, depth)
    job.b_depth, job.b_column = 1, columns
    return job


cdef Contraction outer_job(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t columns) noexcept nogil:
    """The transpose of A (rows, depth) times B (rows, columns)."""
    cdef Contraction job
    job.groups = job.images = job.a_slices = job.a_height = job.b_slices = job.b_height = 1
    job.taps_z = job.taps_y = job.taps_x = job.stride_z = job.stride_y = job.stride_x = 1
    job.dilation_z = job.dilation_y = job.dilation_x = 1
    job.before_z = job.before_y = job.before_x = 0
    job.a_width = job.b_width = rows
    job.rows, job.columns = depth, columns
    return job


cdef int check(ptrdiff_t k, ptrdiff_t n) except -1:
    if k < 1 or n < 1:
        raise ValueError(f"dense: expected a kernel with extents of at least 1, got ({k}, {n})")
    return 0


cdef int multiply(ptrdiff_t m, ptrdiff_t k, ptrdiff_t n, const real* a, const real* b, const real* bias, bint relu,
                  real* c) except -1 nogil:
    cdef Correlation job
    if streams(m, k, n, sizeof(real)):
        return stream_product(m, k, n, a, b, bias, relu, c)
    job = product_job(m, k, n)
    return correlate(&job, a, b, bias, relu, c)


cdef int multiply_transposed(ptrdiff_t m, ptrdiff_t k, ptrdiff_t n, const real* a, const real* b,
                             real* c) except -1 nogil:
    """A (m, n) times the transpose of B (k, n)."""
    cdef Correlation job = transposed_job(m, k, n)
    if streams(m, k, n, sizeof(real)):
        return stream_transposed(m, k, n, a, b, c)
    return correlate(&job, a, b, <const real*>NULL, False, c)


cdef int multiply_outer(ptrdiff_t m, ptrdiff_t k, ptrdiff_t n, const real* a, const real* b,
                        real* c) except -1 nogil:
    """The transpose of A (m, k) times B (m, n)."""
    cdef Contraction job = outer_job(m, k, n)
    if streams(m, k, n, sizeof(real)):
        return stream_outer(m, k, n, a, b, <const Step*>NULL, c)
    return contract(&job, a, b, c)


cdef size_t scratch_of(ptrdiff_t m, ptrdiff_t k, ptrdiff_t n, direction, bint streamed, Vectors vectors) except? 1:
    cdef Correlation job
    cdef Contraction outer
    if direction == "kernel_gradient":
        outer = outer_job(m, k, n)
        return stream_outer_scratch(m, k, n, vectors) if streamed else contraction_scratch(&outer, vectors)
    if direction == "input_gradient":
        job = transposed_job(m, k, n)
        return stream_transposed_scratch(m, k, n, vectors) if streamed else correlation_scratch(&job, False, vectors)
    job = product_job(m, k, n)
    return stream_product_scratch(m, k, n, vectors) if streamed else correlation_scratch(&job, False, vectors)


def dense_scratch(Py_ssize_t m, Py_ssize_t k, Py_ssize_t n, direction, Py_ssize_t itemsize):
    """Bytes of working memory that a pass for m rows and a kernel (k, n) takes, with the threads of now.

    direction: "forward", "input_gradient" or "kernel_gradient" (which a step that never writes the gradient is, too).
    """
    cdef bint streamed = streams(m, k, n, itemsize)
    check(k, n)
    if m == 0:
        return 0
    return scratch_of(m, k, n, direction, streamed, vectors_of(itemsize))


def dense(inputs, kernel, bias, activation, out):
    """Write `inputs` (m, k) times `kernel` (k, n) into `out` (m, n), plus `bias` (n,) or None, rectified or not.

    activation: "relu" or None.
    """
    cdef ptrdiff_t m = inputs.shape[0], k = inputs.shape[1], n = kernel.shape[1]
    check(k, n)
    cdef Product job
    job.m, job.k, job.n, job.kind, job.relu = m, k, n, kind_of(inputs), rectified(activation)
    job.a = elements(inputs, job.kind, m * k)
    job.b = elements(kernel, job.kind, k * n)
    job.bias = elements(bias, job.kind, n)
    job.c = elements(out, job.kind, m * n, True)
    if m == 0:
        return None
    return done(do_forward, &job, sizeof(job), (inputs, kernel, bias, out))


cdef int do_forward(const void* job) except -1:
    cdef const Product* p = <const Product*>job
    with nogil:
        if p.kind == FLOAT32:
            multiply(p.m, p.k, p.n, <const float*>p.a, <const float*>p.b, <const float*>p.bias, p.relu, <float*>p.c)
        else:
            multiply(p.m, p.k, p.n, <const double*>p.a, <const double*>p.b, <const double*>p.bias, p.relu,
                     <double*>p.c)
    return 0


def dense_input_gradient(upstream, kernel, out):
    """Write `upstream` (m, n) times the transpose of `kernel` (k, n) into `out` (m, k)."""
    cdef ptrdiff_t m = upstream.shape[0], k = kernel.shape[0], n = kernel.shape[1]
    check(k, n)
    cdef Product job
    job.m, job.k, job.n, job.kind, job.relu, job.bias = m, k, n, kind_of(upstream), False, NULL
    job.a = elements(upstream, job.kind, m * n)
    job.b = elements(kernel, job.kind, k * n)
    job.c = elements(out, job.kind, m * k, True)
    if m == 0:
        return None
    return done(do_input_gradient, &job, sizeof(job), (upstream, kernel, out))


cdef int do_input_gradient(const void* job) except -1:
    cdef const Product* p = <const Product*>job
    with nogil:
        if p.kind == FLOAT32:
            multiply_transposed(p.m, p.k, p.n, <const float*>p.a, <const float*>p.b, <float*>p.c)
        else:
            multiply_transposed(p.m, p.k, p.n, <const double*>p.a, <const double*>p.b, <double*>p.c)
    return 0


def dense_kernel_gradient(inputs, upstream, out):
    """Write the transpose of `inputs` (m, k) times `upstream` (m, n) into `out` (k, n)."""
    cdef ptrdiff_t m = inputs.shape[0], k = inputs.shape[1], n = upstream.shape[1]
    check(k, n)
    cdef Product job
    job.m, job.k, job.n, job.kind, job.relu, job.bias = m, k, n, kind_of(inputs), False, NULL
    job.a = elements(inputs, job.kind, m * k)
    job.b = elements(upstream, job.kind, m * n)
    job.c = elements(out, job.kind, k * n, True)
    if m == 0:
        out[...] = 0
        return None
    return done(do_kernel_gradient, &job, sizeof(job), (inputs, upstream, out))


cdef int do_kernel_gradient(const void* job) except -1:
    cdef const Product* p = <const Product*>job
    with nogil:
        if p.kind == FLOAT32:
            multiply_outer(p.m, p.k, p.n, <const float*>p.a, <const float*>p.b, <float*>p.c)
        else:
            multiply_outer(p.m, p.k, p.n, <const double*>p.a, <const double*>p.b, <double*>p.c)
    return 0


def streams_gradient(Py_ssize_t m, Py_ssize_t k, Py_ssize_t n, Py_ssize_t itemsize):
    """Whether a kernel (k, n) is so large beside m rows that its gradient need not be written before a step."""
    return m > 0 and streams(m, k, n, itemsize)


def dense_update(rule, numbers, kernel, inputs, upstream, slots):
    """Move `kernel` (k, n) as `optimizer.update` does; its gradient is `inputs` (m, k) transposed times `upstream`
    (m, n), and nowhere written."""
    cdef Update job
    check_product(kernel, inputs, upstream)
    job.m, job.k, job.n, job.kind = inputs.shape[0], inputs.shape[1], upstream.shape[1], kind_of(kernel)
    job.step = step_of(rule, numbers, kernel, slots, job.kind)
    job.a = elements(inputs, job.kind, job.m * job.k)
    job.b = elements(upstream, job.kind, job.m * job.n)
    return done(do_update, &job, sizeof(job), (numbers, kernel, inputs, upstream, *slots))


cdef int do_update(const void* job) except -1:
    cdef const Update* p = <const Update*>job
    with nogil:
        if p.kind == FLOAT32:
            stream_outer(p.m, p.k, p.n, <const float*>p.a, <const float*>p.b, &p.step, <float*>NULL)
        else:
            stream_outer(p.m, p.k, p.n, <const double*>p.a, <const double*>p.b, &p.step, <double*>NULL)
    return 0


cdef int check_product(kernel, inputs, upstream) except -1:
    if kernel.shape != (inputs.shape[1], upstream.shape[1]) or inputs.shape[0] != upstream.shape[0]:
        raise ValueError(f"dense: expected a kernel ({inputs.shape[1]}, {upstream.shape[1]}) and as many rows of "
                         f"inputs as of upstream, got {kernel.shape}, {inputs.shape} and {upstream.shape}")
    return 0
