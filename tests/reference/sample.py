"""Reading images at coordinates in loops: images (n, sizes ..., c), coordinates (n, points ..., number of sizes)."""

import itertools
import math

import numpy as np


def sample(images, coordinates, interpolation, boundary, fill=0.0):
    out = np.zeros((*coordinates.shape[:-1], images.shape[-1]))
    for place in np.ndindex(coordinates.shape[:-1]):
        point = coordinates[place]
        for taps in itertools.product(*(neighbours(x, interpolation) for x in point)):
            pixel = [within(tap, size, boundary) for (tap, _), size in zip(taps, images.shape[1:-1], strict=True)]
            weight = math.prod(weight for _, weight in taps)
            outside = None in pixel or boundary == "cut" and not inside(point, images.shape[1:-1])
            out[place] += weight * (fill if outside else images[(place[0], *pixel)])
    return out


def neighbours(x, interpolation):
    """The pixels around a place along one axis, and their weights."""
    if interpolation == "nearest":
        return [(int(math.copysign(math.floor(abs(x) + 0.5), x)), 1.0)]
    if interpolation == "nearest_even":
        return [(round(x), 1.0)]
    first = math.floor(x)
    if interpolation == "bilinear":
        return [(first, 1 - (x - first)), (first + 1, x - first)]
    return [(first + step, keys(abs(x - first - step), -0.75)) for step in (-1, 0, 1, 2)]


def keys(distance, a):
    """Keys's cubic convolution."""
    if distance <= 1:
        return (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    return a * distance**3 - 5 * a * distance**2 + 8 * a * distance - 4 * a if distance < 2 else 0.0


def within(pixel, size, boundary):
    """The pixel that stands for one which may be outside; None for none."""
    if 0 <= pixel < size:
        return pixel
    if boundary == "constant":
        return None
    if boundary in ("nearest", "cut"):
        return min(max(pixel, 0), size - 1)
    if boundary == "wrap":
        return pixel % size
    there_and_back = [*range(size), *reversed(range(size))]
    if boundary == "mirror":
        there_and_back = [*range(size), *reversed(range(1, size - 1))]
    return there_and_back[pixel % len(there_and_back)]


def inside(point, sizes):
    return all(0 <= x <= size - 1 for x, size in zip(point, sizes, strict=True))
