"""Activations and their gradients, an element or a row at a time, float64."""

import math

import numpy as np


def relu(inputs):
    return each(lambda value: value if value > 0 or math.isnan(value) else 0.0, inputs)


def relu_gradient(upstream, inputs):
    return each(lambda up, value: up if value > 0 else 0.0, upstream, inputs)


def sigmoid(inputs):
    # The sign of the exponent is chosen so that exp never overflows.
    return each(lambda v: 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v)), inputs)


def sigmoid_gradient(upstream, inputs):
    return each(lambda up, s: up * s * (1 - s), upstream, sigmoid(inputs))


def tanh(inputs):
    return each(math.tanh, inputs)


def tanh_gradient(upstream, inputs):
    return each(lambda up, value: up / math.cosh(min(abs(value), 300.0)) ** 2, upstream, inputs)


def softmax(rows):
    out = np.zeros(rows.shape)
    for index, row in enumerate(rows):
        powers = [math.exp(value - max(row)) for value in row]
        out[index] = [power / math.fsum(powers) for power in powers]
    return out


def softmax_gradient(upstream, rows):
    out = np.zeros(rows.shape)
    for index, (up, row) in enumerate(zip(upstream, softmax(rows), strict=True)):
        mean = math.fsum(up * row)
        out[index] = [value * (u - mean) for u, value in zip(up, row, strict=True)]
    return out


def each(function, *arrays):
    out = np.zeros(arrays[0].shape)
    for index in np.ndindex(*out.shape):
        out[index] = function(*(float(array[index]) for array in arrays))
    return out
