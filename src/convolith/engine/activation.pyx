"""The rectifier, functions of straight pieces, their gradients, sums of two, and over rows (the gradient of a bias)."""

from cython.parallel cimport parallel, prange

from convolith.engine.arrays cimport FLOAT32, elements, kind_of, rectified
from convolith.engine.call cimport done
from convolith.engine cimport dispatch
from convolith.engine.dispatch cimport add, denormals_flush, denormals_restore, f32, f64, real
from convolith.engine.scratch cimport acquire, release
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 16384            # elements that a thread takes at a time
    CHAIN = 256               # rows that are summed in one chain
    PARTS = 16                # sums of their own that a long sum is cut into
    NARROW = 64               # columns up to which a row is too short for the processor
    SIDE = 16                 # so many of these are summed side by side

cdef struct Elementwise:
    ptrdiff_t size
    int kind
    bint positive
    const void* a
    const void* b
    void* y

cdef struct Rows:
    ptrdiff_t m, n
    int kind
    const void* x
    void* y


cdef inline void add_two_stripe(ptrdiff_t count, const real* first, const real* second, int relu,
                                real* result) noexcept nogil:
    if real is float:
        f32.add_two(count, first, second, relu, result)
    else:
        f64.add_two(count, first, second, relu, result)


cdef inline void sum_few_rows(ptrdiff_t rows, ptrdiff_t columns, const real* source, ptrdiff_t row_stride,
                              int accumulate, real* sums) noexcept nogil:
    if real is float:
        f32.sum_rows(rows, columns, source, row_stride, accumulate, sums)
    else:
        f64.sum_rows(rows, columns, source, row_stride, accumulate, sums)


cdef inline void relu_gradient_stripe(ptrdiff_t count, const real* upstream, const real* output,
                                      real* result) noexcept nogil:
    if real is float:
        f32.relu_gradient(count, upstream, output, result)
    else:
        f64.relu_gradient(count, upstream, output, result)


cdef inline void pieces_stripe(ptrdiff_t count, const real* of, const real* source, real* result) noexcept nogil:
    if real is float:
        f32.pieces(count, of, source, result)
    else:
        f64.pieces(count, of, source, result)


cdef inline void pieces_gradient_stripe(ptrdiff_t count, const real* of, const real* upstream, const real* source,
                                        real* result) noexcept nogil:
    if real is float:
        f32.pieces_gradient(count, of, upstream, source, result)
    else:
        f64.pieces_gradient(count, of, upstream, source, result)


cdef void rectify(ptrdiff_t size, const real* x, real* y) noexcept nogil:
    cdef ptrdiff_t stripe, begin
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            begin = stripe * STRIPE
            dispatch.relu(min(STRIPE, size - begin), x + begin, y + begin)
        denormals_restore(mode)


cdef void rectify_gradient(ptrdiff_t size, const real* dy, const real* y, real* dx) noexcept nogil:
    cdef ptrdiff_t stripe, begin
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            begin = stripe * STRIPE
            relu_gradient_stripe(min(STRIPE, size - begin), dy + begin, y + begin, dx + begin)
        denormals_restore(mode)


cdef void add_rectified(ptrdiff_t size, const real* a, const real* b, bint positive, real* y) noexcept nogil:
    cdef ptrdiff_t stripe, begin
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            begin = stripe * STRIPE
            add_two_stripe(min(STRIPE, size - begin), a + begin, b + begin, positive, y + begin)
        denormals_restore(mode)


cdef void bend(ptrdiff_t size, const real* pieces, const real* x, real* y) noexcept nogil:
    cdef ptrdiff_t stripe, begin
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            begin = stripe * STRIPE
            pieces_stripe(min(STRIPE, size - begin), pieces, x + begin, y + begin)
        denormals_restore(mode)


cdef void bend_gradient(ptrdiff_t size, const real* pieces, const real* dy, const real* x, real* dx) noexcept nogil:
    cdef ptrdiff_t stripe, begin
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            begin = stripe * STRIPE
            pieces_gradient_stripe(min(STRIPE, size - begin), pieces, dy + begin, x + begin, dx + begin)
        denormals_restore(mode)


cdef void sum_part(ptrdiff_t begin, ptrdiff_t end, ptrdiff_t columns, const real* x, real* sums) noexcept nogil:
    """Sum rows begin to end, in chains whose sums are added in turn."""
    cdef ptrdiff_t row = begin
    while row < end:
        sum_few_rows(min(CHAIN, end - row), columns, x + row * columns, columns, row > begin, sums)
        row += CHAIN


cdef inline ptrdiff_t parts_of(ptrdiff_t rows) noexcept nogil:
    return min(PARTS, (rows + CHAIN - 1) // CHAIN)


cdef inline bint narrow(ptrdiff_t rows, ptrdiff_t columns) noexcept nogil:
    """Whether several rows are summed side by side."""
    return columns <= NARROW and rows >= SIDE * SIDE


def sum_rows_scratch(Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t itemsize):
    """Bytes of working memory that `sum_rows` takes."""
    if narrow(rows, columns):
        rows, columns = rows // SIDE, columns * SIDE
    return parts_of(rows) * columns * itemsize


cdef int add_up(ptrdiff_t rows, ptrdiff_t columns, const real* x, real* sums) except -1 nogil:
    """Sum rows; of narrow ones several lie side by side in one wide row, whose sums are added at the end."""
    cdef ptrdiff_t wide = rows // SIDE
    cdef real beside[SIDE * NARROW]
    cdef unsigned mode
    if not narrow(rows, columns):
        return add_rows(rows, columns, x, sums)
    add_rows(wide, SIDE * columns, x, beside)
    mode = denormals_flush()
    sum_few_rows(SIDE, columns, beside, columns, False, sums)
    sum_few_rows(rows - wide * SIDE, columns, x + wide * SIDE * columns, columns, True, sums)
    denormals_restore(mode)
    return 0


cdef int add_rows(ptrdiff_t rows, ptrdiff_t columns, const real* x, real* sums) except -1 nogil:
    cdef ptrdiff_t part, parts = parts_of(rows)
    cdef real* partial = <real*>acquire(parts * columns * sizeof(real))
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>rows * columns)):
        mode = denormals_flush()
        for part in prange(parts, schedule="static"):
            sum_part(part * rows // parts, (part + 1) * rows // parts, columns, x,
                     partial + part * columns if part else sums)
        denormals_restore(mode)
    mode = denormals_flush()
    for part in range(1, parts):
        add(columns, partial + part * columns, sums)
    denormals_restore(mode)
    release(partial)
    return 0


cdef int do_relu(const void* job) except -1:
    cdef const Elementwise* all = <const Elementwise*>job
    with nogil:
        if all.kind == FLOAT32:
            rectify(all.size, <const float*>all.a, <float*>all.y)
        else:
            rectify(all.size, <const double*>all.a, <double*>all.y)
    return 0


cdef int do_relu_gradient(const void* job) except -1:
    cdef const Elementwise* all = <const Elementwise*>job
    with nogil:
        if all.kind == FLOAT32:
            rectify_gradient(all.size, <const float*>all.a, <const float*>all.b, <float*>all.y)
        else:
            rectify_gradient(all.size, <const double*>all.a, <const double*>all.b, <double*>all.y)
    return 0


cdef int do_add_two(const void* job) except -1:
    cdef const Elementwise* all = <const Elementwise*>job
    with nogil:
        if all.kind == FLOAT32:
            add_rectified(all.size, <const float*>all.a, <const float*>all.b, all.positive, <float*>all.y)
        else:
            add_rectified(all.size, <const double*>all.a, <const double*>all.b, all.positive, <double*>all.y)
    return 0


cdef int do_sum_rows(const void* job) except -1:
    cdef const Rows* all = <const Rows*>job
    with nogil:
        if all.kind == FLOAT32:
            add_up(all.m, all.n, <const float*>all.x, <float*>all.y)
        else:
            add_up(all.m, all.n, <const double*>all.x, <double*>all.y)
    return 0


cdef Elementwise elementwise(a, b, out) except *:
    """The job of a function of one array or two (b may be None), all of one size and type."""
    cdef Elementwise all
    all.kind, all.size, all.positive = kind_of(a), a.size, False
    all.a = elements(a, all.kind, all.size)
    all.b = elements(b, all.kind, all.size)
    all.y = elements(out, all.kind, all.size, True)
    return all


def relu(inputs, out):
    """Write max(inputs, 0) into `out`, of the same size and type (`inputs` itself, perhaps); NaN passes through."""
    cdef Elementwise job = elementwise(inputs, None, out)
    return done(do_relu, &job, sizeof(job), (inputs, out))


def relu_gradient(upstream, result, out):
    """Write `upstream` where `result`, the rectifier's, is positive, else 0, into `out` (one of them, perhaps)."""
    cdef Elementwise job = elementwise(upstream, result, out)
    return done(do_relu_gradient, &job, sizeof(job), (upstream, result, out))


def add_two(first, second, activation, out):
    """Write the elements' sums into `out` (one of the two, perhaps), rectified with the activation "relu"."""
    cdef Elementwise job = elementwise(first, second, out)
    job.positive = rectified(activation)
    return done(do_add_two, &job, sizeof(job), (first, second, out))


def pieces(inputs, of, out):
    """Write slope * inputs + offset into `out` (`inputs` itself, perhaps), by the piece that each element lies in.

    `of` (8,), of the same type: below or at its element 0 the slope and offset 2 and 3 hold, above or at 1 those at 6
    and 7, between them those at 4 and 5. A slope of 0 gives the offset for infinities too; NaN passes through.
    """
    cdef int kind = kind_of(inputs)
    cdef Py_ssize_t size = inputs.size
    cdef void* x = elements(inputs, kind, size)
    cdef void* p = elements(of, kind, 8)
    cdef void* y = elements(out, kind, size, True)
    with nogil:
        if kind == FLOAT32:
            bend(size, <const float*>p, <const float*>x, <float*>y)
        else:
            bend(size, <const double*>p, <const double*>x, <double*>y)


def pieces_gradient(upstream, inputs, of, out):
    """Write `upstream` times the slope of the piece that `inputs` lies in into `out` (one of them, perhaps)."""
    cdef int kind = kind_of(upstream)
    cdef Py_ssize_t size = upstream.size
    cdef void* dy = elements(upstream, kind, size)
    cdef void* x = elements(inputs, kind, size)
    cdef void* p = elements(of, kind, 8)
    cdef void* dx = elements(out, kind, size, True)
    with nogil:
        if kind == FLOAT32:
            bend_gradient(size, <const float*>p, <const float*>dy, <const float*>x, <float*>dx)
        else:
            bend_gradient(size, <const double*>p, <const double*>dy, <const double*>x, <double*>dx)


def sum_rows(inputs, out):
    """Write the sums of `inputs` (..., n) over all axes but the last into `out` (n,)."""
    cdef Rows job
    job.kind, job.n = kind_of(inputs), out.size
    job.m = inputs.size // job.n if job.n else 0
    job.x = elements(inputs, job.kind, job.m * job.n)
    job.y = elements(out, job.kind, job.n, True)
    if job.m == 0:
        out[...] = 0
        return None
    return done(do_sum_rows, &job, sizeof(job), (inputs, out))
