"""Pooling to a given size, against the oracle."""

from __future__ import annotations

import math

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
from tests.reference import pool as reference
from tests.reference.window import adaptive

every_op = pytest.mark.parametrize("op", [ops.adaptive_average_pool, ops.adaptive_max_pool])


@st.composite
def adaptive_poolings(draw):
    """The input's shape and the output's size, which may be larger."""
    rank = draw(st.integers(1, 3))
    sizes = [draw(st.tuples(st.integers(1, 9 - 2 * rank), st.integers(1, 8 - 2 * rank))) for _ in range(rank)]
    inputs, output_size = zip(*sizes, strict=True)
    return (draw(st.integers(1, 2)), *inputs, draw(st.integers(1, 18))), output_size


@given(adaptive_poolings(), seeds, dtypes)
def test_average(isa, example, seed, dtype):
    shape, size = example
    axes = adaptive(shape, size)
    x, upstream = laid_out(seed, dtype, shape, (shape[0], *size, shape[-1]))
    result, pullback = convolith.vjp(lambda x: ops.adaptive_average_pool(x, size), x)
    length = math.prod(max(map(len, windows)) for windows in axes) + 1
    magnitudes = reference.average_pool(abs(x.astype(np.float64)), axes)
    assert_within(result, reference.average_pool(x.astype(np.float64), axes), 2 * sum_bound(length, magnitudes, dtype))
    assert result.dtype == dtype
    exact = reference.average_pool_gradient(upstream.astype(np.float64), shape, axes)
    magnitudes = reference.average_pool_gradient(abs(upstream.astype(np.float64)), shape, axes)
    # A pixel is in few windows, or in as many as there are where the result is larger.
    length = upstream.size + 2
    assert_within(pullback(upstream)[0], exact, sides(dtype) * sum_bound(length, magnitudes, dtype), "gradient")


@given(adaptive_poolings(), seeds, dtypes)
def test_max(isa, example, seed, dtype):
    shape, size = example
    axes = adaptive(shape, size)
    x = np.random.default_rng(seed).choice([-1.0, 0, 2, np.nan], shape).astype(dtype)
    (upstream,) = laid_out(seed, dtype, (shape[0], *size, shape[-1]))
    result, pullback = convolith.vjp(lambda x: ops.adaptive_max_pool(x, size), x)
    np.testing.assert_array_equal(result, reference.max_pool(x, axes))
    exact = reference.max_pool_gradient(x, upstream, axes)
    bound = sides(dtype) * sum_bound(upstream.size, reference.max_pool_gradient(x, abs(upstream), axes), dtype)
    assert_within(pullback(upstream)[0], exact, bound, "gradient")


@every_op
def test_shapes_slopes_and_channels_first(op):
    x = np.random.default_rng(5).permutation(np.linspace(-1, 1, 40)).reshape(1, 5, 4, 2)
    symbolic = op(Tensor(Spec((None, 5, 4, 2), np.dtype(np.float32))), (3, 2))
    assert symbolic.shape == (None, 3, 2, 2)
    check_slopes(lambda x: op(x, (3, 2)), x)
    check_slopes(lambda x: op(x, (2, 6)), x)
    np.testing.assert_array_equal(op(x, 1)[:, 0, 0], op(x.transpose(0, 3, 1, 2), 1, "channels_first")[:, :, 0, 0])
    np.testing.assert_array_equal(op(x, (5, 4)), x)
    result, pullback = convolith.vjp(lambda x: op(x, 3), x[:0])
    assert result.shape == (0, 3, 3, 2) and pullback(result)[0].shape == (0, 5, 4, 2)


@every_op
def test_what_is_refused(op):
    name, x = op.__name__, np.ones((2, 5, 4, 3))
    for size in (0, (1, 2, 3), (1, 1.5), -1):
        with pytest.raises(ValueError, match=f"{name}: output_size must be an integer of at least 1 or 2 of them"):
            op(x, size)
    with pytest.raises(TypeError, match=f"{name}: output_size must be an integer or 2 of them, got None"):
        op(x, None)
    with pytest.raises(ValueError, match=rf"{name}: inputs must have a pixel at least, got shape \(2, 0, 4, 3\)"):
        op(x[:, :0], 1)
    with pytest.raises(ValueError, match=rf"{name}: inputs must have 3, 4 or 5 axes .* got shape \(5, 4\)"):
        op(x[0, :, :, 0], 1)
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        op(x, 1, "first")
    with pytest.raises(TypeError, match=f"{name}: inputs must be an array or a tensor, got None"):
        op(None, 1)
