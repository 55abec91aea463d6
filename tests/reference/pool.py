"""Max and average pooling in loops: inputs NHWC, float64; padding ((top, bottom), (left, right)) is never a maximum."""

import numpy as np


def windows(input_shape, pool_size, strides, padding):
    """Every window: the index of its output pixel and the input pixels in it that are no padding, in rows."""
    n, h, w, _ = input_shape
    rows, columns = (
        (size + sum(padding[axis]) - pool_size[axis]) // strides[axis] + 1 for axis, size in enumerate((h, w))
    )
    for image, y, x in np.ndindex(n, rows, columns):
        top, left = y * strides[0] - padding[0][0], x * strides[1] - padding[1][0]
        inside = [
            (image, top + i, left + j)
            for i, j in np.ndindex(*pool_size)
            if 0 <= top + i < h and 0 <= left + j < w
        ]  # fmt: skip
        yield (image, y, x), inside


def max_pool(inputs, pool_size, strides, padding=((0, 0), (0, 0))):
    results = {}
    for to, inside in windows(inputs.shape, pool_size, strides, padding):
        results[to] = [inputs[at][channel] for channel, at in enumerate(largest(inputs, inside))]
    return np.array(list(results.values()), float).reshape([1 + last for last in max(results)] + [inputs.shape[3]])


def max_pool_gradient(inputs, upstream, pool_size, strides, padding=((0, 0), (0, 0))):
    out = np.zeros(inputs.shape)
    for to, inside in windows(inputs.shape, pool_size, strides, padding):
        for channel, at in enumerate(largest(inputs, inside)):
            out[at][channel] += upstream[to][channel]
    return out


def largest(inputs, inside):
    """For each channel the first pixel of a window that holds its maximum; a NaN is larger than any number."""
    return [inside[np.argmax([inputs[at][channel] for at in inside])] for channel in range(inputs.shape[3])]


def average_pool(inputs, pool_size, strides, padding=((0, 0), (0, 0)), count_include_pad=False):
    results = {}
    for to, inside in windows(inputs.shape, pool_size, strides, padding):
        count = pool_size[0] * pool_size[1] if count_include_pad else len(inside)
        results[to] = sum(inputs[at] for at in inside) / count
    return np.array(list(results.values()), float).reshape([1 + last for last in max(results)] + [inputs.shape[3]])


def average_pool_gradient(upstream, input_shape, pool_size, strides, padding=((0, 0), (0, 0)), count_include_pad=False):
    out = np.zeros(input_shape)
    for to, inside in windows(input_shape, pool_size, strides, padding):
        count = pool_size[0] * pool_size[1] if count_include_pad else len(inside)
        for at in inside:
            out[at] += upstream[to] / count
    return out
