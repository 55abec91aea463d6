"""Softmax, and the cross-entropy of it with labels or target distributions, from logits, row by row."""

from cython.parallel cimport parallel, prange
from libc.math cimport exp, log
from libc.stdint cimport int64_t

from convolith.engine.arrays cimport FLOAT32, elements, integers, kind_of
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.threads cimport threads_for

cdef enum:
    EXPONENTIAL = 20          # operations that an exponential costs


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


cdef const int64_t* checked_labels(labels, ptrdiff_t m, ptrdiff_t n) except? NULL:
    """The labels' memory, once each is known to be one of the n classes."""
    cdef ptrdiff_t row
    cdef const int64_t* data = integers(labels, m)
    for row in range(m):
        if not 0 <= data[row] < n:
            raise ValueError(f"cross-entropy: expected labels from 0 to {n - 1}, got {data[row]} at index {row}")
    return data


cdef int run(labels, targets, logits, upstream, out) except -1:
    """The loss of each row into `out`, or with `upstream` the logits' gradient."""
    cdef ptrdiff_t m = logits.shape[0], n = logits.shape[1]
    cdef int kind = kind_of(logits)
    cdef void* x = elements(logits, kind, m * n)
    cdef void* t = elements(targets, kind, m * n)
    cdef void* dy = elements(upstream, kind, m)
    cdef void* to = elements(out, kind, m if upstream is None else m * n, True)
    cdef bint gradient = upstream is not None
    cdef const int64_t* classes = NULL
    if targets is None:
        classes = checked_labels(labels, m, n)
    if kind == FLOAT32:
        with nogil:
            if not gradient:
                loss_rows(m, n, classes, <const float*>t, <const float*>x, <float*>to)
            else:
                gradient_rows(m, n, classes, <const float*>t, <const float*>x, <const float*>dy, <float*>to)
    else:
        with nogil:
            if not gradient:
                loss_rows(m, n, classes, <const double*>t, <const double*>x, <double*>to)
            else:
                gradient_rows(m, n, classes, <const double*>t, <const double*>x, <const double*>dy, <double*>to)
    return 0


def softmax(logits, out):
    """Write exp(logits) over its sum, row by row, into `out`; both (m, classes), and perhaps the same array."""
    cdef ptrdiff_t m = logits.shape[0], n = logits.shape[1]
    cdef int kind = kind_of(logits)
    cdef void* x = elements(logits, kind, m * n)
    cdef void* y = elements(out, kind, m * n, True)
    with nogil:
        if kind == FLOAT32:
            softmax_rows(m, n, <const float*>x, <float*>y)
        else:
            softmax_rows(m, n, <const double*>x, <double*>y)


def sparse_cross_entropy(labels, logits, out):
    """Write -log(softmax(logits)[label]) of each row into `out` (m,); labels (m,) int64, logits (m, classes).

    Raises:
        ValueError: a label is not a class.
    """
    run(labels, None, logits, None, out)


def sparse_cross_entropy_gradient(labels, logits, upstream, out):
    """Write the logits' gradient into `out` (m, classes); upstream: (m,)."""
    run(labels, None, logits, upstream, out)


def cross_entropy(targets, logits, out):
    """Write -sum(targets * log(softmax(logits))) of each row into `out` (m,); targets and logits (m, classes)."""
    run(None, targets, logits, None, out)


def cross_entropy_gradient(targets, logits, upstream, out):
    """Write the logits' gradient into `out` (m, classes); upstream: (m,)."""
    run(None, targets, logits, upstream, out)
