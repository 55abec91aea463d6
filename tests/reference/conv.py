"""Convolution in loops, in any number of dimensions: inputs (n, *sizes, ci), kernel (*window, ci / groups, co).

Strides and dilation_rate are one a dimension, padding is a pair (before, after) a dimension; all in float64.
"""

import numpy as np


def taps(input_shape, kernel_shape, strides, padding, dilation_rate, groups):
    """Every multiplication of the convolution: the index of the output pixel, the input pixel, the kernel's element and
    the first input and first output channel of the group. What falls on the padding is left out.
    """
    (n, *sizes, _), (*window, ci, co) = input_shape, kernel_shape
    (_, *results, _) = output_shape(input_shape, kernel_shape, strides, padding, dilation_rate)
    for image, *to in np.ndindex(n, *results):
        for tap in np.ndindex(*window):
            moves = zip(to, strides, tap, dilation_rate, padding, strict=True)
            at = tuple(y * stride + i * dilation - before for y, stride, i, dilation, (before, _) in moves)
            if all(0 <= place < size for place, size in zip(at, sizes, strict=True)):
                for group in range(groups):
                    yield (image, *to), (image, *at), tap, group * ci, group * (co // groups)


def output_shape(input_shape, kernel_shape, strides, padding, dilation_rate):
    moves = zip(input_shape[1:-1], kernel_shape[:-2], strides, padding, dilation_rate, strict=True)
    sizes = [
        (size + sum(pads) - dilation * (k - 1) - 1) // stride + 1 for size, k, stride, pads, dilation in moves
    ]  # fmt: skip
    return (input_shape[0], *sizes, kernel_shape[-1])


def conv(inputs, kernel, strides=(1, 1), padding=((0, 0), (0, 0)), dilation_rate=(1, 1), groups=1):
    arguments = strides, padding, dilation_rate
    out = np.zeros(output_shape(inputs.shape, kernel.shape, *arguments))
    ci, width = kernel.shape[-2], kernel.shape[-1] // groups
    for to, at, tap, first, o in taps(inputs.shape, kernel.shape, *arguments, groups):
        for c in range(ci):
            out[to][o : o + width] += inputs[at][first + c] * kernel[tap][c, o : o + width]
    return out


def conv_input_gradient(upstream, kernel, input_shape, strides, padding, dilation_rate, groups):
    out = np.zeros(input_shape)
    ci, width = kernel.shape[-2], kernel.shape[-1] // groups
    for to, at, tap, first, o in taps(input_shape, kernel.shape, strides, padding, dilation_rate, groups):
        for c in range(ci):
            out[at][first + c] += np.sum(upstream[to][o : o + width] * kernel[tap][c, o : o + width])
    return out


def conv_kernel_gradient(inputs, upstream, kernel_shape, strides, padding, dilation_rate, groups):
    out = np.zeros(kernel_shape)
    ci, width = kernel_shape[-2], kernel_shape[-1] // groups
    for to, at, tap, first, o in taps(inputs.shape, kernel_shape, strides, padding, dilation_rate, groups):
        for c in range(ci):
            out[tap][c, o : o + width] += inputs[at][first + c] * upstream[to][o : o + width]
    return out
