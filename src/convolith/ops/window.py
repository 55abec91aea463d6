"""The arguments of convolution and pooling: sizes, strides, paddings and data formats, checked and made explicit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from convolith.ops.conversion import operand as operand
from convolith.ops.shape import transpose

Pair: TypeAlias = "tuple[int, int]"
Padding: TypeAlias = "tuple[Pair, Pair]"

LIMIT = 2**31
"""What all sizes, steps and paddings are below, so that the engine's 64-bit products of two of them are right."""


def pair(name: str, argument: str, value: Any, least: int = 1) -> Pair:
    """Make (down, across) of an integer or of two.

    Args:
        name: the operation's name, for the messages.
        argument: the argument's name, likewise.
        value: what came.
        least: the smallest value allowed.

    Raises:
        TypeError: if it is neither an integer nor a sequence.
        ValueError: if it is not two integers, or one is smaller than `least` or not below LIMIT.
    """
    values = (value, value) if isinstance(value, (int, np.integer)) else value
    if not isinstance(values, (tuple, list, np.ndarray)):
        raise TypeError(f"{name}: {argument} must be an integer or a pair of them, came {value!r}")
    integers = all(isinstance(one, (int, np.integer)) and not isinstance(one, bool) for one in values)
    if len(values) != 2 or not integers or min(values) < least:
        raise ValueError(f"{name}: {argument} must be an integer of at least {least} or two of them, came {value!r}")
    if max(values) >= LIMIT:
        raise ValueError(f"{name}: {argument} must be below 2 ** 31, came {value!r}")
    return int(values[0]), int(values[1])


def resolve_padding(
    name: str, padding: Any, image: Sequence[int], window: Sequence[int], strides: Pair, dilation: Pair = (1, 1)
) -> Padding:
    """Make a padding explicit: ((top, bottom), (left, right)).

    Args:
        name: the operation's name, for the messages.
        padding: "valid", "same", or an explicit one.
        image: height and width.
        window: height and width of the kernel or pool.
        strides: down and across.
        dilation: down and across.

    Raises:
        ValueError: if it is none of these, or "same" needs as much as LIMIT.
    """
    if isinstance(padding, str) and padding == "valid":
        return (0, 0), (0, 0)
    if isinstance(padding, str) and padding == "same":
        totals = [
            max(0, (-(-size // stride) - 1) * stride + step * (extent - 1) + 1 - size)
            for size, extent, stride, step in zip(image, window, strides, dilation, strict=True)
        ]
        if max(totals) >= LIMIT:
            raise ValueError(
                f'{name}: dilation_rate must be so small that padding "same" is below 2 ** 31, came {dilation}'
            )
        top, left = totals[0] // 2, totals[1] // 2
        return (top, totals[0] - top), (left, totals[1] - left)
    try:
        (top, bottom), (left, right) = padding
    except (TypeError, ValueError):
        raise ValueError(
            f'{name}: padding must be "valid", "same" or ((top, bottom), (left, right)), came {padding!r}'
        ) from None
    return pair(name, "padding", (top, bottom), least=0), pair(name, "padding", (left, right), least=0)


def output_sizes(
    name: str,
    argument: str,
    inputs: Sequence[Any],
    window: Sequence[int],
    strides: Pair,
    padding: Padding,
    dilation: Pair = (1, 1),
) -> Pair:
    """Count the windows down and across.

    Args:
        name: the operation's name, for the messages.
        argument: what the window is called there.
        inputs: the shape (n, h, w, c).
        window: height and width of the kernel or pool.
        strides: down and across.
        padding: an explicit one.
        dilation: down and across.

    Raises:
        ValueError: if not one window fits.
    """
    padded = [size + sum(around) for size, around in zip(inputs[1:3], padding, strict=True)]
    extents = [step * (size - 1) + 1 for size, step in zip(window, dilation, strict=True)]
    if 0 in inputs[1:3] or padded[0] < extents[0] or padded[1] < extents[1]:
        spread = "" if dilation == (1, 1) else f", spread over {extents[0]} x {extents[1]} by dilation_rate {dilation},"
        raise ValueError(
            f"{name}: {argument} {window[0]} x {window[1]}{spread} does not fit in inputs of shape {tuple(inputs)} "
            f"with padding {padding}"
        )
    return (padded[0] - extents[0]) // strides[0] + 1, (padded[1] - extents[1]) // strides[1] + 1


def channels_last(name: str, data_format: str | None, operation: Callable[[Any], Any], inputs: Any) -> Any:
    """Do `operation`, which takes and gives (n, h, w, c), on inputs of four axes in another order too.

    Args:
        name: the operation's name, for the messages.
        data_format: "channels_last", None for the same, or "channels_first", which transposes there and back.
        operation: function of the images.
        inputs: the images.

    Raises:
        ValueError: if the data format is another.
    """
    if data_format in (None, "channels_last"):
        return operation(inputs)
    if data_format != "channels_first":
        raise ValueError(f'{name}: data_format must be "channels_last" or "channels_first", came {data_format!r}')
    return transpose(operation(transpose(inputs, (0, 2, 3, 1))), (0, 3, 1, 2))
