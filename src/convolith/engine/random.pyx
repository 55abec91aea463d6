"""Dropout from a counter-based random stream: the result depends on seed and counter, not on threads."""

from cython.parallel cimport parallel, prange
from libc.stdint cimport uint32_t, uint64_t

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine cimport dispatch
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 4096             # elements that a thread takes at a time


cdef void drop(ptrdiff_t size, const real* x, real* y, uint64_t seed, uint64_t counter, uint32_t threshold,
               double scale) noexcept nogil:
    cdef ptrdiff_t stripe, at
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>size * 8)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            at = stripe * STRIPE
            dispatch.dropout(min(STRIPE, size - at), at, seed, counter, threshold, scale, x + at, y + at)
        denormals_restore(mode)


def dropout(inputs, out, double rate, uint64_t seed, uint64_t counter):
    """Write `inputs` into `out` (itself, perhaps) with each element dropped to 0 with probability `rate`, in [0, 1).

    The others are divided by 1 - rate. The same rate, seed and counter drop the same elements, so the gradient is the
    same function of the upstream gradient.
    """
    cdef int kind = kind_of(inputs)
    cdef Py_ssize_t size = inputs.size
    cdef void* x = elements(inputs, kind, size)
    cdef void* y = elements(out, kind, size, True)
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: expected a rate in [0, 1), got {rate}")
    cdef uint32_t threshold = <uint32_t>min(rate * 4294967296.0 + 0.5, 4294967295.0)
    with nogil:
        if kind == FLOAT32:
            drop(size, <const float*>x, <float*>y, seed, counter, threshold, 1 / (1 - rate))
        else:
            drop(size, <const double*>x, <double*>y, seed, counter, threshold, 1 / (1 - rate))
