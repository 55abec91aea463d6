"""A function of each element and its gradient against the oracle's value and slope of one number.

The errors allowed are given in units of the roundoff u (2^-24 in float32), each as a function of the number: what the
roundings on the way to the value, or the slope, can add up to. `ELEMENTARY` units in the last place, of 2 u each, are
granted to exp, expm1, log1p, tanh and hypot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import convolith
from tests.bounds import assert_within, sides
from tests.reference.activation import each

ELEMENTARY = 8


class Case(NamedTuple):
    """The oracle's functions, and the errors allowed of ours, in units of the roundoff.

    underflow: what a factor that is too small for the dtype, and 0 then, is multiplied by on its way to the slope.
    value_underflow: the same on its way to the value.
    """

    value: Callable[[float], float]
    slope: Callable[[float], float]
    value_error: Callable[[float], float]
    slope_error: Callable[[float], float]
    underflow: Callable[[float], float] = lambda v: 1 + abs(v)
    value_underflow: Callable[[float], float] = lambda v: 1


def check(function: Callable[[Any], Any], case: Case, x: np.ndarray, upstream: np.ndarray) -> None:
    """Compare result and gradient, of the dtype of x in the machine's order of bytes, with the oracle's."""
    result, pullback = convolith.vjp(function, x)
    (gradient,) = pullback(upstream)
    assert result.dtype == gradient.dtype == x.dtype.newbyteorder("=")
    unit, tiny = sides(x.dtype) * np.finfo(x.dtype).eps / 2, np.finfo(x.dtype).tiny
    allowed = 1.01 * unit * each(case.value_error, x) + 4 * tiny * each(case.value_underflow, x)
    assert_within(result, each(case.value, x), allowed)
    slope = each(case.slope, x)
    allowed = abs(upstream) * (
        1.01 * unit * (each(case.slope_error, x) + abs(slope)) + 4 * tiny * each(case.underflow, x)
    )
    assert_within(gradient, upstream * slope, allowed + 4 * tiny, "gradient")
