"""Exponential linear units: a line above 0, an exponential that levels off below."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.ops.conversion import float_numbers
from convolith.ops.curve import Curve
from convolith.ops.piecewise import Line, Pieces, finite

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
"""They make mean 0 and variance 1 a fixed point: Klambauer et al., arXiv 1706.02515, equation 14."""


@dataclass(frozen=True)
class Elu(Curve):
    """scale * x where x is positive, alpha * (e ** (x / width) - 1) elsewhere."""

    alpha: float
    scale: float = 1.0
    width: float = 1.0
    curve = "elu"
    by_result = True
    takes_over = ()

    @property
    def numbers(self) -> tuple[float, ...]:
        """Give all three."""
        return self.alpha, self.scale, self.width

    def compute_exactly(self, x: np.ndarray, out: np.ndarray) -> None:
        """Take the exponential of the negative part, so that none overflows; then put the line where x is positive."""
        np.minimum(x, 0, out=out)
        if self.width != 1:
            np.divide(out, self.width, out=out)
        np.multiply(np.expm1(out, out=out), self.alpha, out=out)
        np.multiply(x, self.scale, out=out, where=x > 0)

    def slope(self, at: Any) -> Any:
        """Give what the result tells: (result + alpha) / width where it is not positive."""
        return self._by_piece((1 / self.width, self.alpha / self.width), (0.0, self.scale))(at)

    def bend(self, at: Any) -> Any:
        """Give 1 / width where the result is not positive."""
        return self._by_piece((0.0, 1 / self.width), (0.0, 0.0))(at)

    def _by_piece(self, below: Line, above: Line) -> Pieces:
        return Pieces(0.0, math.inf, below, above, above)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """Take x where it is positive and alpha * (e ** x - 1) elsewhere.

    Args:
        x: array or tensor of any shape.
        alpha: a number, at least 0; the result stays above its negative.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Raises:
        ValueError: if alpha is not a finite number of at least 0.

    Source: Clevert et al., arXiv 1511.07289, equation 15.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.elu(np.array([-1000, 0, 2], "float32"), alpha=0.5)
        array([-0.5,  0. ,  2. ], dtype=float32)
    """
    return Elu(finite("elu", "alpha", alpha, least=0.0))(x)


def selu(x: Any) -> Any:
    """Take `elu` with the alpha, and times the scale, that keep mean 0 and variance 1 from layer to layer.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Source: Klambauer et al., arXiv 1706.02515, equation 2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.selu(np.array([-1000, 0, 1])).round(4)
        array([-1.7581,  0.    ,  1.0507], dtype=float32)
    """
    x = float_numbers("selu", "x", x)
    return Elu(SELU_SCALE * SELU_ALPHA, scale=SELU_SCALE)(x)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """Take x where it is positive and alpha * (e ** (x / alpha) - 1) elsewhere: `elu` without its kink at 0.

    Args:
        x: array or tensor of any shape.
        alpha: a positive number; the result stays above its negative.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Raises:
        ValueError: if alpha is not a finite number above 0.

    Source: Barron, arXiv 1704.07483, equation 2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.celu(np.array([-1000, 0, 2], "float32"), alpha=0.5)
        array([-0.5,  0. ,  2. ], dtype=float32)
    """
    x = float_numbers("celu", "x", x)
    alpha = finite("celu", "alpha", alpha)
    if alpha <= 0:
        raise ValueError(f"celu: alpha must be above 0, got {alpha:g}")
    return Elu(alpha, width=alpha)(x)
