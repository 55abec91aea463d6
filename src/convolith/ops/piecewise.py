"""Functions of straight pieces: one operation does them all, in one pass of the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import activation as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import is_finite
from convolith.ops.conversion import float_numbers

Line = tuple[float, float]
"""Slope and offset."""


@dataclass(frozen=True)
class Pieces(Operation):
    """slope * x + offset by the line `below` up to `lower`, `above` from `upper` on, else `between`.

    A slope of 0 gives the offset even of infinities; NaN passes through. With `inner_knots`, `lower` and `upper` belong
    to `between`: that decides on the gradient there, and on the value where the function jumps.
    """

    lower: float
    upper: float
    below: Line
    between: Line
    above: Line
    inner_knots: bool = False
    takes_over = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Bend."""
        engine.pieces(inputs[0], self.numbers(inputs[0].dtype), outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the slope; where the result tells it, the input need not be kept."""
        return (PiecesGradient(self)(upstreams[0], node.outputs[0] if self.tells_piece() else node.inputs[0]),)

    def tells_piece(self) -> bool:
        """Whether the result lies in the same piece as x: the function rises, and is x itself between the knots."""
        (rise, offset), (last_rise, last_offset) = self.below, self.above
        return (
            self.between == (1.0, 0.0)
            and self.lower < self.upper
            and not self.inner_knots
            and rise >= 0
            and last_rise >= 0
            and (rise * self.lower if rise else 0.0) + offset <= self.lower
            and (last_rise * self.upper if last_rise else 0.0) + last_offset >= self.upper
        )

    def numbers(self, dtype: np.dtype) -> np.ndarray:
        """Give what the engine asks for: the knots, then slope and offset of each piece."""
        numbers = np.array([self.lower, self.upper, *self.below, *self.between, *self.above], dtype)
        if self.inner_knots:  # then the next numbers outwards count, and denormal ones count as 0
            tiny = np.finfo(dtype).tiny
            below, above = np.nextafter(numbers[:2], np.array([-np.inf, np.inf], dtype))
            numbers[:2] = (-tiny if abs(below) < tiny else below), (tiny if abs(above) < tiny else above)
        return numbers


@dataclass(frozen=True)
class PiecesGradient(Operation):
    """The upstream times the slope of the piece that x lies in."""

    pieces: Pieces
    takes_over = (0,)

    def infer(self, upstream: Spec, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return upstream

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Multiply."""
        engine.pieces_gradient(inputs[0], inputs[1], self.pieces.numbers(inputs[0].dtype), outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply again; the slope itself has none."""
        return self(upstreams[0], node.inputs[1]), None


def finite(name: str, argument: str, value: Any, least: float = -math.inf) -> float:
    """Give a number as a float.

    Args:
        name: of the function, for the message.
        argument: its name, for the message.
        value: what came.
        least: what it must be at least.

    Raises:
        ValueError: if it is not a finite number, or less.
    """
    known = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not known or not is_finite(value) or value < least:
        bound = "" if least == -math.inf else f" of at least {least:g}"
        raise ValueError(f"{name}: {argument} must be a finite number{bound}, got {value!r}")
    return float(value)


def hard_sigmoid(x: Any) -> Any:
    """Take x / 6 + 1 / 2, cut off at 0 and 1, elementwise.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.hard_sigmoid(np.array([-4, 0, 4], "float32"))
        array([0. , 0.5, 1. ], dtype=float32)
    """
    x = float_numbers("hard_sigmoid", "x", x)
    return Pieces(-3.0, 3.0, (0.0, 0.0), (1 / 6, 0.5), (0.0, 1.0))(x)


def sparse_sigmoid(x: Any) -> Any:
    """Take (x + 1) / 2, cut off at 0 and 1, elementwise; argument as in `hard_sigmoid`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sparse_sigmoid(np.array([-2, 0, 2], "float32"))
        array([0. , 0.5, 1. ], dtype=float32)
    """
    x = float_numbers("sparse_sigmoid", "x", x)
    return Pieces(-1.0, 1.0, (0.0, 0.0), (0.5, 0.5), (0.0, 1.0))(x)


def hard_tanh(x: Any) -> Any:
    """Keep x between -1 and 1 elementwise; argument as in `hard_sigmoid`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.hard_tanh(np.array([-2, 0.5, 2], "float32"))
        array([-1. ,  0.5,  1. ], dtype=float32)
    """
    x = float_numbers("hard_tanh", "x", x)
    return Pieces(-1.0, 1.0, (0.0, -1.0), (1.0, 0.0), (0.0, 1.0))(x)


def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Take x where its magnitude is above the threshold, and 0 elsewhere.

    Args:
        x: array or tensor of any shape.
        threshold: a number, at least 0.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Raises:
        ValueError: if threshold is not a finite number of at least 0.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.hard_shrink(np.array([-1, 0.5, 1], "float32"))
        array([-1.,  0.,  1.], dtype=float32)
    """
    x = float_numbers("hard_shrink", "x", x)
    limit = finite("hard_shrink", "threshold", threshold, least=0.0)
    return Pieces(-limit, limit, (1.0, 0.0), (0.0, 0.0), (1.0, 0.0), inner_knots=True)(x)


def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Bring x nearer to 0 by the threshold, and to 0 what is no further from it; arguments as in `hard_shrink`.

    Raises:
        ValueError: if threshold is not a finite number of at least 0.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.soft_shrink(np.array([-1, 0.5, 1], "float32"))
        array([-0.5,  0. ,  0.5], dtype=float32)
    """
    x = float_numbers("soft_shrink", "x", x)
    limit = finite("soft_shrink", "threshold", threshold, least=0.0)
    return Pieces(-limit, limit, (1.0, limit), (0.0, 0.0), (1.0, -limit), inner_knots=True)(x)
