"""Two-dimensional convolution in loops: inputs NHWC, kernel HWIO, float64; padding ((top, bottom), (left, right))."""

import numpy as np


def taps(input_shape, kernel_shape, strides, padding, dilation_rate, groups):
    """Every multiplication of the convolution: the index of the output pixel, the input pixel, the kernel's row and
    column and the first input and first output channel of the group. What falls on the padding is left out.
    """
    (n, h, w, _), (kh, kw, ci, co) = input_shape, kernel_shape
    _, rows, columns, _ = output_shape(input_shape, kernel_shape, strides, padding, dilation_rate)
    for image, y, x in np.ndindex(n, rows, columns):
        for i, j in np.ndindex(kh, kw):
            from_y = y * strides[0] + i * dilation_rate[0] - padding[0][0]
            from_x = x * strides[1] + j * dilation_rate[1] - padding[1][0]
            if 0 <= from_y < h and 0 <= from_x < w:
                for group in range(groups):
                    yield (image, y, x), (image, from_y, from_x), (i, j), group * ci, group * (co // groups)


def output_shape(input_shape, kernel_shape, strides, padding, dilation_rate):
    sizes = [
        (input_shape[1 + axis] + sum(padding[axis]) - dilation_rate[axis] * (kernel_shape[axis] - 1) - 1)
        // strides[axis] + 1
        for axis in range(2)
    ]  # fmt: skip
    return (input_shape[0], *sizes, kernel_shape[3])


def conv(inputs, kernel, strides=(1, 1), padding=((0, 0), (0, 0)), dilation_rate=(1, 1), groups=1):
    arguments = strides, padding, dilation_rate
    out = np.zeros(output_shape(inputs.shape, kernel.shape, *arguments))
    ci, width = kernel.shape[2], kernel.shape[3] // groups
    for to, at, (i, j), first, o in taps(inputs.shape, kernel.shape, *arguments, groups):
        for c in range(ci):
            out[to][o : o + width] += inputs[at][first + c] * kernel[i, j, c, o : o + width]
    return out


def conv_input_gradient(upstream, kernel, input_shape, strides, padding, dilation_rate, groups):
    out = np.zeros(input_shape)
    ci, width = kernel.shape[2], kernel.shape[3] // groups
    for to, at, (i, j), first, o in taps(input_shape, kernel.shape, strides, padding, dilation_rate, groups):
        for c in range(ci):
            out[at][first + c] += np.sum(upstream[to][o : o + width] * kernel[i, j, c, o : o + width])
    return out


def conv_kernel_gradient(inputs, upstream, kernel_shape, strides, padding, dilation_rate, groups):
    out = np.zeros(kernel_shape)
    ci, width = kernel_shape[2], kernel_shape[3] // groups
    for to, at, (i, j), first, o in taps(inputs.shape, kernel_shape, strides, padding, dilation_rate, groups):
        for c in range(ci):
            out[i, j, c, o : o + width] += inputs[at][first + c] * upstream[to][o : o + width]
    return out
