"""Functions that multiply x, or one half of it, by a gate between 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import one_axis
from convolith.ops.arithmetic import multiply, square, subtract
from convolith.ops.conversion import float_operand
from convolith.ops.curve import Curve
from convolith.ops.piecewise import Pieces, hard_sigmoid
from convolith.ops.sigmoid import sigmoid, sigmoid_slope, softplus, tanh


@dataclass(frozen=True)
class Half(Operation):
    """The first (0) or the second (1) half of x along an axis, counted from 0."""

    axis: int
    number: int

    def infer(self, x: Spec) -> Spec:
        """Halve the axis."""
        if x.shape[self.axis] is None or x.shape[self.axis] % 2:
            raise ValueError(f"glu: x must have an even size along axis {self.axis}, got shape {x.shape}")
        return Spec(tuple(size // 2 if axis == self.axis else size for axis, size in enumerate(x.shape)), x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy the half."""
        np.copyto(outputs[0], np.split(inputs[0], 2, self.axis)[self.number])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Put zeros in place of the other half."""
        return (HalfGradient(self.axis, self.number)(upstreams[0]),)


@dataclass(frozen=True)
class HalfGradient(Operation):
    """The upstream as one half along an axis, and zeros as the other."""

    axis: int
    number: int

    def infer(self, upstream: Spec) -> Spec:
        """Double the axis."""
        sizes = tuple(2 * size if axis == self.axis else size for axis, size in enumerate(upstream.shape))
        return Spec(sizes, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Fill both halves."""
        halves = np.split(outputs[0], 2, self.axis)
        halves[self.number][...] = inputs[0]
        halves[1 - self.number][...] = 0

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Take the half: the adjoint of the adjoint."""
        return (Half(self.axis, self.number)(upstreams[0]),)


class Silu(Curve):
    """x * sigmoid(x)."""

    curve = "silu"

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Multiply."""
        np.multiply(x, sigmoid(x), out=out)

    def slope(self, at: Any) -> Any:
        """Give sigmoid(x) and x times its slope."""
        return sigmoid(at) + multiply(at, sigmoid_slope(at))

    def bend(self, at: Any) -> Any:
        """Give sigmoid's slope times 2 - x * tanh(x / 2)."""
        return multiply(sigmoid_slope(at), subtract(2, multiply(at, tanh(at * 0.5))))


class HardSilu(Curve):
    """x * hard_sigmoid(x)."""

    curve = "hard_silu"

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Multiply."""
        np.multiply(x, hard_sigmoid(x), out=out)

    def slope(self, at: Any) -> Any:
        """Give x / 3 + 1 / 2 between the knots, 0 and 1 beside."""
        return Pieces(-3.0, 3.0, (0.0, 0.0), (1 / 3, 0.5), (0.0, 1.0))(at)

    def bend(self, at: Any) -> Any:
        """Give 1 / 3 between the knots."""
        return Pieces(-3.0, 3.0, (0.0, 0.0), (0.0, 1 / 3), (0.0, 0.0))(at)


class Mish(Curve):
    """x * tanh(softplus(x))."""

    curve = "mish"

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Multiply."""
        np.multiply(x, tanh(softplus(x)), out=out)

    def slope(self, at: Any) -> Any:
        """Give the gate and x times its slope."""
        gate, step = tanh(softplus(at)), sigmoid(at)
        return gate + multiply(at, multiply(step, subtract(1, square(gate))))

    def bend(self, at: Any) -> Any:
        """Give twice the gate's slope and x times the slope of that."""
        gate, step = tanh(softplus(at)), sigmoid(at)
        more = multiply(at, subtract(subtract(1, step), 2 * multiply(step, gate)))
        return multiply(multiply(step, subtract(1, square(gate))), 2 + more)


def silu(x: Any) -> Any:
    """Take x * sigmoid(x) elementwise (also called swish).

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64.

    Source: Ramachandran et al., arXiv 1710.05941, equation 1 with beta 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.silu(np.array([-1000, 0, 1000], "float32"))
        array([  -0.,    0., 1000.], dtype=float32)
    """
    return Silu()(x)


def hard_silu(x: Any) -> Any:
    """Take x * hard_sigmoid(x) elementwise (also called hard swish); argument as in `silu`.

    Source: Howard et al., arXiv 1905.02244, section 5.2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.hard_silu(np.array([-4, 0, 4], "float32"))
        array([-0.,  0.,  4.], dtype=float32)
    """
    return HardSilu()(x)


def mish(x: Any) -> Any:
    """Take x * tanh(softplus(x)) elementwise; argument as in `silu`.

    Source: Misra, arXiv 1908.08681, equation 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.mish(np.array([-1000, 0, 1000], "float32"))
        array([  -0.,    0., 1000.], dtype=float32)
    """
    return Mish()(x)


def glu(x: Any, axis: int = -1) -> Any:
    """Multiply the first half of x along an axis by the sigmoid of the second.

    Args:
        x: array or tensor of at least one axis.
        axis: the axis whose two halves meet; its size is even.

    Returns:
        The shape of x with half of that axis, float32 or float64.

    Raises:
        ValueError: if x has no such axis, or its size is odd or not known.

    Source: Dauphin et al., arXiv 1612.08083, equation 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.glu(np.array([[3, 5, 0, 1000]], "float32"))
        array([[1.5, 5. ]], dtype=float32)
    """
    x = float_operand("glu", "x", x)
    place = one_axis("glu", axis, x.shape)
    return multiply(Half(place, 0)(x), sigmoid(Half(place, 1)(x)))
