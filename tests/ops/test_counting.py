from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.test_reduction import axes

shapes = st.tuples(*[st.integers(0, 3)] * 3)
dtypes = st.sampled_from([bool, np.float32, np.float64, np.int64, np.uint8])


@pytest.mark.parametrize("name", ["all", "any"])
@given(axis=axes, keepdims=st.booleans(), shape=shapes, seed=st.integers(0, 99), dtype=dtypes)
def test_values(name, axis, keepdims, shape, seed, dtype):
    x = np.random.default_rng(seed).integers(0, 2, shape).astype(dtype)
    expected = getattr(np, name)(x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)
    result = getattr(ops, name)(x, axis, keepdims)
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == bool and result.shape == expected.shape


@given(axis=axes, shape=shapes, seed=st.integers(0, 99), dtype=dtypes)
def test_counts(axis, shape, seed, dtype):
    x = np.random.default_rng(seed).integers(0, 2, shape).astype(dtype)
    expected = np.count_nonzero(x, axis=tuple(axis) if isinstance(axis, list) else axis)
    result = ops.count_nonzero(x, axis)
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == np.int32


def test_nan_is_not_zero():
    assert ops.all(np.array([np.nan])) and ops.any(np.array([np.nan])) and ops.count_nonzero([np.nan, 0.0]) == 1


@pytest.mark.parametrize("name", ["all", "any", "count_nonzero"])
def test_wrong_axes_and_unknown_batches(name):
    with pytest.raises(ValueError, match=f"{name}: axis must name different axes of the 2 that x has"):
        getattr(ops, name)(np.ones((2, 3)), 2)
    x = Tensor(Spec((None, 3), np.dtype(np.float32)))
    assert getattr(ops, name)(x, 1).shape == (None,) and getattr(ops, name)(x, 0).shape == (3,)


def test_in_a_plan_without_a_gradient():
    x = np.array([[1, 0, 2], [3, 4, 5]], np.float32)
    check_in_plan(lambda x: x[:, 0] * ops.all(x, 1) + ops.any(x, 1) * ops.count_nonzero(x, 1), x)
    _, pullback = convolith.vjp(lambda x: ops.cast(ops.count_nonzero(x), "float32"), x)
    np.testing.assert_array_equal(pullback(np.float32(1))[0], np.zeros((2, 3)))
