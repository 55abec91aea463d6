from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes
from tests.ops.test_reduction import axes

shapes = st.tuples(*[st.integers(1, 4)] * 3)


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin"])
@given(axis=axes, keepdims=st.booleans(), shape=shapes, seed=st.integers(0, 99))
def test_values_and_gradients(name, axis, keepdims, shape, seed):
    x = np.random.default_rng(seed).permutation(np.linspace(-1, 1, int(np.prod(shape)))).reshape(shape)
    expected = getattr(np, name)(x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)
    result = getattr(ops, name)(x, axis, keepdims)
    np.testing.assert_array_equal(result, expected)
    assert result.shape == expected.shape and result.dtype == np.float64
    check_slopes(lambda x: getattr(ops, name)(x, axis, keepdims), x)


@pytest.mark.parametrize("name", ["max", "min"])
def test_equal_ones_share_the_gradient(name):
    sign = 1 if name == "max" else -1
    _, pullback = convolith.vjp(lambda x: getattr(ops, name)(x, axis=1), sign * np.array([[1.0, 3, 3], [2, 0, 1]]))
    np.testing.assert_array_equal(pullback(np.array([4.0, 5]))[0], [[0, 2, 2], [5, 0, 0]])


@pytest.mark.parametrize("name", ["max", "min"])
def test_nan_wins(name):
    assert np.isnan(getattr(ops, name)(np.array([1, np.nan, 3], np.float32)))


@pytest.mark.parametrize("name", ["max", "min"])
def test_nothing_and_an_initial_number(name):
    function = getattr(ops, name)
    with pytest.raises(ValueError, match=rf"{name}: x of shape \(0, 3\) has nothing along axis \(0,\)"):
        function(np.ones((0, 3)), axis=0)
    assert function(np.ones((0, 3)), axis=1).shape == (0,)
    np.testing.assert_array_equal(function(np.ones((0, 3)), 0, initial=7), [7, 7, 7])
    np.testing.assert_array_equal(function(np.array([[1.0], [9]]), 1, initial=5), [5, 9] if name == "max" else [1, 5])


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2), (1, 5)])
def test_wrong_axes(name, axis):
    for shape in [(2, 3), (2, 0)]:
        with pytest.raises(ValueError, match=f"{name}: axis must name different axes of the 2 that x has"):
            getattr(ops, name)(np.ones(shape), axis)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@given(
    axis=st.none() | st.integers(-3, 2),
    keepdims=st.booleans(),
    shape=shapes,
    seed=st.integers(0, 99),
    dtype=st.sampled_from([np.float32, np.float64, np.int8, np.uint64, bool, np.float16]),
)
def test_places(name, axis, keepdims, shape, seed, dtype):
    x = np.random.default_rng(seed).integers(0, 4, shape).astype(dtype)
    expected = getattr(np, name)(x, axis=axis, keepdims=keepdims)
    result = getattr(ops, name)(x, axis, keepdims)
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == np.int32 and result.shape == expected.shape
    assert getattr(ops, name)(Tensor(Spec(shape, np.dtype(dtype))), axis, keepdims).shape == expected.shape


def test_the_first_nan_and_large_integers():
    assert ops.argmax(np.array([1, np.nan, 3, np.nan])) == ops.argmin(np.array([1, np.nan, 3, np.nan])) == 1
    assert ops.argmax(np.array([2**60, 2**60 + 1])) == 1
    x = Tensor(Spec((None, 3), np.dtype(np.float32)))
    assert ops.argmax(x, -1).shape == (None,) and ops.argmax(x, 0).shape == (3,) and ops.argmin(x).shape == ()


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_no_such_place(name):
    for axis in (2, -3):
        with pytest.raises(ValueError, match=f"{name}: axis must be one of the 2 axes of x, got {axis}"):
            getattr(ops, name)(np.ones((2, 3)), axis)
    for axis in (None, 0):
        with pytest.raises(ValueError, match=rf"{name}: x of shape \(0, 3\) has nothing along axis {axis}"):
            getattr(ops, name)(np.ones((0, 3)), axis)


def test_in_a_plan():
    x = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    check_in_plan(lambda x: ops.max(x, 1) - ops.min(x * x, 1) + ops.argmax(x, 1) * ops.cast(ops.argmin(x, 1), "f4"), x)
