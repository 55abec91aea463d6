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
shapes = st.tuples(*[st.integers(1, 3)] * 3)


@given(shape=shapes, axis=st.integers(-3, 2), sizes=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_concatenate(shape, axis, sizes):
    numbers = np.random.default_rng(0)
    shapes = [[size if one == axis % 3 else other for one, other in enumerate(shape)] for size in sizes]
    arrays = [numbers.normal(size=one) for one in shapes]
    np.testing.assert_array_equal(ops.concatenate(arrays, axis), np.concatenate(arrays, axis), strict=True)
    check_slopes(lambda *arrays: ops.concatenate(arrays, axis), *arrays)


@settings(max_examples=30)
@given(shape=shapes, axis=st.integers(-4, 3), count=st.integers(1, 3))
def test_stack_and_unstack(shape, axis, count):
    arrays = list(np.random.default_rng(0).normal(size=(count, *shape)))
    stacked = ops.stack(arrays, axis)
    np.testing.assert_array_equal(stacked, np.stack(arrays, axis), strict=True)
    for one, other in zip(ops.unstack(stacked, axis=axis), arrays, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
    check_slopes(lambda *arrays: ops.stack(arrays, axis), *arrays)


@settings(max_examples=30)
@given(
    size=st.integers(0, 6),
    sections=st.integers(1, 4),
    cuts=st.lists(st.integers(0, 7), max_size=3),
    axis=st.integers(-2, 1),
)
def test_split(size, sections, cuts, axis):
    x = np.random.default_rng(0).normal(size=(size, 3) if axis in (0, -2) else (3, size))
    ordered = sorted(min(cut, size) for cut in cuts)
    for wanted in (sections, ordered):
        if wanted == sections and size % sections:
            with pytest.raises(ValueError, match=f"split: indices_or_sections must divide the {size} of axis {axis}"):
                ops.split(x, wanted, axis)
            continue
        parts = ops.split(x, wanted, axis)
        for one, other in zip(parts, np.split(x, wanted, axis), strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
        check_slopes(lambda x, wanted=wanted: ops.concatenate(ops.split(x, wanted, axis)[::-1], axis), x)


def test_unknown_batches():
    assert ops.concatenate([UNKNOWN, UNKNOWN], 1).shape == (None, 8)
    assert ops.concatenate([UNKNOWN, np.ones((2, 4))]).shape == (None, 4)
    assert ops.stack([UNKNOWN, UNKNOWN], 1).shape == (None, 2, 4) and ops.stack([UNKNOWN] * 2).shape == (2, None, 4)
    assert [one.shape for one in ops.split(UNKNOWN, 2, -1)] == [(None, 2)] * 2
    assert [one.shape for one in ops.unstack(UNKNOWN, axis=1)] == [(None,)] * 4
    assert [one.shape for one in ops.unstack(np.ones((2, 4)), num=2)] == [(4,)] * 2


def test_in_a_plan():
    x, y = np.arange(6, dtype=np.float32).reshape(2, 3), np.ones((2, 2), np.float32)

    def function(x, y):
        first, second = ops.split(x * 2, [1], 1)
        return [ops.concatenate([y * 3, second, y], 1), ops.stack(ops.unstack(x), -1), first]

    check_in_plan(function, x, y)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"concatenate: xs must be a sequence of one array at least, got \[\]"):
        ops.concatenate([])
    with pytest.raises(ValueError, match="concatenate: axis must be one of the 2 axes of xs"):
        ops.concatenate([np.ones((2, 3))], 2)
    for other in (np.ones((2, 4)), np.ones(3), np.ones((2, 3, 1))):
        with pytest.raises(ValueError, match=r"concatenate: xs must have the same sizes but along axis 0, got xs\[1\]"):
            ops.concatenate([np.ones((2, 3)), other])
    with pytest.raises(ValueError, match=r"got xs\[1\] of shape \(2, 3\) with xs\[0\] of shape \(None, 4\)"):
        ops.concatenate([UNKNOWN, np.ones((2, 3))], 1)
    with pytest.raises(ValueError, match=r"stack: x must be arrays of one shape, got \[\(2,\), \(3,\)\]"):
        ops.stack([np.ones(2), np.ones(3)])
    with pytest.raises(ValueError, match=r"stack: x must be a sequence of one array at least, got \[\]"):
        ops.stack([])
    with pytest.raises(ValueError, match="stack: axis must be one of the 2 axes of the result"):
        ops.stack([np.ones(2)], 2)


def test_what_taking_apart_refuses():
    x = np.ones((2, 3))
    for function in (lambda: ops.split(x, 1, 2), lambda: ops.unstack(x, axis=2)):
        with pytest.raises(ValueError, match="axis must be one of the 2 axes of x"):
            function()
    for sections in (2, 0, -1):
        with pytest.raises(ValueError, match="split: indices_or_sections must divide the 3 of axis 1"):
            ops.split(x, sections, 1)
    for places in ([2, 1], [-1], [4], [1, 9]):
        with pytest.raises(ValueError, match=r"split: indices_or_sections must ascend from 0 to the 3 of axis 1 of x"):
            ops.split(x, places, 1)
    with pytest.raises(ValueError, match="split: axis 0 must have a known size"):
        ops.split(UNKNOWN, 2)
    with pytest.raises(ValueError, match=r"unstack: num must be the \(known\) size of axis 0 of x of shape .* got 3"):
        ops.unstack(x, 3)
    with pytest.raises(ValueError, match=r"unstack: num must be the \(known\) size of axis 0 .* got 2"):
        ops.unstack(UNKNOWN, 2)
