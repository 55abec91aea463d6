"""Cutting images out, and padding them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.graph.tensor import Tensor
from convolith.ops.arguments import number, one_of
from convolith.ops.dense import dense
from convolith.ops.image.images import in_batch
from convolith.ops.image.sampling import Sample
from convolith.ops.indexing import get_item
from convolith.ops.layout import as_came
from convolith.ops.pad import pad
from convolith.ops.shape import reshape
from convolith.ops.take import take
from convolith.ops.window import LIMIT, operand, per_axis


def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Cut images out; of top, bottom and target height two are given, and of left, right and target width.

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        top_cropping: rows to leave out above.
        left_cropping: columns to leave out on the left.
        bottom_cropping: rows to leave out below.
        right_cropping: columns to leave out on the right.
        target_height: height of the result.
        target_width: width of the result.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The part, in the dtype of images.

    Raises:
        ValueError: if not two of three are given, one is negative, they do not fit, or nothing would be left.
        TypeError: if images is None, or one is no integer.

    Source:
        keras.ops.image.crop_images.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.crop_images(np.arange(9).reshape(3, 3, 1), 0, 1, target_height=2, right_cropping=0)[..., 0]
        array([[1, 2],
               [4, 5]])
    """

    def cropped(batch: Any) -> Any:
        height, width = batch.shape[1:3]
        top, bottom = _two_of_three(
            "crop_images",
            -1,
            batch,
            1,
            top_cropping=top_cropping,
            bottom_cropping=bottom_cropping,
            target_height=target_height,
        )
        left, right = _two_of_three(
            "crop_images",
            -1,
            batch,
            2,
            left_cropping=left_cropping,
            right_cropping=right_cropping,
            target_width=target_width,
        )
        return get_item(batch, (slice(None), slice(top, height - bottom), slice(left, width - right)))

    return in_batch("crop_images", data_format, cropped, images)


def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
    fill_value: float = 0.0,
) -> Any:
    """Pad images; of top, bottom and target height two are given, and of left, right and target width.

    Args:
        images: array or tensor (n, h, w, c) or (h, w, c); channels before h with data_format "channels_first".
        top_padding: rows to add above.
        left_padding: columns to add on the left.
        bottom_padding: rows to add below.
        right_padding: columns to add on the right.
        target_height: height of the result.
        target_width: width of the result.
        data_format: "channels_last" (the default) or "channels_first".
        fill_value: what is added.

    Returns:
        The padded images, in the dtype of images.

    Raises:
        ValueError: if not two of three are given, one is negative, or they do not fit.
        TypeError: if images is None, or one is no integer.

    Source:
        keras.ops.image.pad_images.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.image.pad_images(np.ones((1, 2, 1), int), 0, 1, 1, target_width=3)[..., 0]
        array([[0, 1, 1],
               [0, 0, 0]])
    """
    fill = number("pad_images", "fill_value", fill_value)

    def padded(batch: Any) -> Any:
        rows = _two_of_three(
            "pad_images",
            1,
            batch,
            1,
            top_padding=top_padding,
            bottom_padding=bottom_padding,
            target_height=target_height,
        )
        columns = _two_of_three(
            "pad_images",
            1,
            batch,
            2,
            left_padding=left_padding,
            right_padding=right_padding,
            target_width=target_width,
        )
        return pad(batch, ((0, 0), rows, columns, (0, 0)), constant_values=fill)

    return in_batch("pad_images", data_format, padded, images)


def crop_and_resize(
    images: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: int | Sequence[int],
    interpolation: str = "bilinear",
    extrapolation_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Cut boxes out of images and resize them to one size; differentiable by the images and the boxes.

    Args:
        images: array or tensor (n, h, w, c); (n, c, h, w) with data_format "channels_first".
        boxes: array or tensor (k, 4) of the first row, first column, last row and last column, from 0 for the centre
            of the first pixel of an image to 1 for that of its last; the first may be behind the last, which flips.
        box_indices: array of k integers: which image each box is of.
        crop_size: height and width of the result; of a single row or column it is the box's middle.
        interpolation: "bilinear" or "nearest".
        extrapolation_value: what is outside the images.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        (k, height, width, c) or (k, c, height, width), float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, there is no such image, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        tf.image.crop_and_resize.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> image = np.arange(9, dtype="float32").reshape(1, 3, 3, 1)
        >>> ops.image.crop_and_resize(image, np.array([[0.5, 0, 1, 1]], "float32"), [0], (2, 2))[0, :, :, 0]
        array([[3., 5.],
               [6., 8.]], dtype=float32)
    """
    name = "crop_and_resize"
    one_of(name, "interpolation", interpolation, ("bilinear", "nearest"))
    sample = Sample(interpolation, "cut", number(name, "extrapolation_value", extrapolation_value))
    height, width = per_axis(name, "crop_size", crop_size, 2)
    images, boxes = operand(name, "images", images), operand(name, "boxes", boxes)
    if isinstance(box_indices, Tensor):
        raise TypeError(f"{name}: box_indices must be an array, got a symbolic tensor, which has no values yet")
    indices = operand(name, "box_indices", box_indices)
    if (
        images.ndim != 4
        or 0 in images.shape[1:]
        or boxes.ndim != 2
        or (boxes.shape[1], indices.shape) != (4, boxes.shape[:1])
    ):
        raise ValueError(
            f"{name}: images must have 4 axes, none of them empty, boxes shape (k, 4) and box_indices (k,), got "
            f"{images.shape}, {boxes.shape} and {indices.shape}"
        )
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{name}: box_indices must be integers, got {indices.dtype}")
    n = images.shape[0]
    if indices.size and (indices.min() < 0 or n is not None and indices.max() >= n):
        raise ValueError(
            f"{name}: box_indices must be from 0 to {'the last image' if n is None else n - 1}, as there are images, "
            f"got {indices}"
        )

    def cropped(batch: Any) -> Any:
        matrix = _box_matrix(batch.shape[1:3], (height, width)).astype(np.result_type(boxes.dtype, np.float32))
        return sample(take(batch, indices, axis=0), reshape(dense(boxes, matrix), (-1, height, width, 2)))

    return in_batch(name, data_format, cropped, images)


def _box_matrix(image: tuple[int, int], crop: tuple[int, int]) -> np.ndarray:
    """Give the matrix from a box to the coordinates of the pixels of its crop."""
    matrix = np.zeros((4, *crop, 2))
    for axis, (pixels, size) in enumerate(zip(image, crop, strict=True)):
        share = np.linspace(0, 1, size) if size > 1 else np.array([0.5])
        along = share.reshape(-1, 1) if axis == 0 else share
        matrix[axis, ..., axis] = (1 - along) * (pixels - 1)
        matrix[2 + axis, ..., axis] = along * (pixels - 1)
    return matrix.reshape(4, -1)


def _two_of_three(name: str, sign: int, batch: Any, axis: int, **given: Any) -> tuple[int, int]:
    """Give what is to be cut off (sign -1) or added (1) before and after, from two of before, after and target."""
    size = batch.shape[axis]
    if sum(value is None for value in given.values()) != 1:
        raise ValueError(f"{name}: exactly two of {', '.join(given)} must be given, got {given}")
    for argument, value in given.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, np.integer))):
            raise TypeError(f"{name}: {argument} must be an integer, got {value!r}")
    before, after, target = given.values()
    if target is not None:
        if before is None:
            before = sign * (target - size) - after
        else:
            after = sign * (target - size) - before
    if min(before, after) < 0 or not 1 <= size + sign * (before + after) < LIMIT or size < 1:
        raise ValueError(
            f"{name}: {', '.join(given)} must be at least 0, fit and leave something of the {size} pixels, got "
            f"{given} with images of shape {as_came(batch.shape)}"
        )
    return int(before), int(after)
