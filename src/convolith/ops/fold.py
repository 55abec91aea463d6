"""Images as columns of patches, the im2col of convolution by a matrix product, and its adjoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from convolith.ops.image.patches import ExtractPatches, Fold
from convolith.ops.shape import reshape, transpose
from convolith.ops.window import operand, per_axis


def unfold(
    x: Any,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Any:
    """Cut images whose channels come first into patches, each a column; `image.extract_patches` is of either format.

    Args:
        x: array or tensor (n, c, h, w).
        kernel_size: height and width of a patch.
        dilation: pixels from one element of a patch to the next, down and across.
        padding: zeros added above and below, and on the left and on the right.
        stride: pixels from one patch to the next, down and across.

    Returns:
        (n, c * kh * kw, rows * columns) in the dtype of x: the elements of a patch in the order (c, kh, kw).

    Raises:
        ValueError: if x has not 4 axes, no patch fits, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        keras.ops.unfold, torch.nn.functional.unfold; Chellapilla et al., "High Performance Convolutional Neural
        Networks for Document Processing", 2006.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.unfold(np.arange(6).reshape(1, 1, 2, 3), 2)
        array([[[0, 1],
                [1, 2],
                [3, 4],
                [4, 5]]])
    """
    x = operand("unfold", "x", x)
    if x.ndim != 4 or x.shape[1] == 0:
        raise ValueError(f"unfold: x must have 4 axes (n, c, h, w) and channels, got shape {tuple(x.shape)}")
    _, channels, *image_size = x.shape
    windows = _windows("unfold", f"x of shape {tuple(x.shape)}", image_size, kernel_size, dilation, padding, stride)
    elements, count = math.prod(windows[1]), math.prod(windows[-1])
    patches = ExtractPatches(*windows)(reshape(x, (-1, *image_size, 1)))  # channels lie beside one another as images do
    columns = transpose(reshape(patches, (-1, count, elements)), (0, 2, 1))
    return reshape(columns, (-1, channels * elements, count))


def fold(
    x: Any,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Any:
    """Add columns of patches up to images whose channels come first: the adjoint of `unfold` with the same arguments.

    Args:
        x: array or tensor (n, c * kh * kw, rows * columns), as `unfold` gives them of images of output_size.
        output_size: height and width of the images.
        kernel_size: as in `unfold`.
        dilation: as in `unfold`.
        padding: as in `unfold`; what was added is left out.
        stride: as in `unfold`.

    Returns:
        (n, c, h, w), float32 or float64.

    Raises:
        ValueError: if x has not 3 axes or not the patches of such images, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        keras.ops.fold, torch.nn.functional.fold.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.fold(np.ones((1, 2, 2), "float32"), (1, 3), (1, 2))
        array([[[[1., 2., 1.]]]], dtype=float32)
    """
    x = operand("fold", "x", x)
    image_size = per_axis("fold", "output_size", output_size, 2)
    windows = _windows(
        "fold", f"images of output_size {image_size}", image_size, kernel_size, dilation, padding, stride
    )
    elements, counts = math.prod(windows[1]), windows[-1]
    if x.ndim != 3 or x.shape[1] % elements or not x.shape[1] or x.shape[2] != math.prod(counts):
        _, _, steps, rates, zeros, _ = windows
        raise ValueError(
            f"fold: x must have shape (n, a multiple of {elements}, {math.prod(counts)}) for kernel_size {windows[1]}, "
            f"output_size {image_size}, dilation {rates}, padding {zeros} and stride {steps}, got {tuple(x.shape)}"
        )
    columns = reshape(x, (-1, elements, math.prod(counts)))
    images = Fold(*windows)(reshape(transpose(columns, (0, 2, 1)), (-1, *counts, elements)))
    return reshape(images, (-1, x.shape[1] // elements, *image_size))


def _windows(
    name: str, images: str, image_size: Sequence[int], kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> tuple[tuple[int, ...], ...]:
    """Give the fields of the operations on patches; `images` is what they are of, for the message."""
    sizes, rates, steps = (
        per_axis(name, argument, value, 2)
        for argument, value in (("kernel_size", kernel_size), ("dilation", dilation), ("stride", stride))
    )
    zeros = per_axis(name, "padding", padding, 2, 0)
    counts = tuple(
        (pixels + 2 * zero - rate * (size - 1) - 1) // step + 1
        for pixels, size, rate, zero, step in zip(image_size, sizes, rates, zeros, steps, strict=True)
    )
    if min(counts) < 1 or 0 in image_size:
        raise ValueError(
            f"{name}: kernel_size {sizes} with dilation {rates} does not fit in {images} with padding {zeros}"
        )
    return tuple(image_size), sizes, steps, rates, zeros, counts
