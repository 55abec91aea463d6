"""Reading images at the points of a grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.ops.arguments import checked_data_format, flag, integer, number, one_of
from convolith.ops.dense import dense
from convolith.ops.image.sampling import Sample
from convolith.ops.shape import reshape, transpose
from convolith.ops.window import operand

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
MODES = {"bilinear": "bilinear", "nearest": "nearest_even", "bicubic": "bicubic"}
PADDING_MODES = ("zeros", "border", "reflection")


def grid_sample(
    images: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool = False,
    data_format: str | None = None,
) -> Any:
    """Read images or volumes at points between their pixels; differentiable by both.

    Args:
        images: array or tensor (n, h, w, c) or (n, d, h, w, c); channels second with data_format "channels_first".
        grid: array or tensor (n, ..., 2) of (x, y), or (n, ..., 3) of (x, y, z), from -1 at the first edge to 1 at
            the last.
        mode: "bilinear" (also of three axes), "nearest" (of two as near the even one) or "bicubic", with the
            coefficient -0.75.
        padding_mode: what is outside: "zeros", "border", the nearest pixel, or "reflection" about the edges.
        align_corners: whether -1 and 1 are the centres of the pixels at the edges, not the edges themselves.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        (n, ..., c), or (n, c, ...), float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if images or grid is None.

    Source:
        torch.nn.functional.grid_sample; Jaderberg et al., Spatial Transformer Networks, arXiv 1506.02025, equation 3.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> image = np.array([[0, 4]], "float32").reshape(1, 1, 2, 1)
        >>> ops.image.grid_sample(image, np.zeros((1, 1, 2), "float32"))
        array([[[2.]]], dtype=float32)
    """
    one_of("grid_sample", "mode", mode, tuple(MODES))
    one_of("grid_sample", "padding_mode", padding_mode, PADDING_MODES)
    images, grid = operand("grid_sample", "images", images), operand("grid_sample", "grid", grid)
    data_format = checked_data_format("grid_sample", data_format)
    rank = images.ndim - 2
    fits = rank in (2, 3) and grid.ndim >= 2 and grid.shape[-1] == rank and grid.shape[0] == images.shape[0]
    first = data_format == "channels_first"
    sizes = images.shape[2:] if first else images.shape[1:-1]
    if not fits or 0 in images.shape[1:]:
        raise ValueError(
            f"grid_sample: images must have 4 or 5 axes, and grid as many coordinates on its last axis as images have "
            f"spatial axes, none of them empty, and the same batch size; got shapes {images.shape} and {grid.shape}"
        )
    corners = flag("grid_sample", "align_corners", align_corners)
    spans = [(size - 1) / 2 if corners else size / 2 for size in sizes]
    dtype = np.result_type(grid.dtype, np.float32)
    matrix = np.diag(spans[::-1]).astype(dtype)[:, ::-1]  # (x, y) to (row, column)
    middles = np.array([(size - 1) / 2 for size in sizes], dtype)
    boundary = {"zeros": "constant", "border": "nearest"}.get(padding_mode, "mirror" if corners else "reflect")
    batch = transpose(images, (0, *range(2, rank + 2), 1)) if first else images
    result = Sample(MODES[mode], boundary)(batch, dense(grid, matrix, middles))
    return transpose(result, (0, result.ndim - 1, *range(1, result.ndim - 1))) if first else result


def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0.0
) -> Any:
    """Read an array of any rank at points between its elements; differentiable by both.

    Args:
        inputs: array or tensor (d1, ..., dk).
        coordinates: array or tensor (k, ...) of each point's place along each axis, 0 for the first element; or a
            list of k arrays.
        order: 0 takes the nearest element, of two as near the farther from zero; 1 interpolates linearly.
        fill_mode: what is outside: "constant", "nearest", "wrap", "mirror" (about the last element's centre) or
            "reflect" (about its edge).
        fill_value: the number that "constant" fills with.

    Returns:
        The shape of coordinates without its first axis, float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if inputs or coordinates is None, or fill_value no number.

    Source:
        keras.ops.image.map_coordinates.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.map_coordinates(np.array([0, 4], "float32"), np.array([[0.25, 1]], "float32"), 1)
        array([1., 4.], dtype=float32)
    """
    inputs, points = (
        operand("map_coordinates", "inputs", inputs),
        operand("map_coordinates", "coordinates", coordinates),
    )
    if integer("map_coordinates", "order", order) not in (0, 1):
        raise ValueError(f"map_coordinates: order must be 0 or 1, got {order!r}")
    one_of("map_coordinates", "fill_mode", fill_mode, FILL_MODES)
    fill = number("map_coordinates", "fill_value", fill_value)
    if points.ndim < 2 or points.shape[0] != inputs.ndim or 0 in inputs.shape:
        raise ValueError(
            f"map_coordinates: inputs must not be empty, and coordinates have 2 axes or more, the first with one place "
            f"for each axis of inputs; got shapes {inputs.shape} and {points.shape}"
        )
    last = transpose(points, (*range(1, points.ndim), 0))
    sample = Sample("bilinear" if order else "nearest", fill_mode, fill)
    result = sample(reshape(inputs, (1, *inputs.shape, 1)), reshape(last, (1, *last.shape)))
    return reshape(result, result.shape[1:-1])
