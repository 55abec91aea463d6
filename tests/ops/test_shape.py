from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import layers, ops
from convolith.graph.tensor import Spec, Tensor
from convolith.models import Model
from tests.bounds import assert_within, sum_bound
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

X = np.arange(24.0).reshape(2, 3, 4)
UNKNOWN = Tensor(Spec((None, 6), np.dtype(np.float32)))


@pytest.mark.parametrize("shape", [(24,), (4, 6), (-1,), (2, -1), (-1, 2, 2, 2), (1, 24, 1), 24, -1, [6, 4]])
def test_reshape(shape):
    np.testing.assert_array_equal(ops.reshape(X, shape), X.reshape(shape))
    check_slopes(lambda x: ops.reshape(x, shape), X)


@pytest.mark.parametrize("shape", [np.int64(24), np.uint8(24), np.array([4, 6]), (np.int32(4), np.int64(-1))])
def test_sizes_may_be_numpys_integers(shape):
    np.testing.assert_array_equal(ops.reshape(X, shape), X.reshape(shape))


@pytest.mark.parametrize("axes", [(1.7, 0, 2), (1.0, 0.0, 2.0), ("1", 0, 2), (0, None, 2), np.array([0.0, 1, 2])])
def test_axes_of_transpose_that_are_no_integers(axes):
    with pytest.raises(TypeError):
        ops.transpose(X, axes)


def test_reshape_keeps_any_dtype():
    for dtype in (np.int64, np.uint8, np.float16, bool):
        assert ops.reshape(np.zeros(4, dtype), (2, 2)).dtype == ops.transpose(np.zeros((1, 2), dtype)).dtype == dtype


@pytest.mark.parametrize("shape", [(5,), (-1, 5), (-1, -1), (-2, 12), (0,), (-1, 0), (23,), ()])
def test_reshape_to_another_number_of_elements(shape):
    with pytest.raises(ValueError, match=r"reshape: newshape must hold the 24 elements of x, \(2, 3, 4\), got"):
        ops.reshape(X, shape)


def test_reshape_of_nothing():
    assert ops.reshape(np.ones((0, 4)), (-1, 2, 2)).shape == (0, 2, 2)
    assert ops.reshape(np.ones((0, 4)), (0,)).shape == (0,)
    with pytest.raises(ValueError):
        ops.reshape(np.ones((0, 4)), (-1, 0))


def test_reshape_with_an_unknown_batch():
    assert ops.reshape(UNKNOWN, (-1, 2, 3)).shape == (None, 2, 3)
    assert ops.reshape(UNKNOWN, (-1, 3)).shape == (None, 3)
    assert ops.reshape(UNKNOWN, -1).shape == (None,)
    assert ops.reshape(UNKNOWN, (None, 12)).shape == (None, 12)
    for shape in [(2, 3), (6, -1), (-1, 4), (-1, 0), (6,), (-1, -1), (-1, -2, -3)]:
        with pytest.raises(ValueError, match=r"reshape: newshape must start with -1 .*\(None, 6\)"):
            ops.reshape(UNKNOWN, shape)


@pytest.mark.parametrize("shape", [(None, -1), (None, 3, -1), (None, -1, 2), (None, 2, -1, 3)])
def test_reshape_that_keeps_the_first_axis(shape):
    expected = np.zeros((5, 6)).reshape(5, *shape[1:]).shape
    assert ops.reshape(np.ones((5, 6)), shape).shape == expected
    assert ops.reshape(UNKNOWN, shape).shape == (None, *expected[1:])
    assert ops.reshape(np.ones((0, 6)), shape).shape == (0, *expected[1:])


@pytest.mark.parametrize("shape", [(None, None), (-1, None), (None, 2, None), (None, -1, -1), (2, None, -1)])
@pytest.mark.parametrize("x", [np.ones((4, 6)), UNKNOWN])
def test_reshape_that_leaves_open_more_than_can_be_told(shape, x):
    with pytest.raises(
        ValueError, match=re.escape(f"leaves open more than x, of shape {x.shape}, can tell: got {shape}")
    ):
        ops.reshape(x, shape)


def test_reshape_that_keeps_the_first_axis_must_hold_the_rest():
    for shape in [(None, -1, 4), (None, -1, 0), (None, -2, -1)]:
        with pytest.raises(
            ValueError, match=re.escape(f"must hold the elements of x, of shape (None, 6), got {shape}")
        ):
            ops.reshape(UNKNOWN, shape)
    with pytest.raises(ValueError, match=r"leaves open more than x, of shape \(None, None, 3\), can tell"):
        ops.reshape(Tensor(Spec((None, None, 3), np.dtype(np.float32))), (None, -1))


class Flat(layers.Layer):
    def call(self, x):
        return ops.reshape(x, (x.shape[0], -1))


def test_a_layer_flattens_by_the_batch_size_of_its_input():
    inputs = layers.Input((2, 3))
    outputs = layers.Dense(4)(Flat()(inputs))
    assert outputs.shape == (None, 4)
    same = layers.Dense(4)(ops.reshape(inputs, (ops.shape(inputs)[0], -1)))
    for model in (Model(inputs, outputs), Model(inputs, same)):
        x = np.arange(30, dtype="float32").reshape(5, 2, 3)
        kernel, bias = (weight.astype(np.float64) for weight in model.get_weights())
        rows = x.reshape(5, 6)
        assert_within(model.predict(x, verbose=0), rows @ kernel + bias, sum_bound(7, rows @ abs(kernel) + abs(bias)))


@pytest.mark.parametrize("axes", [None, (0, 2, 1), (2, 0, 1), (-1, 0, 1), [1, 2, 0], np.array([1, 2, 0])])
def test_transpose(axes):
    np.testing.assert_array_equal(ops.transpose(X, axes), X.transpose(axes))
    check_slopes(lambda x: ops.transpose(x, axes), X)


@pytest.mark.parametrize("axes", [(0, 1), (0, 1, 1), (0, 1, 3), (0, 1, 2, 3)])
def test_wrong_axes(axes):
    with pytest.raises(ValueError, match="transpose: axes must be an order of the 3 axes of x, got"):
        ops.transpose(X, axes)


@given(shape=st.lists(st.integers(0, 3), max_size=3), data=st.data())
def test_axes_come_and_go(shape, data):
    rank = len(shape)
    x = np.random.default_rng(0).normal(size=shape)
    many = data.draw(st.lists(st.integers(0, rank + 1), min_size=1, max_size=2, unique=True))
    rank_after = rank + len(many)
    axis = tuple(one if data.draw(st.booleans()) else one - rank_after for one in many if one < rank_after)
    if len(axis) == len(many):
        expanded = ops.expand_dims(x, axis)
        np.testing.assert_array_equal(expanded, np.expand_dims(x, axis), strict=True)
        np.testing.assert_array_equal(ops.squeeze(expanded, axis), x, strict=True)
        np.testing.assert_array_equal(ops.squeeze(expanded), np.squeeze(expanded), strict=True)
        check_slopes(lambda x: ops.squeeze(ops.expand_dims(x, axis)), x)


@settings(max_examples=25)
@given(order=st.permutations([0, 1, 2]), count=st.integers(1, 3), signs=st.tuples(*[st.booleans()] * 3))
def test_axes_change_places(order, count, signs):
    source = tuple(axis - 3 if negative else axis for axis, negative in zip(range(count), signs, strict=False))
    np.testing.assert_array_equal(ops.moveaxis(X, source, order[:count]), np.moveaxis(X, source, order[:count]))
    np.testing.assert_array_equal(ops.swapaxes(X, order[0], order[1] - 3), np.swapaxes(X, order[0], order[1] - 3))
    check_slopes(lambda x: ops.moveaxis(x, source, order[:count]), X)
    check_slopes(lambda x: ops.swapaxes(x, order[0], order[0]), X)


def test_one_axis_and_any_dtype():
    np.testing.assert_array_equal(ops.moveaxis(X, 0, -1), np.moveaxis(X, 0, -1))
    np.testing.assert_array_equal(ops.ravel(X), X.ravel())
    for function in (lambda x: ops.expand_dims(x, -1), ops.squeeze, lambda x: ops.swapaxes(x, 0, 1), ops.ravel):
        assert function(np.ones((2, 1), np.int8)).dtype == np.int8


def test_axes_of_an_unknown_batch():
    assert ops.expand_dims(UNKNOWN, 0).shape == (1, None, 6) and ops.expand_dims(UNKNOWN, -1).shape == (None, 6, 1)
    assert ops.squeeze(ops.expand_dims(UNKNOWN, (0, 2))).shape == (None, 6)
    assert ops.swapaxes(UNKNOWN, 0, 1).shape == ops.moveaxis(UNKNOWN, 0, 1).shape == (6, None)
    assert ops.ravel(UNKNOWN).shape == (None,)
    with pytest.raises(ValueError, match="squeeze: axis must name axes of size 1"):
        ops.squeeze(UNKNOWN, 0)


def test_views_in_a_plan():
    check_in_plan(lambda x: ops.squeeze(ops.expand_dims(x * 2, (0, -1))) * ops.swapaxes(ops.swapaxes(x, 0, 2), 0, 2), X)
    check_in_plan(lambda x: ops.expand_dims(x, 1), X)


def test_axes_that_are_not_there():
    for axis in (4, -5, (0, 0), (0, -5)):
        with pytest.raises(ValueError, match="expand_dims: axis must name different axes of the . that the result has"):
            ops.expand_dims(X, axis)
    for axis in (3, (0, 0)):
        with pytest.raises(ValueError, match="squeeze: axis must name different axes of the 3 that x has"):
            ops.squeeze(X, axis)
    with pytest.raises(
        ValueError, match=r"squeeze: axis must name axes of size 1, got \(1,\) and x of shape \(2, 3, 4\)"
    ):
        ops.squeeze(X, 1)
    for function in (lambda: ops.swapaxes(X, 0, 3), lambda: ops.moveaxis(X, 3, 0), lambda: ops.moveaxis(X, 0, -4)):
        with pytest.raises(ValueError, match="must name different axes of the 3 that|swapaxes: axis2 must be one of"):
            function()
    with pytest.raises(ValueError, match=r"moveaxis: source and destination must be as many, got \(0, 1\) and 2"):
        ops.moveaxis(X, (0, 1), 2)
    for function in (lambda: ops.expand_dims(X, 0.5), lambda: ops.squeeze(X, "0"), lambda: ops.moveaxis(X, 0.0, 1)):
        with pytest.raises(TypeError, match="(expand_dims|squeeze|moveaxis): (axis|source) must be an integer or"):
            function()


@given(shape=st.lists(st.integers(0, 3), max_size=4), seed=st.integers(0, 99))
def test_ravel_of_drawn_arrays(shape, seed):
    x = np.random.default_rng(seed).normal(size=shape)
    np.testing.assert_array_equal(ops.ravel(x), x.ravel())
    np.testing.assert_array_equal(ops.ravel(x.T), x.T.ravel())
