"""Elastic deformation: every pixel moves at random, and neighbours alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import number, one_of
from convolith.ops.image.draw import check_state, pending, stream
from convolith.ops.image.filter import gaussian_window
from convolith.ops.image.images import in_batch
from convolith.ops.image.sampling import Sample
from convolith.ops.image.transform import FILL_MODES, INTERPOLATIONS

WIDEST = 1e300
"""The largest standard deviation, which leaves room for the numbers that are multiplied by it."""


@dataclass(frozen=True)
class ElasticPoints(Operation):
    """Where each pixel of images (n, h, w, c) is read: (n, h, w, 2) of row and column, by the state + `ahead`.

    The strengths (n, 2), or (1, 2) for all images, are alpha and sigma as `elastic_transform` has them.
    """

    ahead: int
    keeps = (0, 1, 2)
    reads_start = True  # `ahead` makes up for it

    def infer(self, images: Spec, strengths: Spec, state: Spec) -> Spec:
        """Give a point to each pixel."""
        check_state(self.name, state)
        return Spec((*images.shape[:3], 2), np.result_type(images.dtype, np.float32))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Draw how far each pixel moves, and average that with its neighbours."""
        (points,), (_, strengths, state) = outputs, inputs
        numbers = stream(state, self.ahead)
        places = np.indices(points.shape[1:3], np.float64)
        each = np.broadcast_to(strengths.astype(np.float64), (len(points), 2))
        for own, (alpha, sigma) in zip(points, each, strict=True):
            moves = _blurred(numbers.standard_normal(places.shape) * sigma, sigma)
            own[...] = np.moveaxis(places + alpha * moves, 0, -1)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop: they are drawn."""
        return None, None, None


def elastic_transform(
    images: Any,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Any:
    """Move the pixels of images at random, and neighbours alike; differentiable by the images.

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        alpha: how far: what the smooth field is multiplied by, in pixels.
        sigma: the standard deviation in pixels of the window that smooths a field of normal numbers times sigma; not
            negative, and at most 1e300. It may be far wider than the images: what lies outside of them costs nothing.
        interpolation: as in `affine_transform`.
        fill_mode: as in `affine_transform`.
        fill_value: as in `affine_transform`.
        seed: an integer, which moves them the same way each time; a `random.SeedGenerator`; or None, which takes a
            new one.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The shape of images, float32 or float64.

    Raises:
        ValueError: if the shape does not fit, or an argument has no such value.
        TypeError: if an argument is of another type, or there is no seed where a model is traced.

    Source:
        keras.ops.image.elastic_transform; Simard et al., "Best Practices for Convolutional Neural Networks Applied to
        Visual Document Analysis", 2003.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> image = np.arange(16, dtype="float32").reshape(4, 4, 1)
        >>> bool((ops.image.elastic_transform(image, seed=3) != image).any())
        True
    """
    from convolith.random import drawn  # which is made of ops

    name = "elastic_transform"
    one_of(name, "interpolation", interpolation, INTERPOLATIONS)
    one_of(name, "fill_mode", fill_mode, FILL_MODES)
    fill = number(name, "fill_value", fill_value)
    strength = np.array([[number(name, "alpha", alpha), number(name, "sigma", sigma)]])
    if not 0 <= strength[0, 1] <= WIDEST:
        raise ValueError(f"{name}: sigma must not be negative, nor above {WIDEST}, got {sigma}")
    return drawn(name, seed, lambda state: deform(images, strength, state, interpolation, fill_mode, fill, data_format))


def deform(
    images: Any,
    strengths: Any,
    state: Any,
    interpolation: str,
    fill_mode: str,
    fill_value: float,
    data_format: str | None,
) -> Any:
    """Do as `elastic_transform`, by a strength for each image and a state, as `elastic_points` takes them."""
    sample = Sample(interpolation, fill_mode, fill_value)

    def deformed(batch: Any) -> Any:
        return sample(batch, elastic_points(batch, strengths, state))

    return in_batch("elastic_transform", data_format, deformed, images)


def elastic_points(images: Any, strengths: Any, state: Any) -> Any:
    """Draw where each pixel of moved images is read; the same state gives the same points.

    Args:
        images: array or tensor (n, h, w, c), of which the shape alone counts.
        strengths: array or tensor (n, 2) or (1, 2): alpha and sigma, as in `elastic_transform`.
        state: Variable or array uint64[2] of a seed and a counter; `ops.dropout.advance` it for the next.

    Returns:
        (n, h, w, 2) of row and column, float32 or float64.

    Raises:
        ValueError: if state is not of this kind.
    """
    return ElasticPoints(pending(state))(images, strengths, state)


def _blurred(fields: np.ndarray, sigma: float) -> np.ndarray:
    """Average fields (2, h, w) in a Gaussian window up to three standard deviations away; around them is 0."""
    size = 2 * math.floor(3 * sigma) + 1
    if size == 1:
        return fields
    for axis in (1, 2):
        length = fields.shape[axis]
        window = gaussian_window(size, sigma, length)
        reach = len(window) // 2
        wide = np.pad(fields, [(reach, reach) if other == axis else (0, 0) for other in range(3)])
        rows, total = np.moveaxis(wide, axis, 0), np.zeros_like(fields)
        sums = np.moveaxis(total, axis, 0)
        for start, weight in enumerate(window):
            sums += weight * rows[start : start + length]
        fields = total
    return fields
