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
