"""Pooling over channels, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, sides, sum_bound
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.slopes import check_slopes

every_op = pytest.mark.parametrize("op", [ops.depthwise_max_pool, ops.depthwise_average_pool])


@given(st.integers(1, 6), st.integers(1, 20), st.lists(st.integers(1, 4), min_size=1, max_size=3), seeds, dtypes)
def test_values_and_gradients(isa, size, groups, image, seed, dtype):
    shape = (2, *image, size * groups)
    x, upstream = laid_out(seed, dtype, shape, (2, *image, groups))
    windows = x.astype(np.float64).reshape(2, *image, groups, size)
    result, pullback = convolith.vjp(lambda x: ops.depthwise_max_pool(x, size), x)
    np.testing.assert_array_equal(result, windows.max(-1))
    first = np.arange(size) == windows.argmax(-1)[..., None]
    np.testing.assert_array_equal(pullback(upstream)[0], (first * upstream[..., None]).reshape(shape))
    result, pullback = convolith.vjp(lambda x: ops.depthwise_average_pool(x, size), x)
    assert result.dtype == dtype
    assert_within(result, windows.mean(-1), sides(dtype) * sum_bound(size + 1, abs(windows).mean(-1), dtype))
    spread = np.repeat(upstream.astype(np.float64) / size, size, axis=-1)
    assert_within(pullback(upstream)[0], spread, sides(dtype) * sum_bound(2, abs(spread), dtype))


@every_op
def test_strides_channels_first_batches_and_slopes(op):
    x = np.random.default_rng(5).permutation(np.arange(-24, 24)).reshape(2, 2, 2, 6) / 32  # whose sums are exact
    overlapping = op(x, 3, 1)
    assert overlapping.shape == (2, 2, 2, 4)
    for channel in range(4):
        np.testing.assert_array_equal(overlapping[..., channel], op(x[..., channel : channel + 3], 3)[..., 0])
    moved = op(np.moveaxis(x, -1, 1), 2, data_format="channels_first")
    np.testing.assert_array_equal(np.moveaxis(moved, 1, -1), op(x, 2))
    assert op(Tensor(Spec((None, 2, 2, 6), np.dtype(np.float32))), 3).shape == (None, 2, 2, 2)
    result, pullback = convolith.vjp(lambda x: op(x, 2), x[:0])
    assert result.shape == (0, 2, 2, 3) and pullback(result)[0].shape == (0, 2, 2, 6)
    check_slopes(lambda x: op(x, 3, 1), x[:1])


@every_op
def test_what_is_refused(op):
    name, x = op.__name__, np.ones((1, 4, 4, 6))
    with pytest.raises(ValueError, match=rf"{name}: pool_size must divide the channels, got 4 .*\(1, 4, 4, 6\)"):
        op(x, 4)
    with pytest.raises(ValueError, match=rf"{name}: strides must divide the channels, got 4 .*\(1, 4, 4, 6\)"):
        op(x, 2, 4)
    with pytest.raises(ValueError, match=f"{name}: inputs must have channels, got shape"):
        op(x[..., :0], 2)
    for argument, arguments in (("pool_size", (0,)), ("pool_size", ((2, 2),)), ("strides", (2, 0))):
        with pytest.raises(ValueError, match=f"{name}: {argument} must be an integer of at least 1"):
            op(x, *arguments)
    with pytest.raises(TypeError, match=f"{name}: pool_size must be an integer"):
        op(x, None)
    with pytest.raises(ValueError, match=f"{name}: inputs must have 3, 4 or 5 axes"):
        op(x[0, 0], 2)
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        op(x, 2, data_format="first")
    with pytest.raises(TypeError, match=f"{name}: inputs must be an array or a tensor, got None"):
        op(None, 2)
