"""relu forward and backward: exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, sum_bound
from tests.geometries import dtypes, laid_out, seeds
from tests.reference import activation as reference

matrices = st.tuples(st.integers(1, 6), st.integers(1, 37))


@given(matrices, seeds, dtypes)
def test_relu_is_exact(isa, shape, seed, dtype):
    x, upstream = laid_out(seed, dtype, shape, shape)
    result, pullback = convolith.vjp(ops.relu, x)
    np.testing.assert_array_equal(result, reference.relu(x))
    np.testing.assert_array_equal(pullback(upstream)[0], reference.relu_gradient(upstream, x))
    assert result.dtype == pullback(upstream)[0].dtype == dtype


@pytest.mark.parametrize("size", [1, 7, 33])
def test_relu_of_special_values(isa, size):
    values = np.array([np.nan, np.inf, -np.inf, -0.0, 1.0] * size, np.float32)
    result, pullback = convolith.vjp(ops.relu, values)
    np.testing.assert_array_equal(result, np.array([np.nan, np.inf, 0, 0, 1] * size, np.float32))
    np.testing.assert_array_equal(pullback(np.ones_like(values))[0], np.array([0, 1, 0, 0, 1] * size, np.float32))


@given(matrices, seeds, dtypes, st.tuples(st.booleans(), st.booleans()))
def test_prelu(isa, shape, seed, dtype, shared):
    """Each side of 0 has at most one product, so only sums over what alpha is shared by have an error."""
    alpha_shape = tuple(1 if one else size for one, size in zip(shared, shape, strict=True))
    x, alpha, upstream = laid_out(seed, dtype, shape, alpha_shape, shape)
    result, pullback = convolith.vjp(ops.prelu, x, alpha)
    by_x, by_alpha = pullback(upstream)
    np.testing.assert_array_equal(result, np.where(x > 0, x, alpha * x))
    np.testing.assert_array_equal(by_x, np.where(x > 0, upstream, upstream * alpha))
    terms = np.where(x > 0, 0, upstream.astype(np.float64) * x)
    axes = tuple(axis for axis, one in enumerate(shared) if one)
    bound = sum_bound(x.size, abs(terms).sum(axes, keepdims=True), dtype, largest=2.0**9)
    assert_within(by_alpha, terms.sum(axes, keepdims=True), bound)
    assert result.dtype == by_x.dtype == by_alpha.dtype == dtype
