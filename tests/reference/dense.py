"""The dense layer's product in loops: inputs (m, k), kernel (k, n), bias (n,), float64."""

import numpy as np


def dense(inputs, kernel, bias=None):
    (m, k), n = inputs.shape, kernel.shape[1]
    out = np.zeros((m, n))
    for row in range(m):
        for step in range(k):
            out[row] += inputs[row, step] * kernel[step]
        if bias is not None:
            out[row] += bias
    return out


def dense_input_gradient(upstream, kernel):
    out = np.zeros((upstream.shape[0], kernel.shape[0]))
    for row, step in np.ndindex(*out.shape):
        out[row, step] = np.sum(upstream[row] * kernel[step])
    return out


def dense_kernel_gradient(inputs, upstream):
    out = np.zeros((inputs.shape[1], upstream.shape[1]))
    for row in range(inputs.shape[0]):
        for step in range(inputs.shape[1]):
            out[step] += inputs[row, step] * upstream[row]
    return out


def sum_rows(inputs):
    out = np.zeros(inputs.shape[1])
    for row in inputs:
        out += row
    return out
