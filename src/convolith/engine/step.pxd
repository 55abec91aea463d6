"""An optimizer's step on a parameter, piece by piece."""

from convolith.engine cimport dispatch
from convolith.engine.dispatch cimport real

# Gradient descent, or Adam; the arrays are the parameter's and the slots', those that there are, of one element type.
cdef struct Step:
    bint adam, nesterov
    double rate, momentum, gain_1, gain_2, epsilon
    void* parameter
    void* first               # the velocity; or the first moment,
    void* second              # and the second


cdef inline void take(const Step* step, ptrdiff_t at, ptrdiff_t count, const real* gradient) noexcept nogil:
    """Move `count` elements from `at` on by their gradient."""
    cdef real* parameter = <real*>step.parameter + at
    cdef real* first = <real*>step.first
    if first != NULL:
        first += at
    if step.adam:
        dispatch.adam(count, parameter, gradient, first, <real*>step.second + at, step.rate, step.gain_1, step.gain_2,
                      step.epsilon)
    else:
        dispatch.sgd(count, parameter, gradient, first, step.rate, step.momentum, step.nesterov)


cdef Step sgd_step(parameter, velocity, int kind, double rate, double momentum, bint nesterov)
cdef Step adam_step(parameter, first_moment, second_moment, int kind, double rate, double beta_1, double beta_2,
                    double epsilon, long long number)
