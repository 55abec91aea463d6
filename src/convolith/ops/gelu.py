"""The error function, and the Gaussian error linear unit with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convolith.engine import gelu as engine
from convolith.ops.arguments import flag
from convolith.ops.arithmetic import multiply, negative, square, subtract
from convolith.ops.conversion import float_numbers
from convolith.ops.curve import Curve
from convolith.ops.exponential import exp
from convolith.ops.piecewise import Pieces
from convolith.ops.sigmoid import sigmoid, sigmoid_slope, tanh

FAR = 40.0
"""Beyond it e ** -x ** 2, and with it the tails of all functions here, is 0 in float64."""


class Erf(Curve):
    """The error function."""

    curve = "erf"

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Take the engine's in double."""
        engine.erf(x, out)

    def slope(self, at: Any) -> Any:
        """Give 2 / sqrt(pi) * e ** -x ** 2."""
        return multiply(exp(negative(square(_near(at)))), 2 / math.sqrt(math.pi))

    def bend(self, at: Any) -> Any:
        """Give -2 * x times the slope."""
        return multiply(self.slope(at), multiply(_near(at), -2))


class Gelu(Curve):
    """x times the normal distribution function of x."""

    curve = "gelu"

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Take the engine's in double."""
        engine.gelu(x, out)

    def gradient_exactly(self, upstream: np.ndarray, at: np.ndarray, out: np.ndarray) -> None:
        """Take the engine's in double."""
        engine.gelu_gradient(upstream, at, out)

    def bend(self, at: Any) -> Any:
        """Give the density times 2 - x ** 2."""
        squared = square(_near(at))
        return multiply(exp(-0.5 * squared), subtract(2, squared)) * (1 / math.sqrt(2 * math.pi))


class GeluNear(Curve):
    """x * sigmoid(z), where z = x * (a + b * x ** 2)."""

    curve = "gelu_near"
    a = 2 * math.sqrt(2 / math.pi)  # (1 + tanh(z)) / 2 is sigmoid(2 * z)
    b = 0.044715 * a

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Multiply."""
        near = _near(x)
        np.multiply(x, sigmoid(near * (square(near) * self.b + self.a)), out=out)

    def slope(self, at: Any) -> Any:
        """Give the sigmoid, and x times its slope."""
        near = _near(at)
        squared = square(near)
        z = near * (squared * self.b + self.a)
        return sigmoid(z) + near * sigmoid_slope(z) * (squared * (3 * self.b) + self.a)

    def bend(self, at: Any) -> Any:
        """Give the slope of both."""
        near = _near(at)
        squared = square(near)
        z, rise = near * (squared * self.b + self.a), squared * (3 * self.b) + self.a
        return sigmoid_slope(z) * (2 * rise + near * (near * (6 * self.b) - square(rise) * tanh(z * 0.5)))


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

    The function itself loses no digits below 0, but its relative error grows with x ** 2 there: rounding the argument
    of any exponential does that.

    Args:
        x: array or tensor of any shape.
        approximate: take x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2, which differs by up to 0.0005;
            the default is keras.ops's, that of keras.activations and of layers is not to.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Raises:
        TypeError: if x holds no real numbers, or approximate is neither True nor False.

    Source: Hendrycks and Gimpel, arXiv 1606.08415, section 2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.gelu(np.array([-100.0, 0, 1])).round(6)
        array([-0.      ,  0.      ,  0.841192])
        >>> ops.gelu(np.array([-100.0, 0, 1]), approximate=False).round(6)
        array([0.      , 0.      , 0.841345])
    """
    x = float_numbers("gelu", "x", x)
    return GeluNear()(x) if flag("gelu", "approximate", approximate) else Gelu()(x)


def _near(x: Any) -> Any:
    """Keep x where its square and cube do not overflow; beyond, all that is computed from it has reached its limit."""
    return Pieces(-FAR, FAR, (0.0, -FAR), (1.0, 0.0), (0.0, FAR))(x)
