"""Two-dimensional depthwise convolution in loops: inputs NHWC, kernel (h, w, c, m), float64; channel c * m + i of the
result is channel c with its kernel i.
"""

import numpy as np

from tests.reference.conv import output_shape, taps


def _products(input_shape, kernel_shape, *window):
    """Every tap that meets a pixel: the indices of the output pixel, of the input pixel and of the tap."""
    for to, at, tap, _, _ in taps(input_shape, kernel_shape, *window, groups=1):
        yield to, at, tap


def depthwise_conv(inputs, kernel, strides=(1, 1), padding=((0, 0), (0, 0)), dilation_rate=(1, 1)):
    shape = output_shape(inputs.shape, kernel.shape, strides, padding, dilation_rate)
    out = np.zeros((*shape[:3], *kernel.shape[2:]))
    for to, at, tap in _products(inputs.shape, kernel.shape, strides, padding, dilation_rate):
        for c in range(kernel.shape[2]):
            out[to][c] += inputs[at][c] * kernel[tap][c]
    return out.reshape(*shape[:3], -1)


def depthwise_conv_input_gradient(upstream, kernel, input_shape, *window):
    out, m = np.zeros(input_shape), kernel.shape[3]
    for to, at, tap in _products(input_shape, kernel.shape, *window):
        for c in range(kernel.shape[2]):
            out[at][c] += np.sum(upstream[to][c * m : (c + 1) * m] * kernel[tap][c])
    return out


def depthwise_conv_kernel_gradient(inputs, upstream, kernel_shape, *window):
    out, m = np.zeros(kernel_shape), kernel_shape[3]
    for to, at, tap in _products(inputs.shape, kernel_shape, *window):
        for c in range(kernel_shape[2]):
            out[tap][c] += inputs[at][c] * upstream[to][c * m : (c + 1) * m]
    return out
