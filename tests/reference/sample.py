"""Reading images at coordinates in loops: each point's weights along an axis, and their products over all axes.

A matrix (points, pixels + 1) goes from the pixels of an image, with `fill` behind them, to the points.
"""

import math

import numpy as np

from tests.reference.interpolation import KERNELS


def sample(images, coordinates, interpolation, boundary, fill=0.0):
    """Images (n, sizes ..., c) at coordinates (n, points ..., number of sizes)."""
    out = np.empty((*coordinates.shape[:-1], images.shape[-1]))
    for image, places, values in zip(images, coordinates, out, strict=True):
        points, sizes = places.reshape(-1, places.shape[-1]), image.shape[:-1]
        taps = [[KERNELS[interpolation](x) for x in along] for along in points.T]
        read = matrix([axis(*one, boundary) for one in zip(points.T, taps, sizes, strict=True)])
        pixels = image.reshape(-1, image.shape[-1])
        values[...] = (read[:, :-1] @ pixels + read[:, -1:] * fill).reshape(values.shape)
    return out


def axis(places, taps, size, boundary):
    """The weights (places, size + 1) along one axis of taps [(pixel, weight)] a place; the last: of what is outside."""
    out = np.zeros((len(places), size + 1))
    for x, of_place, weights in zip(places, taps, out, strict=True):
        for pixel, weight in of_place:
            outside = boundary == "cut" and not 0 <= x <= size - 1
            weights[size if outside else within(pixel, size, boundary)] += weight
    return out


def matrix(axes):
    """The products of weights (points, size + 1) along each axis; what is outside along one axis is outside."""
    product = np.ones(len(axes[0]))
    for one in axes:
        product = np.einsum("p...,pa->p...a", product, one)
    pixels = (slice(None), *[slice(-1)] * len(axes))
    inside = product[pixels].reshape(len(product), math.prod(one.shape[1] - 1 for one in axes)).copy()
    product[pixels] = 0
    return np.concatenate([inside, product.sum(axis=tuple(range(1, product.ndim)))[:, None]], axis=1)


def within(pixel, size, boundary):
    """The pixel that stands for one which may be outside; `size` for none."""
    if 0 <= pixel < size:
        return pixel
    if boundary == "constant":
        return size
    if boundary in ("nearest", "cut"):
        return min(max(pixel, 0), size - 1)
    if boundary == "wrap":
        return pixel % size
    there_and_back = [*range(size), *reversed(range(size))]
    if boundary == "mirror":
        there_and_back = [*range(size), *reversed(range(1, size - 1))]
    return there_and_back[pixel % len(there_and_back)]
