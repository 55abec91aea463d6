"""PyTorch as an independent oracle of the poolings that are made of others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sum_bound
from tests.geometries import dtypes, normal, poolings, seeds
from tests.ops.test_against_torch import autograd

pytestmark = pytest.mark.torch


@given(poolings(), seeds, st.sampled_from([2, 4]))
def test_lp_pool(torch, example, seed, norm_type):
    # torch multiplies by the whole window's elements where ceil_mode cuts one off, which is no norm.
    assume(not example.ceil_mode and max(example.dilation_rate) == 1)
    x, upstream = normal(seed, np.float64, example.input_shape, example.output_shape)
    padded = np.pad(x, ((0, 0), *example.pads, (0, 0)))
    their_op = getattr(torch.nn.functional, f"lp_pool{len(example.pool_size)}d")
    window = example.pool_size, example.strides
    if len(example.pool_size) == 1:
        window = example.pool_size[0], example.strides[0]

    def theirs(x):
        return their_op(x.movedim(-1, 1), norm_type, *window).movedim(1, -1)

    def ours(x):
        return ops.lp_pool(x, example.pool_size, example.strides, norm_type=norm_type)

    result, pullback = convolith.vjp(ours, padded)
    expected, (gradient,) = autograd(torch, theirs, [padded], upstream)
    relative = 2 * gamma(math.prod(example.pool_size) + 32, np.float64)
    assert_within(result, expected, relative * expected)
    # No window has a slope above 1, whatever the norm.
    magnitudes = abs(upstream).sum() * np.ones_like(padded)
    assert_within(pullback(upstream)[0], gradient, relative * magnitudes + np.finfo(np.float64).tiny)
    np.testing.assert_array_equal(ops.lp_pool(x, **example.keywords, norm_type=norm_type), result)


@given(
    st.lists(st.tuples(st.integers(1, 7), st.integers(1, 5)), min_size=1, max_size=3), st.integers(1, 18), seeds, dtypes
)
def test_adaptive_pooling(torch, isa, sizes, channels, seed, dtype):
    image, output_size = zip(*sizes, strict=True)
    x, upstream = normal(seed, dtype, (2, *image, channels), (2, *output_size, channels))
    for name, op in (("avg", ops.adaptive_average_pool), ("max", ops.adaptive_max_pool)):
        their_op = getattr(torch.nn.functional, f"adaptive_{name}_pool{len(image)}d")

        def theirs(x, their_op=their_op):
            return their_op(x.movedim(-1, 1), output_size).movedim(1, -1)

        result, pullback = convolith.vjp(lambda x, op=op: op(x, output_size), x)
        expected, (gradient,) = autograd(torch, theirs, [x], upstream)
        magnitudes, _ = autograd(torch, theirs, [abs(x)], upstream)
        _, (sums,) = autograd(torch, theirs, [x], abs(upstream))
        bound = 2 * sum_bound(math.prod(image) + 2, magnitudes, dtype)
        assert_within(result, expected, bound if name == "avg" else 0)
        assert_within(pullback(upstream)[0], gradient, 2 * sum_bound(upstream.size + 2, sums, dtype))


@given(poolings(), seeds, dtypes)
def test_indices_and_unpooling(torch, isa, example, seed, dtype):
    assume(all(before == after for before, after in example.pads) and example.padding != "same")
    x = np.random.default_rng(seed).integers(-2, 3, example.input_shape).astype(dtype)
    rank, padding = len(example.pool_size), tuple(before for before, _ in example.pads)
    options = {"dilation": example.dilation_rate, "ceil_mode": example.ceil_mode, "return_indices": True}
    functional = torch.nn.functional
    pooled, places = getattr(functional, f"max_pool{rank}d")(
        torch.from_numpy(x).movedim(-1, 1), example.pool_size, example.strides, padding, **options
    )
    pooled.requires_grad_()
    values, indices = ops.max_pool_with_indices(x, **{**example.keywords, "padding": example.pads})
    np.testing.assert_array_equal(values, pooled.detach().movedim(1, -1).numpy())
    np.testing.assert_array_equal(indices, places.movedim(1, -1).numpy())
    if max(example.dilation_rate) > 1:
        return  # torch's unpooling knows no dilation
    unpooled = getattr(functional, f"max_unpool{rank}d")(
        pooled, places, example.pool_size, example.strides, padding, x.shape[1:-1]
    )
    window = {"pool_size": example.pool_size, "strides": example.strides, "padding": example.pads}
    result, pullback = convolith.vjp(
        lambda values: ops.max_unpool(values, indices, **window, output_size=x.shape[1:-1]), values
    )
    np.testing.assert_array_equal(result, unpooled.detach().movedim(1, -1).numpy())
    if np.all(np.array(example.strides) >= example.pool_size):  # torch gives all that go to one pixel its upstream
        upstream = np.arange(result.size, dtype=dtype).reshape(result.shape)
        (expected,) = torch.autograd.grad(unpooled, pooled, torch.from_numpy(upstream).movedim(-1, 1))
        np.testing.assert_array_equal(pullback(upstream)[0], expected.movedim(1, -1).numpy())
