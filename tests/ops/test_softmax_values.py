"""Softmax, its logarithm and sparsemax forward and backward against the oracle.

exp and log are granted `ELEMENTARY` units in the last place; rounding the argument of exp by u changes its value by
|argument| * u, which the bounds carry along.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, sides, sum_bound
from tests.geometries import dtypes, laid_out, seeds
from tests.reference import activation as reference
from tests.reference.cross_entropy import log_softmax
from tests.reference.softmax import sparsemax, sparsemax_gradient

ELEMENTARY = 4
matrices = st.tuples(st.integers(1, 6), st.integers(1, 37))


def softmax_bound(rows: np.ndarray, dtype: type) -> np.ndarray:
    """p_i = e_i / S: e_i is off by |d_i| u and exp's error, S by the weighted mean of those and its additions."""
    distance = rows.max(axis=1, keepdims=True) - rows.astype(np.float64)
    result = reference.softmax(rows)
    of_sum = np.sum(result * distance, axis=1, keepdims=True) + rows.shape[1]
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    return 1.01 * unit * result * (distance + of_sum + 2 * (2 * ELEMENTARY) + 4) + 4 * np.finfo(dtype).tiny


def softmax_gradient_bound(rows: np.ndarray, upstream: np.ndarray, dtype: type) -> np.ndarray:
    """Of p (g - sum of p g)."""
    bound, exact, up = softmax_bound(rows, dtype), reference.softmax(rows), upstream.astype(np.float64)
    # Each p brings its bound, the sum its additions, and the product two roundings.
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    inner = np.sum(bound * abs(up) + exact * abs(up) * unit * (rows.shape[1] + 2), axis=1, keepdims=True)
    spread = abs(up) + np.sum(exact * abs(up), axis=1, keepdims=True)
    return 1.01 * (bound * spread + exact * inner + 4 * unit * exact * spread) + 8 * np.finfo(dtype).tiny


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax"])
def test_large_arguments_do_not_overflow(isa, name):
    for scale in (1e2, 1e4, 1e38):
        x = np.array([[-scale, 0, scale]], np.float32)
        result, pullback = convolith.vjp(getattr(ops, name), x)
        gradient = pullback(np.ones_like(x))[0]
        assert not np.isnan(result).any() and not np.isnan(gradient).any()
    if name != "log_softmax":
        np.testing.assert_array_equal(result[0], [0, 0, 1])


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax"])
def test_nan_fills_its_row_and_no_other(isa, name):
    x = np.array([[1, np.nan, 2], [1, 2, 3]], np.float32)
    result = getattr(ops, name)(x)
    assert np.isnan(result[0]).all()
    np.testing.assert_array_equal(result[1], getattr(ops, name)(x[1]))


@given(matrices, seeds, dtypes)
def test_sparsemax(shape, seed, dtype):
    x, upstream = laid_out(seed, dtype, shape, shape)
    result, pullback = convolith.vjp(ops.sparsemax, x)
    # What is summed lies between -1 and 0, once x is less its largest (which rounds what is not far below); a sum of
    # n such numbers, over n, errs by n roundings of 1, and 4 more come before and after.
    bound = sum_bound(shape[1] + 4, np.full(shape, 2.0), dtype)
    assert result.dtype == dtype
    assert_within(result, sparsemax(x.astype(np.float64)), bound)
    gradient = pullback(upstream)[0]
    magnitudes = abs(upstream) + np.mean(abs(upstream.astype(np.float64)), axis=1, keepdims=True) * shape[1]
    expected = sparsemax_gradient(upstream.astype(np.float64), result)
    assert_within(gradient, expected, sum_bound(shape[1] + 3, magnitudes, dtype, largest=2.0**9), "gradient")


@given(matrices, seeds, dtypes)
def test_softmax(isa, shape, seed, dtype):
    x, upstream = laid_out(seed, dtype, shape, shape)
    result, pullback = convolith.vjp(ops.softmax, x)
    bound = softmax_bound(x, dtype)
    assert result.dtype == dtype
    assert_within(result, reference.softmax(x), bound)
    allowed = softmax_gradient_bound(x, upstream, dtype)
    assert_within(pullback(upstream)[0], reference.softmax_gradient(upstream, x), allowed, "gradient")


@given(matrices, seeds, dtypes)
def test_log_softmax(isa, shape, seed, dtype):
    x, upstream = laid_out(seed, dtype, shape, shape)
    result, pullback = convolith.vjp(ops.log_softmax, x)
    exact, shares, up = log_softmax(x.astype(np.float64)), reference.softmax(x), upstream.astype(np.float64)
    # The distance from the largest is rounded, and so is its sum with the logarithm of a share of at least 1 / n.
    unit, distance = sides(dtype) * np.finfo(dtype).eps / 2, np.ptp(x.astype(np.float64), axis=1, keepdims=True)
    largest = shares.argmax(axis=1)[:, None]
    of_largest = np.take_along_axis(softmax_bound(x, dtype) / shares.max(axis=1, keepdims=True), largest, axis=1)
    bound = 1.01 * (of_largest + unit * (distance + abs(exact) + 2 * ELEMENTARY * np.log(shape[1])))
    assert result.dtype == dtype
    assert_within(result, exact, bound)
    # g - p sum g: p errs as its logarithm and the exponential do, the sum by its additions.
    total, size = up.sum(axis=1, keepdims=True), abs(up).sum(axis=1, keepdims=True)
    share = shares * (np.expm1(bound) + unit * (2 * ELEMENTARY + shape[1] + 2)) * size
    allowed = 1.01 * (share + unit * (abs(up) + shares * abs(total))) + np.finfo(dtype).tiny * (4 + size)
    assert_within(pullback(upstream)[0], up - shares * total, allowed, "gradient")


@given(st.integers(0, 2), seeds)
def test_softmax_along_any_axis(isa, axis, seed):
    x = laid_out(seed, np.float32, (3, 4, 5))[0]
    moved = np.moveaxis(ops.softmax(np.ascontiguousarray(np.moveaxis(x, axis, -1))), -1, axis)
    np.testing.assert_array_equal(ops.softmax(x, axis=axis), moved)
