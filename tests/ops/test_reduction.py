from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.slopes import check_slopes

axes = st.one_of(
    st.none(),
    st.integers(-3, 2),
    st.lists(st.integers(0, 2), unique=True, max_size=3).map(tuple),
    st.lists(st.integers(-3, -1), unique=True, max_size=3),
)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@given(axis=axes, keepdims=st.booleans(), shape=st.tuples(*[st.integers(1, 4)] * 3), seed=st.integers(0, 99))
def test_values_and_gradients(name, axis, keepdims, shape, seed):
    x = np.random.default_rng(seed).permutation(np.linspace(-1, 1, int(np.prod(shape)))).reshape(shape)
    axis_of_numpy = tuple(axis) if isinstance(axis, list) else axis
    result = getattr(ops, name)(x, axis, keepdims)
    expected = getattr(np, name)(x, axis=axis_of_numpy, keepdims=keepdims)
    assert result.shape == expected.shape and result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=0, atol=64 * np.finfo(float).eps)
    assert getattr(ops, name)(Tensor(Spec(shape, np.dtype(np.float32))), axis, keepdims).shape == expected.shape
    check_slopes(lambda x: getattr(ops, name)(x, axis, keepdims), x)


def test_sums_over_the_rows_are_exact_to_a_few_digits_more_than_numpys():
    """A million times 0.1: summed row after row, float32 is off by 1e-2."""
    x = np.full((1_000_000, 2), 0.1, np.float32)
    exact = np.float64(np.float32(0.1)) * 1_000_000
    np.testing.assert_allclose(ops.sum(x, axis=0), exact, rtol=1e-5)
    np.testing.assert_allclose(ops.mean(x.reshape(1000, 1000, 2), axis=(0, 1)), exact / 1e6, rtol=1e-5)


def test_the_largest_share_the_gradient():
    _, pullback = convolith.vjp(lambda x: ops.max(x, axis=1), np.array([[1.0, 3, 3], [2, 0, 1]]))
    np.testing.assert_array_equal(pullback(np.array([4.0, 5]))[0], [[0, 2, 2], [5, 0, 0]])


def test_nan_is_the_largest():
    assert np.isnan(ops.max(np.array([1, np.nan, 3], np.float32)))


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2), (1, 5)])
def test_wrong_axes(name, axis):
    with pytest.raises(ValueError, match=f"{name}: axis must name different axes of the 2 that x has"):
        getattr(ops, name)(np.ones((2, 3)), axis)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_axes_may_be_numpys_integers(name):
    x = np.arange(24.0).reshape(2, 3, 4)
    for axis in (np.array([0, 1]), np.array([-1]), np.array(1), np.int64(2), [np.uint8(0)]):
        expected = getattr(np, name)(x, axis=tuple(np.atleast_1d(axis)))
        np.testing.assert_array_equal(getattr(ops, name)(x, axis), expected)


@pytest.mark.parametrize("axis", [0.5, "rows", (1.0,), np.array([0.5])])
def test_axes_that_are_no_integers(axis):
    with pytest.raises(TypeError):
        ops.sum(np.ones((2, 3)), axis)


def test_the_largest_of_nothing():
    with pytest.raises(ValueError, match=r"max: x of shape \(0, 3\) has nothing along axis \(0,\)"):
        ops.max(np.ones((0, 3)), axis=0)
    assert ops.max(np.ones((0, 3)), axis=1).shape == (0,)


def test_broadcast_to():
    x = np.array([[1.0], [2]])
    np.testing.assert_array_equal(ops.broadcast_to(x, (3, 2, 2)), np.broadcast_to(x, (3, 2, 2)))
    assert ops.broadcast_to(np.array([1, 2]), (2, 2)).dtype == np.int64
    check_slopes(lambda x: ops.broadcast_to(x, (3, 2, 2)), x)
    for shape in [(2,), (3, 2), (2, 2, 1, 5)]:
        with pytest.raises(ValueError, match="broadcast_to: x of shape"):
            ops.broadcast_to(np.ones((3, 4)), shape)
