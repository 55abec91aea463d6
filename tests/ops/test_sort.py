from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

UNKNOWN = Tensor(Spec((None, 4), np.dtype(np.float32)))
shapes = st.tuples(st.integers(0, 4), st.integers(1, 5))
dtypes = st.sampled_from([np.float32, np.float64, np.int8, np.uint8, bool, np.int64])


@given(shape=shapes, axis=st.none() | st.integers(-2, 1), seed=st.integers(0, 99), dtype=dtypes)
def test_order(shape, axis, seed, dtype):
    x = np.random.default_rng(seed).integers(0, 5, shape).astype(dtype)
    places = ops.argsort(x, axis)
    np.testing.assert_array_equal(places, np.argsort(x, axis, kind="stable"))
    assert places.dtype == np.int32
    np.testing.assert_array_equal(ops.sort(x, axis), np.sort(x, axis), strict=True)


@given(shape=shapes, seed=st.integers(0, 99), dtype=dtypes, data=st.data())
def test_the_largest(shape, seed, dtype, data):
    k = data.draw(st.integers(0, shape[1]))
    x = np.random.default_rng(seed).integers(0, 4, shape).astype(dtype)
    values, places = ops.top_k(x, k)
    assert values.dtype == dtype and places.dtype == np.int32 and values.shape == (shape[0], k)
    for row, wanted in zip(x.tolist(), places.tolist(), strict=True):
        assert wanted == sorted(range(len(row)), key=lambda place: (-row[place], place))[:k]  # noqa: B023
    np.testing.assert_array_equal(values, np.take_along_axis(x, places, 1))


def test_gradients():
    x = np.random.default_rng(0).permutation(np.arange(12.0)).reshape(3, 4)
    check_slopes(lambda x: ops.sort(x, 0), x)
    check_slopes(lambda x: ops.top_k(x, 2)[0], x)
    check_in_plan(lambda x: ops.sort(x * 2, 1) * x + ops.argsort(x, 1), x.astype(np.float32))


def test_nan_comes_last_and_first_of_the_largest():
    x = np.array([2, np.nan, 1])
    np.testing.assert_array_equal(ops.sort(x), [1, 2, np.nan])
    np.testing.assert_array_equal(ops.top_k(x, 2)[0], [np.nan, 2])


@given(rows=st.integers(0, 4), classes=st.integers(1, 5), left_out=st.integers(0, 5), seed=st.integers(0, 99))
def test_targets_among_the_highest(rows, classes, left_out, seed):
    k = max(classes - left_out, 0)
    numbers = np.random.default_rng(seed)
    predictions, targets = numbers.integers(0, 3, (rows, classes)) / 2, numbers.integers(0, classes, rows)
    expected = [sum(row > row[target]) < k for row, target in zip(predictions, targets, strict=True)]
    result = ops.in_top_k(targets, predictions, k)
    assert result.dtype == bool and result.tolist() == expected


def test_targets_without_a_prediction():
    predictions = np.array([[np.nan, 1], [np.inf, 1], [0, 1]], np.float32)
    assert ops.in_top_k([0, 0, 0], predictions, 2).tolist() == [False, False, True]


def test_unknown_batches():
    assert ops.sort(UNKNOWN).shape == ops.argsort(UNKNOWN, 0).shape == (None, 4)
    assert [one.shape for one in ops.top_k(UNKNOWN, 3)] == [(None, 3)] * 2
    assert ops.in_top_k(Tensor(Spec((None,), np.dtype("i4"))), UNKNOWN, 2).shape == (None,)


def test_what_is_refused():
    x = np.ones((2, 3))
    for function in (ops.sort, ops.argsort):
        with pytest.raises(ValueError, match="sort: axis must be one of the 2 axes of x, got .* and shape"):
            function(x, 2)
    for array, k in ((x, 4), (x, -1), (np.float32(1), 1)):
        with pytest.raises(ValueError, match="top_k: k must be at most the size of the last axis of x"):
            ops.top_k(array, k)
    for targets, predictions in (([0], x), ([[0], [0]], x), ([0, 0], x[0])):
        with pytest.raises(
            ValueError, match=r"in_top_k: targets must have shape \(n,\) and predictions \(n, classes\)"
        ):
            ops.in_top_k(targets, predictions, 1)
    with pytest.raises(TypeError, match="in_top_k: targets must hold integers, got float32"):
        ops.in_top_k([0.0, 1.0], x, 1)
    with pytest.raises(
        IndexError, match=r"in_top_k: targets must be in \[-3, 3\) for axis 1 of shape \(2, 3\), got 0 to 3"
    ):
        ops.in_top_k([0, 3], x, 1)
