"""Two-dimensional depthwise convolution in loops: inputs NHWC, kernel (h, w, c, m), float64; channel c * m + i of the
result is channel c with its kernel i.
"""

import numpy as np


def output_size(input_shape, kernel_shape, strides, padding, dilation_rate):
    return tuple(
        (input_shape[1 + axis] + sum(padding[axis]) - dilation_rate[axis] * (kernel_shape[axis] - 1) - 1)
        // strides[axis]
        + 1
        for axis in range(2)
    )


def taps(input_shape, kernel_shape, strides, padding, dilation_rate):
    """Every tap that meets a pixel of the image: the indices of the output pixel, of the input pixel and of the tap."""
    (n, h, w, _), (kh, kw, _, _) = input_shape, kernel_shape
    rows, columns = output_size(input_shape, kernel_shape, strides, padding, dilation_rate)
    for image, y, x in np.ndindex(n, rows, columns):
        for i, j in np.ndindex(kh, kw):
            from_y = y * strides[0] + i * dilation_rate[0] - padding[0][0]
            from_x = x * strides[1] + j * dilation_rate[1] - padding[1][0]
            if 0 <= from_y < h and 0 <= from_x < w:
                yield (image, y, x), (image, from_y, from_x), (i, j)


def depthwise_conv(inputs, kernel, strides=(1, 1), padding=((0, 0), (0, 0)), dilation_rate=(1, 1)):
    rows, columns = output_size(inputs.shape, kernel.shape, strides, padding, dilation_rate)
    out = np.zeros((inputs.shape[0], rows, columns, *kernel.shape[2:]))
    for to, at, tap in taps(inputs.shape, kernel.shape, strides, padding, dilation_rate):
        for c in range(kernel.shape[2]):
            out[to][c] += inputs[at][c] * kernel[tap][c]
    return out.reshape(*out.shape[:3], kernel.shape[2] * kernel.shape[3])


def depthwise_conv_input_gradient(upstream, kernel, input_shape, *window):
    out, m = np.zeros(input_shape), kernel.shape[3]
    for to, at, tap in taps(input_shape, kernel.shape, *window):
        for c in range(kernel.shape[2]):
            out[at][c] += np.sum(upstream[to][c * m : (c + 1) * m] * kernel[tap][c])
    return out


def depthwise_conv_kernel_gradient(inputs, upstream, kernel_shape, *window):
    out, m = np.zeros(kernel_shape), kernel_shape[3]
    for to, at, tap in taps(inputs.shape, kernel_shape, *window):
        for c in range(kernel_shape[2]):
            out[tap][c] += inputs[at][c] * upstream[to][c * m : (c + 1) * m]
    return out
