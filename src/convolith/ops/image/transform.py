"""Moving, turning, scaling and tilting images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Constant, Node, Spec, Tensor
from convolith.ops.arguments import naming, number, one_of
from convolith.ops.arithmetic import add, divide
from convolith.ops.dense import dense
from convolith.ops.image.images import in_batch
from convolith.ops.image.sampling import Sample
from convolith.ops.layout import as_came
from convolith.ops.reduction import broadcast_to
from convolith.ops.shape import reshape
from convolith.ops.window import operand, per_axis

INTERPOLATIONS = ("nearest", "bilinear", "bicubic")
FILL_MODES = ("constant", "nearest", "wrap", "reflect", "mirror")


def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
    output_size: int | Sequence[int] | None = None,
) -> Any:
    """Read each pixel of the result where a projective map takes it in the images; differentiable by both.

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        transform: array or tensor (n, 8), or (8,) for all, of a0, a1, a2, b0, b1, b2, c0, c1: the pixel of the result
            in column x and row y is read in column (a0 x + a1 y + a2) / k and row (b0 x + b1 y + b2) / k, with
            k = c0 x + c1 y + 1.
        interpolation: "nearest" (of two as near the farther from zero), "bilinear", or "bicubic" with the
            coefficient -0.75.
        fill_mode: what is outside: "constant", "nearest", "wrap", "reflect" (about the edge) or "mirror" (about the
            last pixel's centre).
        fill_value: the number that "constant" fills with.
        data_format: "channels_last" (the default) or "channels_first".
        output_size: height and width of the result; by default those of images.

    Returns:
        The shape of images with this height and width, float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if images or transform is None, or another argument of another type.

    Source:
        keras.ops.image.affine_transform.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> image = np.arange(4, dtype="float32").reshape(1, 4, 1)
        >>> ops.image.affine_transform(image, np.array([1, 0, 1, 0, 1, 0, 0, 0], "float32"))[0, :, 0]
        array([1., 2., 3., 0.], dtype=float32)
    """
    one_of("affine_transform", "interpolation", interpolation, INTERPOLATIONS)
    one_of("affine_transform", "fill_mode", fill_mode, FILL_MODES)
    sample = Sample(interpolation, fill_mode, number("affine_transform", "fill_value", fill_value))
    size = None if output_size is None else per_axis("affine_transform", "output_size", output_size, 2)
    parameters = operand("affine_transform", "transform", transform)
    if parameters.ndim not in (1, 2) or parameters.shape[-1] != 8:
        raise ValueError(f"affine_transform: transform must have shape (8,) or (batch size, 8), got {parameters.shape}")
    if parameters.ndim == 1:
        parameters = reshape(parameters, (1, 8))

    def transformed(batch: Any) -> Any:
        n = batch.shape[0]
        if parameters.shape[0] not in (1, n):
            raise ValueError(
                f"affine_transform: transform must be one for all images or one for each, got shapes "
                f"{parameters.shape} and {as_came(batch.shape)}"
            )
        height, width = batch.shape[1:3] if size is None else size
        above, below = _bases(height, width, np.result_type(parameters.dtype, np.float32))
        points = divide(
            reshape(dense(parameters, above), (-1, height, width, 2)),
            add(reshape(dense(parameters, below), (-1, height, width, 1)), 1),
        )
        if points.shape[0] != n:
            if n is None and not isinstance(points, Tensor):
                points = Constant(points)  # only a tensor can be broadcast to a size that is not known
            points = broadcast_to(points, (n, height, width, 2))
        return sample(batch, points)

    return in_batch("affine_transform", data_format, transformed, images)


def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Tilt images so that four points of each come to lie where they are wanted; differentiable by the images.

    Args:
        images: as in `affine_transform`.
        start_points: array (n, 4, 2), or (4, 2) for all, of (x, y): four points of the images, in pixels.
        end_points: array of the same shape: where they are in the result.
        interpolation: as in `affine_transform`.
        fill_value: what is outside.
        data_format: as in `affine_transform`.

    Returns:
        The shape of images, float32 or float64.

    Raises:
        ValueError: if the shapes do not fit, three of four points lie on a line, or an argument has no such value.
        TypeError: if images is None, or fill_value no number.

    Source:
        keras.ops.image.perspective_transform.
    """
    name = "perspective_transform"
    starts, ends = (
        _known(name, argument, points)
        for argument, points in (("start_points", start_points), ("end_points", end_points))
    )
    if starts.shape != ends.shape or starts.ndim not in (2, 3) or starts.shape[-2:] != (4, 2):
        raise ValueError(
            f"{name}: start_points and end_points must both have shape (4, 2) or (batch size, 4, 2), "
            f"got {starts.shape} and {ends.shape}"
        )
    transform = _perspective(name, starts, ends)
    images = operand(name, "images", images)
    dtype = np.result_type(np.float32, images.dtype)
    with naming(name, "affine_transform", transform="start_points and end_points"):
        return affine_transform(images, transform.astype(dtype), interpolation, "constant", fill_value, data_format)


def _known(name: str, argument: str, points: Any) -> np.ndarray:
    """Make an array of points, which must have values."""
    if isinstance(points, Tensor):
        raise TypeError(f"{name}: {argument} must be an array, got a symbolic tensor, which has no values yet")
    return np.asarray(operand(name, argument, points), np.float64)


def _perspective(name: str, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Give the parameters (..., 8) that take points (..., 4, 2) back from where they end to where they start."""
    (x, y), (to_x, to_y) = np.moveaxis(starts, -1, 0), np.moveaxis(ends, -1, 0)
    zero, one = np.zeros_like(to_x), np.ones_like(to_x)
    # Each point gives two equations for the eight parameters.
    columns = [to_x, to_y, one, zero, zero, zero, -x * to_x, -x * to_y]
    rows = [zero, zero, zero, to_x, to_y, one, -y * to_x, -y * to_y]
    equations = np.concatenate([np.stack(columns, -1), np.stack(rows, -1)], axis=-2)
    places = np.broadcast_to(np.concatenate([x, y], -1), equations.shape[:-1])
    try:
        return np.linalg.solve(equations, places[..., None])[..., 0]
    except np.linalg.LinAlgError:
        raise ValueError(f"{name}: no three of the end_points may lie on a line, got {ends.tolist()}") from None


@dataclass(frozen=True)
class CornerTransform(Operation):
    """The parameters (n, 8) for `affine_transform` that bring an image's corners to points (n, 8): x, y of each.

    The corners are those at the top left, top right, bottom left and bottom right.
    """

    height: int
    width: int

    def infer(self, points: Spec) -> Spec:
        """Keep the shape."""
        return points

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Solve for each image."""
        outputs[0][...] = _perspective(self.name, self.corners(), inputs[0].astype(np.float64).reshape(-1, 4, 2))

    def corners(self) -> np.ndarray:
        """Give x and y (4, 2) of the corners."""
        right, bottom = self.width - 1, self.height - 1
        return np.array([[0, 0], [right, 0], [0, bottom], [right, bottom]], np.float64)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop: the points are drawn."""
        return (None,)


def _bases(height: int, width: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Give the matrices from the eight parameters to the points above and below the fraction, for all pixels."""
    x, y = np.arange(width)[None, :], np.arange(height)[:, None]
    above = np.zeros((8, height, width, 2), dtype)
    below = np.zeros((8, height, width), dtype)
    for axis, first in ((1, 0), (0, 3)):  # columns come from the a's, rows from the b's
        above[first, ..., axis], above[first + 1, ..., axis], above[first + 2, ..., axis] = x, y, 1
    below[6], below[7] = x, y
    return above.reshape(8, -1), below.reshape(8, -1)
