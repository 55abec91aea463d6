"""What reading images at points gives, with both gradients, and how far each may be off from that.

A point may itself be off by a `shift`, from the arithmetic that it comes out of; its distance from a pixel, at most 2,
is rounded twice more. A weight along an axis is off by its steepest slope times that, and by the roundings of its
polynomial, which go by the sizes of the terms, as these cancel:

    bilinear: terms up to 1, slope 1
    bicubic, a = -3/4: slope up to (a + 3)^2 / (3 (a + 2)) = 1.35, and the slope's own slope up to 4.5

If the factors f of a product are off by e, it is off by at most the sum over the factors of e times the |f| + e of the
others. Then come a rounding for each factor, one for the pixel, and the sum's (`bounds.sum_bound`), relative to the
sizes of all taps: some may fall on the same pixel, and cancel. The slopes of bilinear weights jump at the pixels, and
nearest pixels change halfway between them: points there must be exact (`settled`).
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from tests.bounds import gamma, sides
from tests.reference.interpolation import KERNELS, SLOPES
from tests.reference.sample import axis as along
from tests.reference.sample import matrix

STEEPEST = {"bilinear": (1.0, 0.0), "bicubic": (1.35, 4.5)}
ROUNDINGS = 6  # of a weight's polynomial or its slope's, at most


def sizes_of_terms(distance: float, slope: bool) -> float:
    """What the roundings in Keys's polynomial or its slope are relative to."""
    if distance <= 1:
        return 3.75 * distance**2 + 4.5 * distance if slope else 1.25 * distance**3 + 2.25 * distance**2 + 1
    return 0.75 * (3 * distance**2 + 10 * distance + 8 if slope else distance**3 + 5 * distance**2 + 8 * distance + 4)


def rows(array: np.ndarray) -> np.ndarray:
    """An array (n, ..., last) as (n, rows, last), float64."""
    return array.reshape(len(array), math.prod(array.shape[1:-1]), array.shape[-1]).astype(np.float64)


class Reading:
    """Images (n, sizes ..., c) read at points (n, points ..., axes), both in float64 and exact, in a dtype.

    `shift`: how far each coordinate may be off, to be broadcast to the points. A bound is in the shape of its result.
    """

    def __init__(self, images, points, interpolation, boundary, fill=0.0, shift=0.0, dtype=np.float64):
        self.interpolation, self.boundary, self.dtype = interpolation, boundary, dtype
        self.sizes, self.shape = images.shape[1:-1], (*points.shape[:-1], images.shape[-1])
        self.points, self.shift = rows(points), rows(np.broadcast_to(shift, points.shape))
        outside = np.full((len(images), 1, images.shape[-1]), fill)
        self.pixels = np.concatenate([rows(images), outside], axis=1)
        self.taps = {"bilinear": 2, "bicubic": 4}.get(interpolation, 1) ** len(self.sizes)

    @property
    def settled(self) -> bool:
        """Whether no point is so close to where its taps change that its shift could change them."""
        if self.interpolation == "bicubic" and self.boundary != "cut":
            return True  # weights and slopes are continuous
        places = self.points + 0.5 * self.interpolation.startswith("nearest")
        return bool(((self.shift == 0) | (abs(places - np.rint(places)) > self.shift)).all())

    @property
    def values(self) -> tuple[np.ndarray, np.ndarray]:
        """The result, and its bound."""
        return self._read(*self._matrices[0])

    def by_images(self, upstream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The gradient by the images, whose products are added up in float64, and its bound."""
        exact, size, error = self._matrices[0]
        given = rows(upstream)
        relative = gamma(len(self.sizes) + 2, self.dtype) + gamma(self.taps * max(1, given.shape[1]), np.float64)
        total = (error + relative * (size + error)).swapaxes(1, 2) @ abs(given)
        shape = (len(given), *self.sizes, given.shape[-1])
        found = (exact.swapaxes(1, 2) @ given, sides(self.dtype) * total)
        return tuple(array[:, :-1].reshape(shape) for array in found)

    def by_points(self, upstream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The gradient by the coordinates, and its bound."""
        given = rows(upstream)
        gradients, bounds = [], []
        for exact, size, error in self._matrices[1:]:
            gradients.append((exact @ self.pixels * given).sum(axis=-1))
            relative = gamma(len(self.sizes) + self.taps + given.shape[-1] + 1, self.dtype)
            total = (error + relative * (size + error)) @ abs(self.pixels)
            bounds.append(sides(self.dtype) * (total * abs(given)).sum(axis=-1))
        shape = (*self.shape[:-1], len(self.sizes))
        return np.stack(gradients, -1).reshape(shape), np.stack(bounds, -1).reshape(shape)

    def _read(self, exact, size, error):
        relative = gamma(len(self.sizes) + self.taps + 1, self.dtype)
        bound = sides(self.dtype) * (error + relative * (size + error)) @ abs(self.pixels)
        return (exact @ self.pixels).reshape(self.shape), bound.reshape(self.shape)

    @cached_property
    def _matrices(self):
        """The weights (n, points, pixels + 1), then their slopes by each coordinate: exact, their size, how far off."""
        axes = range(len(self.sizes))
        found = []
        for sloped in (None, *axes):
            three = np.zeros((3, len(self.points), self.points.shape[1], self.pixels.shape[1]))
            for image, (points, shifts) in enumerate(zip(self.points, self.shift, strict=True)):
                factors = [self._along(points[:, axis], shifts[:, axis], axis, axis == sloped) for axis in axes]
                three[0, image] = matrix([exact for exact, _, _ in factors])
                three[1, image] = matrix([size for _, size, _ in factors])
                for wrong in axes:
                    sizes = [off if axis == wrong else size + off for axis, (_, size, off) in enumerate(factors)]
                    three[2, image] += matrix(sizes)
            found.append(three)
        return found

    def _along(self, places, shifts, axis, sloped):
        """The weights or slopes along one axis: exact, their size, and how far each is off."""
        exact = [(SLOPES if sloped else KERNELS)[self.interpolation](x) for x in places]
        size = [[(pixel, abs(weight)) for pixel, weight in taps] for taps in exact]
        off = [self._off(x, shift, sloped) for x, shift in zip(places, shifts, strict=True)]
        return [along(places, taps, self.sizes[axis], self.boundary) for taps in (exact, size, off)]

    def _off(self, x, shift, sloped):
        """How far the weights of a place are off, also of pixels that it may have no part in but for its shift."""
        if self.interpolation.startswith("nearest"):
            return []
        steepest, radius = STEEPEST[self.interpolation][sloped], self.taps_along // 2
        moved = shift + 2 * gamma(2, self.dtype)
        found = []
        for pixel in range(int(np.floor(x)) - radius, int(np.floor(x)) + radius + 2):
            distance = abs(x - pixel)
            if distance < radius + shift:
                terms = float(not sloped) if radius == 1 else sizes_of_terms(min(distance, 2.0), sloped)
                found.append((pixel, steepest * moved + gamma(ROUNDINGS, self.dtype) * terms))
        return found

    @property
    def taps_along(self) -> int:
        """How many pixels along an axis a point is read from."""
        return round(self.taps ** (1 / len(self.sizes)))
