from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

import convolith
from convolith import ops
from convolith.graph.tensor import Constant, Spec, Tensor, Variable
from convolith.graph.trace import trace
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_second_slopes

UNKNOWN = Tensor(Spec((None, 4, 3), np.dtype(np.float32)))
X = np.arange(24.0).reshape(2, 4, 3)


def check(x, key):
    """The same part as NumPy's, eagerly and traced, and its gradient: the upstream summed where it came from."""
    expected = x[key]
    np.testing.assert_array_equal(ops.get_item(x, key), expected)
    result, pullback = convolith.vjp(lambda x: x[key], x)
    np.testing.assert_array_equal(result, expected)
    assert result.shape == expected.shape
    upstream = np.random.default_rng(0).integers(-9, 10, expected.shape) / 4  # whose sums are exact
    by_x = np.zeros_like(x)
    np.add.at(by_x, key, upstream)
    np.testing.assert_array_equal(pullback(upstream)[0], by_x)


@given(st.data(), array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
def test_basic_keys(data, shape):
    key = data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    check(np.random.default_rng(1).normal(size=shape), key)


@given(st.data(), array_shapes(min_dims=1, max_dims=3, max_side=4))
def test_arrays_for_all_axes(data, shape):
    key = data.draw(integer_array_indices(shape))
    check(np.random.default_rng(1).normal(size=shape), key)


item = st.one_of(
    st.sampled_from([slice(None), slice(1, None), slice(None, None, -1), slice(0, 2), slice(2, 0, -1)]),
    st.integers(-2, 1),
    st.sampled_from([np.array([0, 1]), np.array([[1], [-1]]), [1, 0], np.array(1), np.array([], int), [-2, -2]]),
    st.sampled_from([None, Ellipsis]),
)


@given(st.lists(item, max_size=5).map(tuple))
@example((slice(None), 0, Ellipsis, np.array([0, 1])))  # no axis is left for the Ellipsis
def test_arrays_among_other_items(key):
    x = np.random.default_rng(2).normal(size=(3, 2, 4))
    try:
        expected = x[key]
    except IndexError:
        with pytest.raises((IndexError, ValueError)):
            ops.get_item(x, key)
        return
    check(x, key)
    assert Tensor(Spec(x.shape, np.dtype("f4")))[key].shape == expected.shape


@pytest.mark.parametrize("key", [X > 7, (slice(None), X[0] > 5), (0, X[0, :, 0] > 2, slice(1, 3)), X < 0])
def test_masks_of_arrays(key):
    check(X, key)
    assert isinstance(trace(lambda x: x[key], Spec(X.shape, X.dtype)).outputs[0], Tensor)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, np.int32])
def test_indices_of_any_integers_and_any_dtype_of_x(dtype):
    indices = np.array([1, 0, 1], dtype)
    np.testing.assert_array_equal(ops.get_item(X, (slice(None), indices)), X[:, indices])
    for kind in (np.int16, bool, np.float16, np.uint64):
        assert ops.get_item(X.astype(kind), (0, [1])).dtype == kind


def test_variables_and_symbolic_indices():
    table = Variable(X)
    np.testing.assert_array_equal(table[1, 2], X[1, 2])
    assert Constant(X)[0].shape == (4, 3)
    places = Tensor(Spec((None,), np.dtype(np.int64)))
    assert table[places].shape == (None, 4, 3) and UNKNOWN[:, places].shape == (None, None, 3)
    check_in_plan(lambda x, n: (x * 1)[n, 0] * (x * 1)[0, n], X, np.array([1, 0, 1]))


def test_the_key_of_an_unknown_batch():
    assert UNKNOWN[0].shape == (4, 3) and UNKNOWN[-1, ..., 0].shape == (4,)
    assert UNKNOWN[:, 1:, ::2].shape == (None, 3, 2) and UNKNOWN[::2].shape == UNKNOWN[:1].shape == (None, 4, 3)
    assert UNKNOWN[None].shape == (1, None, 4, 3) and UNKNOWN[..., None].shape == (None, 4, 3, 1)
    assert UNKNOWN[:, [0, 1], [2, 2]].shape == (None, 2) and UNKNOWN[[0, 0]].shape == (2, 4, 3)


def test_second_derivatives():
    places = np.array([0, 1, 0])
    check_second_slopes(lambda x: ops.square(x[places]), X[:, 0])


def test_in_a_plan():
    check_in_plan(lambda x: ops.exp(x[:, ::-1] * 0.1)[..., 1:] + x[0, 1, [1, 1]], X.astype(np.float32))


@pytest.mark.parametrize("key", [(0, 0, 0, 0), (..., 0, ...), (0, None, 1, 2, slice(None)), (X > 0, 1)])
def test_too_many_indices(key):
    for x in (X, UNKNOWN):
        with pytest.raises(IndexError, match="get_item: key must name each axis of x of shape .* once at most"):
            ops.get_item(x, key)


@pytest.mark.parametrize("key", [2, (0, 4), (0, 0, -4), (slice(None), slice(None), 3)])
def test_integers_outside_are_refused_before_any_work(key):
    for x in (X, Tensor(Spec(X.shape, np.dtype("f4")))):
        with pytest.raises(IndexError, match=r"get_item: key must lie inside of the shape \(2, 4, 3\), got -?\d for"):
            ops.get_item(x, key)


@pytest.mark.parametrize("key", [[2], (0, [0, -5]), (slice(None), [1], [3])])
def test_arrays_outside(key):
    with pytest.raises(IndexError, match=r"get_item: key must be in \[-\d, \d\) for axis \d of shape \(2, 4, 3\), got"):
        ops.get_item(X, key)


@pytest.mark.parametrize("key", [0.5, "a", [0.5], True, np.array(True), (0, np.ones(2))])
def test_what_is_no_index(key):
    for x in (X, UNKNOWN):
        with pytest.raises(TypeError, match="key must hold integers, slices, Ellipsis|real numbers"):
            ops.get_item(x, key)
    with pytest.raises(TypeError, match="if they are no tensors"):
        ops.get_item(X, Tensor(Spec((2,), np.dtype(bool))))


def test_slices_and_masks_that_do_not_fit():
    with pytest.raises(TypeError, match="get_item: a slice in key must be an integer, got 0.5"):
        ops.get_item(X, slice(0.5, None))
    with pytest.raises(ValueError, match="get_item: key must hold no slice with the step 0"):
        ops.get_item(X, slice(None, None, 0))
    with pytest.raises(IndexError, match=r"get_item: key has a mask of shape \(3,\), which x, \(2, 4, 3\), has no"):
        ops.get_item(X, np.ones(3, bool))
    with pytest.raises(ValueError, match="get_item: key: array 0 and array 1 must have shapes that broadcast"):
        ops.get_item(X, ([0, 1], [0, 1, 2]))
