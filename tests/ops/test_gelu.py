"""The error function and GELU, forward and backward, against the oracle and against published values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from tests.bounds import assert_within
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.elementwise import ELEMENTARY, Case, check
from tests.ops.limits import check_limits
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import gelu as reference
from tests.reference.sigmoid import sigmoid

matrices = st.tuples(st.integers(0, 4), st.integers(1, 37))


def gelu(x):
    return ops.gelu(x, approximate=False)


def approximate(x):
    return ops.gelu(x)


def magnitude(v):
    """The slope of gelu with its terms' magnitudes added."""
    return reference.distribution(v) + abs(v) * reference.density(v)


def argument_error(v):
    """Of sigmoid by the relative error of its argument, some six roundings."""
    z = reference.argument(v)
    return 6 * abs(z) * sigmoid(-z)


def approximate_slope_error(v):
    """Of a sigmoid and of v times its slope: one minus the sigmoid is no difference, but as exact as a sigmoid is.

    The exponential errs as its argument makes it, 17 are the roundings of both sigmoids, the factors and the sum.
    """
    z = reference.argument(v)
    along = abs(v) * reference.argument_slope(v) * sigmoid(-z)
    exponential = 6 * abs(z) + ELEMENTARY
    return sigmoid(z) * (exponential * sigmoid(-z) + 5 + along * (exponential + 17))


CASES = {
    "erf": (
        ops.erf,
        Case(
            math.erf,
            reference.erf_slope,
            lambda v: 4 * abs(math.erf(v)),
            # rounding v^2 changes its exponential by v^2 of it
            lambda v: (v * v + ELEMENTARY + 4) * reference.erf_slope(v),
        ),
    ),
    # Rounding the argument of a normal tail changes it by v^2 of it; in float32 it is exact but for the last rounding.
    "gelu": (
        gelu,
        Case(
            reference.gelu,
            reference.gelu_slope,
            lambda v: (2 * v * v + ELEMENTARY) * abs(reference.gelu(v)),
            lambda v: (2 * v * v + ELEMENTARY + 4) * magnitude(v),
            value_underflow=lambda v: 1 + abs(v),  # the distribution's, which v multiplies
        ),
    ),
    "approximate": (
        approximate,
        Case(
            reference.gelu_approximate,
            reference.gelu_approximate_slope,
            lambda v: (argument_error(v) + ELEMENTARY + 5) * abs(reference.gelu_approximate(v)),
            approximate_slope_error,
            lambda v: 1 + abs(v) * reference.argument_slope(v),
            lambda v: 1 + abs(v),
        ),
    ),
}
LIMITS = {ops.erf: (-1, 1), gelu: (0, np.inf), approximate: (0, np.inf)}


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
    x = np.array([-np.inf, np.inf])
    np.testing.assert_array_equal(gelu(x), [0, np.inf])
    np.testing.assert_array_equal(ops.erf(x), [-1, 1])


def test_float32_is_within_two_units_in_the_last_place(generator):
    x = (generator.normal(size=2000) * 3).astype(np.float32)
    exact = np.array([math.erf(value) for value in x.tolist()])
    assert (np.abs(ops.erf(x) - exact) <= 2 * np.spacing(np.abs(exact).astype(np.float32))).all()


def test_published_values():
    """Abramowitz and Stegun, tables 7.1 (erf) and 26.1 (the normal distribution function), ten digits.

    They are off by half a unit of the last one, beside which the roundings of float64 are nothing.
    """
    found, half = ops.erf(np.array([0.5, 1.0, 2.0])), 0.5e-10
    np.testing.assert_allclose(found, [0.5204998778, 0.8427007929, 0.9953222650], rtol=0, atol=1.001 * half)
    x = np.array([1.0, 2.0, 3.0])
    assert_within(gelu(x), x * [0.8413447461, 0.9772498681, 0.9986501020], 1.001 * half * x)


def test_the_approximation_is_one():
    x = np.linspace(-12, 12, 4001)
    difference = abs(gelu(x) - approximate(x)).max()
    assert 4e-4 < difference < 5e-4


def test_the_threads_do_not_show(threads, generator):
    x = generator.normal(size=100_001)
    results = []
    for number in (1, 2):
        threads(number)
        results.append((gelu(x), ops.erf(x)))
    np.testing.assert_array_equal(*results)
