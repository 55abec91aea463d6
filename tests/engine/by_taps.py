"""The convolution's three passes in float64, a kernel tap at a time on whole arrays: fast enough for larger shapes.

`test_oracles` holds it to the loops of tests/reference.
"""

from __future__ import annotations

import numpy as np

from tests.reference.conv import output_shape


def _views(padded: np.ndarray, kernel_shape, output_shape, strides, dilation_rate):
    """For each tap, the view of the padded images that it multiplies."""
    for tap in np.ndindex(*kernel_shape[:-2]):
        moves = zip(tap, dilation_rate, output_shape[1:-1], strides, strict=True)
        yield tap, padded[(slice(None), *(slice(i * d, i * d + (size - 1) * s + 1, s) for i, d, size, s in moves))]


def _padded(inputs: np.ndarray, padding) -> np.ndarray:
    return np.pad(inputs.astype(np.float64), ((0, 0), *padding, (0, 0)))


def _rows(images: np.ndarray) -> np.ndarray:
    """Pixels as the rows of one matrix: a single product of BLAS, not one a row of pixels."""
    return np.ascontiguousarray(images, np.float64).reshape(-1, images.shape[-1])


def _channels(index: int, groups: int, total: int) -> slice:
    return slice(index * total // groups, (index + 1) * total // groups)


def conv(inputs, kernel, strides, padding, dilation_rate, groups):
    shape = output_shape(inputs.shape, kernel.shape, strides, padding, dilation_rate)
    out, padded = np.zeros(shape), _padded(inputs, padding)
    for tap, view in _views(padded, kernel.shape, shape, strides, dilation_rate):
        for group in range(groups):
            ci, co = _channels(group, groups, inputs.shape[-1]), _channels(group, groups, kernel.shape[-1])
            product = _rows(view[..., ci]) @ kernel[tap][:, co].astype(np.float64)
            out[..., co] += product.reshape(*shape[:-1], -1)
    return out


def conv_input_gradient(upstream, kernel, input_shape, strides, padding, dilation_rate, groups):
    padded = _padded(np.zeros(input_shape), padding)
    for tap, view in _views(padded, kernel.shape, upstream.shape, strides, dilation_rate):
        for group in range(groups):
            ci, co = _channels(group, groups, input_shape[-1]), _channels(group, groups, kernel.shape[-1])
            product = _rows(upstream[..., co]) @ kernel[tap][:, co].astype(np.float64).T
            view[..., ci] += product.reshape(view.shape[:-1] + (-1,))
    inside = zip(padding, input_shape[1:-1], strict=True)
    return padded[(slice(None), *(slice(before, before + size) for (before, _), size in inside))]


def conv_kernel_gradient(inputs, upstream, kernel_shape, strides, padding, dilation_rate, groups):
    out, padded = np.zeros(kernel_shape), _padded(inputs, padding)
    for tap, view in _views(padded, kernel_shape, upstream.shape, strides, dilation_rate):
        for group in range(groups):
            ci, co = _channels(group, groups, inputs.shape[-1]), _channels(group, groups, kernel_shape[-1])
            out[tap][:, co] = _rows(view[..., ci]).T @ _rows(upstream[..., co])
    return out
