"""Resizing: the weights of the source pixels in each target pixel, in loops, then the sum over both axes."""

import math

import numpy as np


def resize(images, size, interpolation, antialias=False, align_corners=False, cubic=-0.5, exclude_outside=True):
    options = interpolation, antialias, align_corners, cubic, exclude_outside
    rows, columns = (matrix(*one, *options) for one in zip(images.shape[1:3], size, strict=True))
    return np.einsum("yr,xc,nrck->nyxk", rows, columns, images)


def matrix(source, target, *options):
    """The weights (target, source) along one axis."""
    out = np.zeros((target, source))
    for place in range(target):
        for pixel, weight in weights(place, source, target, *options).items():
            out[place, pixel] = weight
    return out


def weights(place, source, target, interpolation, antialias, align_corners, cubic, exclude_outside):
    """{source pixel: weight} of a target pixel."""
    scale = source / target
    centre = (place + 0.5) * scale - 0.5
    if align_corners:
        scale = (source - 1) / (target - 1) if target > 1 else 0.0
        centre = place * scale
    if interpolation == "nearest":
        return {min(max(math.floor(centre + 0.5 + 1e-12), 0), source - 1): 1.0}
    if interpolation == "area":
        begin, end = place * scale, (place + 1) * scale
        found = {pixel: min(end, pixel + 1) - max(begin, pixel) for pixel in range(source)}
        found = {pixel: weight for pixel, weight in found.items() if weight > 1e-9}
    else:
        wide = max(scale, 1.0) if antialias else 1.0
        found = {}
        for pixel in range(-8, source + 8):
            if (exclude_outside or antialias) and not 0 <= pixel < source:
                continue
            weight = kernel(abs(pixel - centre) / wide, interpolation, cubic)
            inside = min(max(pixel, 0), source - 1)
            found[inside] = found.get(inside, 0.0) + weight
    total = sum(found.values())
    return {pixel: weight / total for pixel, weight in found.items() if weight != 0}


def kernel(distance, interpolation, a):
    if interpolation == "bilinear":
        return max(0.0, 1 - distance)
    if interpolation == "bicubic":
        if distance <= 1:
            return (a + 2) * distance**3 - (a + 3) * distance**2 + 1
        return a * (distance**3 - 5 * distance**2 + 8 * distance - 4) if distance < 2 else 0.0
    radius = int(interpolation[-1])
    return float(np.sinc(distance) * np.sinc(distance / radius)) if distance < radius else 0.0
