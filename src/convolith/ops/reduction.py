"""Sums, means and maxima over axes, and broadcasting, which is the adjoint of the sum."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from convolith.engine import activation as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.shape import reshape


@dataclass(frozen=True)
class Reduction(Operation):
    """One NumPy function over axes, counted from 0 in ascending order; None stands for all of them."""

    axis: tuple[int, ...] | None
    keepdims: bool
    function: ClassVar[np.ufunc]

    def infer(self, x: Spec) -> Spec:
        """Drop the axes, or keep them with size 1."""
        axes = self.axes(len(x.shape))
        if self.keepdims:
            return Spec(tuple(1 if axis in axes else size for axis, size in enumerate(x.shape)), x.dtype)
        return Spec(tuple(size for axis, size in enumerate(x.shape) if axis not in axes), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Reduce."""
        self.function.reduce(inputs[0], axis=self.axes(inputs[0].ndim), out=outputs[0], keepdims=self.keepdims)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count one for each element that is read."""
        (x,) = inputs
        return 0 if x is None else math.prod(x.shape)

    def axes(self, rank: int) -> tuple[int, ...]:
        """Give the axes as numbers from 0, for an array of `rank` axes.

        Raises:
            ValueError: if there is no such axis, or one comes twice.
        """
        if self.axis is None:
            return tuple(range(rank))
        axes = sorted(axis + rank if axis < 0 else axis for axis in self.axis)
        if len(set(axes)) < len(axes) or any(not 0 <= axis < rank for axis in axes):
            raise ValueError(f"{self.name}: axis must name different axes of the {rank} that x has, came {self.axis}")
        return tuple(axes)

    def kept(self, x: Tensor) -> tuple[Any, ...]:
        """Give the result's shape as it is with keepdims."""
        axes = self.axes(x.ndim)
        return tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))


class Sum(Reduction):
    """The sum over axes."""

    function = np.add

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Sum; over all axes but the last by the engine, which sums in blocks, more exactly than NumPy does there."""
        (x,) = inputs
        if x.ndim > 1 and self.axes(x.ndim) == tuple(range(x.ndim - 1)):
            engine.sum_rows(x.reshape(-1, x.shape[-1]), outputs[0].reshape(-1))
        else:
            super().compute(outputs, x)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Repeat the upstream along the axes."""
        (x,) = node.inputs
        assert x is not None
        return (broadcast_to(reshape(upstreams[0], self.kept(x)), x.shape),)


class Mean(Sum):
    """The mean over axes."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Sum, then divide."""
        super().compute(outputs, *inputs)
        np.divide(outputs[0], self.count(inputs[0].shape), out=outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide the upstream, and repeat it along the axes."""
        (x,) = node.inputs
        assert x is not None
        return super().gradient(node, upstreams[0] / self.count(x.shape))

    def count(self, shape: tuple[int, ...]) -> int:
        """Give how many elements each mean is of."""
        return math.prod(shape[axis] for axis in self.axes(len(shape)))


class Max(Reduction):
    """The largest over axes."""

    function = np.maximum

    def infer(self, x: Spec) -> Spec:
        """Refuse to reduce an empty axis."""
        if any(x.shape[axis] == 0 for axis in self.axes(len(x.shape))):
            raise ValueError(f"max: x of shape {x.shape} has nothing along axis {self.axis} to take the largest of")
        return super().infer(x)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Share the upstream equally among the elements that are the largest."""
        (x,) = node.inputs
        assert x is not None
        kept = self.kept(x)
        largest = Equal()(x, reshape(node.outputs[0], kept))
        return (largest * (reshape(upstreams[0], kept) / sum(largest, axis=self.axis, keepdims=True)),)


class Equal(Operation):
    """1 where x is the broadcast value, else 0; its gradient is zero."""

    takes_over = (0,)

    def infer(self, x: Spec, value: Spec) -> Spec:
        """Keep the shape of x."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Compare."""
        np.equal(inputs[0], inputs[1], out=outputs[0], casting="unsafe")

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return None, None


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
        The sums, float32 or float64.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sum(np.ones((2, 3), "float32"), axis=0)
        array([2., 2., 2.], dtype=float32)
    """
    return Sum(_axes(axis), keepdims)(x)


def mean(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Average over axes; arguments as in `sum`."""
    return Mean(_axes(axis), keepdims)(x)


def max(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Take the largest over axes, NaN where there is one; arguments as in `sum`.

    Raises:
        ValueError: if x has no such axis, or nothing along it.
    """
    return Max(_axes(axis), keepdims)(x)


def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat x along new axes in front and along its axes of size 1.

    Args:
        x: array or tensor of any shape.
        shape: the new sizes.

    Returns:
        A copy of that shape and the dtype of x.

    Raises:
        ValueError: if x does not broadcast to it.
    """
    return BroadcastTo(tuple(shape))(x)


def sum_to(tensor: Any, like: Any) -> Any:
    """Sum over the axes along which `like` was broadcast to the shape of `tensor`: the adjoint of broadcasting it.

    Args:
        tensor: a tensor.
        like: a tensor whose shape broadcasts to that of `tensor`; only its shape counts.

    Returns:
        A tensor of the shape of `like`.
    """
    if tensor.shape == like.shape:
        return tensor
    added = tensor.ndim - like.ndim
    stretched = (axis + added for axis, size in enumerate(like.shape) if size == 1 != tensor.shape[axis + added])
    return reshape(sum(tensor, axis=(*range(added), *stretched)), like.shape)


def _axes(axis: int | Sequence[int] | None) -> tuple[int, ...] | None:
    if axis is None:
        return None
    axes = axis if isinstance(axis, Sequence) else np.atleast_1d(axis).tolist()
    return tuple(operator.index(one) for one in axes)
