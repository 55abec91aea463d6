"""Elementwise arithmetic with NumPy's broadcasting, and its gradient; these functions are also Python's operators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convolith.engine import activation as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.operators import operators
from convolith.graph.tensor import Node, Tensor
from convolith.ops.conversion import real_numbers
from convolith.ops.elementwise import Binary, Unary, broadcast
from convolith.ops.reduction import sum_to
from convolith.ops.relu import Relu, ReluGradient
from convolith.ops.rounding import Sign


@dataclass(frozen=True)
class Add(Binary):
    """x1 + x2, and relu if fused with it."""

    activation: str | None = None
    keeps_integers = keeps_truths = True
    function = np.add

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Leave floats of one shape to the engine, the rest to NumPy."""
        x1, x2 = inputs
        if x1.shape == x2.shape and x1.dtype.kind == "f":
            return engine.add_two(x1, x2, self.activation, outputs[0])
        return super().compute(outputs, x1, x2)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to both."""
        x1, x2 = node.inputs
        upstream = ReluGradient()(upstreams[0], node.outputs[0]) if self.activation else upstreams[0]
        return sum_to(upstream, x1), sum_to(upstream, x2)

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take a following relu along."""
        x1, x2 = node.inputs
        same = x1 is not None and x2 is not None and x1.spec == x2.spec and self.activation is None
        return (replace(self, activation="relu"), node.inputs) if same and type(reader.operation) is Relu else None


class Subtract(Binary):
    """x1 - x2."""

    keeps_integers = True
    function = np.subtract

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to x1 and its negative to x2."""
        x1, x2 = node.inputs
        return sum_to(upstreams[0], x1), -sum_to(upstreams[0], x2)


class Multiply(Binary):
    """x1 * x2."""

    keeps_integers = keeps_truths = True
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


class Maximum(Binary):
    """The larger of x1 and x2."""

    keeps_integers = keeps_truths = True
    function = np.maximum

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to the larger, half of it to each where they are equal."""
        x1, x2 = node.inputs
        first, second = Above()(x1, x2), Above()(x2, x1)
        return sum_to(upstreams[0] * first, x1), sum_to(upstreams[0] * second, x2)


class Minimum(Binary):
    """The smaller of x1 and x2."""

    keeps_integers = keeps_truths = True
    function = np.minimum

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to the smaller, half of it to each where they are equal."""
        x1, x2 = node.inputs
        first, second = Above()(x2, x1), Above()(x1, x2)
        return sum_to(upstreams[0] * first, x1), sum_to(upstreams[0] * second, x2)


class Negative(Unary):
    """-x."""

    keeps_integers = True
    function = np.negative

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Negate."""
        return (-upstreams[0],)


class Square(Unary):
    """x * x."""

    keeps_integers = True
    function = np.square

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by 2 x."""
        return (upstreams[0] * 2 * node.inputs[0],)


class Reciprocal(Unary):
    """1 / x."""

    function = np.reciprocal

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by -result ** 2."""
        return (-upstreams[0] * square(node.outputs[0]),)


class Absolute(Unary):
    """The magnitude of x."""

    keeps_integers = keeps_truths = True
    function = np.absolute

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the sign, which is 0 at 0."""
        return (upstreams[0] * Sign()(node.inputs[0]),)


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
        The sum, float32 or float64; of integers alone their common dtype, where what it cannot hold wraps.

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
    """Divide elementwise, integers too in floats; arguments as in `add`."""
    return Divide()(x1, x2)


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
        The same shape, float32 or float64, or the integers' dtype.
    """
    return Negative()(x)


def square(x: Any) -> Any:
    """Square elementwise; argument as in `negative`."""
    return Square()(x)


def reciprocal(x: Any) -> Any:
    """Take 1 / x elementwise, float32 or float64; argument as in `negative`."""
    return Reciprocal()(x)


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
        The broadcast shape, float32 or float64; of integers alone their common dtype.

    Raises:
        ValueError: if the shapes do not broadcast.
        TypeError: if an argument holds no real numbers.
    """
    x, low, high = (
        real_numbers("clip", argument, value) for argument, value in (("x", x), ("x_min", x_min), ("x_max", x_max))
    )
    shapes = {"x": x, "x_min": low, "x_max": high}
    broadcast("clip", **{argument: getattr(value, "shape", ()) for argument, value in shapes.items()})
    return minimum(maximum(x, low), high)


operators.update(add=add, subtract=subtract, multiply=multiply, divide=divide, negative=negative, absolute=absolute)
