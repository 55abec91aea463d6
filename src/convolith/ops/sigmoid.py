"""Smooth steps and bends: sigmoid, tanh, softplus, softsign and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.ops.arithmetic import absolute, divide, multiply, negative, square, subtract
from convolith.ops.conversion import float_numbers
from convolith.ops.curve import Curve
from convolith.ops.rounding import sign


class Sigmoid(Curve):
    """1 / (1 + e ** -x)."""

    curve = "sigmoid"
    by_result = True

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Go step by step in the result's own memory."""
        with np.errstate(over="ignore"):  # e ** -x is infinite for very negative x, and then the result 0 is right
            np.exp(np.negative(x, out=out), out=out)
        np.reciprocal(np.add(out, 1, out=out), out=out)

    def slope(self, at: Any) -> Any:
        """Give result * (1 - result)."""
        return multiply(at, subtract(1, at))

    def bend(self, at: Any) -> Any:
        """Give 1 - 2 * result."""
        return subtract(1, 2 * at)


class Tanh(Curve):
    """The hyperbolic tangent."""

    curve = "tanh"
    by_result = True
    function = np.tanh

    def slope(self, at: Any) -> Any:
        """Give 1 - result ** 2."""
        return subtract(1, square(at))

    def bend(self, at: Any) -> Any:
        """Give -2 * result."""
        return multiply(at, -2)


class Softplus(Curve):
    """log(1 + e ** x)."""

    curve = "softplus"

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Take NumPy's function, which overflows for no x and loses no digits for very negative ones."""
        with np.errstate(invalid="ignore"):  # said of NaN, which passes
            np.logaddexp(x, 0, out=out)

    def slope(self, at: Any) -> Any:
        """Give sigmoid(x)."""
        return sigmoid(at)

    def bend(self, at: Any) -> Any:
        """Give the slope of sigmoid."""
        return sigmoid_slope(at)


class Softsign(Curve):
    """x / (1 + |x|)."""

    curve = "softsign"

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Divide; beyond 2 ** 60, and so for infinities, the quotient is 1 or -1."""
        near = np.clip(x, -(2.0**60), 2.0**60)
        np.divide(near, 1 + np.absolute(near), out=out)

    def slope(self, at: Any) -> Any:
        """Give 1 / (1 + |x|), squared last: the square of 1 + |x| might overflow."""
        return square(divide(1, 1 + absolute(at)))

    def bend(self, at: Any) -> Any:
        """Give -2 / (1 + |x|) ** 3 with the sign of x."""
        return multiply(self.slope(at) * divide(-2, 1 + absolute(at)), sign(at))


def sigmoid_slope(x: Any) -> Any:
    """Give the derivative of `sigmoid`, exact also where that is almost 1."""
    return multiply(sigmoid(x), sigmoid(negative(x)))


def sigmoid(x: Any) -> Any:
    """Take 1 / (1 + e ** -x) elementwise.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sigmoid(np.array([-1000, 0, 1000], "float32"))
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return Sigmoid()(x)


def tanh(x: Any) -> Any:
    """Take the hyperbolic tangent elementwise; argument as in `sigmoid`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.tanh(np.array([-1000, 0, 1000], "float32"))
        array([-1.,  0.,  1.], dtype=float32)
    """
    return Tanh()(x)


def softplus(x: Any) -> Any:
    """Take log(1 + e ** x) elementwise, with no overflow; argument as in `sigmoid`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.softplus(np.array([-1000, 1000], "float32"))
        array([   0., 1000.], dtype=float32)
    """
    return Softplus()(x)


def log_sigmoid(x: Any) -> Any:
    """Take the logarithm of `sigmoid` elementwise, exact also where that is almost 0; argument as in `sigmoid`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.log_sigmoid(np.array([-1000], "float32"))
        array([-1000.], dtype=float32)
    """
    x = float_numbers("log_sigmoid", "x", x)
    return negative(softplus(negative(x)))


def softsign(x: Any) -> Any:
    """Take x / (1 + abs(x)) elementwise; argument as in `sigmoid`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.softsign(np.array([-1, 0, 3], "float32"))
        array([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    return Softsign()(x)


def tanh_shrink(x: Any) -> Any:
    """Take x - tanh(x) elementwise; argument as in `sigmoid`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.tanh_shrink(np.array([-1000, 0], "float32"))
        array([-999.,    0.], dtype=float32)
    """
    x = float_numbers("tanh_shrink", "x", x)
    return subtract(x, tanh(x))
