from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

UNKNOWN = Tensor(Spec((None, 4), np.dtype(np.float32)))
shapes = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple)


def check(function, numpys, x):
    np.testing.assert_array_equal(function(x), numpys(x), strict=True)
    np.testing.assert_array_equal(function(x.astype(np.int8)), numpys(x.astype(np.int8)), strict=True)
    check_slopes(function, x)


@given(shape=shapes, data=st.data())
def test_flip(shape, data):
    axis = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1) | st.just(tuple(range(len(shape)))))
    x = np.random.default_rng(0).normal(size=shape)
    check(lambda x: ops.flip(x, axis), lambda x: np.flip(x, axis), x)


@given(shape=shapes, shift=st.integers(-5, 5), data=st.data())
def test_roll(shape, shift, data):
    axis = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(0).normal(size=shape)
    check(lambda x: ops.roll(x, shift, axis), lambda x: np.roll(x, shift, axis), x)


def test_roll_along_several_axes():
    x = np.arange(12.0).reshape(3, 4)
    for shift, axis in [((1, -1), (0, 1)), ((1, 2), (0, 0)), ([1], [1]), (1, (0, 1))]:
        check(lambda x, s=shift, a=axis: ops.roll(x, s, a), lambda x, s=shift, a=axis: np.roll(x, s, a), x)


@settings(max_examples=12)
@given(k=st.integers(-5, 5), axes=st.permutations([0, 1, 2]).map(lambda order: tuple(order[:2])))
def test_quarters(k, axes):
    check(lambda x: ops.rot90(x, k, axes), lambda x: np.rot90(x, k, axes), np.arange(24.0).reshape(2, 3, 4))


@given(shape=shapes, data=st.data())
def test_repeat(shape, data):
    axis = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    size = int(np.prod(shape)) if axis is None else shape[axis]
    each = st.lists(st.integers(0, 2), min_size=size, max_size=size)
    repeats = data.draw(st.integers(0, 3) | each if size else st.integers(0, 3))
    x = np.random.default_rng(0).normal(size=shape)
    check(lambda x: ops.repeat(x, repeats, axis), lambda x: np.repeat(x, repeats, axis), x)


@given(shape=shapes, repeats=st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=4))
def test_tile(shape, repeats):
    x = np.random.default_rng(0).normal(size=shape)
    check(lambda x: ops.tile(x, repeats), lambda x: np.tile(x, repeats), x)


def test_unknown_batches():
    assert ops.flip(UNKNOWN).shape == ops.roll(UNKNOWN, 1, 0).shape == ops.roll(UNKNOWN, 1).shape == (None, 4)
    assert ops.repeat(UNKNOWN, 2, 0).shape == ops.repeat(UNKNOWN, [1, 0, 1, 2], 1).shape == (None, 4)
    assert (
        ops.repeat(UNKNOWN, 2, -1).shape == ops.tile(UNKNOWN, (1, 2)).shape == ops.tile(UNKNOWN, 2).shape == (None, 8)
    )
    assert ops.tile(UNKNOWN, (3, 1, 1)).shape == (3, None, 4) and ops.rot90(UNKNOWN).shape == (4, None)


def test_in_a_plan():
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    check_in_plan(lambda x: ops.roll(ops.flip(x * 2, 0), 1, 1) * x + ops.rot90(ops.tile(x, (1, 3))[:, :3], 2)[:, :1], x)
    check_in_plan(lambda x: ops.repeat(x * 2, 2, 0) + ops.repeat(x, [2, 2, 2], 0), x)


def test_what_is_refused():
    x = np.ones((2, 3))
    for function in (
        lambda: ops.flip(x, 2),
        lambda: ops.flip(x, (0, 0)),
        lambda: ops.roll(x, 1, 2),
        lambda: ops.repeat(x, 1, 2),
        lambda: ops.rot90(x, 1, (0, 2)),
        lambda: ops.rot90(x, 1, (1, 1)),
    ):
        with pytest.raises(
            ValueError, match="axis must be one of the 2 axes|ax[ie]s must name different axes of the 2"
        ):
            function()
    with pytest.raises(ValueError, match=r"rot90: axes must be two, got \(0, 1, 2\)"):
        ops.rot90(x, 1, (0, 1, 2))
    for shift, axis in [((1, 2), 0), ((1, 2, 3), (0, 1)), ((1, 2), None), ((), ())]:
        with pytest.raises(ValueError, match="roll: shift must be one integer or one for each axis of"):
            ops.roll(x, shift, axis)
    for repeats in (-1, (1, 2), (1, -1, 1)):
        with pytest.raises(
            ValueError, match="repeat: repeats must be one integer or one for each element along axis 1"
        ):
            ops.repeat(x, repeats, 1)
    with pytest.raises(ValueError, match=r"tile: repeats must not be negative, got \(1, -1\)"):
        ops.tile(x, (1, -1))
