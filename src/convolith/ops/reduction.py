"""Sums and means over axes, and broadcasting, which is the adjoint of the sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, ClassVar

import numpy as np

from convolith.defaults import floatx
from convolith.engine import activation as engine
from convolith.graph.operation import Again, Cast, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import flag, integers, numbered
from convolith.ops.shape import reshape
from convolith.ops.unknown_batch import for_a_batch, unknown

CHAIN = 128
"""Numbers that are summed one after the other at most; longer sums are of such sums."""


@dataclass(frozen=True)
class Reduction(Operation):
    """One NumPy function over axes, counted from 0 in ascending order; None stands for all of them."""

    axis: tuple[int, ...] | None
    keepdims: bool
    function: ClassVar[np.ufunc]

    def __post_init__(self) -> None:
        """Check what the caller gave."""
        object.__setattr__(self, "keepdims", flag(self.name, "keepdims", self.keepdims))  # NumPy refuses its own True

    def infer(self, x: Spec) -> Spec:
        """Drop the axes, or keep them with size 1."""
        axes = self.axes(x.shape)
        if self.keepdims:
            return Spec(tuple(1 if axis in axes else size for axis, size in enumerate(x.shape)), x.dtype)
        return Spec(tuple(size for axis, size in enumerate(x.shape) if axis not in axes), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Reduce."""
        axes = self.axes(inputs[0].shape)
        again = partial(self.function.reduce, inputs[0], axis=axes, out=outputs[0], keepdims=self.keepdims)
        again()
        return again

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count one for each element that is read."""
        (x,) = inputs
        return 0 if x is None else math.prod(x.shape)

    def axes(self, shape: Sequence[int | None]) -> tuple[int, ...]:
        """Give the axes as numbers from 0, for an array of this shape.

        Raises:
            ValueError: if there is no such axis, or one comes twice.
        """
        return tuple(range(len(shape))) if self.axis is None else _numbered(self.name, self.axis, tuple(shape))

    def kept(self, x: Tensor) -> tuple[Any, ...]:
        """Give the result's shape as it is with keepdims."""
        axes = self.axes(x.shape)
        return tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))


@lru_cache(1024)
def _numbered(name: str, axes: tuple[int, ...], shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """Number axes from 0, in ascending order: each step of training asks."""
    return tuple(sorted(numbered(name, axes, shape)))


class Accumulating(Reduction):
    """A reduction whose results may be much larger than the elements: narrow integers become int32, as in Keras."""

    keeps_integers = keeps_truths = True

    def infer(self, x: Spec) -> Spec:
        """Give the reduced shape, and the wider dtype."""
        return Spec(super().infer(x).shape, accumulated(x.dtype))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Reduce in the result's dtype."""
        (x,), (out,), axes = inputs, outputs, self.axes(inputs[0].shape)
        again = partial(self.function.reduce, x, axis=axes, dtype=out.dtype, out=out, keepdims=self.keepdims)
        again()
        return again


class Sum(Accumulating):
    """The sum over axes."""

    function = np.add

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Sum; integers, which have no rounding errors, by NumPy."""
        if inputs[0].dtype.kind != "f":
            return super().compute(outputs, *inputs)
        return sum_into(outputs[0], inputs[0], self.axes(inputs[0].shape))

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        assert inputs[0] is not None
        return sum_scratch(inputs[0], self.axes(inputs[0].shape)) if inputs[0].dtype.kind == "f" else 0

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Repeat the upstream along the axes."""
        (x,) = node.inputs
        assert x is not None
        return (broadcast_to(reshape(upstreams[0], self.kept(x)), x.shape),)


class Mean(Sum):
    """The mean over axes, of integers too a float."""

    def infer(self, x: Spec) -> Spec:
        """Give the reduced shape and a float's dtype."""
        return Spec(super().infer(x).shape, x.dtype if x.dtype.kind == "f" else np.dtype(floatx()))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Sum, then divide; integers are summed in double."""
        if inputs[0].dtype.kind != "f":
            np.mean(
                inputs[0], axis=self.axes(inputs[0].shape), dtype=np.float64, out=outputs[0], keepdims=self.keepdims
            )
            return None
        total, count = super().compute(outputs, *inputs), self.count(inputs[0].shape)
        np.divide(outputs[0], count, out=outputs[0])
        if total is None:
            return None

        def again() -> None:
            total()
            np.divide(outputs[0], count, out=outputs[0])

        return again

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide the upstream, and repeat it along the axes."""
        (x,) = node.inputs
        assert x is not None
        return super().gradient(node, upstreams[0] / self.count(x.shape))

    def count(self, shape: tuple[int, ...]) -> int:
        """Give how many elements each mean is of."""
        return math.prod(shape[axis] for axis in self.axes(shape))


@dataclass(frozen=True)
class BroadcastTo(Operation):
    """The elements repeated along new axes in front and along axes of size 1."""

    shape: tuple[int, ...]
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Check that x broadcasts."""
        kept = self.shape[len(self.shape) - len(x.shape) :]
        if len(kept) != len(x.shape) or any(size not in (1, to) for size, to in zip(x.shape, kept, strict=True)):
            raise ValueError(f"broadcast_to: x of shape {x.shape} does not broadcast to {self.shape}")
        return Spec(self.shape, x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy repeatedly."""
        np.copyto(outputs[0], inputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Sum over what was repeated."""
        return (sum_to(upstreams[0], node.inputs[0]),)


def sum(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Sum over axes.

    Args:
        x: array or tensor of any shape.
        axis: the axis or axes to sum over, negative from the end; None for all.
        keepdims: keep them with size 1.

    Returns:
        The sums, float32 or float64; of integers the same or int32, whichever is wider, and beyond it they wrap.

    Raises:
        ValueError: if x has no such axis.
        TypeError: if axis is no integer, or keepdims neither True nor False.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sum(np.ones((2, 3), "float32"), axis=0)
        array([2., 2., 2.], dtype=float32)
    """
    return Sum(axes_of("sum", axis), keepdims)(x)


def mean(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Average over axes, of integers too in floats; arguments as in `sum`."""
    return Mean(axes_of("mean", axis), keepdims)(x)


def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat x along new axes in front and along its axes of size 1.

    Args:
        x: array or tensor of any shape.
        shape: the new sizes; the first may be None for a tensor, or where a layer is called to find out its outputs'
            shapes.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if x does not broadcast to it.
        TypeError: if the sizes are no integers.
    """
    if unknown(shape) and not isinstance(x, Tensor):
        alone = broadcast_to(x, (1, *shape[1:]))
        return for_a_batch("broadcast_to", "shape", shape, alone.dtype)
    sizes = integers("broadcast_to", "shape", shape, missing=isinstance(x, Tensor))
    if any(size is not None and size < 0 for size in sizes):
        raise ValueError(f"broadcast_to: shape must not be negative, got {shape}")
    return BroadcastTo(sizes)(x)


def sum_into(out: np.ndarray, x: np.ndarray, axes: tuple[int, ...]) -> Again:
    """Sum over axes, more exactly than NumPy does but along the last one.

    Args:
        out: C-contiguous array of the reduced shape, with or without the axes; written.
        x: C-contiguous array.
        axes: numbers from 0 in ascending order.

    Returns:
        What does it again, or None (see `Operation.compute`).
    """
    if out.size > 1 and axes == tuple(range(x.ndim - 1)):  # a bias's gradient
        return engine.sum_rows(x, out)
    (begin, end), *others = reversed(_runs(axes))
    if not others:
        return _sum_run(x, begin, end, out)
    while others:
        sums = np.empty(x.shape[:begin] + x.shape[end:], x.dtype)
        _sum_run(x, begin, end, sums)
        x = sums
        (begin, end), *others = others
    _sum_run(x, begin, end, out)
    return None


def sum_scratch(x: Spec, axes: tuple[int, ...]) -> int:
    """Give the working memory that `sum_into` takes for x and axes, in bytes."""
    most, shape = 0, x.shape
    for begin, end in reversed(_runs(axes)):
        before, run, after = (math.prod(sizes) for sizes in (shape[:begin], shape[begin:end], shape[end:]))
        if not _by_numpy(before, run, after) and before * run * after:
            most = max(most, engine.sum_rows_scratch(run, after, x.dtype.itemsize))
        shape = shape[:begin] + shape[end:]
    return most


def _by_numpy(before: int, run: int, after: int) -> bool:
    """Tell whether NumPy sums in pairs or few."""
    return after == 1 or (before > 1 and run <= CHAIN)


def _runs(axes: tuple[int, ...]) -> list[tuple[int, int]]:
    """Give the begin and end of each run of neighbours among ascending axes; an empty one for no axes."""
    runs: list[tuple[int, int]] = []
    for axis in axes:
        begin = runs.pop()[0] if runs and runs[-1][1] == axis else axis
        runs.append((begin, axis + 1))
    return runs or [(0, 0)]


def _sum_run(x: np.ndarray, begin: int, end: int, out: np.ndarray) -> Again:
    """Sum over neighbouring axes: by NumPy where it sums in pairs or few, else by the engine, which sums in blocks."""
    before, run, after = (math.prod(sizes) for sizes in (x.shape[:begin], x.shape[begin:end], x.shape[end:]))
    images, sums = x.reshape(before, run, after), out.reshape(before, after)
    if _by_numpy(before, run, after):
        again = partial(np.add.reduce, images, axis=1, out=sums)
        again()
        return again
    calls = [engine.sum_rows(rows, total) for rows, total in zip(images, sums, strict=True)]
    return calls[0] if len(calls) == 1 else None


def sum_to(tensor: Any, like: Any) -> Any:
    """Sum over the axes along which `like` was broadcast to the shape of `tensor`: the adjoint of broadcasting it.

    Args:
        tensor: a tensor.
        like: a tensor whose shape broadcasts to that of `tensor`; only its shape counts.

    Returns:
        A tensor of the shape of `like`, and of its dtype if that is a float's.
    """
    if tensor.shape != like.shape:
        added = tensor.ndim - like.ndim
        stretched = (axis + added for axis, size in enumerate(like.shape) if size == 1 != tensor.shape[axis + added])
        tensor = reshape(sum(tensor, axis=(*range(added), *stretched)), like.shape)
    return Cast(like.dtype)(tensor) if tensor.dtype != like.dtype and like.dtype.kind == "f" else tensor


def accumulated(dtype: np.dtype) -> np.dtype:
    """Give the dtype of sums and products: of integers that are narrower than int32 it is that."""
    return dtype if dtype.kind == "f" or dtype.itemsize >= 4 else np.dtype(np.int32)


def axes_of(name: str, axis: int | Sequence[int] | None) -> tuple[int, ...] | None:
    """Make a tuple of what `axis` may be; None stands for all axes."""
    return None if axis is None else integers(name, "axis", axis)
