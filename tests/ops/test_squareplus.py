"""Softened rectifiers of squares and roots, forward and backward, against the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.elementwise import ELEMENTARY, Case, check
from tests.ops.limits import check_limits
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import squareplus as reference

matrices = st.tuples(st.integers(0, 4), st.integers(1, 37))
# The root of b, hypot, the sum, and below 0 the quotient.
VALUE = ELEMENTARY + 4


def case_of(b):
    return Case(
        lambda v: reference.squareplus(v, b),
        lambda v: reference.squareplus_slope(v, b),
        lambda v: VALUE * reference.squareplus(v, b),
        lambda v: (VALUE + ELEMENTARY + 3) * reference.squareplus_slope(v, b),
    )


@given(matrices, seeds, dtypes, st.integers(1, 40).map(lambda number: number / 8))
def test_softness(shape, seed, dtype, b):
    check(lambda x: ops.squareplus(x, b), case_of(b), *laid_out(seed, dtype, shape, shape))


CASES = {
    "squareplus": (ops.squareplus, case_of(4)),
    # s = (x + 1) / 2 has two roundings, and so has s^2 for each factor.
    "sparse_plus": (
        ops.sparse_plus,
        Case(
            reference.sparse_plus,
            reference.sparse_plus_slope,
            lambda v: 5 * (abs(v) + 1) * reference.sparse_plus_slope(v) if abs(v) < 1 else 0,
            lambda v: abs(v) + 1 if abs(v) < 1 else 0,
        ),
    ),
}
LIMITS = {ops.squareplus: (0, np.inf), ops.sparse_plus: (0, np.inf), lambda x: ops.squareplus(x, 0): (0, np.inf)}


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


def test_infinities():
    x = np.array([-np.inf, np.inf], np.float32)
    for function in (ops.squareplus, ops.sparse_plus):
        np.testing.assert_array_equal(function(x), [0, np.inf])


@pytest.mark.parametrize("b", [-1, np.nan, np.inf])
def test_a_wrong_argument_is_named(b):
    with pytest.raises(ValueError, match=f"squareplus: b must be a finite number of at least 0, got {b}"):
        ops.squareplus(np.ones(2), b)
