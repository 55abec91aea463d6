"""Softmax, and the cross-entropy of it with labels or target distributions, from logits, row by row."""

from cython.parallel cimport parallel, prange
from libc.math cimport exp, log
from libc.stdint cimport int64_t

from convolith.engine.arrays cimport FLOAT32, elements, integers, kind_of
from convolith.engine.call cimport done
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.threads cimport threads_for

cdef enum:
    EXPONENTIAL = 20          # operations that an exponential costs

cdef struct Pass:
    ptrdiff_t m, n
    int kind
    const int64_t* labels
    const void* targets
    const void* logits
    const void* upstream
    void* out


cdef double greatest(ptrdiff_t classes, const real* x, double* total) noexcept nogil:
    """The greatest of x (NaN if any is), and the sum of the exponentials of x less it, which cannot overflow."""
    cdef double most = x[0]
    cdef ptrdiff_t i
    for i in range(1, classes):
        most = x[i] if x[i] > most or x[i] != x[i] else most
    total[0] = 0
    for i in range(classes):
        total[0] += exp(x[i] - most)
    return most


cdef void row_softmax(ptrdiff_t classes, const real* x, real* y) noexcept nogil:
    cdef double total, most = greatest(classes, x, &total)
    cdef ptrdiff_t i
    for i in range(classes):
        y[i] = <real>(exp(x[i] - most) / total)


cdef void row_loss(ptrdiff_t classes, int64_t label, const real* target, const real* x, real* loss) noexcept nogil:
    """Cross-entropy with a label, or with a target distribution where that is not NULL."""
    cdef double total, most = greatest(classes, x, &total), normaliser = log(total), result = 0
    cdef ptrdiff_t i
    if target == NULL:
        result = normaliser - (x[label] - most)
    else:
        for i in range(classes):
            if target[i] != 0:
                result += target[i] * (normaliser - (x[i] - most))
    loss[0] = <real>result


cdef void row_gradient(ptrdiff_t classes, int64_t label, const real* target, const real* x, real upstream,
                       real* dx) noexcept nogil:
    cdef double total, most = greatest(classes, x, &total), mass = 1
    cdef ptrdiff_t i
    if target != NULL:
        mass = 0
        for i in range(classes):
            mass += target[i]
    for i in range(classes):
        dx[i] = <real>(upstream * (mass * exp(x[i] - most) / total
                                   - (<double>(i == label) if target == NULL else target[i])))


cdef void softmax_rows(ptrdiff_t m, ptrdiff_t n, const real* x, real* y) noexcept nogil:
    cdef ptrdiff_t row
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>m * n * EXPONENTIAL)):
        mode = denormals_flush()
        for row in prange(m, schedule="static"):
            row_softmax(n, x + row * n, y + row * n)
        denormals_restore(mode)


cdef void loss_rows(ptrdiff_t m, ptrdiff_t n, const int64_t* labels, const real* targets, const real* x,
                    real* loss) noexcept nogil:
    cdef ptrdiff_t row
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>m * n * EXPONENTIAL)):
        mode = denormals_flush()
        for row in prange(m, schedule="static"):
            if targets == NULL:
                row_loss(n, labels[row], targets, x + row * n, loss + row)
            else:
                row_loss(n, -1, targets + row * n, x + row * n, loss + row)
        denormals_restore(mode)


cdef void gradient_rows(ptrdiff_t m, ptrdiff_t n, const int64_t* labels, const real* targets, const real* x,
                        const real* upstream, real* dx) noexcept nogil:
    cdef ptrdiff_t row
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>m * n * EXPONENTIAL)):
        mode = denormals_flush()
        for row in prange(m, schedule="static"):
            if targets == NULL:
                row_gradient(n, labels[row], targets, x + row * n, upstream[row], dx + row * n)
            else:
                row_gradient(n, -1, targets + row * n, x + row * n, upstream[row], dx + row * n)
        denormals_restore(mode)


cdef int check_labels(const int64_t* labels, ptrdiff_t m, ptrdiff_t n) except -1:
    cdef ptrdiff_t row
    for row in range(m):
        if not 0 <= labels[row] < n:
            raise ValueError(f"sparse_categorical_crossentropy: target must hold classes from 0 to {n - 1}, as many as "
                             f"there are predictions of, got {labels[row]}")
    return 0


cdef object run(labels, targets, logits, upstream, out):
    """The loss of each row into `out`, or with `upstream` the logits' gradient."""
    cdef Pass job
    job.m, job.n, job.kind = logits.shape[0], logits.shape[1], kind_of(logits)
    job.logits = elements(logits, job.kind, job.m * job.n)
    job.targets = elements(targets, job.kind, job.m * job.n)
    job.upstream = elements(upstream, job.kind, job.m)
    job.out = elements(out, job.kind, job.m if upstream is None else job.m * job.n, True)
    job.labels = integers(labels, job.m) if targets is None else NULL
    return done(do_loss if upstream is None else do_gradient, &job, sizeof(job),
                (labels, targets, logits, upstream, out))


cdef int do_loss(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    if p.labels != NULL:
        check_labels(p.labels, p.m, p.n)
    with nogil:
        if p.kind == FLOAT32:
            loss_rows(p.m, p.n, p.labels, <const float*>p.targets, <const float*>p.logits, <float*>p.out)
        else:
            loss_rows(p.m, p.n, p.labels, <const double*>p.targets, <const double*>p.logits, <double*>p.out)
    return 0


cdef int do_gradient(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    if p.labels != NULL:
        check_labels(p.labels, p.m, p.n)
    with nogil:
        if p.kind == FLOAT32:
            gradient_rows(p.m, p.n, p.labels, <const float*>p.targets, <const float*>p.logits,
                          <const float*>p.upstream, <float*>p.out)
        else:
            gradient_rows(p.m, p.n, p.labels, <const double*>p.targets, <const double*>p.logits,
                          <const double*>p.upstream, <double*>p.out)
    return 0


def softmax(logits, out):
    """Write exp(logits) over its sum, row by row, into `out`; both (m, classes), and perhaps the same array."""
    cdef Pass job
    job.m, job.n, job.kind = logits.shape[0], logits.shape[1], kind_of(logits)
    job.logits = elements(logits, job.kind, job.m * job.n)
    job.out = elements(out, job.kind, job.m * job.n, True)
    return done(do_softmax, &job, sizeof(job), (logits, out))


cdef int do_softmax(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    with nogil:
        if p.kind == FLOAT32:
            softmax_rows(p.m, p.n, <const float*>p.logits, <float*>p.out)
        else:
            softmax_rows(p.m, p.n, <const double*>p.logits, <double*>p.out)
    return 0


def sparse_cross_entropy(labels, logits, out):
    """Write -log(softmax(logits)[label]) of each row into `out` (m,); labels (m,) int64, logits (m, classes).

    Raises:
        ValueError: a label is not a class.
    """
    return run(labels, None, logits, None, out)


def sparse_cross_entropy_gradient(labels, logits, upstream, out):
    """Write the logits' gradient into `out` (m, classes); upstream: (m,)."""
    return run(labels, None, logits, upstream, out)


def cross_entropy(targets, logits, out):
    """Write -sum(targets * log(softmax(logits))) of each row into `out` (m,); targets and logits (m, classes)."""
    return run(None, targets, logits, None, out)


def cross_entropy_gradient(targets, logits, upstream, out):
    """Write the logits' gradient into `out` (m, classes); upstream: (m,)."""
    return run(None, targets, logits, upstream, out)
