"""Choosing between two values elementwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import number
from convolith.ops.comparison import equal, isnan, not_equal
from convolith.ops.conversion import operand
from convolith.ops.elementwise import broadcast
from convolith.ops.reduction import sum_to


class Where(Operation):
    """x1 where the condition is true, elsewhere x2."""

    takes_over = (2,)
    keeps = (0,)
    floats = False

    def infer(self, condition: Spec, x1: Spec, x2: Spec) -> Spec:
        """Broadcast the shapes."""
        return Spec(broadcast(self.name, condition=condition.shape, x1=x1.shape, x2=x2.shape), x1.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy x2, then x1 where it belongs."""
        condition, x1, x2 = inputs
        (out,) = outputs
        np.copyto(out, x2)
        np.copyto(out, x1, where=condition)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give the upstream to the one that was chosen."""
        condition, x1, x2 = node.inputs
        first = sum_to(where(condition, upstreams[0], 0), x1)
        return None, first, sum_to(where(condition, 0, upstreams[0]), x2)


def where(condition: Any, x1: Any, x2: Any) -> Any:
    """Take x1 where a condition holds, elsewhere x2, broadcasting all three.

    Unlike Keras's, it needs all three: the places alone would be of a shape that depends on values.

    Args:
        condition: array or tensor of any shape and dtype; what is not 0 (or False) is true.
        x1: number, array or tensor.
        x2: number, array or tensor.

    Returns:
        The broadcast shape, of the dtype that NumPy promotes x1 and x2 to; integers take floats'.

    Raises:
        ValueError: if the shapes do not broadcast.
        TypeError: if one of them is None.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.where(np.array([True, False]), np.array([1, 2]), 0)
        array([1, 0])
    """
    condition = operand("where", "condition", condition)
    return Where()(condition if condition.dtype.kind == "b" else not_equal(condition, 0), x1, x2)


def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replace NaN and infinities by numbers; the gradient there is zero.

    Args:
        x: array or tensor of any shape.
        nan: what NaN becomes.
        posinf: what infinity becomes; by default the largest number of the dtype.
        neginf: what minus infinity becomes; by default the smallest.

    Returns:
        The same shape, of the dtype of x, or float32 for integers.

    Raises:
        TypeError: if x holds no real numbers, or a replacement is no number.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.nan_to_num(np.array([np.nan, np.inf, 1]), posinf=9.0)
        array([0., 9., 1.])
    """
    x, instead = operand("nan_to_num", "x", x), _float("nan", nan)
    if x.dtype.kind == "f":
        limits = np.finfo(x.dtype)
        highest = float(limits.max) if posinf is None else _float("posinf", posinf)
        lowest = float(limits.min) if neginf is None else _float("neginf", neginf)
        x = where(equal(x, np.inf), highest, where(equal(x, -np.inf), lowest, x))
    return where(isnan(x), instead, x)


def _float(argument: str, value: Any) -> float:
    """Check a number, which may be NaN or infinite."""
    if isinstance(value, (float, np.floating)):
        return float(value)
    return number("nan_to_num", argument, value)
