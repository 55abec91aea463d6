"""Activations forward and backward against the oracle.

relu is exact. The others rest on exp, log and tanh, which are granted `ELEMENTARY` units in the last place; rounding
the argument of exp by u changes its value by |argument| * u, which the bounds carry along.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, sides
from tests.geometries import dtypes, normal, seeds
from tests.reference import activation as reference
from tests.reference.cross_entropy import log_softmax

ELEMENTARY = 4
matrices = st.tuples(st.integers(1, 6), st.integers(1, 37))


def softmax_bound(rows: np.ndarray, dtype: type) -> np.ndarray:
    """p_i = e_i / S: e_i is off by |d_i| u and exp's error, S by the weighted mean of those and its additions."""
    distance = rows.max(axis=1, keepdims=True) - rows.astype(np.float64)
    result = reference.softmax(rows)
    of_sum = np.sum(result * distance, axis=1, keepdims=True) + rows.shape[1]
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    return 1.01 * unit * result * (distance + of_sum + 2 * (2 * ELEMENTARY) + 4) + 4 * np.finfo(dtype).tiny


@given(matrices, seeds, dtypes)
def test_relu_is_exact(isa, shape, seed, dtype):
    x, upstream = normal(seed, dtype, shape, shape)
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


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
@given(matrices, seeds, dtypes)
def test_sigmoid_and_tanh(isa, name, shape, seed, dtype):
    x, upstream = normal(seed, dtype, shape, shape)
    x /= 4
    result, pullback = convolith.vjp(getattr(ops, name), x)
    exact = getattr(reference, name)(x)
    unit, tiny = sides(dtype) * np.finfo(dtype).eps / 2, np.finfo(dtype).tiny
    assert_within(result, exact, (4 * ELEMENTARY) * unit * abs(exact) + tiny)
    gradient = pullback(upstream)[0]
    exact = getattr(reference, f"{name}_gradient")(upstream, x)
    # 1 - s (or 1 - t^2) near 0 has lost as many digits as s is near 1: the error is of s, not of the difference.
    value = abs(getattr(reference, name)(x))
    allowed = abs(upstream) * (value * (8 * ELEMENTARY) * unit) + 8 * unit * abs(exact) + 8 * tiny * (1 + abs(upstream))
    assert_within(gradient, exact, allowed)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softmax", "log_softmax"])
def test_large_arguments_do_not_overflow(isa, name):
    for scale in (1e2, 1e4, 1e38):
        x = np.array([[-scale, 0, scale]], np.float32)
        result, pullback = convolith.vjp(getattr(ops, name), x)
        gradient = pullback(np.ones_like(x))[0]
        assert not np.isnan(result).any() and not np.isnan(gradient).any()
    bounds = {"sigmoid": [0, 0.5, 1], "tanh": [-1, 0, 1], "softmax": [0, 0, 1]}
    if name in bounds:
        np.testing.assert_array_equal(result[0], bounds[name])


@given(matrices, seeds, dtypes)
def test_softmax(isa, shape, seed, dtype):
    x, upstream = normal(seed, dtype, shape, shape)
    result, pullback = convolith.vjp(ops.softmax, x)
    bound = softmax_bound(x, dtype)
    assert result.dtype == dtype
    assert_within(result, reference.softmax(x), bound)
    up, exact = upstream.astype(np.float64), reference.softmax(x)
    # p (g - sum of p g): each p brings its bound, the sum its additions, and the product two roundings.
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    inner = np.sum(bound * abs(up) + exact * abs(up) * unit * (x.shape[1] + 2), axis=1, keepdims=True)
    spread = abs(up) + np.sum(exact * abs(up), axis=1, keepdims=True)
    allowed = 1.01 * (bound * spread + exact * inner + 4 * unit * exact * spread) + 8 * np.finfo(dtype).tiny
    assert_within(pullback(upstream)[0], reference.softmax_gradient(upstream, x), allowed, "gradient")


@given(matrices, seeds, dtypes)
def test_log_softmax(isa, shape, seed, dtype):
    x = normal(seed, dtype, shape)[0]
    exact = log_softmax(x.astype(np.float64))
    relative = np.max(softmax_bound(x, dtype) / np.maximum(reference.softmax(x), 1e-300), axis=1, keepdims=True)
    unit = sides(dtype) * np.finfo(dtype).eps / 2
    total = np.log(x.shape[1]) * 2 * ELEMENTARY
    assert_within(ops.log_softmax(x), exact, relative + unit * (abs(exact) * 4 + total + abs(x)))


@given(st.integers(0, 2), seeds)
def test_softmax_along_any_axis(isa, axis, seed):
    x = normal(seed, np.float32, (3, 4, 5))[0]
    moved = np.moveaxis(ops.softmax(np.ascontiguousarray(np.moveaxis(x, axis, -1))), -1, axis)
    np.testing.assert_array_equal(ops.softmax(x, axis=axis), moved)
