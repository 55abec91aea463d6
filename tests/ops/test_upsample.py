"""Repeating elements along each spatial axis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.slopes import check_slopes


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_against_numpys_repeat(rank, data_format):
    x = np.arange(2 * 3**rank * 4, dtype=np.int64).reshape(2, *(3,) * rank, 4)
    factors = (2, 1, 3)[:rank]
    expected = x
    for axis, factor in enumerate(factors):
        expected = np.repeat(expected, factor, axis=axis + 1)
    if data_format == "channels_first":
        x, expected = np.moveaxis(x, -1, 1), np.moveaxis(expected, -1, 1)
    result = ops.upsample(x, factors, data_format)
    assert result.dtype == x.dtype
    np.testing.assert_array_equal(result, expected)


def test_gradients_and_batches(generator):
    check_slopes(lambda x: ops.upsample(x, (2, 3)), generator.normal(size=(2, 2, 3, 2)))
    assert ops.upsample(np.zeros((0, 2, 2, 1)), 2).shape == (0, 4, 4, 1)
    assert ops.upsample(Tensor(Spec((None, 2, 3, 1), np.dtype(np.float32))), 2).shape == (None, 4, 6, 1)


def test_what_is_refused():
    x = np.zeros((1, 2, 2, 1))
    with pytest.raises(ValueError, match=r"upsample: inputs must have axes of the batch.*came shape \(2, 1\)"):
        ops.upsample(x[0, 0], 2)
    for size in (0, (2, 2, 2)):
        with pytest.raises(ValueError, match="upsample: size must be an integer of at least 1"):
            ops.upsample(x, size)
    with pytest.raises(TypeError, match="upsample: size must be an integer or 2 of them, came 1.5"):
        ops.upsample(x, 1.5)
    with pytest.raises(ValueError, match="upsample: data_format must be"):
        ops.upsample(x, 2, "last")
    with pytest.raises(TypeError, match="upsample: inputs must be an array or a tensor, came None"):
        ops.upsample(None, 2)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3), st.integers(0, 2))
def test_drawn_shapes(axes, n):
    sizes, factors = zip(*axes, strict=True)
    x = np.random.default_rng(n).normal(size=(n, *sizes, 2))
    expected = x
    for axis, factor in enumerate(factors):
        expected = expected.repeat(factor, axis + 1)
    np.testing.assert_array_equal(ops.upsample(x, factors), expected)
