"""Pooling forward and backward: maxima exactly, averages within the derived bound of the oracle."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, sides, sum_bound
from tests.geometries import dtypes, laid_out, poolings, seeds
from tests.reference import pool as reference


def with_ties(seed: int, dtype: type, shape: tuple[int, ...], special: bool) -> np.ndarray:
    """Few different values, so that windows have ties; if `special`, some NaN and infinities among them."""
    generator = np.random.default_rng(seed)
    values = generator.integers(-2, 3, shape).astype(dtype)
    if special:
        values[generator.random(shape) < 0.1] = -np.inf
        values[generator.random(shape) < 0.03] = np.inf
        values[generator.random(shape) < 0.05] = np.nan
    return values


@given(poolings(), seeds, dtypes, st.booleans())
def test_max_pool(isa, example, seed, dtype, special):
    x = with_ties(seed, dtype, example.input_shape, special)
    upstream = laid_out(seed, dtype, example.output_shape)[0]
    result, pullback = convolith.vjp(lambda x: ops.max_pool(x, **example.keywords), x)
    np.testing.assert_array_equal(result, reference.max_pool(x, example.axes))
    assert result.dtype == dtype
    (gradient,) = pullback(upstream)
    exact = reference.max_pool_gradient(x, upstream, example.axes)
    magnitudes = reference.max_pool_gradient(x, abs(upstream), example.axes)
    # Where windows do not overlap a pixel's gradient is one number, not a sum.
    apart = all(step >= size for step, size in zip(example.strides, example.pool_size, strict=True))
    bound = sides(dtype) * sum_bound(math.prod(example.pool_size), magnitudes, dtype)
    assert_within(gradient, exact, 0 if apart and max(example.dilation_rate) == 1 else bound, "gradient")


@given(poolings(), seeds, dtypes, st.booleans())
def test_min_pool(isa, example, seed, dtype, special):
    x = with_ties(seed, dtype, example.input_shape, special)
    upstream = laid_out(seed, dtype, example.output_shape)[0]
    result, pullback = convolith.vjp(lambda x: ops.min_pool(x, **example.keywords), x)
    np.testing.assert_array_equal(result, -reference.max_pool(-x, example.axes))
    exact = reference.max_pool_gradient(-x, upstream, example.axes)
    bound = sides(dtype) * sum_bound(
        math.prod(example.pool_size), reference.max_pool_gradient(-x, abs(upstream), example.axes), dtype
    )
    assert_within(pullback(upstream)[0], exact, bound, "gradient")


@given(poolings(), seeds)
def test_the_gradient_of_max_pool_moves_every_number_once(isa, example, seed):
    """Integers: their sum is exact, so what comes in must go out, ties or not."""
    generator = np.random.default_rng(seed)
    x = with_ties(seed, np.float32, example.input_shape, special=False)
    upstream = generator.integers(1, 9, example.output_shape).astype(np.float32)
    _, pullback = convolith.vjp(lambda x: ops.max_pool(x, **example.keywords), x)
    assert pullback(upstream)[0].sum() == upstream.sum()


@given(poolings(averages=True), seeds, dtypes, st.booleans())
def test_average_pool(isa, example, seed, dtype, count_include_pad):
    x, upstream = laid_out(seed, dtype, example.input_shape, example.output_shape)
    result, pullback = convolith.vjp(
        lambda x: ops.average_pool(x, **example.keywords, count_include_pad=count_include_pad), x
    )
    counted = count_include_pad and not isinstance(example.padding, str)  # the choice is explicit padding's
    length = math.prod(example.pool_size) + 1  # the division is one rounding more, its reciprocal another
    exact = reference.average_pool(x.astype(np.float64), example.axes, counted)
    magnitudes = reference.average_pool(abs(x.astype(np.float64)), example.axes, counted)
    assert result.dtype == dtype
    assert_within(result, exact, sides(dtype) * sum_bound(length, magnitudes, dtype))
    (gradient,) = pullback(upstream)
    exact = reference.average_pool_gradient(upstream.astype(np.float64), x.shape, example.axes, counted)
    magnitudes = reference.average_pool_gradient(abs(upstream.astype(np.float64)), x.shape, example.axes, counted)
    assert_within(gradient, exact, sides(dtype) * sum_bound(length, magnitudes, dtype), "gradient")


@given(poolings(averages=True), seeds)
def test_the_average_of_a_constant_is_the_constant(isa, example, seed):
    """Where padding is not counted; a wrong divisor at an edge shows at once."""
    x = np.full(example.input_shape, 0.375, np.float32)
    result = ops.average_pool(x, **example.keywords, count_include_pad=False)
    # Sums of up to 64 times 3/8 are exact; the reciprocal of their number and the product with it are rounded.
    np.testing.assert_allclose(result, 0.375, rtol=np.finfo(np.float32).eps)


@given(poolings(batches=(0, 0), averages=True))
def test_an_empty_batch(isa, example):
    x, upstream = np.zeros(example.input_shape, np.float32), np.zeros(example.output_shape, np.float32)
    for op in (ops.max_pool, ops.min_pool, ops.average_pool, ops.lp_pool):
        result, pullback = convolith.vjp(lambda x, op=op: op(x, **example.keywords), x)
        assert result.shape == example.output_shape
        assert pullback(upstream)[0].shape == example.input_shape


@given(poolings(averages=True), seeds)
def test_channels_first_is_the_transpose(example, seed):
    (x,) = laid_out(seed, np.float32, example.input_shape)
    for op in (ops.max_pool, ops.min_pool, ops.average_pool, ops.lp_pool):
        moved = op(np.moveaxis(x, -1, 1), **example.keywords, data_format="channels_first")
        np.testing.assert_array_equal(np.moveaxis(moved, 1, -1), op(x, **example.keywords))


def test_the_strides_are_the_window_unless_they_are_given():
    x = np.arange(36, dtype=np.float32).reshape(1, 6, 6, 1)
    np.testing.assert_array_equal(ops.max_pool(x, 3)[0, :, :, 0], [[14, 17], [32, 35]])
    np.testing.assert_array_equal(ops.average_pool(x, (3, 2))[0, :, :, 0], [[6.5, 8.5, 10.5], [24.5, 26.5, 28.5]])
    moved = ops.max_pool(np.moveaxis(x, -1, 1), 3, data_format="channels_first")
    np.testing.assert_array_equal(moved[0, 0], [[14, 17], [32, 35]])


def test_a_window_of_minus_infinity_has_a_first_maximum(isa):
    x = np.full((1, 2, 2, 18), -np.inf, np.float32)
    result, pullback = convolith.vjp(lambda x: ops.max_pool(x, 2), x)
    assert np.isneginf(result).all()
    gradient = pullback(np.ones_like(result))[0]
    np.testing.assert_array_equal(gradient[0, 0, 0], np.ones(18))
    assert gradient.sum() == 18
