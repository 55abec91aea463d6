"""Scaling and moving arrays of any rank along some of their axes, differentiable by how far, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from convolith.graph.tensor import Tensor
from convolith.ops.arguments import flag, integers, numbered, one_of
from convolith.ops.arithmetic import absolute, divide, maximum, multiply, reciprocal, subtract
from convolith.ops.comparison import greater, greater_equal, less, less_equal, logical_and
from convolith.ops.conversion import cast, operand
from convolith.ops.dense import dense
from convolith.ops.indexing import get_item
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import moveaxis, reshape
from convolith.ops.trigonometry import sin
from convolith.ops.where import where

LEAST_TOTAL = 1000 * float(np.finfo(np.float32).eps)
"""What the weights of a pixel must sum to, so that they are divided by it."""


def _linear(distance: Any) -> Any:
    return maximum(0.0, 1.0 - distance)


def _cubic(distance: Any) -> Any:
    near = (1.5 * distance - 2.5) * distance * distance + 1.0
    far = ((2.5 - 0.5 * distance) * distance - 4.0) * distance + 2.0
    return where(less(distance, 1.0), near, where(less(distance, 2.0), far, 0.0))


def _lanczos(distance: Any, radius: int) -> Any:
    return where(less(distance, float(radius)), multiply(_sinc(distance), _sinc(distance / radius)), 0.0)


def _sinc(x: Any) -> Any:
    apart = greater(x, 0.0)
    angle = multiply(where(apart, x, 1.0), math.pi)
    return where(apart, divide(sin(angle), angle), 1.0)


METHODS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), _linear),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic),
    "lanczos3": partial(_lanczos, radius=3),
    "lanczos5": partial(_lanczos, radius=5),
}
"""The weight of a pixel at a distance, by method; names for one, two and three axes mean the same."""


def scale_and_translate(
    images: Any,
    output_shape: Sequence[int],
    scale: Any,
    translation: Any,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Any:
    """Bring what is at y along an axis to y * scale + translation; differentiable by images, scale and translation.

    The centre of the first pixel is at 1/2, of the next at 3/2. What comes from outside of the images is 0.

    Args:
        images: array or tensor of any rank.
        output_shape: the shape of the result, which differs from that of images along spatial_dims alone; None there
            stands for a batch size that is not known yet.
        scale: array or tensor (k,), none of it 0: by how much each of the k axes is stretched.
        translation: array or tensor (k,), in pixels of the result.
        spatial_dims: the k axes, negative from the end.
        method: "linear" ("bilinear", "trilinear" and "triangle" are the same), "cubic" ("bicubic", "tricubic") with
            the coefficient -1/2, "lanczos3" or "lanczos5".
        antialias: whether the weights are widened where the axis shrinks.

    Returns:
        Of output_shape, float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, a scale is 0 or not finite, or an argument has no such value.
        TypeError: if images, scale or translation is None, or an axis or size is no integer.

    Source:
        keras.ops.image.scale_and_translate, jax.image.scale_and_translate.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> row = np.array([0, 4, 8], "float32")
        >>> ops.image.scale_and_translate(row, (6,), np.array([2.0]), np.array([0.0]), (0,), "linear")
        array([0., 1., 3., 5., 7., 8.], dtype=float32)
    """
    name = "scale_and_translate"
    one_of(name, "method", method, tuple(METHODS))
    images, scale, translation = (
        operand(name, argument, value)
        for argument, value in (("images", images), ("scale", scale), ("translation", translation))
    )
    axes = numbered(name, integers(name, "spatial_dims", spatial_dims), images.shape, "images", "spatial_dims")
    target, wider = integers(name, "output_shape", output_shape, missing=True), flag(name, "antialias", antialias)
    fits = len(target) == images.ndim and all(
        (size is not None and size > 0 and images.shape[axis] > 0) if axis in axes else size == images.shape[axis]
        for axis, size in enumerate(target)
    )
    if not fits:
        raise ValueError(
            f"{name}: output_shape must be the shape of images, {tuple(images.shape)}, with other sizes of at least 1 "
            f"along spatial_dims {axes} alone, none of which is empty; got {target}"
        )
    for argument, value in (("scale", scale), ("translation", translation)):
        if tuple(value.shape) != (len(axes),):
            raise ValueError(
                f"{name}: {argument} must have shape ({len(axes)},), one for each of spatial_dims, got "
                f"{tuple(value.shape)}"
            )
    if not isinstance(scale, Tensor) and not (np.isfinite(scale) & (scale != 0)).all():
        raise ValueError(f"{name}: scale must be finite and not 0, got {scale}")
    dtype = np.result_type(images.dtype, np.float32)
    # Places among thousands of pixels need more digits than float32 has.
    scale, translation, images = cast(scale, np.float64), cast(translation, np.float64), cast(images, dtype)
    for number, axis in enumerate(axes):
        along = get_item(scale, number), get_item(translation, number)
        weights = _weights(images.shape[axis], target[axis], *along, METHODS[method], wider)
        images = moveaxis(dense(moveaxis(images, axis, -1), cast(weights, dtype)), -1, axis)
    return images


def _weights(
    source: int, target: int, scale: Any, translation: Any, weigh: Callable[[Any], Any], antialias: bool
) -> Any:
    """Give the weight (source, target) of each pixel of the images in each of the result."""
    inverse = reciprocal(scale)
    centres = reshape(multiply(np.arange(target) + 0.5 - translation, inverse) - 0.5, (1, target))
    distance = absolute(subtract(centres, np.arange(source, dtype=np.float64).reshape(source, 1)))
    weights = weigh(divide(distance, maximum(inverse, 1.0)) if antialias else distance)
    total = sum_of(weights, 0, keepdims=True)
    enough = greater(absolute(total), LEAST_TOTAL)
    inside = logical_and(greater_equal(centres, -0.5), less_equal(centres, source - 0.5))
    return where(logical_and(enough, inside), divide(weights, where(enough, total, 1.0)), 0.0)
