"""Pooling by a norm, against the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, poolings, seeds
from tests.ops.slopes import check_slopes
from tests.reference import lp_pool as reference


@given(poolings(averages=True), seeds, dtypes, st.sampled_from([1, 1.5, 2, 3]))
def test_values(isa, example, seed, dtype, norm_type):
    generator = np.random.default_rng(seed)
    x = generator.uniform(-2, 2, example.input_shape).astype(dtype)
    x[generator.random(x.shape) < 0.3] = 0
    upstream = generator.uniform(-2, 2, example.output_shape).astype(dtype)
    result, pullback = convolith.vjp(lambda x: ops.lp_pool(x, **example.keywords, norm_type=norm_type), x)
    exact = reference.lp_pool(x.astype(np.float64), example.axes, norm_type)
    # The powers err by some units each (NumPy's by less than 8), the sum by its length; the root takes 1 / p of both.
    bound = sides(dtype) * gamma(math.prod(example.pool_size) + 16, dtype) * exact + 2 * np.finfo(dtype).tiny
    assert result.dtype == dtype
    assert_within(result, exact, bound)
    doubles, elements = x.astype(np.float64), math.prod(example.pool_size)
    exact = reference.lp_pool_gradient(doubles, upstream, example.axes, norm_type)
    sums = reference.lp_pool_gradient(abs(doubles), abs(upstream.astype(np.float64)), example.axes, norm_type)
    # A share errs as norm and power do, p times as much; a pixel is in as many windows as a window has elements.
    allowed = sides(dtype) * gamma(4 * (elements + 16), dtype) * sums + 8 * np.finfo(dtype).tiny
    assert_within(pullback(upstream)[0], exact, allowed, "gradient")


@pytest.mark.parametrize("norm_type", [1, 1.5, 2, 3])
@pytest.mark.parametrize("options", [{}, {"strides": 1, "padding": "same"}, {"dilation_rate": 2, "ceil_mode": True}])
def test_slopes(norm_type, options):
    x = np.random.default_rng(5).permutation(np.linspace(-1, 1, 40)).reshape(1, 5, 4, 2)
    check_slopes(lambda x: ops.lp_pool(x, 2, **options, norm_type=norm_type), x)


@pytest.mark.parametrize("norm_type", [1, 1.5, 2, 3])
def test_windows_of_zeros_have_no_slope(norm_type):
    x = np.zeros((1, 4, 2))
    x[0, 0, 0] = -2
    result, pullback = convolith.vjp(lambda x: ops.lp_pool(x, 2, norm_type=norm_type), x)
    roundings = gamma(4 * (2 + 16), np.float64)  # as above
    np.testing.assert_allclose(result, [[[2, 0], [0, 0]]], rtol=roundings)
    np.testing.assert_allclose(pullback(np.ones_like(result))[0], x / 2, rtol=roundings)


def test_nan_and_infinities_pass_through():
    x = np.array([np.nan, 1, -np.inf, 1]).reshape(1, 4, 1)
    np.testing.assert_array_equal(ops.lp_pool(x, 2).ravel(), [np.nan, np.inf])


def test_what_is_refused():
    x = np.ones((1, 4, 4, 2))
    for norm_type in (0, 0.5, -1, math.inf, math.nan, "2", None):
        with pytest.raises(ValueError, match="lp_pool: norm_type must be a finite number of at least 1, got"):
            ops.lp_pool(x, 2, norm_type=norm_type)
    with pytest.raises(ValueError, match="lp_pool: pool_size 5 x 5 does not fit"):
        ops.lp_pool(x, 5)
    with pytest.raises(TypeError, match="lp_pool: inputs must be an array or a tensor, got None"):
        ops.lp_pool(None, 2)
