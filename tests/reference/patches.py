"""Patches in loops: images (n, sizes ..., c) to (n, counts ..., elements), with `before` zeros in front."""

import numpy as np


def extract_patches(images, size, strides, dilation_rate, before, counts):
    n, *sizes, channels = images.shape
    out = np.zeros((n, *counts, int(np.prod(size)) * channels))
    for patch in np.ndindex(n, *counts):
        elements = []
        for place in np.ndindex(*size):
            pixel = [
                patch[axis + 1] * strides[axis] + place[axis] * dilation_rate[axis] - before[axis]
                for axis in range(len(size))
            ]
            inside = all(0 <= one < limit for one, limit in zip(pixel, sizes, strict=True))
            elements.append(images[(patch[0], *pixel)] if inside else np.zeros(channels))
        out[patch] = np.concatenate(elements)
    return out
