"""The same layers as loops written as in C, over images, pixels and taps, with NumPy for the channels alone."""

from __future__ import annotations

import numpy as np

from benchmarks.network_shapes import Layer


def conv(layer: Layer, inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    out = np.empty(layer.output_shape, np.float32)
    out[...] = bias
    for to, at, tap in _taps(layer):
        out[to] += inputs[at] @ kernel[tap]
    return out


def conv_input_gradient(layer: Layer, upstream: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    out = np.zeros(layer.input_shape, np.float32)
    for to, at, tap in _taps(layer):
        out[at] += kernel[tap] @ upstream[to]
    return out


def conv_kernel_gradient(layer: Layer, inputs: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    out = np.zeros(layer.kernel_shape, np.float32)
    for to, at, tap in _taps(layer):
        out[tap] += inputs[at][:, None] * upstream[to]
    return out


def max_pool(layer: Layer, inputs: np.ndarray) -> np.ndarray:
    out = np.full(layer.output_shape, -np.inf, np.float32)
    for to, at, _ in _taps(layer):
        np.maximum(out[to], inputs[at], out=out[to])
    return out


def max_pool_gradient(layer: Layer, inputs: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    out = np.zeros(layer.input_shape, np.float32)
    best = np.full(layer.output_shape, -np.inf, np.float32)
    chosen = np.zeros((*layer.output_shape, 2), np.intp)
    for to, at, _ in _taps(layer):
        larger = inputs[at] > best[to]
        best[to][larger] = inputs[at][larger]
        chosen[to][larger] = at[1:]
    channels = np.arange(layer.ci)
    for to in np.ndindex(layer.output_shape[:3]):
        np.add.at(out[to[0]], (chosen[to][:, 0], chosen[to][:, 1], channels), upstream[to])
    return out


def dense(layer: Layer, inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    out = np.empty(layer.output_shape, np.float32)
    out[...] = bias
    for row in range(layer.n):
        for step in range(layer.ci):
            out[row] += inputs[row, step] * kernel[step]
    return out


def dense_input_gradient(layer: Layer, upstream: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    out = np.zeros(layer.input_shape, np.float32)
    for row in range(layer.n):
        for step in range(layer.ci):
            out[row, step] = np.sum(upstream[row] * kernel[step])
    return out


def dense_kernel_gradient(layer: Layer, inputs: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    out = np.zeros(layer.kernel_shape, np.float32)
    for row in range(layer.n):
        for step in range(layer.ci):
            out[step] += inputs[row, step] * upstream[row]
    return out


def _taps(layer: Layer):
    """Every (output pixel, input pixel, tap of the kernel) that meet, without those on the padding."""
    n, rows, columns, _ = layer.output_shape
    for image in range(n):
        for y in range(rows):
            for x in range(columns):
                for i in range(layer.kernel[0]):
                    at_y = y * layer.stride[0] + i * layer.dilation[0] - layer.padding[0][0]
                    for j in range(layer.kernel[1]):
                        at_x = x * layer.stride[1] + j * layer.dilation[1] - layer.padding[1][0]
                        if 0 <= at_y < layer.h and 0 <= at_x < layer.w:
                            yield (image, y, x), (image, at_y, at_x), (i, j)
