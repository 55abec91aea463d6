"""Rounding, signs, and division with a remainder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Again
from convolith.graph.operators import operators
from convolith.graph.tensor import Node, Tensor
from convolith.ops.arguments import integer
from convolith.ops.elementwise import Binary, Flat
from convolith.ops.reduction import sum_to

FARTHEST = 400
"""More decimals than a float has before or behind the point."""


class Floor(Flat):
    """The largest whole number that is not above x."""

    function = np.floor


class Ceil(Flat):
    """The smallest whole number that is not below x."""

    function = np.ceil


class Trunc(Flat):
    """x without its fraction."""

    keeps_integers = keeps_truths = True
    function = np.trunc

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Cut; integers have no fraction."""
        if inputs[0].dtype.kind == "f":
            return super().compute(outputs, *inputs)
        np.copyto(outputs[0], inputs[0])
        return None


class Sign(Flat):
    """-1, 0 or 1."""

    keeps_integers = True
    function = np.sign


@dataclass(frozen=True)
class Round(Flat):
    """x to a number of decimals, halves to the even digit."""

    decimals: int
    keeps_integers = True

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Round; what is too large for digits so far behind the point, or too small for those before it, is known."""
        (x,), (out,) = inputs, outputs
        if x.dtype.kind != "f":
            unit = 10 ** max(-self.decimals, 0)
            np.copyto(out, x if unit == 1 else 0 if unit > np.iinfo(x.dtype).max else np.round(x, self.decimals))
            return
        known = x.copy() if self.decimals > 0 else np.where(np.isfinite(x), np.copysign(0, x), x)
        with np.errstate(over="ignore", invalid="ignore"):
            np.round(x, self.decimals, out=out)
        np.copyto(out, known, where=~np.isfinite(out))


class Division(Binary):
    """A division with a remainder."""

    keeps_integers = True

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Divide; refuse to divide integers by 0."""
        if inputs[1].dtype.kind == "f":
            return super().compute(outputs, *inputs)
        if not inputs[1].all():
            raise ZeroDivisionError(f"{self.name}: x2 must not be 0 where x1 and x2 hold integers")
        super().compute(outputs, *inputs)
        return None


class FloorDivide(Division):
    """The floor of x1 / x2."""

    function = np.floor_divide

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return None, None


class Mod(Division):
    """x1 - x2 * floor(x1 / x2), which has the sign of x2."""

    function = np.remainder

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream to x1, and take it times the negative quotient to x2."""
        x1, x2 = node.inputs
        return sum_to(upstreams[0], x1), -sum_to(upstreams[0] * FloorDivide()(x1, x2), x2)


def floor(x: Any) -> Any:
    """Round down elementwise; its gradient is zero.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.floor(np.array([-1.5, 1.5], "float32"))
        array([-2.,  1.], dtype=float32)
    """
    return Floor()(x)


def ceil(x: Any) -> Any:
    """Round up elementwise; argument as in `floor`."""
    return Ceil()(x)


def trunc(x: Any) -> Any:
    """Round towards zero elementwise, integers staying as they are; argument as in `floor`."""
    return Trunc()(x)


def round(x: Any, decimals: int = 0) -> Any:
    """Round to the nearest number of so many decimals elementwise, halves to the even digit; its gradient is zero.

    Args:
        x: array or tensor of any shape.
        decimals: digits after the point; negative ones are before it.

    Returns:
        The same shape, float32 or float64, or the integers' dtype.

    Raises:
        TypeError: if decimals is no integer.
    """
    return Round(min(max(integer("round", "decimals", decimals), -FARTHEST), FARTHEST))(x)


def sign(x: Any) -> Any:
    """Give -1, 0 or 1 elementwise, NaN for NaN, of integers as integers; argument as in `floor`."""
    return Sign()(x)


def floor_divide(x1: Any, x2: Any) -> Any:
    """Divide and round down elementwise; its gradient is zero.

    Args:
        x1: array or tensor of any shape.
        x2: the same, of a shape that broadcasts with it.

    Returns:
        The quotient, float32 or float64; of integers alone their common dtype.

    Raises:
        ValueError: if the shapes do not broadcast.
        ZeroDivisionError: (when computed) if integers are divided by 0.
    """
    return FloorDivide()(x1, x2)


def mod(x1: Any, x2: Any) -> Any:
    """Give what x1 is above a multiple of x2, with the sign of x2, elementwise; the rest as of `floor_divide`."""
    return Mod()(x1, x2)


operators.update(floor_divide=floor_divide, mod=mod, round=round)
