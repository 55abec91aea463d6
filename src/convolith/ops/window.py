"""The arguments of convolution and pooling: sizes, strides and paddings, checked and made explicit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from convolith.ops.conversion import operand as operand
from convolith.ops.layout import as_came

Sizes: TypeAlias = "tuple[int, ...]"
"""One integer a spatial axis."""
Padding: TypeAlias = "tuple[tuple[int, int], ...]"
"""What is added before and after, a spatial axis."""

LIMIT = 2**31
"""What all sizes, steps and paddings are below, so that the engine's 64-bit products of two of them are right."""


def per_axis(name: str, argument: str, value: Any, rank: int, least: int = 1) -> Sizes:
    """Make `rank` integers of one or of as many.

    Args:
        name: the operation's name, for the messages.
        argument: the argument's name, likewise.
        value: what came.
        rank: the number of spatial axes.
        least: the smallest value allowed.

    Raises:
        TypeError: if it is neither an integer nor a sequence.
        ValueError: if it is not `rank` integers, or one is smaller than `least` or not below LIMIT.
    """
    values = (value,) * rank if isinstance(value, (int, np.integer)) else value
    if not isinstance(values, (tuple, list, np.ndarray)) or (isinstance(values, np.ndarray) and not values.ndim):
        raise TypeError(f"{name}: {argument} must be an integer or {rank} of them, got {value!r}")
    integers = all([isinstance(one, (int, np.integer)) and not isinstance(one, bool) for one in values])
    if len(values) != rank or not integers or min(values) < least:
        raise ValueError(f"{name}: {argument} must be an integer of at least {least} or {rank} of them, got {value!r}")
    if max(values) >= LIMIT:
        raise ValueError(f"{name}: {argument} must be below 2 ** 31, got {value!r}")
    return tuple(map(int, values))


def resolve_padding(
    name: str, padding: Any, image: Sequence[int], window: Sequence[int], strides: Sizes, dilation: Sizes
) -> Padding:
    """Make a padding explicit: (before, after) for each spatial axis.

    Args:
        name: the operation's name, for the messages.
        padding: "valid", "same" (in letters of any case), or an explicit one.
        image: the image's spatial sizes.
        window: the sizes of the kernel or pool.
        strides: the steps from one window to the next.
        dilation: the steps from one element of the window to the next.

    Raises:
        ValueError: if it is none of these, or "same" needs as much as LIMIT.
    """
    kind = padding.lower() if isinstance(padding, str) else None
    if kind == "valid":
        return ((0, 0),) * len(image)
    if kind == "same":
        totals = [
            max(0, (-(-size // stride) - 1) * stride + step * (extent - 1) + 1 - size)
            for size, extent, stride, step in zip(image, window, strides, dilation, strict=True)
        ]
        if max(totals) >= LIMIT:
            raise ValueError(
                f'{name}: dilation_rate must be so small that padding "same" is below 2 ** 31, got {dilation}'
            )
        return tuple((total // 2, total - total // 2) for total in totals)
    try:
        pairs = [(before, after) for before, after in padding]
    except (TypeError, ValueError):
        pairs = []
    if len(pairs) != len(image):
        expected = "((top, bottom), (left, right))" if len(image) == 2 else f"{len(image)} pairs (before, after)"
        raise ValueError(f'{name}: padding must be "valid", "same" or {expected}, got {padding!r}')
    return tuple((before, after) for before, after in (per_axis(name, "padding", pair, 2, 0) for pair in pairs))


def conv_padding(
    name: str, padding: Any, inputs: Sequence[Any], kernel: Sequence[int], strides: Sizes, dilation: Sizes
) -> Padding:
    """Make a convolution's padding explicit, as `resolve_padding` does, "causal" too.

    Args:
        name: the operation's name, for the messages.
        padding: "valid", "same", "causal", or an explicit one.
        inputs: the shape (n, spatial axes, ci).
        kernel: the kernel's shape.
        strides: one a spatial axis.
        dilation: one a spatial axis.

    Raises:
        ValueError: if it is none of these, or "causal" with more than one spatial axis.
    """
    if isinstance(padding, str) and padding.lower() == "causal":
        if len(inputs) != 3:
            raise ValueError(
                f'{name}: padding must be "valid", "same" or explicit, as inputs of shape {as_came(inputs)} have more '
                f'than the one spatial axis that "causal" is for'
            )
        padding = ((dilation[0] * (kernel[0] - 1), 0),)
    return resolve_padding(name, padding, inputs[1:-1], kernel[:-2], strides, dilation)


def output_sizes(
    name: str,
    argument: str,
    inputs: Sequence[Any],
    window: Sequence[int],
    strides: Sizes,
    padding: Padding,
    dilation: Sizes,
    ceil_mode: bool = False,
) -> Sizes:
    """Count the windows along each spatial axis.

    Args:
        name: the operation's name, for the messages.
        argument: what the window is called there.
        inputs: the shape (n, spatial axes, c).
        window: the sizes of the kernel or pool.
        strides: the steps from one window to the next.
        padding: an explicit one.
        dilation: the steps from one element of the window to the next.
        ceil_mode: whether a last window that begins in the image, or in the padding before, may reach past the end.

    Raises:
        ValueError: if not one window fits.
    """
    image = inputs[1:-1]
    room = [
        size + sum(around) + (step - 1 if ceil_mode else 0)
        for size, around, step in zip(image, padding, strides, strict=True)
    ]
    extents = [step * (size - 1) + 1 for size, step in zip(window, dilation, strict=True)]
    if 0 in image or any([size < extent for size, extent in zip(room, extents, strict=True)]):
        spread = f", spread over {_times(extents)} by dilation_rate {dilation}," if max(dilation) > 1 else ""
        raise ValueError(
            f"{name}: {argument} {_times(window)}{spread} does not fit in inputs of shape {as_came(inputs)} "
            f"with padding {padding}"
        )
    counts = [(size - extent) // step + 1 for size, extent, step in zip(room, extents, strides, strict=True)]
    if not ceil_mode:
        return tuple(counts)
    begins = [(size + before - 1) // step + 1 for size, (before, _), step in zip(image, padding, strides, strict=True)]
    return tuple(map(min, counts, begins))


def transposed_sizes(
    name: str,
    inputs: Sequence[Any],
    window: Sequence[int],
    strides: Sizes,
    padding: Any,
    dilation: Sizes,
    output_padding: Sizes | None,
) -> tuple[Sizes, Padding]:
    """Find the sizes that a transposed convolution makes, and the explicit padding of the convolution that it is of.

    Args:
        name: the operation's name, for the messages.
        inputs: the shape (n, spatial axes, c).
        window: the sizes of the kernel.
        strides: the steps from one window to the next.
        padding: as `resolve_padding` takes it.
        dilation: the steps from one element of the window to the next.
        output_padding: what is added at the end of each axis, smaller than strides; None as Keras has it.

    Raises:
        ValueError: if padding is none, output_padding is not smaller than strides, or a size is not positive or not
            below LIMIT.
    """
    if output_padding is not None and any(more >= step for more, step in zip(output_padding, strides, strict=True)):
        raise ValueError(f"{name}: output_padding must be smaller than strides {strides}, got {output_padding}")
    kind = padding.lower() if isinstance(padding, str) else None
    explicit = resolve_padding(name, "valid" if kind == "same" else padding, inputs[1:-1], window, strides, dilation)
    sizes, pads = [], []
    for axis, (count, step, (before, after)) in enumerate(zip(inputs[1:-1], strides, explicit, strict=True)):
        extent = dilation[axis] * (window[axis] - 1) + 1
        spread = (count - 1) * step + extent
        more = None if output_padding is None else output_padding[axis]
        if kind == "same":
            size = count * step if more is None else (count - 1) * step + extent % 2 + more
            before = max(spread - size, 0) // 2
        elif kind == "valid" and more is None:
            size = max(spread, count * step)
        else:
            size = spread - before - after + (more or 0)
        sizes.append(size)
        pads.append((before, max(spread - size - before, 0)))
    if min(inputs[1:-1]) < 1 or min(sizes) < 1 or max(*sizes, *(after for _, after in pads)) >= LIMIT:
        raise ValueError(
            f"{name}: the result would have the sizes {_times(sizes)}, each must be positive and below 2 ** 31; got "
            f"inputs of shape {as_came(inputs)}, kernel {_times(window)}, strides {strides}, padding {padding}, "
            f"dilation_rate {dilation}"
        )
    return tuple(sizes), tuple(pads)


def _times(sizes: Sequence[int]) -> str:
    return " x ".join(map(str, sizes))
