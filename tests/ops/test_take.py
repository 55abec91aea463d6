from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_second_slopes, check_slopes

shapes = st.tuples(*[st.integers(1, 4)] * 3)


@settings(max_examples=25)
@given(shape=shapes, axis=st.none() | st.integers(-3, 2), data=st.data())
def test_take(shape, axis, data):
    size = int(np.prod(shape)) if axis is None else shape[axis]
    wanted = data.draw(st.lists(st.lists(st.integers(-size, size - 1), min_size=2, max_size=2), min_size=1, max_size=3))
    x = np.random.default_rng(0).normal(size=shape)
    for indices in (np.array(wanted), np.array(wanted[0]), np.int64(wanted[0][0]), wanted[0][0], np.zeros(0, int)):
        np.testing.assert_array_equal(ops.take(x, indices, axis), np.take(x, indices, axis), strict=True)
        check_slopes(lambda x, indices=indices: ops.take(x, indices, axis), x)


@settings(max_examples=25)
@given(
    shape=shapes, axis=st.none() | st.integers(-3, 2), count=st.integers(0, 4), seed=st.integers(0, 99), data=st.data()
)
def test_take_along_axis(shape, axis, count, seed, data):
    numbers = np.random.default_rng(seed)
    x = numbers.normal(size=shape)
    if axis is None:
        indices = numbers.integers(-x.size, x.size, count)
    else:
        sizes = [1 if data.draw(st.booleans()) else size for size in shape]
        sizes[axis] = count
        indices = numbers.integers(-shape[axis], shape[axis], sizes)
        if data.draw(st.booleans()):  # x may be broadcast as well
            x = x.mean(axis=(axis + 1) % 3, keepdims=True)
    expected = np.take_along_axis(x, indices, axis)
    result = ops.take_along_axis(x, indices, axis)
    np.testing.assert_array_equal(result, expected, strict=True)
    check_slopes(lambda x: ops.take_along_axis(x, indices, axis), x)


def test_any_dtype_and_unknown_batches():
    x = Tensor(Spec((None, 4), np.dtype(np.int8)))
    assert ops.take(x, [0, 2], 1).shape == (None, 2) and ops.take(x, [0], 1).dtype == np.int8
    assert ops.take(x, [[0, 1]]).shape == (1, 2)
    places = Tensor(Spec((None, 2), np.dtype(np.int32)))
    assert (
        ops.take_along_axis(x, places, 1).shape == (None, 2) and ops.take(np.ones((9, 3)), places, 0).shape[0] is None
    )
    assert ops.take_along_axis(np.ones((1, 4)), places, -1).shape == (None, 2)


def test_in_a_plan():
    x, places = np.random.default_rng(0).normal(size=(3, 4)), np.array([[0, 0], [3, 1], [2, 2]])
    check_in_plan(lambda x, n: ops.take_along_axis(x * 1, n, 1) * ops.take(x * 1, n[0], 1), x, places)
    check_second_slopes(lambda x: ops.square(ops.take_along_axis(x, places, 1)), x)


def test_what_take_refuses():
    x = np.ones((2, 3))
    with pytest.raises(ValueError, match="take: axis must be one of the 2 axes of x"):
        ops.take(x, 0, 2)
    with pytest.raises(TypeError, match="take: indices must be integers, got dtype float32"):
        ops.take(x, [0.5], 0)
    for indices in (2, -3, [0, 5]):
        with pytest.raises(IndexError, match=r"take: indices must be in \[-2, 2\) for axis 0 of shape \(2, 3\), got"):
            ops.take(x, indices, 0)
    for arguments in ((None, 0), (x, None)):
        with pytest.raises(TypeError, match="take: .* must be an array or a tensor, got None"):
            ops.take(*arguments)


def test_what_take_along_axis_refuses():
    x = np.ones((2, 3))
    with pytest.raises(ValueError, match="take_along_axis: axis must be one of the 2 axes of x"):
        ops.take_along_axis(x, np.zeros((2, 1), int), 2)
    with pytest.raises(TypeError, match="take_along_axis: indices must be integers, got dtype float64"):
        ops.take_along_axis(x, np.zeros((2, 1)), 1)
    with pytest.raises(ValueError, match=r"take_along_axis: indices must have as many axes as x of shape \(2, 3\)"):
        ops.take_along_axis(x, np.zeros(2, int), 1)
    with pytest.raises(ValueError, match=r"take_along_axis: x and indices must have shapes that broadcast"):
        ops.take_along_axis(x, np.zeros((4, 1), int), 1)
    with pytest.raises(
        IndexError, match=r"take_along_axis: indices must be in \[-3, 3\) for axis 1 of shape \(2, 3\), got 0 to 3"
    ):
        ops.take_along_axis(x, np.array([[0], [3]]), 1)
