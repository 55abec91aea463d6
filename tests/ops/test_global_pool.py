"""Pooling of whole images, against the oracle and NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.ops.global_pool import PlaceChannels
from tests.bounds import assert_within, sides, sum_bound
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.slopes import check_slopes
from tests.reference import pool as reference
from tests.reference.window import moving

shapes = st.tuples(
    st.integers(1, 3), st.lists(st.integers(1, 6), min_size=1, max_size=3), st.sampled_from([1, 5, 130])
).map(lambda parts: (parts[0], *parts[1], parts[2]))
every_op = pytest.mark.parametrize("op", [ops.global_average_pool, ops.global_max_pool, ops.global_concat_pool])


@given(shapes, seeds, dtypes)
def test_values_and_gradients(isa, shape, seed, dtype):
    x, *upstreams = laid_out(seed, dtype, shape, (shape[0], shape[-1]), (shape[0], shape[-1]))
    spatial = tuple(range(1, len(shape) - 1))
    axes = moving(shape, shape[1:-1], shape[1:-1])
    length = int(np.prod(shape[1:-1])) + 1
    kept = [upstream.reshape(shape[0], *(1,) * len(spatial), shape[-1]) for upstream in upstreams]

    means, pullback = convolith.vjp(ops.global_average_pool, x)
    bound = sides(dtype) * sum_bound(length, abs(x.astype(np.float64)).mean(spatial), dtype)
    assert_within(means, x.astype(np.float64).mean(spatial), bound)
    by_means = reference.average_pool_gradient(kept[0].astype(np.float64), shape, axes)
    assert_within(pullback(upstreams[0])[0], by_means, sides(dtype) * sum_bound(2, abs(by_means), dtype))

    largest, pullback = convolith.vjp(ops.global_max_pool, x)
    np.testing.assert_array_equal(largest, x.max(spatial))
    by_largest = reference.max_pool_gradient(x, kept[1], axes)
    np.testing.assert_array_equal(pullback(upstreams[1])[0], by_largest)

    both, pullback = convolith.vjp(ops.global_concat_pool, x)
    np.testing.assert_array_equal(both, np.concatenate([means, largest], axis=1))
    bound = sides(dtype) * sum_bound(3, abs(by_means) + abs(by_largest), dtype)
    assert_within(pullback(np.concatenate(upstreams, axis=1))[0], by_means + by_largest, bound)
    assert means.dtype == largest.dtype == both.dtype == dtype


def test_the_mean_of_a_large_image_is_summed_in_blocks(isa):
    """Each pixel passes through the additions of a block of 64, and through those of the blocks.

    One chain would round 0.1 in the same direction again and again, and end 1e-3 off.
    """
    x = np.full((1, 160, 200, 17), 0.1, np.float32)
    exact = x[:, 0, 0].astype(np.float64)
    assert_within(ops.global_average_pool(x), exact, sum_bound(64 + 160 * 200 // 64 + 2, exact))


@every_op
def test_axes_that_stay_and_channels_first(op):
    x = np.random.default_rng(2).normal(size=(2, 4, 5, 3))
    flat = op(x)
    kept = op(x, keepdims=True)
    assert kept.shape == (2, 1, 1, flat.shape[1])
    np.testing.assert_array_equal(kept[:, 0, 0], flat)
    moved = x.transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(op(moved, "channels_first"), flat)
    np.testing.assert_array_equal(op(moved, data_format="channels_first", keepdims=True)[:, :, 0, 0], flat)


@every_op
def test_nan_and_infinities_stay_in_their_channel(op):
    x = np.zeros((1, 2, 2, 3))
    x[0, 1, 0, 0], x[0, 0, 1, 1] = np.nan, np.inf
    result = op(x).reshape(-1, 3)
    assert np.isnan(result[:, 0]).all() and np.isposinf(result[:, 1]).all() and not result[:, 2].any()


@every_op
def test_empty_batches_and_slopes(op):
    result, pullback = convolith.vjp(op, np.ones((0, 4, 5, 3)))
    assert result.shape[0] == 0 and pullback(result)[0].shape == (0, 4, 5, 3)
    check_slopes(op, np.random.default_rng(5).permutation(np.linspace(-1, 1, 24)).reshape(1, 4, 3, 2))


def test_concatenating_has_a_second_derivative():
    def placed(x):
        result, pullback = convolith.vjp(lambda x: ops.square(PlaceChannels(1, 4)(x)), x)
        return pullback(result)[0]

    check_slopes(placed, np.array([[0.3, -0.7]]))


@every_op
def test_what_is_refused(op):
    name = op.__name__
    with pytest.raises(ValueError, match=rf"{name}: inputs must have a pixel at least, got shape \(2, 0, 4, 3\)"):
        op(np.ones((2, 0, 4, 3)))
    with pytest.raises(ValueError, match=rf"{name}: inputs must have 3, 4 or 5 axes .* got shape \(2, 4\)"):
        op(np.ones((2, 4)))
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        op(np.ones((1, 2, 2, 1)), "first")
    with pytest.raises(TypeError, match=f"{name}: inputs must be an array or a tensor, got None"):
        op(None)
