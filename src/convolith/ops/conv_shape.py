"""The shapes of convolutions without convolving: result, padding and receptive field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from convolith.graph.tensor import Spec, Tensor
from convolith.ops.arguments import batch_shape, integers, naming
from convolith.ops.conv import conv
from convolith.ops.conv_transpose import conv_transpose
from convolith.ops.window import conv_padding, per_axis


def conv_output_shape(
    input_shape: Sequence[int | None],
    kernel_shape: Sequence[int],
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    groups: int = 1,
) -> tuple[int | None, ...]:
    """Give the shape of `conv`'s result.

    Args:
        input_shape: the inputs' shape; None for the batch stays None.
        kernel_shape: the kernel's shape.
        strides: as in `conv`.
        padding: as in `conv`.
        data_format: as in `conv`.
        dilation_rate: as in `conv`.
        groups: as in `conv`.

    Returns:
        A tuple of integers.

    Raises:
        ValueError: where `conv` does.
        TypeError: where `conv` does.

    Example:
        >>> from convolith import ops
        >>> ops.conv_output_shape((None, 224, 224, 3), (7, 7, 3, 64), strides=2, padding="same")
        (None, 112, 112, 64)
    """
    name = "conv_output_shape"
    images, kernel = _unknown(name, "input_shape", input_shape), _unknown(name, "kernel_shape", kernel_shape)
    with naming(name, "conv", inputs="input_shape", kernel="kernel_shape"):
        return conv(images, kernel, strides, padding, data_format, dilation_rate, groups).shape


def conv_transpose_output_shape(
    input_shape: Sequence[int | None],
    kernel_shape: Sequence[int],
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    groups: int = 1,
) -> tuple[int | None, ...]:
    """Give the shape of `conv_transpose`'s result.

    Args:
        input_shape: the inputs' shape; None for the batch stays None.
        kernel_shape: the kernel's shape.
        strides: as in `conv_transpose`.
        padding: as in `conv_transpose`.
        output_padding: as in `conv_transpose`.
        data_format: as in `conv_transpose`.
        dilation_rate: as in `conv_transpose`.
        groups: as in `conv_transpose`.

    Returns:
        A tuple of integers.

    Raises:
        ValueError: where `conv_transpose` does.
        TypeError: where `conv_transpose` does.

    Example:
        >>> from convolith import ops
        >>> ops.conv_transpose_output_shape((None, 5, 5, 3), (2, 3, 8, 3))
        (None, 6, 7, 8)
    """
    name = "conv_transpose_output_shape"
    images, kernel = _unknown(name, "input_shape", input_shape), _unknown(name, "kernel_shape", kernel_shape)
    with naming(name, "conv_transpose", inputs="input_shape", kernel="kernel_shape"):
        return conv_transpose(
            images, kernel, strides, padding, output_padding, data_format, dilation_rate, groups
        ).shape


def explicit_padding(
    sizes: Sequence[int],
    kernel_size: int | Sequence[int],
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    dilation_rate: int | Sequence[int] = 1,
) -> tuple[tuple[int, int], ...]:
    """Give the zeros that `conv` puts around images.

    Args:
        sizes: the images' spatial sizes, one to three.
        kernel_size: an integer or one an axis.
        strides: as in `conv`.
        padding: as in `conv`.
        dilation_rate: as in `conv`.

    Returns:
        A pair (before, after) for each axis. With "same" they add up to
        max(0, (ceil(size / strides) - 1) * strides + dilation_rate * (kernel_size - 1) + 1 - size).

    Raises:
        ValueError: if an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> from convolith import ops
        >>> ops.explicit_padding((224, 224), 7, strides=2, padding="same")
        ((2, 3), (2, 3))
    """
    name, extents = "explicit_padding", integers("explicit_padding", "sizes", sizes)
    rank = len(extents)
    if not 1 <= rank <= 3:
        raise ValueError(f"{name}: sizes must be one to three integers, got {sizes!r}")
    image = per_axis(name, "sizes", extents, rank)
    window = per_axis(name, "kernel_size", kernel_size, rank)
    steps, dilation = per_axis(name, "strides", strides, rank), per_axis(name, "dilation_rate", dilation_rate, rank)
    return conv_padding(name, padding, (1, *image, 1), (*window, 1, 1), steps, dilation)


def receptive_field(windows: Iterable[Sequence[int]]) -> tuple[int, int]:
    """Give how much of an axis one result of a chain of convolutions and poolings sees.

    Args:
        windows: for each of them, first to last, (size,), (size, strides) or (size, strides, dilation_rate) along the
            axis.

    Returns:
        The pixels that a result depends on, and those from one result to the next.

    Raises:
        ValueError: if one of them is not one to three integers of at least 1.
        TypeError: if one of them is an integer or no sequence.

    Source:
        Definition; Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285.

    Example:
        >>> from convolith import ops
        >>> ops.receptive_field([(3,), (3,), (2, 2)])
        (6, 2)
    """
    seen, jump = 1, 1
    if not isinstance(windows, Iterable):
        raise TypeError(f"receptive_field: windows must be a sequence of tuples, got {windows!r}")
    for window in windows:
        if not isinstance(window, (tuple, list)):
            raise TypeError(
                f"receptive_field: windows must be of tuples (size, strides, dilation_rate), got {window!r}"
            )
        if not 1 <= len(window) <= 3:
            raise ValueError(f"receptive_field: windows must be of one to three integers, got {window!r}")
        size, strides, dilation = per_axis("receptive_field", "windows", (*window, 1, 1)[:3], 3)
        seen += dilation * (size - 1) * jump
        jump *= strides
    return seen, jump


def _unknown(name: str, argument: str, shape: Any) -> Tensor:
    return Tensor(Spec(batch_shape(name, argument, shape), np.dtype(np.float32)))
