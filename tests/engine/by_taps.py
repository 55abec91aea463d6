"""The convolution's three passes in float64, a kernel tap at a time on whole arrays: fast enough for larger shapes.

`test_oracles` holds it to the loops of tests/reference.
"""

from __future__ import annotations

import numpy as np


def _views(padded: np.ndarray, kernel_shape, output_shape, strides, dilation_rate):
    """For each tap (i, j), the view of the padded images that it multiplies."""
    _, rows, columns, _ = output_shape
    for i in range(kernel_shape[0]):
        for j in range(kernel_shape[1]):
            top, left = i * dilation_rate[0], j * dilation_rate[1]
            down = slice(top, top + (rows - 1) * strides[0] + 1, strides[0])
            right = slice(left, left + (columns - 1) * strides[1] + 1, strides[1])
            yield i, j, padded[:, down, right]


def _padded(inputs: np.ndarray, padding) -> np.ndarray:
    return np.pad(inputs.astype(np.float64), ((0, 0), *padding, (0, 0)))


def _rows(images: np.ndarray) -> np.ndarray:
    """Pixels as the rows of one matrix: a single product of BLAS, not one a row of pixels."""
    return np.ascontiguousarray(images, np.float64).reshape(-1, images.shape[3])


def _channels(index: int, groups: int, total: int) -> slice:
    return slice(index * total // groups, (index + 1) * total // groups)


def output_shape(input_shape, kernel_shape, strides, padding, dilation_rate):
    sizes = [
        (input_shape[1 + a] + sum(padding[a]) - dilation_rate[a] * (kernel_shape[a] - 1) - 1) // strides[a] + 1
        for a in (0, 1)
    ]
    return (input_shape[0], *sizes, kernel_shape[3])


def conv(inputs, kernel, strides, padding, dilation_rate, groups):
    shape = output_shape(inputs.shape, kernel.shape, strides, padding, dilation_rate)
    out, padded = np.zeros(shape), _padded(inputs, padding)
    for i, j, view in _views(padded, kernel.shape, shape, strides, dilation_rate):
        for group in range(groups):
            ci, co = _channels(group, groups, inputs.shape[3]), _channels(group, groups, kernel.shape[3])
            product = _rows(view[..., ci]) @ kernel[i, j, :, co].astype(np.float64)
            out[..., co] += product.reshape(*shape[:3], -1)
    return out


def conv_input_gradient(upstream, kernel, input_shape, strides, padding, dilation_rate, groups):
    padded = _padded(np.zeros(input_shape), padding)
    for i, j, view in _views(padded, kernel.shape, upstream.shape, strides, dilation_rate):
        for group in range(groups):
            ci, co = _channels(group, groups, input_shape[3]), _channels(group, groups, kernel.shape[3])
            product = _rows(upstream[..., co]) @ kernel[i, j, :, co].astype(np.float64).T
            view[..., ci] += product.reshape(view.shape[:3] + (-1,))
    (top, _), (left, _) = padding
    return padded[:, top : top + input_shape[1], left : left + input_shape[2]]


def conv_kernel_gradient(inputs, upstream, kernel_shape, strides, padding, dilation_rate, groups):
    out, padded = np.zeros(kernel_shape), _padded(inputs, padding)
    for i, j, view in _views(padded, kernel_shape, upstream.shape, strides, dilation_rate):
        for group in range(groups):
            ci, co = _channels(group, groups, inputs.shape[3]), _channels(group, groups, kernel_shape[3])
            out[i, j, :, co] = _rows(view[..., ci]).T @ _rows(upstream[..., co])
    return out
