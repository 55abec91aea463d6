"""The error function, and the Gaussian error linear unit with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convolith.engine import gelu as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arithmetic import multiply, square
from convolith.ops.conversion import real_numbers
from convolith.ops.elementwise import Unary
from convolith.ops.exponential import exp
from convolith.ops.piecewise import Pieces
from convolith.ops.sigmoid import sigmoid

FAR = 40.0
"""Beyond it e ** -x ** 2, and with it the tails of all functions here, is 0 in float64."""


class Erf(Unary):
    """The error function."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Take the engine's."""
        engine.erf(inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by 2 / sqrt(pi) * e ** -x ** 2."""
        return (upstreams[0] * (2 / math.sqrt(math.pi) * exp(-square(_near(node.inputs[0])))),)


class Gelu(Unary):
    """x times the normal distribution function of x."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Take the engine's."""
        engine.gelu(inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the distribution function plus x times the density."""
        return (GeluGradient()(upstreams[0], node.inputs[0]),)


class GeluGradient(Operation):
    """The upstream times the derivative of gelu at x."""

    takes_over = (0, 1)

    def infer(self, upstream: Spec, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return upstream

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Multiply."""
        engine.gelu_gradient(inputs[0], inputs[1], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give both; the second derivative is the density times 2 - x ** 2."""
        upstream, x = node.inputs
        squared = square(_near(x))
        bend = exp(-0.5 * squared) * (2 - squared) * (1 / math.sqrt(2 * math.pi))
        return GeluGradient()(upstreams[0], x), upstreams[0] * upstream * bend


def erf(x: Any) -> Any:
    """Take the error function elementwise: 2 / sqrt(pi) times the integral of e ** -t ** 2 from 0 to x.

    It is the C library's, in double: off by about one unit in the last place of float64, and rounded once to float32.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.erf(np.array([-10, 0, 0.5])).round(6)
        array([-1.    ,  0.    ,  0.5205])
    """
    return Erf()(x)


def gelu(x: Any, approximate: bool = True) -> Any:
    """Multiply x by the normal distribution function of x, or by a sigmoid close to it.

    The function itself is computed in double by the complementary error function, which loses no digits below 0; in
    float64 the relative error grows with x ** 2 there, as rounding the argument of any exponential makes it.

    Args:
        x: array or tensor of any shape.
        approximate: take x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2, which differs by up to 0.0005;
            the default is keras.ops's, that of keras.activations and of layers is not to.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Raises:
        TypeError: if x holds no real numbers.

    Source: Hendrycks and Gimpel, arXiv 1606.08415, section 2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.gelu(np.array([-100, 0, 1])).round(6)
        array([-0.      ,  0.      ,  0.841192])
        >>> ops.gelu(np.array([-100, 0, 1]), approximate=False).round(6)
        array([0.      , 0.      , 0.841345])
    """
    x = real_numbers("gelu", "x", x)
    if not approximate:
        return Gelu()(x)
    near, scale = _near(x), 2 * math.sqrt(2 / math.pi)  # (1 + tanh(z)) / 2 is sigmoid(2 * z)
    return multiply(x, sigmoid(near * (square(near) * (0.044715 * scale) + scale)))


def _near(x: Any) -> Any:
    """Keep x where its square and cube do not overflow; beyond, all that is computed from it has reached its limit."""
    return Pieces(-FAR, FAR, (0.0, -FAR), (1.0, 0.0), (0.0, FAR))(x)
