"""Changing shapes: other sizes, other orders of the axes, new axes of size 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integers, numbered, one_axis
from convolith.ops.conversion import operand, real_numbers


class View(Operation):
    """The same elements in the same order under another shape."""

    view = True
    keeps = (0,)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy; a Plan need not."""
        np.copyto(outputs[0], inputs[0].reshape(outputs[0].shape))


@dataclass(frozen=True)
class Reshape(View):
    """The same elements under sizes that are given."""

    shape: tuple[int, ...]

    def infer(self, x: Spec) -> Spec:
        """Find the size for -1; with an unknown batch size that is unknown too, and must come first."""
        sizes = min(self.shape, default=0) >= -1 and self.shape.count(-1) <= 1
        known = math.prod(size for size in self.shape if size != -1)
        if None in x.shape:
            elements = math.prod(size for size in x.shape if size is not None)
            fits = known > 0 and (elements % known == 0 or known % max(1, elements) == 0)
            if sizes and fits and self.shape[:1] == (-1,):
                return Spec((None, *self.shape[1:]), x.dtype)
            raise ValueError(
                f"reshape: newshape must start with -1 as the batch size of x, of shape {x.shape}, is not known yet, "
                f"and go on with sizes that fit the other axes; got {self.shape}"
            )
        elements = math.prod(x.shape)
        fits = known > 0 and elements % known == 0 if -1 in self.shape else known == elements
        if not sizes or not fits:
            raise ValueError(f"reshape: newshape must hold the {elements} elements of x, {x.shape}, got {self.shape}")
        return Spec(tuple(elements // known if size == -1 else size for size in self.shape), x.dtype)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give the upstream the old shape."""
        (x,) = node.inputs
        assert x is not None
        return (reshape(upstreams[0], x.shape),)


@dataclass(frozen=True)
class ExpandDims(View):
    """New axes of size 1, numbered as in the result."""

    axes: tuple[int, ...]

    def infer(self, x: Spec) -> Spec:
        """Add the axes."""
        rank = len(x.shape) + len(self.axes)
        axes = numbered("expand_dims", self.axes, x.shape, "the result", new=len(self.axes))
        sizes = iter(x.shape)
        return Spec(tuple(1 if axis in axes else next(sizes) for axis in range(rank)), x.dtype)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Drop the axes."""
        return (Squeeze(self.axes)(upstreams[0]),)


@dataclass(frozen=True)
class Squeeze(View):
    """Without some axes of size 1."""

    axes: tuple[int, ...]

    def infer(self, x: Spec) -> Spec:
        """Drop the axes."""
        axes = numbered("squeeze", self.axes, x.shape, "x")
        if any(x.shape[axis] != 1 for axis in axes):
            raise ValueError(f"squeeze: axis must name axes of size 1, got {self.axes} and x of shape {x.shape}")
        return Spec(tuple(size for axis, size in enumerate(x.shape) if axis not in axes), x.dtype)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Put the axes back."""
        (x,) = node.inputs
        assert x is not None
        return (ExpandDims(numbered("squeeze", self.axes, x.shape, "x"))(upstreams[0]),)


@dataclass(frozen=True)
class Transpose(Operation):
    """The axes in another order."""

    axes: tuple[int, ...]
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Reorder the shape."""
        if sorted(self.axes) != list(range(len(x.shape))):
            raise ValueError(f"transpose: axes must be an order of the {len(x.shape)} axes of x, got {self.axes}")
        return Spec(tuple(x.shape[axis] for axis in self.axes), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy in the other order."""
        np.copyto(outputs[0], inputs[0].transpose(self.axes))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Transpose back."""
        return (transpose(upstreams[0], [self.axes.index(axis) for axis in range(len(self.axes))]),)

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """Give a single pixel where the channels of images move from the end to the front or back."""
        return ((1, 1), (1, 1)) if self.axes in ((0, 2, 3, 1), (0, 3, 1, 2)) else None


def reshape(x: Any, newshape: int | Sequence[int | None]) -> Any:
    """Give the same elements, in the same order, another shape.

    Args:
        x: array or tensor of any shape.
        newshape: the new sizes, one of which may be -1 or None: whatever is left. Where both are there and None comes
            first, that axis keeps its size, which may be a batch size that is not known yet.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if the number of elements differs, or two sizes are left open.
        TypeError: if the sizes are no integers.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.reshape(np.zeros((2, 3, 4), "float32"), (2, -1)).shape
        (2, 12)
    """
    sizes = integers("reshape", "newshape", newshape, missing=True)
    if None in sizes and sizes.count(None) + sizes.count(-1) > 1:
        return Reshape(_first_kept(x.shape if isinstance(x, Tensor) else np.shape(x), sizes))(x)
    return Reshape(tuple(-1 if size is None else size for size in sizes))(x)


def _first_kept(old: tuple[int | None, ...], new: tuple[int | None, ...]) -> tuple[int, ...]:
    """Work out the -1 among new sizes of which the first, None, is that of the old ones.

    Raises:
        ValueError: the old ones do not tell it, or it is no whole number.
    """
    elements = math.prod(size or 0 for size in old[1:])
    known = math.prod(size for size in new[1:] if size is not None and size != -1)
    if new[0] is not None or new.count(None) > 1 or new.count(-1) > 1 or None in old[1:] or not old:
        raise ValueError(f"reshape: newshape leaves open more than x, of shape {old}, can tell: got {new}")
    if known <= 0 or elements % known:
        raise ValueError(f"reshape: newshape must hold the elements of x, of shape {old}, got {new}")
    first = -1 if old[0] is None else old[0]
    return (first, *(elements // known if size == -1 else size for size in new[1:] if size is not None))


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Put the axes in another order.

    Args:
        x: array or tensor of any shape.
        axes: for each axis of the result, that of x; by default in reverse.

    Returns:
        A copy of the permuted shape and the dtype of x.

    Raises:
        ValueError: if axes is not an order of the axes of x.
        TypeError: if they are not integers.
    """
    x = operand("transpose", "x", x)
    order = range(x.ndim)[::-1] if axes is None else integers("transpose", "axes", axes)
    return Transpose(tuple(axis + x.ndim if axis < 0 else axis for axis in order))(x)


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes.

    Args:
        x: array or tensor of any shape.
        axis1: one axis, negative from the end.
        axis2: the other.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if x has no such axes.
        TypeError: if they are no integers.
    """
    x = operand("swapaxes", "x", x)
    order = list(range(x.ndim))
    first, second = (
        one_axis("swapaxes", axis, x.shape, argument=argument)
        for argument, axis in (("axis1", axis1), ("axis2", axis2))
    )
    order[first], order[second] = second, first
    return transpose(x, order)


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Put axes elsewhere; the others stay in their order.

    Args:
        x: array or tensor of any shape.
        source: the axis or axes of x to move, negative from the end.
        destination: where each goes in the result.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if there are no such axes, one comes twice, or source and destination are not as many.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.moveaxis(np.zeros((2, 3, 4), "float32"), 0, -1).shape
        (3, 4, 2)
    """
    x = operand("moveaxis", "x", x)
    sources = numbered("moveaxis", integers("moveaxis", "source", source), x.shape, "x", "source")
    destinations = numbered("moveaxis", integers("moveaxis", "destination", destination), x.shape, "x", "destination")
    if len(sources) != len(destinations):
        raise ValueError(f"moveaxis: source and destination must be as many, got {source} and {destination}")
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for to, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(to, axis)
    return transpose(x, order)


def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """Add axes of size 1.

    Args:
        x: array or tensor of any shape.
        axis: where the axis or axes are in the result, negative from the end.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if the result has no such axes, or one comes twice.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.expand_dims(np.zeros((2, 3), "float32"), -1).shape
        (2, 3, 1)
    """
    return ExpandDims(integers("expand_dims", "axis", axis))(x)


def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Drop axes of size 1.

    Args:
        x: array or tensor of any shape.
        axis: the axis or axes to drop, negative from the end; None for all that have size 1.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if x has no such axes, or they have another size.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.squeeze(np.zeros((1, 3, 1), "float32")).shape
        (3,)
    """
    x = operand("squeeze", "x", x)
    single = tuple(number for number, size in enumerate(x.shape) if size == 1)
    return Squeeze(single if axis is None else integers("squeeze", "axis", axis))(x)


def ravel(x: Any) -> Any:
    """Give all elements in their order along one axis; argument as in `reshape`."""
    x = real_numbers("ravel", "x", x)
    return reshape(x, -1)
