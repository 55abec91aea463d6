"""The same layers as NumPy does them best: windows copied into the rows of a matrix, and BLAS's product of it."""

from __future__ import annotations

import numpy as np

from benchmarks.network_shapes import Layer


def conv(layer: Layer, inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return (_rows(layer, inputs) @ kernel.reshape(-1, layer.co) + bias).reshape(layer.output_shape)


def conv_input_gradient(layer: Layer, upstream: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    rows = upstream.reshape(-1, layer.co) @ kernel.reshape(-1, layer.co).T
    windows = rows.reshape(*layer.output_shape[:3], *layer.kernel, layer.ci)
    padded = np.zeros_like(_pad(layer, np.empty(layer.input_shape, np.float32)))
    for i, j in np.ndindex(layer.kernel):
        _tap(layer, padded, i, j)[...] += windows[:, :, :, i, j]
    (top, _), (left, _) = layer.padding
    return padded[:, top : top + layer.h, left : left + layer.w]


def conv_kernel_gradient(layer: Layer, inputs: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    return (_rows(layer, inputs).T @ upstream.reshape(-1, layer.co)).reshape(layer.kernel_shape)


def max_pool(layer: Layer, inputs: np.ndarray) -> np.ndarray:
    padded = _pad(layer, inputs, -np.inf)
    return np.max([_tap(layer, padded, i, j) for i, j in np.ndindex(layer.kernel)], axis=0)


def max_pool_gradient(layer: Layer, inputs: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    padded = _pad(layer, inputs, -np.inf)
    taps = list(np.ndindex(layer.kernel))
    chosen = np.argmax([_tap(layer, padded, i, j) for i, j in taps], axis=0)
    out = np.zeros_like(padded)
    for index, (i, j) in enumerate(taps):
        _tap(layer, out, i, j)[...] += np.where(chosen == index, upstream, 0)
    (top, _), (left, _) = layer.padding
    return out[:, top : top + layer.h, left : left + layer.w]


def dense(layer: Layer, inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return inputs @ kernel + bias


def dense_input_gradient(layer: Layer, upstream: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return upstream @ kernel.T


def dense_kernel_gradient(layer: Layer, inputs: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    return inputs.T @ upstream


def _rows(layer: Layer, inputs: np.ndarray) -> np.ndarray:
    """The window of each output pixel as a row, in the kernel's order."""
    padded = _pad(layer, inputs)
    windows = np.stack([_tap(layer, padded, i, j) for i, j in np.ndindex(layer.kernel)], axis=3)
    return windows.reshape(-1, layer.kernel[0] * layer.kernel[1] * layer.ci)


def _pad(layer: Layer, inputs: np.ndarray, value: float = 0.0) -> np.ndarray:
    return np.pad(inputs, ((0, 0), *layer.padding, (0, 0)), constant_values=np.float32(value))


def _tap(layer: Layer, padded: np.ndarray, i: int, j: int) -> np.ndarray:
    """The view of the padded images that one tap of the kernel meets."""
    _, rows, columns, _ = layer.output_shape
    top, left = i * layer.dilation[0], j * layer.dilation[1]
    down = slice(top, top + (rows - 1) * layer.stride[0] + 1, layer.stride[0])
    return padded[:, down, left : left + (columns - 1) * layer.stride[1] + 1 : layer.stride[1]]
