"""Reading images at any points between their pixels, with gradients by the images and by the points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor

FARTHEST = 2.0**30
"""Pixels from the first, where coordinates end: so far out, float32 has no fractions, and integers have room."""


@dataclass(frozen=True)
class Sample(Operation):
    """The values (n, points ..., c) of images (n, sizes ..., c) at coordinates (n, points ..., number of sizes).

    Coordinates count pixels, from 0 for the centre of the first. Beyond the edges the images go on by `boundary`:
    "constant" with `fill`, "nearest" with the edge, "wrap" from the other side, "mirror" about the edge's centre,
    "reflect" about the edge itself; "cut" is "constant" for points outside the centres of the edges, however near.
    "nearest" takes the farther from zero of two equally near pixels, "nearest_even" the even one. Where a coordinate
    is NaN, so is the result.
    """

    interpolation: str
    boundary: str
    fill: float = 0.0
    cubic_coefficient: float = -0.75

    def infer(self, images: Spec, coordinates: Spec) -> Spec:
        """Give one value a point and channel."""
        return Spec((*coordinates.shape[:-1], images.shape[-1]), images.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add up the weighed neighbours, image by image."""
        outputs[0][...] = 0
        for image, points, out in zip(*inputs, *outputs, strict=True):
            values, pixels = _flat(out), self.pixels(image)
            for place, inside, weights, _ in self.neighbours(image.shape[:-1], _flat(points), slopes=False):
                share = _read(pixels, place, inside)
                share *= weights[:, None]
                values += share

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give each neighbour its share; by the coordinates it is the slope of what is interpolated."""
        images, coordinates = node.inputs
        assert images is not None
        by_images = SampleAdjoint(self, tuple(images.shape))(upstreams[0], coordinates)
        return by_images, SampleSlope(self)(images, coordinates, upstreams[0])

    def pixels(self, image: np.ndarray) -> np.ndarray:
        """Give all pixels (pixels, c), with one of `fill` behind them if there may be neighbours outside."""
        flat = _flat(image)
        if self.boundary not in ("constant", "cut"):
            return flat
        return np.concatenate([flat, np.full((1, flat.shape[1]), self.fill, flat.dtype)])

    def neighbours(
        self, sizes: tuple[int, ...], points: np.ndarray, slopes: bool
    ) -> Iterator[tuple[np.ndarray, np.ndarray | None, np.ndarray, list[np.ndarray]]]:
        """Go through the pixels around each of the points (points, number of sizes), all points at a time.

        Yields:
            the pixels' flat places in the image; whether they are inside, or None if all are; their weights; and
            the slopes of the weights by each coordinate, if they are asked for.
        """
        unknown = np.isnan(points).any(axis=1)
        points = points.clip(-FARTHEST, FARTHEST)
        if any_unknown := bool(unknown.any()):
            points[unknown] = 0
        by_axis = [list(self._along(points[:, axis], size)) for axis, size in enumerate(sizes)]
        for chosen in itertools.product(*by_axis):
            place, inside, weights = np.zeros(len(points), np.intp), None, np.ones(len(points), points.dtype)
            for (index, within, weight, _), size in zip(chosen, sizes, strict=True):
                place = place * size + index
                weights = weights * weight
                inside = within if inside is None else inside if within is None else inside & within
            by_coordinates = []
            for axis in range(len(sizes)) if slopes else ():
                factors = [one[3] if other == axis else one[2] for other, one in enumerate(chosen)]
                by_coordinates.append(math.prod(factors[1:], start=factors[0]))
            for factor in (weights, *by_coordinates) if any_unknown else ():
                factor[unknown] = np.nan
            yield place, inside, weights, by_coordinates

    def _along(
        self, points: np.ndarray, size: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray | None, np.ndarray, np.ndarray]]:
        """Yield, for each neighbour along one axis: pixel, whether it is inside, weight, and the weight's slope."""
        one = np.ones_like(points)
        first = np.floor(points)
        rest = points - first
        if self.interpolation == "nearest":
            first = np.copysign(np.floor(abs(points) + 0.5), points)
            pieces = [(0, one, np.zeros_like(points))]
        elif self.interpolation == "nearest_even":
            first = np.rint(points)
            pieces = [(0, one, np.zeros_like(points))]
        elif self.interpolation == "bilinear":
            pieces = [(0, 1 - rest, -one), (1, rest, one)]
        else:
            pieces = [(step, *_cubic(rest - step, self.cubic_coefficient)) for step in (-1, 0, 1, 2)]
        pixel = first.astype(np.intp)
        cut = (points >= 0) & (points <= size - 1) if self.boundary == "cut" else None
        for step, weight, slope in pieces:
            place, inside = _beyond(pixel + step, size, self.boundary)
            yield place, inside if cut is None else cut, weight, slope


@dataclass(frozen=True)
class SampleAdjoint(Operation):
    """The adjoint of `sample` by its images, which have `images_shape`: every point gives to its neighbours."""

    sample: Sample
    images_shape: tuple[Any, ...]

    def infer(self, upstream: Spec, coordinates: Spec) -> Spec:
        """Give the shape of the images."""
        return Spec(self.images_shape, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add up in float64, each channel by itself, in the order of the points."""
        for upstream, points, out in zip(*inputs, *outputs, strict=True):
            values, totals = _flat(upstream), _flat(out)
            sums = np.zeros(totals.shape[::-1])
            for place, inside, weights, _ in self.sample.neighbours(out.shape[:-1], _flat(points), slopes=False):
                for channel, total in enumerate(sums):
                    share = values[:, channel] * weights
                    if inside is None:
                        total += np.bincount(place, share, len(total))
                    else:
                        total += np.bincount(place[inside], share[inside], len(total))
            totals[...] = sums.T

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Sample: the adjoint of the adjoint; by the coordinates both have the same slopes."""
        upstream, coordinates = node.inputs
        linear = replace(self.sample, fill=0.0)
        return linear(upstreams[0], coordinates), SampleSlope(linear)(upstreams[0], coordinates, upstream)


@dataclass(frozen=True)
class SampleSlope(Operation):
    """The gradient of `sample` by its coordinates."""

    sample: Sample

    def infer(self, images: Spec, coordinates: Spec, upstream: Spec) -> Spec:
        """Give the shape of the coordinates."""
        return coordinates

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Weigh the neighbours by the slopes of their weights."""
        outputs[0][...] = 0
        for image, points, upstream, out in zip(*inputs, *outputs, strict=True):
            values, totals, pixels = _flat(upstream), _flat(out), self.sample.pixels(image)
            for place, inside, _, slopes in self.sample.neighbours(image.shape[:-1], _flat(points), slopes=True):
                share = np.einsum("pc,pc->p", _read(pixels, place, inside), values)
                for axis, slope in enumerate(slopes):
                    totals[:, axis] += share * slope


def _flat(array: np.ndarray) -> np.ndarray:
    """View (..., c) as (rows, c)."""
    return array.reshape(math.prod(array.shape[:-1]), array.shape[-1])


def _read(pixels: np.ndarray, place: np.ndarray, inside: np.ndarray | None) -> np.ndarray:
    """Give the pixels at flat places, and the last one, which is `fill`, for places outside."""
    return np.take(pixels, place if inside is None else np.where(inside, place, len(pixels) - 1), axis=0)


def _beyond(pixel: np.ndarray, size: int, boundary: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Bring pixels beyond the edges back, and tell which are inside if those beyond are to be filled."""
    if boundary == "constant":
        inside = (pixel >= 0) & (pixel < size)
        return np.where(inside, pixel, 0), inside
    if boundary in ("nearest", "cut"):
        return pixel.clip(0, size - 1), None
    if boundary == "wrap":
        return pixel % size, None
    period = 2 * (size - 1) if boundary == "mirror" else 2 * size
    along = pixel % max(period, 1)
    return np.minimum(along, period - (boundary == "reflect") - along), None


def _cubic(distance: np.ndarray, coefficient: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the weight of Keys's cubic convolution at a signed distance below 2, and its slope."""
    far = abs(distance)
    near = far <= 1
    weight = np.where(
        near,
        ((coefficient + 2) * far - (coefficient + 3)) * far * far + 1,
        coefficient * (((far - 5) * far + 8) * far - 4),
    )
    slope = np.where(
        near, (3 * (coefficient + 2) * far - 2 * (coefficient + 3)) * far, coefficient * ((3 * far - 10) * far + 8)
    )
    return weight, slope * np.sign(distance)
