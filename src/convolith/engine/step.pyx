"""An optimizer's step: its arrays, checked, and its numbers."""

from libc.math cimport pow, sqrt

from convolith.engine.arrays cimport elements


cdef Step sgd_step(parameter, velocity, int kind, double rate, double momentum, bint nesterov):
    """Keras's gradient descent: velocity = momentum * velocity - rate * gradient; parameter += velocity, or with
    nesterov momentum * velocity - rate * gradient. Without a velocity parameter -= rate * gradient."""
    cdef Step step
    cdef Py_ssize_t size = parameter.size
    step.adam, step.nesterov, step.rate, step.momentum = False, nesterov, rate, momentum
    step.parameter = elements(parameter, kind, size, True)
    step.first = elements(velocity, kind, size, True)
    step.second = NULL
    return step


cdef Step adam_step(parameter, first_moment, second_moment, int kind, double rate, double beta_1, double beta_2,
                    double epsilon, long long number):
    """The step of Adam with this number, which counts from 1.

    Source: Kingma and Ba, arXiv 1412.6980, section 2's order of the bias corrections, as Keras has it.
    """
    cdef Step step
    cdef Py_ssize_t size = parameter.size
    step.adam, step.nesterov, step.gain_1, step.gain_2, step.epsilon = True, False, 1 - beta_1, 1 - beta_2, epsilon
    step.rate = rate * sqrt(1 - pow(beta_2, <double>number)) / (1 - pow(beta_1, <double>number))
    step.parameter = elements(parameter, kind, size, True)
    step.first = elements(first_moment, kind, size, True)
    step.second = elements(second_moment, kind, size, True)
    return step
