"""The same elements elsewhere or more often: flipped, rolled, turned, repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integer, integers, numbered, one_axis, sizes
from convolith.ops.conversion import operand
from convolith.ops.indexing import ALL, Index
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import expand_dims, reshape, swapaxes
from convolith.ops.take import take
from convolith.ops.unknown_batch import for_a_batch, unknown


@dataclass(frozen=True)
class Roll(Operation):
    """The elements moved on along an axis, numbered from 0; those that leave at the end come in at the beginning."""

    shift: int
    axis: int
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy both parts."""
        x, out = (array.swapaxes(0, self.axis) for array in (inputs[0], outputs[0]))
        shift = self.shift % len(x)
        np.copyto(out[shift:], x[: len(x) - shift])
        np.copyto(out[:shift], x[len(x) - shift :])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Move back."""
        return (Roll(-self.shift, self.axis)(upstreams[0]),)


@dataclass(frozen=True)
class Tile(Operation):
    """The whole repeated along each axis; or, if `each`, every element on its own."""

    repeats: tuple[int, ...]
    each: bool = False
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Multiply the sizes."""
        sizes = zip(x.shape, self.repeats, strict=True)
        return Spec(tuple(None if size is None else size * times for size, times in sizes), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy repeatedly."""
        (x,), (out,) = inputs, outputs
        copies, _ = self.apart(x.shape)
        single, _ = self.apart(x.shape, alone=True)
        np.copyto(out.reshape(copies), x.reshape(single))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Sum over the copies."""
        (x,) = node.inputs
        assert x is not None
        copies, axes = self.apart(x.shape)
        return (sum_of(reshape(upstreams[0], copies), axes),)

    def apart(self, shape: tuple[int, ...], alone: bool = False) -> tuple[list[int], list[int]]:
        """Give the result's shape with the copies along axes of their own, and which these are; `alone`: one copy."""
        sizes: list[int] = []
        for size, times in zip(shape, self.repeats, strict=True):
            times = 1 if alone else times
            sizes.extend((size, times) if self.each else (times, size))
        return sizes, list(range(1 if self.each else 0, len(sizes), 2))


def flip(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Turn the order of the elements round along axes.

    Args:
        x: array or tensor of any shape.
        axis: the axis or axes, negative from the end; None for all.

    Returns:
        The same shape and dtype.

    Raises:
        ValueError: if x has no such axes.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.flip(np.array([1, 2, 3]))
        array([3, 2, 1])
    """
    x = operand("flip", "x", x)
    axes = range(x.ndim) if axis is None else numbered("flip", integers("flip", "axis", axis), x.shape)
    return Index(tuple((None, None, -1) if number in axes else ALL for number in range(x.ndim)))(x)


def roll(x: Any, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Any:
    """Move the elements on along axes; those that leave at the end come in at the beginning.

    Args:
        x: array or tensor of any shape.
        shift: by how many places, negative backwards; one for all axes or one each.
        axis: the axis or axes, negative from the end; None moves through all elements in their order.

    Returns:
        The same shape and dtype.

    Raises:
        ValueError: if x has no such axes, or there is not one shift an axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.roll(np.array([1, 2, 3]), 1)
        array([3, 1, 2])
    """
    x = operand("roll", "x", x)
    axes, shifts = integers("roll", "axis", 0 if axis is None else axis), integers("roll", "shift", shift)
    shifts = shifts * len(axes) if len(shifts) == 1 else shifts
    if len(shifts) != len(axes) or not axes:
        raise ValueError(f"roll: shift must be one integer or one for each axis of {axis}, got {shift}, x of {x.shape}")
    if axis is None:
        sizes = [-1 if size is None else size for size in x.shape]
        return reshape(roll(reshape(x, -1), shift, 0), sizes)
    for step, one in zip(shifts, axes, strict=True):
        x = Roll(step, one_axis("roll", one, x.shape))(x)
    return x


def rot90(array: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turn by quarters in the plane of two axes, from the first towards the second.

    Args:
        array: array or tensor of two axes at least.
        k: how many quarters, negative the other way.
        axes: the two axes.

    Returns:
        The turned array, of the same dtype.

    Raises:
        ValueError: if the axes are not two different ones of the array.
    """
    array = operand("rot90", "array", array)
    plane = integers("rot90", "axes", axes)
    if len(plane) != 2:
        raise ValueError(f"rot90: axes must be two, got {axes}")
    first, second = numbered("rot90", plane, array.shape, "array", "axes")
    quarters = integer("rot90", "k", k) % 4
    if quarters == 2:
        return flip(array, (first, second))
    if quarters == 0:
        return flip(array, ())
    return (
        swapaxes(flip(array, second), first, second) if quarters == 1 else flip(swapaxes(array, first, second), second)
    )


def repeat(x: Any, repeats: int | Sequence[int], axis: int | None = None) -> Any:
    """Repeat each element along an axis.

    Args:
        x: array or tensor of any shape.
        repeats: how often: one integer, or one for each element along the axis.
        axis: along which, negative from the end; None repeats all elements in their order.

    Returns:
        The longer array, of the same dtype.

    Raises:
        ValueError: if x has no such axis, repeats are negative, or not one or one an element.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.repeat(np.array([1, 2]), 2)
        array([1, 1, 2, 2])
    """
    x = operand("repeat", "x", x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    number, times = one_axis("repeat", axis, x.shape), integers("repeat", "repeats", repeats)
    if len(times) not in (1, x.shape[number]) or min(times, default=0) < 0:
        raise ValueError(
            f"repeat: repeats must be one integer or one for each element along axis {axis} of x of shape {x.shape}, "
            f"none negative, got {repeats}"
        )
    sizes("repeat", "repeats", [size or 1 for size in x.shape] + [max(times, default=1)])
    if len(times) == 1:
        return Tile(tuple(times[0] if place == number else 1 for place in range(x.ndim)), each=True)(x)
    return take(x, np.repeat(np.arange(len(times)), times), number)


def tile(x: Any, repeats: int | Sequence[int]) -> Any:
    """Repeat the whole along axes.

    Args:
        x: array or tensor of any shape.
        repeats: how often along each of the last axes; where they are more than x has, it gets new ones in front; the
            first may be None where a layer is called to find out its outputs' shapes.

    Returns:
        The larger array, of the same dtype.

    Raises:
        ValueError: if repeats are negative.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.tile(np.array([1, 2]), (2, 2))
        array([[1, 2, 1, 2],
               [1, 2, 1, 2]])
    """
    x = operand("tile", "x", x)
    if unknown(repeats) and len(repeats) >= x.ndim:
        once = tile(x, (1, *repeats[1:]))
        return for_a_batch("tile", "repeats", (None, *once.shape[1:]), x.dtype)
    times = integers("tile", "repeats", repeats)
    if min(times, default=0) < 0:
        raise ValueError(f"tile: repeats must not be negative, got {repeats}")
    sizes("tile", "repeats", [size or 1 for size in x.shape] + list(times))
    x = expand_dims(x, range(len(times) - x.ndim)) if len(times) > x.ndim else x
    return Tile((*[1] * (x.ndim - len(times)), *times))(x)
