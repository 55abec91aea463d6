"""Softened rectifiers of squares and roots, with no exponential."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.activation import relu
from convolith.ops.elementwise import Unary
from convolith.ops.piecewise import finite, sparse_sigmoid


@dataclass(frozen=True)
class Hypotenuse(Operation):
    """sqrt(x ** 2 + leg ** 2)."""

    leg: float
    takes_over = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Take NumPy's function, whose squares do not overflow."""
        np.hypot(inputs[0], self.leg, out=outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by x / result."""
        return (upstreams[0] * (node.inputs[0] / node.outputs[0]),)


@dataclass(frozen=True)
class Squareplus(Operation):
    """(x + sqrt(x ** 2 + b)) / 2."""

    b: float

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Halve the sum of the magnitudes; below 0, where x would cancel the root, divide b / 4 by it."""
        (x,), (out,) = inputs, outputs
        half = np.multiply(x, 0.5, out=np.empty_like(x))
        np.hypot(half, 0.5 * math.sqrt(self.b), out=out)
        np.add(out, np.absolute(half, out=half), out=out)
        np.divide(0.25 * self.b, out, out=out, where=x < 0)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by result / sqrt(x ** 2 + b)."""
        return (upstreams[0] * (node.outputs[0] / Hypotenuse(math.sqrt(self.b))(node.inputs[0])),)


class SparsePlus(Unary):
    """0 up to -1, x from 1 on, ((x + 1) / 2) ** 2 between."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Multiply the sparse sigmoid s by max(s, x): that is s between the knots, and x above."""
        (x,), (out,) = inputs, outputs
        step = sparse_sigmoid(x)
        np.multiply(step, np.maximum(step, x, out=out), out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the sparse sigmoid."""
        return (upstreams[0] * sparse_sigmoid(node.inputs[0]),)


def squareplus(x: Any, b: float = 4) -> Any:
    """Take (x + sqrt(x ** 2 + b)) / 2 elementwise, with no overflow and no loss of digits below 0.

    Args:
        x: array or tensor of any shape.
        b: a number, at least 0: how soft the bend is; 0 gives relu.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Raises:
        ValueError: if b is not a finite number of at least 0.

    Source: Barron, arXiv 2112.11687, equation 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.squareplus(np.array([-1.5, 0, 1.5], "float32"))
        array([0.5, 1. , 2. ], dtype=float32)
    """
    b = finite("squareplus", "b", b, least=0.0)
    return Squareplus(b)(x) if b else relu(x)


def sparse_plus(x: Any) -> Any:
    """Take 0 up to -1, x from 1 on, and ((x + 1) / 2) ** 2 between.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Source: the integral of the sparse sigmoid (Martins and Astudillo, arXiv 1602.02068, section 2).

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sparse_plus(np.array([-2, 0, 3], "float32"))
        array([0.  , 0.25, 3.  ], dtype=float32)
    """
    return SparsePlus()(x)
