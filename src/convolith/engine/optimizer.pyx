"""Optimizer steps in place, one pass over a parameter."""

from cython.parallel cimport parallel, prange
from libc.math cimport pow, sqrt

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine cimport dispatch
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 16384            # elements that a thread takes at a time


cdef void sgd_step(ptrdiff_t size, real* p, const real* g, real* v, double rate, double momentum,
                   bint nesterov) noexcept nogil:
    cdef ptrdiff_t stripe, at
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            at = stripe * STRIPE
            dispatch.sgd(min(STRIPE, size - at), p + at, g + at, v + at if v != NULL else v, rate, momentum, nesterov)
        denormals_restore(mode)


cdef void adam_step(ptrdiff_t size, real* p, const real* g, real* first, real* second, double step_size, double beta_1,
                    double beta_2, double epsilon) noexcept nogil:
    cdef ptrdiff_t stripe, at
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            at = stripe * STRIPE
            dispatch.adam(min(STRIPE, size - at), p + at, g + at, first + at, second + at, step_size, 1 - beta_1,
                          1 - beta_2, epsilon)
        denormals_restore(mode)


def sgd(parameter, gradient, velocity, double learning_rate, double momentum, bint nesterov):
    """Move `parameter` by one step of gradient descent, and `velocity` (None without momentum), in place.

    velocity = momentum * velocity - learning_rate * gradient; parameter += velocity, or with nesterov
    momentum * velocity - learning_rate * gradient.
    """
    cdef int kind = kind_of(parameter)
    cdef Py_ssize_t size = parameter.size
    cdef void* p = elements(parameter, kind, size, True)
    cdef void* g = elements(gradient, kind, size)
    cdef void* v = elements(velocity, kind, size, True)
    with nogil:
        if kind == FLOAT32:
            sgd_step(size, <float*>p, <const float*>g, <float*>v, learning_rate, momentum, nesterov)
        else:
            sgd_step(size, <double*>p, <const double*>g, <double*>v, learning_rate, momentum, nesterov)


def adam(parameter, gradient, first_moment, second_moment, double learning_rate, double beta_1, double beta_2,
         double epsilon, long long step):
    """Move `parameter` and its moments by one step of Adam, in place; `step` counts from 1.

    Source: Kingma and Ba, arXiv 1412.6980, section 2's order of the bias corrections, as Keras has it.
    """
    cdef int kind = kind_of(parameter)
    cdef Py_ssize_t size = parameter.size
    cdef void* p = elements(parameter, kind, size, True)
    cdef void* g = elements(gradient, kind, size)
    cdef void* first = elements(first_moment, kind, size, True)
    cdef void* second = elements(second_moment, kind, size, True)
    cdef double step_size = learning_rate * sqrt(1 - pow(beta_2, <double>step)) / (1 - pow(beta_1, <double>step))
    with nogil:
        if kind == FLOAT32:
            adam_step(size, <float*>p, <const float*>g, <float*>first, <float*>second, step_size, beta_1, beta_2,
                      epsilon)
        else:
            adam_step(size, <double*>p, <const double*>g, <double*>first, <double*>second, step_size, beta_1, beta_2,
                      epsilon)
