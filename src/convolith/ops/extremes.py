"""The largest and the smallest over axes, and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import flag, number, one_axis
from convolith.ops.arithmetic import maximum, minimum
from convolith.ops.comparison import equal
from convolith.ops.conversion import operand
from convolith.ops.creation import full_like
from convolith.ops.reduction import Reduction, axes_of, sum
from convolith.ops.shape import reshape


class Extreme(Reduction):
    """The largest or the smallest over axes."""

    keeps_integers = keeps_truths = True

    def infer(self, x: Spec) -> Spec:
        """Refuse to reduce an empty axis."""
        result = super().infer(x)
        if any(x.shape[axis] == 0 for axis in self.axes(x.shape)):
            raise ValueError(f"{self.name}: x of shape {x.shape} has nothing along axis {self.axis}")
        return result

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Share the upstream equally among the elements that are the extreme."""
        (x,) = node.inputs
        assert x is not None
        kept = self.kept(x)
        extreme = equal(x, reshape(node.outputs[0], kept))
        return (extreme * (reshape(upstreams[0], kept) / sum(extreme, axis=self.axis, keepdims=True)),)


class Max(Extreme):
    """The largest over axes."""

    function = np.maximum


class Min(Extreme):
    """The smallest over axes."""

    function = np.minimum


@dataclass(frozen=True)
class ArgExtreme(Operation):
    """Where along an axis the first extreme is; axis None counts through all elements."""

    axis: int | None
    keepdims: bool
    keeps = (0,)
    function: ClassVar[Any]

    def infer(self, x: Spec) -> Spec:
        """Drop the axis, or keep it with size 1."""
        shape = list(x.shape)
        if 0 in shape if self.axis is None else shape[self.axis] == 0:
            raise ValueError(f"{self.name}: x of shape {x.shape} has nothing along axis {self.axis}")
        if self.axis is None:
            shape = [1] * len(shape) if self.keepdims else []
        else:
            shape[self.axis : self.axis + 1 or None] = [1] if self.keepdims else []
        return Spec(tuple(shape), np.dtype(np.int32))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Search."""
        outputs[0][...] = self.function(inputs[0], axis=self.axis, keepdims=self.keepdims)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


class Argmax(ArgExtreme):
    """Where the first largest is."""

    function = staticmethod(np.argmax)


class Argmin(ArgExtreme):
    """Where the first smallest is."""

    function = staticmethod(np.argmin)


def max(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False, initial: float | None = None) -> Any:
    """Take the largest over axes, NaN where there is one.

    Args:
        x: array or tensor of any shape.
        axis: the axis or axes to go through, negative from the end; None for all.
        keepdims: keep them with size 1.
        initial: a number that counts as one more element, for axes that may be empty.

    Returns:
        The largest, float32 or float64, or of the integers' dtype. Equal ones share the gradient.

    Raises:
        ValueError: if x has no such axis, or nothing along it and there is no `initial`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.max(np.array([[1, 5], [7, 3]], "float32"), axis=1)
        array([5., 7.], dtype=float32)
    """
    return _extreme(Max, maximum, x, axis, keepdims, initial)


def min(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False, initial: float | None = None) -> Any:
    """Take the smallest over axes, NaN where there is one; arguments, result and errors as of `max`."""
    return _extreme(Min, minimum, x, axis, keepdims, initial)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Tell where the largest is, the first of equal ones, or the first NaN.

    Args:
        x: array or tensor of any shape and dtype.
        axis: along which to search, negative from the end; None for all elements in their order.
        keepdims: keep the axis (or all) with size 1.

    Returns:
        Numbers from 0, int32, without the axis.

    Raises:
        ValueError: if x has no such axis, or nothing along it.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.argmax(np.array([[1, 5], [7, 3]]), axis=1)
        array([1, 0], dtype=int32)
    """
    return _place(Argmax, x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Tell where the smallest is, the first of equal ones, or the first NaN; the rest as of `argmax`."""
    return _place(Argmin, x, axis, keepdims)


def _place(search: type[ArgExtreme], x: Any, axis: Any, keepdims: Any) -> Any:
    name = search.__name__.lower()
    x = operand(name, "x", x)
    return search(None if axis is None else one_axis(name, axis, x.shape), flag(name, "keepdims", keepdims))(x)


def _extreme(reduction: type[Extreme], pick: Any, x: Any, axis: Any, keepdims: bool, initial: float | None) -> Any:
    operation = reduction(axes_of(reduction.__name__.lower(), axis), keepdims)
    if initial is None:
        return operation(x)
    x, initial = operand(operation.name, "x", x), _initial(operation.name, initial)
    if 0 in (x.shape[number] for number in operation.axes(x.shape)):
        return full_like(sum(x, axis, keepdims), initial)
    return pick(operation(x), initial)


def _initial(name: str, value: Any) -> float:
    """Check a number, which may be infinite."""
    return value if isinstance(value, float) and np.isinf(value) else number(name, "initial", value)
