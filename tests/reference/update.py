"""One step of SGD and of Adam as Keras defines them, an element at a time, float64; the new values are returned."""

import math

import numpy as np


def sgd(parameter, gradient, velocity, learning_rate, momentum=0.0, nesterov=False):
    new_parameter, new_velocity = np.array(parameter, float), np.array(velocity, float)
    for index in np.ndindex(*parameter.shape):
        step = -learning_rate * gradient[index]
        new_velocity[index] = momentum * velocity[index] + step
        new_parameter[index] += momentum * new_velocity[index] + step if nesterov else new_velocity[index]
    return new_parameter, new_velocity


def adam(parameter, gradient, first, second, learning_rate, beta_1, beta_2, epsilon, step):
    """`step` counts from 1; `first` and `second` are the running means of the gradient and of its square."""
    new_parameter, new_first, new_second = (np.array(array, float) for array in (parameter, first, second))
    rate = learning_rate * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    for index in np.ndindex(*parameter.shape):
        new_first[index] = beta_1 * first[index] + (1 - beta_1) * gradient[index]
        new_second[index] = beta_2 * second[index] + (1 - beta_2) * gradient[index] ** 2
        new_parameter[index] -= rate * new_first[index] / (math.sqrt(new_second[index]) + epsilon)
    return new_parameter, new_first, new_second
