"""Smooth steps and bends, forward and backward, against the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.elementwise import ELEMENTARY, Case, check
from tests.ops.limits import check_limits
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import sigmoid as reference

matrices = st.tuples(st.integers(0, 4), st.integers(1, 37))
# sigmoid: exp (its argument is exact), the sum and the quotient.
SIGMOID = ELEMENTARY + 4
# log1p of exp: the relative error of exp comes through at most as it is.
SOFTPLUS = 2 * ELEMENTARY + 2

CASES = {
    # 1 - s (or 1 - t^2) near 0 has lost as many digits as s is near 1: the error is of s, not of the difference.
    "sigmoid": (
        ops.sigmoid,
        Case(
            reference.sigmoid,
            lambda v: reference.sigmoid(v) * reference.sigmoid(-v),
            lambda v: SIGMOID * reference.sigmoid(v),
            lambda v: 2 * (SIGMOID + 1) * reference.sigmoid(v),
        ),
    ),
    "tanh": (
        ops.tanh,
        Case(
            math.tanh,
            lambda v: math.cosh(min(abs(v), 300.0)) ** -2,
            lambda v: ELEMENTARY * abs(math.tanh(v)),
            lambda v: 2 * ELEMENTARY * math.tanh(v) ** 2 + 3,
        ),
    ),
    "softplus": (
        ops.softplus,
        Case(
            reference.softplus,
            reference.sigmoid,
            lambda v: SOFTPLUS * reference.softplus(v),
            lambda v: SIGMOID * reference.sigmoid(v),
        ),
    ),
    "log_sigmoid": (
        ops.log_sigmoid,
        Case(
            reference.log_sigmoid,
            reference.log_sigmoid_slope,
            lambda v: SOFTPLUS * abs(reference.log_sigmoid(v)),
            lambda v: SIGMOID * reference.log_sigmoid_slope(v),
        ),
    ),
    "softsign": (
        ops.softsign,
        Case(
            reference.softsign,
            reference.softsign_slope,
            lambda v: 3 * abs(reference.softsign(v)),
            lambda v: 5 * reference.softsign_slope(v),
        ),
    ),
    "tanh_shrink": (
        ops.tanh_shrink,
        Case(
            reference.tanh_shrink,
            reference.tanh_shrink_slope,
            lambda v: ELEMENTARY * abs(math.tanh(v)) + abs(v),
            lambda v: 2 * ELEMENTARY * math.tanh(v) ** 2 + 6,
        ),
    ),
}
LIMITS = {
    ops.sigmoid: (0, 1),
    ops.tanh: (-1, 1),
    ops.softplus: (0, np.inf),
    ops.log_sigmoid: (-np.inf, 0),
    ops.softsign: (-1, 1),
    ops.tanh_shrink: (-np.inf, np.inf),
}


@pytest.mark.parametrize("name", CASES)
@given(matrices, seeds, dtypes)
def test_values_and_gradients(name, shape, seed, dtype):
    function, case = CASES[name]
    check(function, case, *laid_out(seed, dtype, shape, shape))


@pytest.mark.parametrize("function", LIMITS)
def test_large_and_special_values(function):
    check_limits(function, *LIMITS[function], infinities=True)


@pytest.mark.parametrize("function", LIMITS)
def test_first_and_second_derivatives(function, generator):
    x = generator.normal(size=(3, 4)) * 2
    check_slopes(function, x)
    check_second_slopes(function, x)
