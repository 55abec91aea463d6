"""Locally connected product in loops: inputs (n, *sizes, ci), kernel (pixels, elements * ci, co), bias (*sizes, co)."""

import numpy as np


def locally_connected(inputs, kernel, bias, kernel_size, strides, padding):
    padded = np.pad(inputs.astype(np.float64), ((0, 0), *padding, (0, 0)))
    out = np.zeros((len(inputs), *bias.shape))
    for pixel, at in enumerate(np.ndindex(*bias.shape[:-1])):
        window = tuple(slice(y * s, y * s + k) for y, s, k in zip(at, strides, kernel_size, strict=True))
        for image in range(len(inputs)):
            patch = padded[(image, *window)].ravel()
            for filter in range(bias.shape[-1]):
                out[(image, *at, filter)] = sum(patch * kernel[pixel, :, filter]) + bias[(*at, filter)]
    return out


def locally_connected_gradients(inputs, kernel, upstream, kernel_size, strides, padding):
    """By the inputs and by the kernel."""
    around = ((0, 0), *padding, (0, 0))
    padded = np.pad(inputs.astype(np.float64), around)
    by_padded, by_kernel = np.zeros(padded.shape), np.zeros(kernel.shape)
    for pixel, at in enumerate(np.ndindex(*upstream.shape[1:-1])):
        window = tuple(slice(y * s, y * s + k) for y, s, k in zip(at, strides, kernel_size, strict=True))
        for image in range(len(inputs)):
            patch, given = padded[(image, *window)], upstream[(image, *at)]
            for filter in range(len(given)):
                by_padded[(image, *window)] += given[filter] * kernel[pixel, :, filter].reshape(patch.shape)
                by_kernel[pixel, :, filter] += given[filter] * patch.ravel()
    inside = tuple(slice(before, size + before) for size, (before, _) in zip(inputs.shape, around, strict=True))
    return by_padded[inside], by_kernel
