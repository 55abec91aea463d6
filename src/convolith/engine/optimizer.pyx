"""Optimizer steps in place, one pass over a parameter."""

from cython.parallel cimport parallel, prange

from convolith.engine.arrays cimport FLOAT32, elements, kind_of
from convolith.engine.dispatch cimport denormals_flush, denormals_restore, real
from convolith.engine.step cimport Step, adam_step, sgd_step, take
from convolith.engine.threads cimport threads_for

cdef enum:
    STRIPE = 16384            # elements that a thread takes at a time


cdef void move(const Step* step, ptrdiff_t size, const real* gradient) noexcept nogil:
    cdef ptrdiff_t stripe, at
    cdef unsigned mode = 0
    with parallel(num_threads=threads_for(size)):
        mode = denormals_flush()
        for stripe in prange((size + STRIPE - 1) // STRIPE, schedule="static"):
            at = stripe * STRIPE
            take(step, at, min(STRIPE, size - at), gradient + at)
        denormals_restore(mode)


cdef int run(const Step* step, int kind, gradient, Py_ssize_t size) except -1:
    cdef void* g = elements(gradient, kind, size)
    with nogil:
        if kind == FLOAT32:
            move(step, size, <const float*>g)
        else:
            move(step, size, <const double*>g)
    return 0


def sgd(parameter, gradient, velocity, double learning_rate, double momentum, bint nesterov):
    """Move `parameter` by one step of gradient descent, and `velocity` (None without momentum), in place.

    velocity = momentum * velocity - learning_rate * gradient; parameter += velocity, or with nesterov
    momentum * velocity - learning_rate * gradient.
    """
    cdef int kind = kind_of(parameter)
    cdef Step step = sgd_step(parameter, velocity, kind, learning_rate, momentum, nesterov)
    run(&step, kind, gradient, parameter.size)


def adam(parameter, gradient, first_moment, second_moment, double learning_rate, double beta_1, double beta_2,
         double epsilon, long long step):
    """Move `parameter` and its moments by one step of Adam, in place; `step` counts from 1."""
    cdef int kind = kind_of(parameter)
    cdef Step numbers = adam_step(parameter, first_moment, second_moment, kind, learning_rate, beta_1, beta_2, epsilon,
                                  step)
    run(&numbers, kind, gradient, parameter.size)
