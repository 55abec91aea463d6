from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from convolith import ops
from tests.bounds import assert_within, gamma, sides
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_second_slopes, check_slopes

FUNCTIONS = {
    "exp": (np.exp, -2, 2),
    "exp2": (np.exp2, -2, 2),
    "expm1": (np.expm1, -2, 2),
    "log": (np.log, 0.5, 2),
    "log1p": (np.log1p, -0.5, 2),
    "log2": (np.log2, 0.5, 2),
    "log10": (np.log10, 0.5, 2),
    "sqrt": (np.sqrt, 0.5, 2),
    "rsqrt": (lambda x: np.divide(1, np.sqrt(x), dtype=x.dtype), 0.5, 2),
}
ENGINES = {"exp": 1, "log": 1, "expm1": 2, "log1p": 2}
"""Those that the engine has, with their bound in units in the last place; the others are NumPy's."""


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=20)
@given(shape=array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3), seed=st.integers(0, 99))
def test_values_and_gradients(name, shape, seed):
    expected, low, high = FUNCTIONS[name]
    x = np.random.default_rng(seed).uniform(low, high, shape)
    function = getattr(ops, name)
    for dtype in (np.float32, np.float64):
        result = function(x.astype(dtype))
        if dtype == np.float32 and name in ENGINES:
            exact = expected(x.astype(dtype).astype(np.float64))
            assert (np.abs(result - exact) <= ENGINES[name] * np.spacing(np.abs(exact).astype(np.float32))).all()
        else:
            np.testing.assert_array_equal(result, expected(x.astype(dtype)))
        assert result.dtype == dtype and result.shape == shape
    check_slopes(function, x)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_in_a_plan_and_twice_differentiable(name):
    _, low, high = FUNCTIONS[name]
    x = np.random.default_rng(0).uniform(low, high, (3, 4))
    function = getattr(ops, name)
    check_in_plan(lambda x: function(x * 1), x.astype(np.float32))
    check_second_slopes(function, x)


@pytest.mark.parametrize("name", ["expm1", "log1p"])
def test_small_numbers_stay_exact(name):
    x = np.array([1e-9, -1e-9], np.float32)
    # The functions differ from x by half of x^2, 5e-10 of x, and are within two units in the last place, 2 eps.
    np.testing.assert_allclose(getattr(ops, name)(x), x, rtol=2 * np.finfo(np.float32).eps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logaddexp(dtype):
    numbers = np.random.default_rng(1)
    x1, x2 = numbers.normal(size=(2, 3)), numbers.normal(size=3)
    x1, x2 = (x.astype(dtype).astype(np.float64) for x in (x1, x2))
    exact = np.log(np.exp(x1) + np.exp(x2))
    # The larger, and log1p of an exponential, at most log 2, of eight units each, of two roundings.
    bound = sides(dtype) * (gamma(16 + 16 + 1, dtype) * np.log(2) + gamma(2, dtype) * np.maximum(abs(x1), abs(x2)))
    assert_within(ops.logaddexp(x1.astype(dtype), x2.astype(dtype)), exact, bound)
    check_slopes(ops.logaddexp, x1, x2)
    check_in_plan(lambda a, b: ops.logaddexp(a * 1, b), x1.astype(dtype), x2.astype(dtype))
    np.testing.assert_array_equal(ops.logaddexp(np.array([1000, -1000], dtype), dtype(0)), [1000, 0])
