from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan

UNKNOWN = Tensor(Spec((None, 3), np.dtype(np.float32)))


@pytest.mark.parametrize("shape", [(), 3, (2, 3), [2, 0], np.array([2, 1]), np.int64(4)])
@pytest.mark.parametrize("dtype", [None, "int32", bool, np.float64])
def test_filled(shape, dtype):
    numpys = np.float32 if dtype is None else dtype
    np.testing.assert_array_equal(ops.zeros(shape, dtype), np.zeros(shape, numpys), strict=True)
    np.testing.assert_array_equal(ops.ones(shape, dtype), np.ones(shape, numpys), strict=True)
    np.testing.assert_array_equal(ops.full(shape, 1, dtype), np.full(shape, 1, numpys), strict=True)


def test_filled_with_an_array():
    np.testing.assert_array_equal(ops.full((2, 3), np.array([1, 2, 3])), np.full((2, 3), [1, 2, 3], np.float32))
    np.testing.assert_array_equal(ops.full_like(np.zeros((2, 2), int), 1.7), np.ones((2, 2), int), strict=True)
    for function in (lambda: ops.full((2, 3), np.ones(2)), lambda: ops.full_like(np.ones(3), np.ones((2, 3)))):
        with pytest.raises(ValueError, match="full(_like)?: .*broadcast"):
            function()


@pytest.mark.parametrize("name", ["zeros_like", "ones_like"])
def test_like_another(name):
    x = np.array([[1, 2]], np.int16)
    np.testing.assert_array_equal(getattr(ops, name)(x), getattr(np, name)(x), strict=True)
    assert getattr(ops, name)(x, "float32").dtype == np.float32
    symbolic = getattr(ops, name)(UNKNOWN, "int32")
    assert symbolic.shape == (None, 3) and symbolic.dtype == np.int32
    check_in_plan(lambda x: getattr(ops, name)(x) * x, np.array([1.0, 2]))


def test_the_gradient_goes_to_the_value():
    x, value = np.ones((2, 3)), np.array([1.0, 2, 3])
    result, pullback = convolith.vjp(lambda x, value: ops.full_like(x, value), x, value)
    np.testing.assert_array_equal(result, [[1, 2, 3]] * 2)
    by_x, by_value = pullback(np.ones((2, 3)))
    np.testing.assert_array_equal(by_x, np.zeros((2, 3)))
    np.testing.assert_array_equal(by_value, [2, 2, 2])


@pytest.mark.parametrize(
    "arguments, dtype",
    [
        ((5,), "int32"),
        ((1, 4), "int32"),
        ((0, 1, 0.25), "float32"),
        ((5, 0, -2), "int32"),
        ((2.5,), "float32"),
        ((0,), "int32"),
    ],
)
def test_arange(arguments, dtype):
    np.testing.assert_array_equal(ops.arange(*arguments), np.arange(*arguments).astype(dtype), strict=True)
    assert ops.arange(*arguments, dtype="float64").dtype == np.float64
    with pytest.raises(ValueError, match="arange: step must not be 0"):
        ops.arange(0, 5, 0)


def test_linspace():
    np.testing.assert_array_equal(ops.linspace(0, 1, 5), np.linspace(0, 1, 5, dtype=np.float32), strict=True)
    along = np.linspace([0, 1], [1, 3], 3, False, dtype=np.float32, axis=1)
    np.testing.assert_array_equal(ops.linspace([0, 1], [1, 3], 3, False, axis=1), along, strict=True)
    numbers, step = ops.linspace(0, 1, 4, endpoint=False, retstep=True, dtype="float64")
    assert step == 0.25 and numbers.dtype == np.float64
    with pytest.raises(ValueError, match="linspace: num must not be negative, got -1"):
        ops.linspace(0, 1, -1)


@pytest.mark.parametrize("name", ["eye", "tri"])
@given(
    n=st.integers(0, 4),
    m=st.none() | st.integers(0, 4),
    k=st.integers(-3, 3),
    dtype=st.none() | st.sampled_from(["int32", "float64", "bool"]),
)
def test_matrices(name, n, m, k, dtype):
    expected = getattr(np, name)(n, m, k, dtype or np.float32)
    np.testing.assert_array_equal(getattr(ops, name)(n, m, k, dtype), expected, strict=True)


def test_identity():
    np.testing.assert_array_equal(ops.identity(3), np.identity(3, np.float32), strict=True)
    assert ops.identity(2, "int32").dtype == np.int32


@given(
    shape=st.lists(st.integers(0, 3), max_size=3).map(tuple),
    classes=st.integers(1, 4),
    data=st.data(),
    dtype=st.sampled_from([np.int64, np.uint8, np.int8]),
)
def test_one_hot(shape, classes, data, dtype):
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    x = np.random.default_rng(0).integers(0, 6, shape).astype(dtype)
    expected = np.zeros((*shape, classes), np.float32)
    for place in np.ndindex(shape):
        if x[place] < classes:
            expected[(*place, x[place])] = 1
    result = ops.one_hot(x, classes, axis)
    np.testing.assert_array_equal(result, np.moveaxis(expected, -1, axis), strict=True)


def test_one_hot_of_tensors_and_what_it_refuses():
    x = Tensor(Spec((None, 5), np.dtype(np.int32)))
    assert ops.one_hot(x, 7).shape == (None, 5, 7) and ops.one_hot(x, 7, dtype=bool).dtype == bool
    np.testing.assert_array_equal(ops.one_hot([-1, 1], 2), [[0, 0], [0, 1]])
    check_in_plan(lambda n, x: ops.one_hot(n, 3) * x, np.array([0, 2]), np.ones((2, 3), np.float32))
    with pytest.raises(TypeError, match="one_hot: x must hold integers, got dtype float64"):
        ops.one_hot(np.ones(2), 3)
    for keywords in ({"num_classes": -1}, {"num_classes": 2, "sparse": True}):
        with pytest.raises(ValueError, match="one_hot: (num_classes must not be negative|sparse must be False)"):
            ops.one_hot(np.ones(2, int), **keywords)
    with pytest.raises(ValueError, match="one_hot: axis must be one of the 2 axes of the result"):
        ops.one_hot(np.ones(2, int), 3, axis=2)


@given(
    st.integers(0, 5),
    st.lists(st.integers(0, 3), max_size=3),
    st.integers(-5, 5),
    st.sampled_from(["int32", "float64"]),
)
def test_drawn_sizes(size, shape, value, dtype):
    np.testing.assert_array_equal(ops.identity(size, dtype), np.identity(size, dtype), strict=True)
    x = np.zeros(shape, dtype)
    np.testing.assert_array_equal(ops.full_like(x, value), np.full_like(x, value), strict=True)


def test_matrices_of_negative_sizes():
    for function, message in [
        (lambda: ops.identity(-1), "identity: n must not be negative, got -1"),
        (lambda: ops.eye(-2), "eye: N must not be negative, got -2"),
        (lambda: ops.eye(2, -1), "eye: M must not be negative, got -1"),
        (lambda: ops.tri(-1), "tri: N must not be negative, got -1"),
        (lambda: ops.tri(1, -3), "tri: M must not be negative, got -3"),
    ]:
        with pytest.raises(ValueError, match=message):
            function()


SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple)


@given(SHAPES, st.integers(-8, 8), st.sampled_from(["float32", "float64"]))
def test_gradients_of_filled_arrays(shape, value, dtype):
    """Of small integers, whose sums are exact: the upstream's sum by the value, nothing by what lends its shape."""
    x, value = np.ones(shape, dtype), np.asarray(value, dtype)
    upstream = np.arange(x.size, dtype=dtype).reshape(shape)
    assert convolith.vjp(lambda value: ops.full(shape, value, dtype), value)[1](upstream)[0] == upstream.sum()
    by_x, by_value = convolith.vjp(lambda x, value: ops.full_like(x, value), x, value)[1](upstream)
    assert by_value == upstream.sum() and by_value.dtype == dtype
    for none in (by_x, *(convolith.vjp(like, x)[1](upstream)[0] for like in (ops.zeros_like, ops.ones_like))):
        assert none.shape == shape and none.dtype == dtype and not none.any()


@pytest.mark.torch
@given(SHAPES, st.integers(-8, 8), st.sampled_from(["float32", "float64", "int32", "int64"]))
def test_filled_arrays_against_torch(shape, value, dtype):
    torch = pytest.importorskip("torch")
    kind = getattr(torch, dtype)
    for ours, theirs in (
        (ops.full(shape, value, dtype), torch.full(shape, value, dtype=kind)),
        (ops.ones_like(np.zeros(shape, dtype)), torch.ones_like(torch.zeros(shape, dtype=kind))),
    ):
        np.testing.assert_array_equal(ours, theirs.numpy(), strict=True)
        assert ops.dtype(ours) == str(theirs.dtype).removeprefix("torch.")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "bool"])
def test_the_dtype_asked_for(dtype):
    np.testing.assert_array_equal(ops.eye(3, 4, 1, dtype), np.eye(3, 4, 1, dtype), strict=True)
    for x in (np.zeros((2, 3), np.float32), np.zeros((2, 3)), np.zeros((2, 3), np.int64)):
        np.testing.assert_array_equal(ops.full_like(x, 1, dtype), np.full_like(x, 1, dtype), strict=True)
