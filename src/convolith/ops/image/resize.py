"""Resizing images: each axis by itself, through a matrix of interpolation weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from convolith.ops.arguments import flag, number, one_of
from convolith.ops.conversion import cast
from convolith.ops.image.crop import crop_images, pad_images
from convolith.ops.image.images import in_batch
from convolith.ops.image.taps import AlongAxis
from convolith.ops.window import operand, per_axis


def triangle(distance: np.ndarray) -> np.ndarray:
    """Weigh by 1 - distance, up to 1: linear interpolation."""
    return np.maximum(0, 1 - distance)


def cubic(distance: np.ndarray, coefficient: float) -> np.ndarray:
    """Weigh by Keys's two cubic pieces, up to 2 (IEEE TASSP 29 (1981), equation 15 has the coefficient -1/2)."""
    near = ((coefficient + 2) * distance - (coefficient + 3)) * distance * distance + 1
    far = coefficient * (((distance - 5) * distance + 8) * distance - 4)
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0))


def lanczos(distance: np.ndarray, radius: int) -> np.ndarray:
    """Weigh by sinc(distance) * sinc(distance / radius), up to the radius."""
    return np.where(distance < radius, np.sinc(distance) * np.sinc(distance / radius), 0)


INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5")


@dataclass(frozen=True)
class Interpolation:
    """How an axis of `source` pixels is resampled to `target` ones."""

    source: int
    target: int
    interpolation: str
    antialias: bool
    align_corners: bool
    cubic_coefficient: float
    exclude_outside: bool

    def matrix(self) -> np.ndarray:
        """Give the weight of each source pixel (column) in each target pixel (row)."""
        if self.interpolation == "nearest":
            return np.eye(self.source)[self._nearest()]
        scale, centres = self._centres()
        if self.interpolation == "area":
            edges = np.arange(self.target + 1)[:, None] * scale
            before, after = np.arange(self.source), np.arange(1, self.source + 1)
            return _normalised((np.minimum(edges[1:], after) - np.maximum(edges[:-1], before)).clip(0))
        weigh, radius = self._filter()
        widening = max(scale, 1.0) if self.antialias else 1.0
        beyond = 0 if self.exclude_outside or self.antialias else radius
        pixels = np.arange(-beyond, self.source + beyond)
        weights = _normalised(weigh(abs(pixels - centres[:, None]) / widening))
        matrix = weights[:, beyond : beyond + self.source]
        matrix[:, 0] += weights[:, :beyond].sum(axis=1)  # what lies beyond the edge is the edge's
        matrix[:, -1] += weights[:, beyond + self.source :].sum(axis=1)
        return matrix

    def _nearest(self) -> np.ndarray:
        """Give the source pixel of each target pixel, in integers, since half a pixel must not depend on rounding."""
        places = np.arange(self.target)
        if not self.align_corners:
            return (2 * places + 1) * self.source // (2 * self.target)
        steps = max(self.target - 1, 1)
        return (2 * places * (self.source - 1) + steps) // (2 * steps)

    def _centres(self) -> tuple[float, np.ndarray]:
        """Give the source pixels a target pixel is wide, and where each target pixel's centre lies among them."""
        places = np.arange(self.target)
        if self.align_corners:
            scale = (self.source - 1) / (self.target - 1) if self.target > 1 else 0.0
            return scale, places * scale
        scale = self.source / self.target
        return scale, (places + 0.5) * scale - 0.5

    def _filter(self) -> tuple[Callable[[np.ndarray], np.ndarray], int]:
        """Give the weight as a function of the distance in pixels, and the distance from which on it is zero."""
        if self.interpolation == "bilinear":
            return triangle, 1
        if self.interpolation == "bicubic":
            return partial(cubic, coefficient=self.cubic_coefficient), 2
        radius = int(self.interpolation.removeprefix("lanczos"))
        return partial(lanczos, radius=radius), radius


def _normalised(weights: np.ndarray) -> np.ndarray:
    """Drop weights that are zero but for rounding, and let each row sum to one."""
    weights = np.where(abs(weights) > 1e-12, weights, 0)
    return weights / weights.sum(axis=1, keepdims=True)


def resize(
    images: Any,
    size: int | Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
    align_corners: bool = False,
    cubic_coefficient: float = -0.5,
    exclude_outside: bool = True,
) -> Any:
    """Resize images, whose pixels are squares with centres at 1/2, 3/2, ...

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        size: height and width of the result.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", or "area", the mean of the source
            under each pixel of the result, weighed by how much of it is covered.
        antialias: whether the filters of "bilinear", "bicubic" and "lanczos" are widened by the factor of shrinking.
        crop_to_aspect_ratio: cut the images to the aspect ratio of `size` first, around the middle.
        pad_to_aspect_ratio: pad them to it first.
        fill_mode: "constant", for the padding.
        fill_value: the number that pads.
        data_format: "channels_last" (the default) or "channels_first".
        align_corners: whether the centres of the corner pixels stay where they are (not with "area"); as in torch.
        cubic_coefficient: of "bicubic"; -0.5 in TensorFlow and wherever there is antialias, -0.75 in torch without.
        exclude_outside: whether "bicubic" and "lanczos" share the weight of pixels beyond the edge among the others,
            as TensorFlow does, and torch with antialias; else, without antialias, it is the edge's. ONNX's name.

    Returns:
        The images in the new size, float32 or float64.

    Raises:
        ValueError: if the shape does not fit, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        keras.ops.image.resize.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.resize(np.array([[0, 4]], "float32")[..., None], (1, 4))[0, :, 0]
        array([0., 1., 3., 4.], dtype=float32)
    """
    one_of("resize", "interpolation", interpolation, INTERPOLATIONS)
    one_of("resize", "fill_mode", fill_mode, ("constant",))
    height, width = per_axis("resize", "size", size, 2)
    fill = number("resize", "fill_value", fill_value)
    coefficient = number("resize", "cubic_coefficient", cubic_coefficient)
    for argument, value in (
        ("antialias", antialias),
        ("crop_to_aspect_ratio", crop_to_aspect_ratio),
        ("pad_to_aspect_ratio", pad_to_aspect_ratio),
        ("align_corners", align_corners),
        ("exclude_outside", exclude_outside),
    ):
        flag("resize", argument, value)
    if align_corners and interpolation == "area":
        raise ValueError('resize: align_corners must be False with interpolation "area", got True')
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("resize: only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be True, got both")

    def axis_by_axis(batch: Any) -> Any:
        if crop_to_aspect_ratio:
            batch = _cropped(batch, height, width)
        elif pad_to_aspect_ratio:
            batch = _padded(batch, height, width, fill)
        if tuple(batch.shape[1:3]) == (height, width):
            return cast(batch, np.result_type(batch.dtype, np.float32))
        options = interpolation, bool(antialias), bool(align_corners), coefficient, bool(exclude_outside)
        for axis, target in ((1, height), (2, width)):
            if batch.shape[axis] != target:
                batch = AlongAxis(axis, Interpolation(batch.shape[axis], target, *options))(batch)
        return batch

    return in_batch("resize", data_format, axis_by_axis, operand("resize", "images", images))


def _cropped(batch: Any, height: int, width: int) -> Any:
    """Cut out of the middle the largest window whose sides are as height to width."""
    rows, columns = batch.shape[1:3]
    window = max(min(rows, columns * height // width), 1), max(min(columns, rows * width // height), 1)
    top, left = (rows - window[0]) // 2, (columns - window[1]) // 2
    sizes = {"target_height": window[0], "target_width": window[1]}
    return crop_images(batch, top, left, **sizes, data_format="channels_last")


def _padded(batch: Any, height: int, width: int, fill: float) -> Any:
    """Pad to the smallest window whose sides are as height to width; an odd pixel of padding is left out."""
    rows, columns = batch.shape[1:3]
    top = (max(rows, columns * height // width) - rows) // 2
    left = (max(columns, rows * width // height) - columns) // 2
    return pad_images(batch, top, left, top, left, fill_value=fill, data_format="channels_last")
