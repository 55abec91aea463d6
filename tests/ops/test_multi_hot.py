"""Classes among class numbers, against loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan


@given(
    shape=st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple),
    classes=st.integers(1, 4),
    seed=st.integers(0, 99),
    dtype=st.sampled_from([np.int64, np.uint8, np.int8]),
)
def test_values(shape, classes, seed, dtype):
    x = np.random.default_rng(seed).integers(0, 6, shape).astype(dtype)
    kept = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    expected = np.zeros((*kept, classes), np.float32)
    for place in np.ndindex(shape):
        if x[place] < classes:
            expected[(*place[:1], *place[2:], x[place]) if len(shape) > 1 else x[place]] = 1
    np.testing.assert_array_equal(ops.multi_hot(x, classes), expected, strict=True)
    np.testing.assert_array_equal(ops.multi_hot(x, num_tokens=classes, axis=len(shape)), expected, strict=True)


def test_other_axes_dtypes_and_tensors():
    x = np.array([[0, 2], [-1, 1]])
    np.testing.assert_array_equal(ops.multi_hot(x, 3, axis=0), [[1, 0], [0, 1], [0, 1]])  # of each column
    assert ops.multi_hot(x, 3, dtype="int32").dtype == np.int32
    unknown = Tensor(Spec((None, 5), np.dtype(np.int32)))
    assert ops.multi_hot(unknown, 7).shape == (None, 7) and ops.multi_hot(unknown, 7).dtype == np.float32
    check_in_plan(lambda n, x: ops.multi_hot(n, 3) * x, x, np.ones((2, 3), np.float32))


def test_what_is_refused():
    x = np.array([[0, 2], [1, 1]])
    with pytest.raises(ValueError, match="multi_hot: num_classes must be an integer of at least 1, got None"):
        ops.multi_hot(x)
    with pytest.raises(ValueError, match="multi_hot: num_classes must be an integer of at least 1, got -1"):
        ops.multi_hot(x, -1)
    with pytest.raises(ValueError, match="multi_hot: sparse must be False, got True"):
        ops.multi_hot(x, 3, sparse=True)
    with pytest.raises(ValueError, match=r"multi_hot: axis must be another than 1, which is left out"):
        ops.multi_hot(x, 3, axis=1)
    with pytest.raises(ValueError, match="multi_hot: axis must be another than 0"):
        ops.multi_hot(np.array(2), 3)
    with pytest.raises(ValueError, match="multi_hot: axis must be one of the 3"):
        ops.multi_hot(x, 3, axis=3)
    with pytest.raises(TypeError, match="multi_hot: axis must be an integer, got 0.5"):
        ops.multi_hot(x, 3, axis=0.5)
    with pytest.raises(TypeError, match="multi_hot: inputs must hold integers, got dtype float64"):
        ops.multi_hot(np.ones(2), 3)
    with pytest.raises(TypeError, match="multi_hot: inputs must be an array or a tensor, got None"):
        ops.multi_hot(None, 3)
