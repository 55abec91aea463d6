"""Circular and hyperbolic functions of each element, and their inverses; tanh is an activation."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.tensor import Node, Tensor
from convolith.ops.arithmetic import multiply, negative, square
from convolith.ops.conversion import float_numbers
from convolith.ops.elementwise import Binary, Unary, broadcast
from convolith.ops.exponential import rsqrt
from convolith.ops.reduction import sum_to


class Sin(Unary):
    """The sine."""

    function = np.sin

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the cosine."""
        return (upstreams[0] * cos(node.inputs[0]),)


class Cos(Unary):
    """The cosine."""

    function = np.cos

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the negative sine."""
        return (negative(upstreams[0]) * sin(node.inputs[0]),)


class Tan(Unary):
    """The tangent."""

    function = np.tan

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by 1 + result ** 2."""
        return (upstreams[0] * (1 + square(node.outputs[0])),)


class Arcsin(Unary):
    """The angle of which x is the sine."""

    function = np.arcsin

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by the root of 1 - x ** 2."""
        return (upstreams[0] * rsqrt(1 - square(node.inputs[0])),)


class Arccos(Unary):
    """The angle of which x is the cosine."""

    function = np.arccos

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by the negative root of 1 - x ** 2."""
        return (negative(upstreams[0]) * rsqrt(1 - square(node.inputs[0])),)


class Arctan(Unary):
    """The angle of which x is the tangent."""

    function = np.arctan

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by 1 + x ** 2."""
        return (upstreams[0] / (1 + square(node.inputs[0])),)


class Arctan2(Binary):
    """The angle of the point (x2, x1) from the first axis."""

    function = np.arctan2

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the other coordinate, and divide by the squared distance from the origin."""
        x1, x2 = node.inputs
        share = upstreams[0] / (square(x1) + square(x2))
        return sum_to(share * x2, x1), -sum_to(share * x1, x2)


class Sinh(Unary):
    """The hyperbolic sine."""

    function = np.sinh

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the hyperbolic cosine."""
        return (upstreams[0] * cosh(node.inputs[0]),)


class Cosh(Unary):
    """The hyperbolic cosine."""

    function = np.cosh

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the hyperbolic sine."""
        return (upstreams[0] * sinh(node.inputs[0]),)


class Arcsinh(Unary):
    """The number of which x is the hyperbolic sine."""

    function = np.arcsinh

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by the root of x ** 2 + 1."""
        return (upstreams[0] * rsqrt(square(node.inputs[0]) + 1),)


class Arccosh(Unary):
    """The number, not negative, of which x is the hyperbolic cosine."""

    function = np.arccosh

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by the root of x ** 2 - 1."""
        return (upstreams[0] * rsqrt(square(node.inputs[0]) - 1),)


class Arctanh(Unary):
    """The number of which x is the hyperbolic tangent."""

    function = np.arctanh

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Divide by 1 - x ** 2."""
        return (upstreams[0] / (1 - square(node.inputs[0])),)


def sin(x: Any) -> Any:
    """Take the sine elementwise.

    Args:
        x: array or tensor of any shape, in radians.

    Returns:
        The same shape, float32 or float64.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sin(np.array([0, np.pi / 2]))
        array([0., 1.])
    """
    return Sin()(x)


def cos(x: Any) -> Any:
    """Take the cosine elementwise; argument as in `sin`."""
    return Cos()(x)


def tan(x: Any) -> Any:
    """Take the tangent elementwise; argument as in `sin`."""
    return Tan()(x)


def arcsin(x: Any) -> Any:
    """Give the angle in radians, from -pi / 2 to pi / 2, of which x is the sine, elementwise; as in `negative`."""
    return Arcsin()(x)


def arccos(x: Any) -> Any:
    """Give the angle in radians, from 0 to pi, of which x is the cosine, elementwise; as in `negative`."""
    return Arccos()(x)


def arctan(x: Any) -> Any:
    """Give the angle in radians, from -pi / 2 to pi / 2, of which x is the tangent, elementwise; as in `negative`."""
    return Arctan()(x)


def arctan2(x1: Any, x2: Any) -> Any:
    """Give the angle in radians, from -pi to pi, of the point (x2, x1) elementwise; arguments as in `add`."""
    return Arctan2()(x1, x2)


def sinh(x: Any) -> Any:
    """Take the hyperbolic sine elementwise; argument as in `negative`."""
    return Sinh()(x)


def cosh(x: Any) -> Any:
    """Take the hyperbolic cosine elementwise; argument as in `negative`."""
    return Cosh()(x)


def arcsinh(x: Any) -> Any:
    """Give the number of which x is the hyperbolic sine elementwise; argument as in `negative`."""
    return Arcsinh()(x)


def arccosh(x: Any) -> Any:
    """Give the number, not negative, of which x is the hyperbolic cosine elementwise; argument as in `negative`."""
    return Arccosh()(x)


def arctanh(x: Any) -> Any:
    """Give the number of which x is the hyperbolic tangent elementwise; argument as in `negative`."""
    return Arctanh()(x)


def polar(abs_: Any, angle: Any) -> np.ndarray:
    """Make complex numbers of their sizes and angles: abs_ * cos(angle) + abs_ * sin(angle) i.

    Only of arrays: symbolic tensors hold real numbers, and their parts are `abs_ * ops.cos(angle)` and
    `abs_ * ops.sin(angle)`.

    Args:
        abs_: array of any shape.
        angle: array of a shape that broadcasts with it, in radians.

    Returns:
        The broadcast shape, complex64 or complex128.

    Raises:
        ValueError: if the shapes do not broadcast.
        TypeError: if one is a symbolic tensor, or holds no real numbers.

    Source:
        keras.ops.polar, torch.polar.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.polar(np.array([1, 2], "float32"), np.array([0, 0.5], "float32")).round(3)
        array([1.   +0.j   , 1.755+0.959j], dtype=complex64)
    """
    abs_, angle = float_numbers("polar", "abs_", abs_), float_numbers("polar", "angle", angle)
    broadcast("polar", abs_=getattr(abs_, "shape", ()), angle=getattr(angle, "shape", ()))
    real, imaginary = multiply(abs_, cos(angle)), multiply(abs_, sin(angle))
    if isinstance(real, Tensor):
        raise TypeError("polar: abs_ and angle must be arrays, got a symbolic tensor, which holds real numbers only")
    result = np.empty(real.shape, np.result_type(real.dtype, np.complex64))
    result.real, result.imag = real, imaginary
    return result
