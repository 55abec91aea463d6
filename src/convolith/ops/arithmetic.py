"""Elementwise arithmetic with NumPy's broadcasting, and its gradient; these functions are also Python's operators."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from convolith.graph.operation import Cast, Operation
from convolith.graph.tensor import Constant, Node, Spec, Tensor, operators
from convolith.ops.reduction import Equal, sum_to


class Unary(Operation):
    """One NumPy function of each element."""

    takes_over = (0,)
    function: ClassVar[np.ufunc]

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Apply the function."""
        self.function(inputs[0], out=outputs[0])


class Binary(Operation):
    """One NumPy function of the elements of two broadcast arrays."""

    takes_over = (0, 1)
    function: ClassVar[np.ufunc]

    def infer(self, x1: Spec, x2: Spec) -> Spec:
        """Broadcast the shapes."""
        return Spec(_broadcast(self.name, x1.shape, x2.shape), x1.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Apply the function."""
        self.function(inputs[0], inputs[1], out=outputs[0])


class Add(Binary):
    """x1 + x2."""

    function = np.add

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to both."""
        x1, x2 = node.inputs
        return sum_to(upstreams[0], x1), sum_to(upstreams[0], x2)


class Subtract(Binary):
    """x1 - x2."""

    function = np.subtract

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to x1 and its negative to x2."""
        x1, x2 = node.inputs
        return sum_to(upstreams[0], x1), -sum_to(upstreams[0], x2)


class Multiply(Binary):
    """x1 * x2."""

    function = np.multiply

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the other factor."""
        x1, x2 = node.inputs
        return sum_to(upstreams[0] * x2, x1), sum_to(upstreams[0] * x1, x2)


class Divide(Binary):
    """x1 / x2."""

    function = np.divide

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by x2; by x2 it is -result / x2."""
        x1, x2 = node.inputs
        share = upstreams[0] / x2
        return sum_to(share, x1), -sum_to(share * node.outputs[0], x2)


class Power(Binary):
    """x1 ** x2."""

    function = np.power

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give x2 * x1 ** (x2 - 1), and result * log(x1), which is NaN where x1 is negative.

        At x1 = 0, where 0 would meet infinity, x1 ** 0 has no slope by x1, and the logarithm counts as 0.
        """
        x1, x2 = node.inputs
        exponent = subtract(x2, 1)
        if not (isinstance(x2, Constant) and x2.value.all()):
            exponent = exponent + _is_zero(x1) * _is_zero(x2)
        return (
            sum_to(upstreams[0] * x2 * power(x1, exponent), x1),
            sum_to(upstreams[0] * node.outputs[0] * log(x1 + _is_zero(x1)), x2),
        )


class Maximum(Binary):
    """The larger of x1 and x2."""

    function = np.maximum

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to the larger, half of it to each where they are equal."""
        x1, x2 = node.inputs
        first, second = Above()(x1, x2), Above()(x2, x1)
        return sum_to(upstreams[0] * first, x1), sum_to(upstreams[0] * second, x2)


class Minimum(Binary):
    """The smaller of x1 and x2."""

    function = np.minimum

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to the smaller, half of it to each where they are equal."""
        x1, x2 = node.inputs
        first, second = Above()(x2, x1), Above()(x1, x2)
        return sum_to(upstreams[0] * first, x1), sum_to(upstreams[0] * second, x2)


class Negative(Unary):
    """-x."""

    function = np.negative

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Negate."""
        return (-upstreams[0],)


class Exp(Unary):
    """e ** x."""

    function = np.exp

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the result."""
        return (upstreams[0] * node.outputs[0],)


class Log(Unary):
    """The natural logarithm."""

    function = np.log

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by x."""
        return (upstreams[0] / node.inputs[0],)


class Sqrt(Unary):
    """The square root."""

    function = np.sqrt

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by twice the result."""
        return (upstreams[0] * 0.5 / node.outputs[0],)


class Square(Unary):
    """x * x."""

    function = np.square

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by 2 x."""
        return (upstreams[0] * 2 * node.inputs[0],)


class Absolute(Unary):
    """The magnitude of x."""

    function = np.absolute

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the sign, which is 0 at 0."""
        return (upstreams[0] * Sign()(node.inputs[0]),)


class Sign(Unary):
    """-1, 0 or 1; its gradient is zero."""

    function = np.sign

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


class Above(Binary):
    """1 where x1 is above x2, 1/2 where they are equal, else 0, and NaN where one is; its gradient is zero."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Take the sign of the difference, which is none between infinities, to Heaviside's function."""
        (x1, x2), (out,) = inputs, outputs
        equal = x1 == x2  # before the difference, which may take over the memory of one of them
        with np.errstate(invalid="ignore", over="ignore"):
            np.subtract(x1, x2, out=out)
        np.copyto(out, 0, where=equal)
        np.heaviside(out, 0.5, out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return None, None


def add(x1: Any, x2: Any) -> Any:
    """Add elementwise, broadcasting as NumPy does.

    Args:
        x1: array or tensor of any shape.
        x2: the same, of a shape that broadcasts with it.

    Returns:
        The sum, float32 or float64.

    Raises:
        ValueError: if the shapes do not broadcast.
    """
    return Add()(x1, x2)


def subtract(x1: Any, x2: Any) -> Any:
    """Subtract elementwise; arguments as in `add`."""
    return Subtract()(x1, x2)


def multiply(x1: Any, x2: Any) -> Any:
    """Multiply elementwise; arguments as in `add`."""
    return Multiply()(x1, x2)


def divide(x1: Any, x2: Any) -> Any:
    """Divide elementwise; arguments as in `add`."""
    return Divide()(x1, x2)


def power(x1: Any, x2: Any) -> Any:
    """Raise x1 to the power x2 elementwise; arguments as in `add`."""
    return Power()(x1, x2)


def maximum(x1: Any, x2: Any) -> Any:
    """Take the larger elementwise, NaN where one is; arguments as in `add`."""
    return Maximum()(x1, x2)


def minimum(x1: Any, x2: Any) -> Any:
    """Take the smaller elementwise, NaN where one is; arguments as in `add`."""
    return Minimum()(x1, x2)


def negative(x: Any) -> Any:
    """Negate elementwise.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64.
    """
    return Negative()(x)


def exp(x: Any) -> Any:
    """Take e ** x elementwise; argument as in `negative`."""
    return Exp()(x)


def log(x: Any) -> Any:
    """Take the natural logarithm elementwise; argument as in `negative`."""
    return Log()(x)


def sqrt(x: Any) -> Any:
    """Take the square root elementwise; argument as in `negative`."""
    return Sqrt()(x)


def square(x: Any) -> Any:
    """Square elementwise; argument as in `negative`."""
    return Square()(x)


def absolute(x: Any) -> Any:
    """Take the magnitude elementwise; argument as in `negative`."""
    return Absolute()(x)


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Keep x between x_min and x_max elementwise.

    Args:
        x: array or tensor of any shape.
        x_min: lower bound: a number, array or tensor that broadcasts with x.
        x_max: upper bound, likewise.

    Returns:
        The broadcast shape, float32 or float64.
    """
    return minimum(maximum(x, x_min), x_max)


def cast(x: Any, dtype: Any) -> Any:
    """Convert to another dtype; fractions are cut when it is an integer one.

    Args:
        x: array or tensor of any shape.
        dtype: any dtype of real numbers of at most 64 bits.

    Returns:
        The same shape, of that dtype in native byte order.

    Raises:
        TypeError: if the dtype is another.
    """
    return Cast(np.dtype(dtype).newbyteorder("="))(x)


def _is_zero(x: Any) -> Tensor:
    """Give 1 where x is 0, else 0."""
    return Equal()(x, 0.0)


def _broadcast(name: str, first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    """Broadcast two shapes; an unknown batch size goes with itself and with 1."""
    shape: list[Any] = []
    rank = max(len(first), len(second))
    for one, other in zip((1,) * (rank - len(first)) + first, (1,) * (rank - len(second)) + second, strict=True):
        if one != other and one != 1 and other != 1:
            raise ValueError(f"{name}: x1 and x2 must have shapes that broadcast, came {first} and {second}")
        shape.append(other if one == 1 else one)
    return tuple(shape)


operators.update(
    add=add, subtract=subtract, multiply=multiply, divide=divide, power=power, negative=negative, absolute=absolute
)
