from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

UNKNOWN = Tensor(Spec((None, 4), np.dtype(np.float32)))
boxes = st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=2)  # start, size, rest, an axis


@settings(max_examples=25)
@given(boxes)
def test_parts_and_updates(box):
    starts, sizes, rests = zip(*box, strict=True)
    x = np.random.default_rng(0).normal(size=[sum(one) for one in box])
    key = tuple(slice(start, start + size) for start, size in zip(starts, sizes, strict=True))
    np.testing.assert_array_equal(ops.slice(x, starts, sizes), x[key], strict=True)
    check_slopes(lambda x: ops.slice(x, starts, sizes), x)
    updates, expected = np.random.default_rng(1).normal(size=sizes), x.copy()
    expected[key] = updates
    np.testing.assert_array_equal(ops.slice_update(x, starts, updates), expected, strict=True)
    check_slopes(lambda x, updates: ops.slice_update(x, starts, updates), x, updates)


def test_dtypes_and_unknown_batches():
    assert ops.slice_update(np.zeros(3, np.int8), [0], np.ones(2, np.int16)).dtype == np.int16
    assert ops.slice_update(UNKNOWN, (0, 1), Tensor(Spec((None, 2), np.dtype("f4")))).shape == (None, 4)


def test_in_a_plan():
    x, updates = np.ones((3, 4), np.float32), np.full((1, 2), 7, np.float32)
    check_in_plan(lambda x, u: ops.slice_update(x * 1, (1, 1), u * 2) * x + ops.slice(x, (0, 0), (1, 4)), x, updates)


@pytest.mark.parametrize(
    "starts, sizes", [((0,), (1, 1)), ((0, 0), (3, 1)), ((1, -1), (1, 1)), ((0, 0), (1, -1)), ((1, 0), (2, 1))]
)
def test_parts_that_do_not_lie_inside(starts, sizes):
    with pytest.raises(
        ValueError, match=r"slice: start_indices and shape must name a part of inputs of shape \(2, 3\)"
    ):
        ops.slice(np.ones((2, 3)), starts, sizes)
    if min(sizes) >= 0:
        with pytest.raises(ValueError, match="slice_update: start_indices and updates must name a part of inputs"):
            ops.slice_update(np.ones((2, 3)), starts, np.ones(sizes))


@settings(max_examples=25)
@given(n=st.integers(0, 5), k=st.integers(1, 3), seed=st.integers(0, 99))
def test_scatter(n, k, seed):
    numbers, shape = np.random.default_rng(seed), (2, 3, 2)
    indices = np.stack([numbers.integers(-size, size, n) for size in shape[:k]], axis=1)
    values = numbers.integers(-9, 10, (n, *shape[k:])) / 4  # whose sums are exact
    expected = np.zeros(shape)
    for place, value in zip(indices, values, strict=True):
        expected[tuple(place)] += value
    np.testing.assert_array_equal(ops.scatter(indices, values, shape), expected)
    check_slopes(lambda values: ops.scatter(indices, values, shape), values)


def test_what_scatter_refuses():
    for indices in (np.zeros(2, int), np.zeros((2, 0), int), np.zeros((2, 3), int)):
        with pytest.raises(ValueError, match=r"scatter: indices must have shape \(n, k\) with k from 1 to the 2 axes"):
            ops.scatter(indices, np.ones(2), (3, 3))
    with pytest.raises(ValueError, match=r"scatter: values must have shape \(2,\), as the indices say, got \(3,\)"):
        ops.scatter(np.zeros((2, 2), int), np.ones(3), (3, 3))
    with pytest.raises(TypeError, match="scatter: indices must hold integers, got float64"):
        ops.scatter(np.zeros((2, 2)), np.ones(2), (3, 3))
    with pytest.raises(
        IndexError, match=r"scatter: indices must be in \[-3, 3\) for axis 0 of shape \(3,\), got 0 to 3"
    ):
        ops.scatter(np.array([[0], [3]]), np.ones(2), (3,))
    check_in_plan(lambda n, v: ops.scatter(n, v * 2, (4,)), np.array([[1], [1], [0]]), np.ones(3, np.float32))
    assert convolith.ops.scatter(np.array([[0]]), np.array([5], np.int16), (1,)).dtype == np.int16
