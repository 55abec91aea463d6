"""Powers, roots, exponentials and logarithms of each element."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.operation import Again
from convolith.graph.operators import operators
from convolith.graph.tensor import Constant, Node, Tensor
from convolith.ops.arithmetic import divide, square, subtract
from convolith.ops.comparison import equal
from convolith.ops.curve import Curve
from convolith.ops.elementwise import Binary, Unary
from convolith.ops.reduction import sum_to


class Power(Binary):
    """x1 ** x2."""

    keeps_integers = True
    function = np.power

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Raise; refuse integers whose powers are none."""
        if inputs[1].dtype.kind == "f":
            return super().compute(outputs, *inputs)
        if (inputs[1] < 0).any():
            raise ValueError(f"{self.name}: x2 must be >= 0 where x1 and x2 hold integers, got {inputs[1].min()}")
        super().compute(outputs, *inputs)
        return None

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give x2 * x1 ** (x2 - 1), and result * log(x1), which is NaN where x1 is negative.

        At x1 = 0, where 0 would meet infinity, x1 ** 0 has no slope by x1, and the logarithm counts as 0.
        """
        x1, x2 = node.inputs
        exponent = subtract(x2, 1)
        if not (isinstance(x2, Constant) and x2.value.all()):
            exponent = exponent + (equal(x1, 0) & equal(x2, 0))
        return (
            sum_to(upstreams[0] * x2 * power(x1, exponent), x1),
            sum_to(upstreams[0] * node.outputs[0] * log(x1 + equal(x1, 0)), x2),
        )


class Exp(Curve):
    """e ** x."""

    curve = "exp"
    by_result = True
    function = np.exp

    def slope(self, at: Any) -> Any:
        """Give the result."""
        return at

    def bend(self, at: Any) -> Any:
        """Give 1."""
        return 1.0


class Exp2(Unary):
    """2 ** x."""

    function = np.exp2

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the result times the logarithm of 2."""
        return (upstreams[0] * float(np.log(2)) * node.outputs[0],)


class Expm1(Curve):
    """e ** x - 1, exact where x is small too."""

    curve = "expm1"
    function = np.expm1

    def slope(self, at: Any) -> Any:
        """Give e ** x, which is exact for very negative x only if computed anew."""
        return exp(at)

    def bend(self, at: Any) -> Any:
        """Give the same."""
        return exp(at)


class Log(Curve):
    """The natural logarithm."""

    curve = "log"
    function = np.log

    def slope(self, at: Any) -> Any:
        """Give 1 / x."""
        return divide(1, at)

    def bend(self, at: Any) -> Any:
        """Give -1 / x ** 2."""
        return divide(-1, square(at))


class Log1p(Curve):
    """The natural logarithm of 1 + x, exact where x is small too."""

    curve = "log1p"
    function = np.log1p

    def slope(self, at: Any) -> Any:
        """Give 1 / (1 + x)."""
        return divide(1, 1 + at)

    def bend(self, at: Any) -> Any:
        """Give -1 / (1 + x) ** 2."""
        return divide(-1, square(1 + at))


class Log2(Unary):
    """The logarithm to the base of 2."""

    function = np.log2

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by x times the natural logarithm of 2."""
        return (upstreams[0] * float(1 / np.log(2)) / node.inputs[0],)


class Log10(Unary):
    """The logarithm to the base of 10."""

    function = np.log10

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by x times the natural logarithm of 10."""
        return (upstreams[0] * float(1 / np.log(10)) / node.inputs[0],)


class Logaddexp(Binary):
    """The logarithm of e ** x1 + e ** x2, also where these are too large or too small for a float."""

    function = np.logaddexp

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Share the upstream as the exponentials share the sum."""
        x1, x2 = node.inputs
        (result,) = node.outputs
        return sum_to(upstreams[0] * exp(x1 - result), x1), sum_to(upstreams[0] * exp(x2 - result), x2)  # type: ignore[operator]


class Sqrt(Unary):
    """The square root."""

    function = np.sqrt

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by twice the result."""
        return (upstreams[0] * 0.5 / node.outputs[0],)


class Rsqrt(Unary):
    """1 / the square root."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Take the root, then divide."""
        np.divide(1, np.sqrt(inputs[0], out=outputs[0]), out=outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by -result ** 3 / 2."""
        (result,) = node.outputs
        return (upstreams[0] * -0.5 * result * square(result),)


def power(x1: Any, x2: Any) -> Any:
    """Raise x1 to the power x2 elementwise.

    Args:
        x1: array or tensor of any shape.
        x2: the same, of a shape that broadcasts with it.

    Returns:
        The powers, float32 or float64; of integers alone their common dtype.

    Raises:
        ValueError: if the shapes do not broadcast, or (when computed) x2 is negative among integers alone.
    """
    return Power()(x1, x2)


def exp(x: Any) -> Any:
    """Take e ** x elementwise; argument as in `negative`."""
    return Exp()(x)


def exp2(x: Any) -> Any:
    """Take 2 ** x elementwise; argument as in `negative`."""
    return Exp2()(x)


def expm1(x: Any) -> Any:
    """Take e ** x - 1 elementwise, exact where x is small too; argument as in `negative`."""
    return Expm1()(x)


def log(x: Any) -> Any:
    """Take the natural logarithm elementwise; argument as in `negative`."""
    return Log()(x)


def log1p(x: Any) -> Any:
    """Take the natural logarithm of 1 + x elementwise, exact where x is small too; argument as in `negative`."""
    return Log1p()(x)


def log2(x: Any) -> Any:
    """Take the logarithm to the base of 2 elementwise; argument as in `negative`."""
    return Log2()(x)


def log10(x: Any) -> Any:
    """Take the logarithm to the base of 10 elementwise; argument as in `negative`."""
    return Log10()(x)


def logaddexp(x1: Any, x2: Any) -> Any:
    """Take the logarithm of e ** x1 + e ** x2 elementwise; arguments as in `add`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.logaddexp(np.array([1000.0]), np.array([-1000.0]))
        array([1000.])
    """
    return Logaddexp()(x1, x2)


def sqrt(x: Any) -> Any:
    """Take the square root elementwise; argument as in `negative`."""
    return Sqrt()(x)


def rsqrt(x: Any) -> Any:
    """Take 1 / the square root elementwise; argument as in `negative`."""
    return Rsqrt()(x)


operators["power"] = power
