"""Arrays made larger at their edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Constant, Node, Spec, Tensor
from convolith.ops.arguments import integers, one_of
from convolith.ops.conv import Conv
from convolith.ops.conversion import operand, real_numbers
from convolith.ops.creation import zeros_like
from convolith.ops.indexing import ALL, Index
from convolith.ops.pool import MaxPool
from convolith.ops.reduction import sum as sum_of
from convolith.ops.relu import is_rectified
from convolith.ops.take import take
from convolith.ops.where import where
from convolith.ops.window import LIMIT

MODES = ("constant", "reflect", "symmetric", "edge", "wrap")
ONCE = {"reflect": 1, "symmetric": 0, "wrap": 0}
"""What is there once on each side, and how many of an axis's elements are not."""


@dataclass(frozen=True)
class Pad(Operation):
    """x in the middle, and a value around it."""

    pad_width: tuple[tuple[int, int], ...]
    keeps = (0, 1)

    def infer(self, x: Spec, constant_value: Spec) -> Spec:
        """Add the widths."""
        if constant_value.shape != ():
            raise ValueError(f"pad: constant_values must be one number, got shape {constant_value.shape}")
        sizes = zip(x.shape, self.pad_width, strict=True)
        return Spec(tuple(None if size is None else size + sum(around) for size, around in sizes), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Fill, then copy."""
        (x, value), (out,) = inputs, outputs
        np.copyto(out, value, casting="unsafe")
        inside = zip(x.shape, self.pad_width, strict=True)
        middle: Any = ..., *(slice(before, before + size) for size, (before, _) in inside)
        np.copyto(out[middle], x)  # the dots make an array of a single number, too

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Cut the middle out; what is around it goes to the value."""
        key = tuple((before, -after or None, None) if before or after else ALL for before, after in self.pad_width)
        around = Pad(self.pad_width)(zeros_like(node.inputs[0], bool), True)
        return Index(key)(upstreams[0]), sum_of(where(around, upstreams[0], 0))

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Leave zeros around images to the convolution that reads them, and around rectified ones to max pooling.

        A window's largest is not below 0 there, so zeros in it change nothing; which of equal zeros gets the gradient
        does not matter, as relu stops it.
        """
        (x, value), consumer = node.inputs, reader.operation
        assert x is not None
        zeros = isinstance(value, Constant) and value.value == 0
        rectified = x.node is not None and x.index == 0 and is_rectified(x.node.operation)
        if not zeros or not (isinstance(consumer, Conv) or (isinstance(consumer, MaxPool) and rectified)):
            return None
        batch, *spatial, channels = self.pad_width
        images = batch == channels == (0, 0) and reader.inputs[0] is node.outputs[0]
        padded = consumer.padded(spatial) if images else None
        return None if padded is None else (padded, (x, *reader.inputs[1:]))


def pad(x: Any, pad_width: int | Sequence[Any], mode: str = "constant", constant_values: Any = None) -> Any:
    """Make an array larger at its edges.

    Args:
        x: array or tensor of any shape.
        pad_width: how many elements before and after along each axis: ((before, after), ...), one pair (before, after)
            for all axes, or one integer for all edges.
        mode: what is there: "constant", a value; "edge", the element next to it; "reflect", x mirrored at its first and
            last elements, which come once, less wide than x; "symmetric", x mirrored at its edges, and "wrap", x again
            from the other end, both at most as wide as x.
        constant_values: the value, a number; None is 0. For mode "constant" alone.

    Returns:
        The larger array, of the same dtype.

    Raises:
        ValueError: if the widths are negative or not of this form, the mode is another, x has too few elements for it,
            or a value is given that is not used.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.pad(np.array([1, 2, 3]), 2, mode="reflect")
        array([3, 2, 1, 2, 3, 2, 1])
    """
    x = operand("pad", "x", x)
    widths = _widths(pad_width, x.shape)
    one_of("pad", "mode", mode, MODES)
    if mode == "constant":
        value = 0 if constant_values is None else real_numbers("pad", "constant_values", constant_values)
        return Pad(widths)(x, value)
    if constant_values is not None:
        raise ValueError(f'pad: constant_values must be None unless mode is "constant", got mode {mode!r}')
    for axis, around in enumerate(widths):
        if any(around):
            size = x.shape[axis]
            if not size:
                raise ValueError(
                    f"pad: axis {axis} of x of shape {x.shape} has no known elements to fill {mode!r} with"
                )
            if max(around) > size - ONCE.get(mode, -LIMIT):
                raise ValueError(
                    f"pad: pad_width must be at most {size - ONCE[mode]} for mode {mode!r} along axis {axis} of x of "
                    f"shape {x.shape}, got {around}"
                )
            x = take(x, np.pad(np.arange(size), around, mode), axis)  # type: ignore[call-overload]
    return x


def _widths(pad_width: Any, shape: tuple[Any, ...]) -> tuple[tuple[int, int], ...]:
    """Give (before, after) for each axis."""
    try:
        given = np.asarray(pad_width)
        values = integers("pad", "pad_width", given.ravel().tolist())  # of which x of no axes takes none
        widths = tuple((before, after) for before, after in np.broadcast_to(given, (len(shape), 2)).tolist())
    except (TypeError, ValueError):
        values = (-1,)
    if any(not 0 <= value < LIMIT for value in values):
        raise ValueError(
            f"pad: pad_width must be an integer, a pair or a pair for each axis of x of shape {shape}, none negative "
            f"and all below 2 ** 31, got {pad_width!r}"
        )
    return widths
