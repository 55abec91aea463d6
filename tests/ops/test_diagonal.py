from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

UNKNOWN = Tensor(Spec((None, 4, 3), np.dtype(np.float32)))
offsets = st.integers(-5, 5)


@settings(max_examples=25)
@given(shape=st.tuples(*[st.integers(0, 4)] * 3), offset=offsets, axes=st.permutations([0, 1, -1]))
def test_diagonals_and_traces(shape, offset, axes):
    x = np.random.default_rng(0).integers(-9, 10, shape) / 4  # whose sums are exact
    arguments = (offset, axes[0], axes[1])
    np.testing.assert_array_equal(ops.diagonal(x, *arguments), np.diagonal(x, *arguments), strict=True)
    np.testing.assert_array_equal(ops.trace(x, *arguments), np.trace(x, *arguments))
    check_slopes(lambda x: ops.diagonal(x, *arguments), x)
    check_slopes(lambda x: ops.trace(x, *arguments), x)


@given(shape=st.sampled_from([(0,), (3,), (2, 3), (4, 2), (3, 3)]), k=offsets)
def test_diag(shape, k):
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(ops.diag(x, k), np.diag(x, k), strict=True)
    check_slopes(lambda x: ops.diag(x, k), x)


@pytest.mark.parametrize("name", ["tril", "triu"])
@settings(max_examples=25)
@given(shape=st.sampled_from([(3, 3), (2, 4), (2, 4, 3), (0, 2)]), k=offsets)
def test_triangles(name, shape, k):
    x = np.random.default_rng(0).normal(size=shape)
    for dtype in (np.float64, np.float32, np.int8, bool):
        expected = getattr(np, name)(x.astype(dtype), k)
        np.testing.assert_array_equal(getattr(ops, name)(x.astype(dtype), k), expected, strict=True)
    check_slopes(lambda x: getattr(ops, name)(x, k), x)


def test_unknown_batches_and_a_plan():
    assert ops.diagonal(UNKNOWN, 0, 1, 2).shape == (None, 3) and ops.trace(UNKNOWN, 0, -1, 1).shape == (None,)
    assert ops.tril(UNKNOWN).shape == ops.triu(UNKNOWN, 1).shape == (None, 4, 3)
    x = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    check_in_plan(lambda x: ops.diag(ops.diag(x * 2)) + ops.tril(x, 1) * ops.trace(x * x), x)


def test_what_is_refused():
    for function in (ops.diagonal, ops.trace):
        name = function.__name__
        with pytest.raises(ValueError, match=f"{name}: axis1, axis2 must name different axes of the 3 that x has"):
            function(np.ones((2, 3, 4)), 0, 1, 1)
        with pytest.raises(ValueError, match=f"{name}: x must have known sizes along the matrices' axes"):
            function(UNKNOWN)
    for x in (np.ones((2, 3, 4)), np.float32(1), Tensor(Spec((None,), np.dtype("f4")))):
        with pytest.raises(ValueError, match="diag: x must have one axis or two, of known sizes, got shape"):
            ops.diag(x)
    for name in ("tril", "triu"):
        for x in (np.ones(3), UNKNOWN[:, 0]):
            with pytest.raises(ValueError, match=f"{name}: x must have two axes at least, the last two of known sizes"):
                getattr(ops, name)(x)
