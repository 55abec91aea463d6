"""Where a projective map reads each pixel, how the eight parameters move that, and how far off the arithmetic may be.

Numerators and denominator are sums of up to three products, so each is off by gamma(3) times the sum of magnitudes; the
quotient, by their relative errors and one more rounding.
"""

from __future__ import annotations

import numpy as np

from tests.bounds import gamma, sides
from tests.ops.image.sampling_bound import Reading


class Map:
    """Parameters (n, 8), each off by `unsure`, in a dtype, at all pixels of a result of this size."""

    def __init__(self, parameters, height, width, dtype, unsure=0.0):
        self.dtype, n = dtype, len(parameters)
        parameters = parameters.astype(np.float64)
        unsure = np.broadcast_to(unsure, parameters.shape)
        self.points, self.shift = np.empty((2, n, height, width, 2))
        self.places, (self.below, self.unsure_below) = np.empty((n, height, width, 3)), np.empty((2, n, height, width))
        for image, y, x in np.ndindex(n, height, width):
            a, b, c = np.split(parameters[image], [3, 6])
            at = np.array([x, y, 1.0])
            below = c[0] * x + c[1] * y + 1
            off_below = gamma(3, dtype) * (abs(c) @ at[:2] + 1) + unsure[image, 6:] @ at[:2]
            assert below > 2 * off_below
            for axis, above, off in ((0, b, unsure[image, 3:6]), (1, a, unsure[image, :3])):
                point = above @ at / below
                off_above = gamma(3, dtype) * (abs(above) @ at) + off @ at
                moved = (off_above + abs(point) * off_below) / (below - off_below)
                self.points[image, y, x, axis] = point
                self.shift[image, y, x, axis] = moved + gamma(1, dtype) * (abs(point) + moved)
            self.places[image, y, x], self.below[image, y, x], self.unsure_below[image, y, x] = at, below, off_below

    def reading(self, images, interpolation, boundary, fill=0.0):
        """What images are read as there."""
        points, shift = (np.broadcast_to(one, (len(images), *one.shape[1:])) for one in (self.points, self.shift))
        return Reading(images, points, interpolation, boundary, fill, shift, self.dtype)

    def by_parameters(self, reading, upstream):
        """The gradient (n, 8) by the parameters, or (1, 8) of one map for all images, and its bound.

        A point's gradient g is divided by the denominator k, and times the point for the parameters of k; the products
        with the pixel's place are then added up.
        """
        by_points, off = reading.by_points(upstream)
        size, large = abs(by_points) + off, abs(self.points) + self.shift
        relative = gamma(by_points.size + 6, self.dtype) + 3 * (self.unsure_below / self.below)[..., None]
        unsure = off + relative * size
        gradients = self._added_up(by_points, -by_points * self.points)
        bound = self._added_up(unsure, unsure * large + size * self.shift)
        return gradients, sides(self.dtype) * bound

    def _added_up(self, by_above, by_below):
        """Gradients (n, h, w, 2) by what is above the fractions and below them, times the places they go with."""
        rows, columns = (self.places * (by_above[..., axis] / self.below)[..., None] for axis in (0, 1))
        parts = columns, rows, self.places[..., :2] * (by_below.sum(axis=-1) / self.below)[..., None]
        sums = np.concatenate([part.sum(axis=(1, 2)) for part in parts], axis=1)
        return sums if len(self.points) == len(sums) else sums.sum(axis=0, keepdims=True)
