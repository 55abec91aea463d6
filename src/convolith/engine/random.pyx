"""Dropout, uniform and normal numbers from a counter-based stream: they depend on seed and counter, not on threads."""

from cython.parallel cimport parallel, prange
from libc.math cimport cos, log, sin, sqrt
from libc.stdint cimport uint32_t, uint64_t

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, f32, f64, real
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 4096             # elements that a thread takes at a time
    BOX_MULLER = 40           # operations that a normal number costs

cdef double TURN = 6.283185307179586476925286766559
cdef double WORD = 1.0 / 4294967296.0        # makes a word a number in [0, 1)
cdef double SHORT_WORD = 1.0 / 16777216.0    # the same for its 24 highest bits


cdef inline void dropout_stripe(ptrdiff_t count, uint64_t begin, uint64_t key, uint64_t counter, uint32_t threshold,
                                double scale, const real* source, real* result) noexcept nogil:
    if real is float:
        f32.dropout(count, begin, key, counter, threshold, <float>scale, source, result)
    else:
        f64.dropout(count, begin, key, counter, threshold, scale, source, result)


cdef void drop(ptrdiff_t size, const real* x, real* y, uint64_t seed, uint64_t counter, uint32_t threshold,
               double scale) noexcept nogil:
    cdef ptrdiff_t stripe, at
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(<double>size * 8)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            at = stripe * STRIPE
            dropout_stripe(min(STRIPE, size - at), at, seed, counter, threshold, scale, x + at, y + at)
        denormals_restore(mode)


cdef void uniform_stripe(ptrdiff_t count, uint64_t at, uint64_t seed, uint64_t counter, real* y) noexcept nogil:
    cdef uint32_t words[STRIPE]
    cdef ptrdiff_t i
    f32.random_words(count, at, seed, counter, words)
    for i in range(count):
        if real is float:
            y[i] = <float>((words[i] >> 8) * SHORT_WORD)  # as many bits as fit: rounding could give 1
        else:
            y[i] = words[i] * WORD


cdef void normal_stripe(ptrdiff_t count, uint64_t at, uint64_t seed, uint64_t counter, real* y) noexcept nogil:
    """Turn each pair of words into a radius and an angle, and these into a pair of normal numbers."""
    cdef uint32_t words[STRIPE]
    cdef double radius, angle
    cdef ptrdiff_t i
    f32.random_words(count + count % 2, at, seed, counter, words)
    for i in range(0, count, 2):
        radius = sqrt(-2 * log((words[i] + 0.5) * WORD))
        angle = TURN * (words[i + 1] * WORD)
        y[i] = <real>(radius * cos(angle))
        if i + 1 < count:
            y[i + 1] = <real>(radius * sin(angle))


cdef void fill(ptrdiff_t size, real* y, uint64_t seed, uint64_t counter, bint normal) noexcept nogil:
    cdef ptrdiff_t stripe, at
    with parallel(num_threads=threads_for(<double>size * BOX_MULLER)):
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            at = stripe * STRIPE
            if normal:
                normal_stripe(min(STRIPE, size - at), at, seed, counter, y + at)
            else:
                uniform_stripe(min(STRIPE, size - at), at, seed, counter, y + at)


cdef int draw(out, uint64_t seed, uint64_t counter, bint normal) except -1:
    cdef int kind = kind_of(out)
    cdef Py_ssize_t size = out.size
    cdef void* y = elements(out, kind, size, True)
    with nogil:
        if kind == FLOAT32:
            fill(size, <float*>y, seed, counter, normal)
        else:
            fill(size, <double*>y, seed, counter, normal)
    return 0


def uniform(out, uint64_t seed, uint64_t counter):
    """Fill `out` with numbers that are uniform in [0, 1): multiples of 2^-24 in float32, of 2^-32 in float64."""
    draw(out, seed, counter, False)


def normal(out, uint64_t seed, uint64_t counter):
    """Fill `out` with normal numbers of mean 0 and variance 1, by Box and Muller (1958); none is beyond 6.8."""
    draw(out, seed, counter, True)


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
