"""Exponential linear units, forward and backward, against the oracle."""

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
from tests.reference import elu as reference

matrices = st.tuples(st.integers(0, 4), st.integers(1, 37))
# expm1, alpha's rounding and its product; the quotient before changes expm1 by at most its own relative error.
VALUE = ELEMENTARY + 4


def case_of(name, alpha=None):
    arguments = () if alpha is None else (alpha,)
    scale = {"elu": alpha, "celu": alpha, "selu": reference.SELU_ALPHA * reference.SELU_SCALE}[name]
    width = alpha if name == "celu" else 1

    def value(v):
        return getattr(reference, name)(v, *arguments)

    def slope(v):
        return getattr(reference, f"{name}_slope")(v, *arguments)

    # Below 0 the slope is (result + alpha) / width: the result brings its error, each term two roundings, the sum one.
    return Case(
        value,
        slope,
        lambda v: VALUE * abs(value(v)),
        lambda v: ((VALUE + 3) * abs(value(v)) + 3 * scale) / width if v <= 0 else 2 * slope(v),
    )


@given(matrices, seeds, dtypes, st.integers(1, 12).map(lambda number: number / 4))
def test_alpha(isa, shape, seed, dtype, alpha):
    x, upstream = laid_out(seed, dtype, shape, shape)
    check(lambda x: ops.elu(x, alpha), case_of("elu", alpha), x, upstream)
    check(lambda x: ops.celu(x, alpha), case_of("celu", alpha), x, upstream)


CASES = {name: (getattr(ops, name), case_of(name, alpha)) for name, alpha in (("elu", 1), ("celu", 1), ("selu", None))}
LIMITS = {
    ops.elu: (-1, np.inf),
    ops.celu: (-1, np.inf),
    ops.selu: (-1.7580993408473766, np.inf, 1.0507009873554805),
    lambda x: ops.elu(x, 0): (0, np.inf),
    lambda x: ops.elu(x, 3.5): (-3.5, np.inf),
    lambda x: ops.celu(x, 0.25): (-0.25, np.inf),
}


@pytest.mark.parametrize("name", CASES)
@given(matrices, seeds, dtypes)
def test_values_and_gradients(isa, name, shape, seed, dtype):
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


def test_selu_keeps_mean_0_and_variance_1():
    """The fixed point that its two numbers are made for, by the midpoint rule over the normal distribution.

    It errs by a 24th of the squared step times the integral of the second derivative's magnitude, which is below 24.
    """
    x = (np.arange(-10_000, 10_000) + 0.5) / 1000
    weight = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) / 1000
    y = ops.selu(x)
    np.testing.assert_allclose([np.sum(weight * y), np.sum(weight * y * y)], [0, 1], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: ops.elu(np.ones(2), -1), "elu: alpha must be a finite number of at least 0, got -1"),
        (lambda: ops.elu(np.ones(2), None), "elu: alpha must be a finite number of at least 0, got None"),
        (lambda: ops.celu(np.ones(2), np.inf), "celu: alpha must be a finite number, got inf"),
        (lambda: ops.celu(np.ones(2), 0), "celu: alpha must be above 0, got 0"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
