"""Gated functions, forward and backward, against the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import Input, ops
from tests.bounds import assert_within, sides
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.elementwise import ELEMENTARY, Case, check
from tests.ops.limits import check_limits
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import gated as reference
from tests.reference.activation import sigmoid
from tests.reference.piecewise import hard_sigmoid
from tests.reference.sigmoid import sigmoid as gate
from tests.reference.sigmoid import softplus

matrices = st.tuples(st.integers(0, 4), st.integers(1, 37))
SIGMOID = ELEMENTARY + 4
# tanh of log1p of exp: relative errors come through at most as they are.
MISH = 3 * ELEMENTARY + 2


def mish_gate(v):
    return math.tanh(softplus(v))


CASES = {
    "silu": (
        ops.silu,
        Case(
            reference.silu,
            reference.silu_slope,
            lambda v: (SIGMOID + 1) * abs(reference.silu(v)),
            # up * s + up * x * s * (1 - s), where 1 - s is no difference but errs as its exponential does.
            lambda v: gate(v) * (ELEMENTARY * gate(-v) + 5 + abs(v) * gate(-v) * (ELEMENTARY + 10)),
        ),
    ),
    "hard_silu": (
        ops.hard_silu,
        Case(
            reference.hard_silu,
            reference.hard_silu_slope,
            lambda v: abs(v) * (min(abs(v), 3) / 2 + 1) + abs(reference.hard_silu(v)),
            lambda v: min(abs(v), 3) / 2 + 1 + 2 * hard_sigmoid(v) + abs(v) * (abs(v) < 3),
        ),
    ),
    "mish": (
        ops.mish,
        Case(
            reference.mish,
            reference.mish_slope,
            lambda v: (MISH + 1) * abs(reference.mish(v)),
            # up * t + up * x * (1 - t^2) * s, where t^2 errs by twice the error of t.
            lambda v: (MISH + 2) * mish_gate(v) + abs(v) * gate(v) * (2 * (MISH + 1) * mish_gate(v) ** 2 + SIGMOID + 5),
        ),
    ),
}
LIMITS = {ops.silu: (0, np.inf), ops.hard_silu: (0, np.inf), ops.mish: (0, np.inf)}


@pytest.mark.parametrize("name", CASES)
@given(matrices, seeds, dtypes)
def test_values_and_gradients(name, shape, seed, dtype):
    function, case = CASES[name]
    check(function, case, *laid_out(seed, dtype, shape, shape))


@pytest.mark.parametrize("function", LIMITS)
def test_large_and_special_values(function):
    check_limits(function, *LIMITS[function])


@pytest.mark.parametrize("function", LIMITS)
def test_first_and_second_derivatives(function, generator):
    x = generator.normal(size=(3, 4)) * 2
    check_slopes(function, x)
    check_second_slopes(function, x)


@given(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 9)), st.integers(-3, 2), seeds, dtypes)
def test_glu(shape, axis, seed, dtype):
    doubled = [size * (2 if number == axis % 3 else 1) for number, size in enumerate(shape)]
    x, upstream = laid_out(seed, dtype, tuple(doubled), shape)
    result, pullback = convolith.vjp(lambda x: ops.glu(x, axis), x)
    first, second = np.split(x.astype(np.float64), 2, axis)
    step, tiny = sigmoid(second), 8 * np.finfo(dtype).tiny
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    assert result.dtype == dtype
    assert_within(result, first * step, (SIGMOID + 2) * unit * abs(first * step) + tiny * (1 + abs(first)))
    by_first, by_second = np.split(pullback(upstream)[0], 2, axis)
    size = abs(upstream) * step
    assert_within(by_first, upstream * step, (SIGMOID + 2) * unit * size + tiny * (1 + abs(upstream)), "first")
    exact = upstream * first * step * sigmoid(-second)
    allowed = size * abs(first) * unit * (SIGMOID + 1 + (SIGMOID + 5) * sigmoid(-second))
    assert_within(by_second, exact, allowed + tiny * (1 + abs(upstream * first)), "second")


def test_derivatives_of_glu(generator):
    x = generator.normal(size=(2, 4, 3))
    check_slopes(lambda x: ops.glu(x, 1), x)
    check_second_slopes(lambda x: ops.glu(x, 1), x)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: ops.glu(np.ones((2, 3))), r"glu: x must have an even size along axis 1, got shape \(2, 3\)"),
        (lambda: ops.glu(np.ones((3, 2)), 0), r"glu: x must have an even size along axis 0, got shape \(3, 2\)"),
        (lambda: ops.glu(Input((3, 2)), 0), r"glu: x must have an even size along axis 0, got shape \(None, 3, 2\)"),
        (lambda: ops.glu(np.ones((2, 2)), 2), "glu: axis must be one of the 2 axes of x, got 2"),
        (lambda: ops.glu(1.0), "glu: axis must be one of the 0 axes of x, got -1"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
