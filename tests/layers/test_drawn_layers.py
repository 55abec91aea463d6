"""Normalising, dense, merging and rearranging layers of drawn arguments and shapes, against formulas in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import layers
from tests.bounds import assert_within, gamma, sides, sum_bound
from tests.geometries import dtypes, laid_out, normal, seeds
from tests.ops.elementwise import Case, check
from tests.ops.test_elu import case_of
from tests.ops.test_softmax_values import softmax_bound, softmax_gradient_bound
from tests.reference import activation as activation_reference
from tests.reference import piecewise
from tests.running_error import Axes, Rounded, gradients

EPSILON = 0.1
examples = settings(max_examples=30)
shapes = st.tuples(st.integers(2, 4), st.integers(1, 4), st.integers(2, 3), st.integers(1, 9))
pairs = st.tuples(st.integers(0, 2), st.integers(0, 2))


def by_moments(x: Rounded, axes: Axes) -> Rounded:
    """x less its mean over axes, over its deviation."""
    centred = x - x.mean(axes)
    return centred / ((centred * centred).mean(axes) + EPSILON).sqrt()


# The layer of x's channels and an axis, the formula of x and that axis, and whether it has a factor and a shift.
NORMALIZATIONS: dict[str, tuple[Callable[..., Any], Callable[[Rounded, int], Rounded], int]] = {
    "batch": (
        lambda axis, **more: layers.BatchNormalization(axis, epsilon=EPSILON, **more),
        lambda x, axis: by_moments(x, tuple(other for other in range(4) if other != axis)),
        2,
    ),
    "layer": (
        lambda axis, **more: layers.LayerNormalization(axis, epsilon=EPSILON, **more),
        lambda x, axis: by_moments(x, (axis,)),
        2,
    ),
    "instance": (
        lambda axis, **more: layers.GroupNormalization(-1, axis, epsilon=EPSILON, **more),
        lambda x, axis: by_moments(x, tuple(other for other in (1, 2, 3) if other != axis)),
        2,
    ),
    "RMS": (
        lambda axis, **more: layers.RMSNormalization(axis, epsilon=EPSILON, **more),
        lambda x, axis: x / ((x * x).mean((axis,)) + EPSILON).sqrt(),
        1,
    ),
}


@pytest.mark.parametrize("name", NORMALIZATIONS)
@examples
@given(shapes, st.sampled_from([1, 3, -1]), seeds, dtypes, st.sampled_from([0.0, -50.0]))
def test_normalizations(name, shape, axis, seed, dtype, offset):
    make, formula, parameters = NORMALIZATIONS[name]
    axis = axis if name != "layer" or shape[axis] > 1 else 2
    channels, along = shape[axis], [-1 if place == axis % 4 else 1 for place in range(4)]
    x, upstream = laid_out(seed, dtype, shape, shape)
    x = x + dtype(offset)
    weights = normal(seed + 1, dtype, *[(channels,)] * parameters)
    layer = make(axis, dtype=np.dtype(dtype).name)
    layer.build(shape)
    layer.set_weights([*weights, *layer.get_weights()[parameters:]])
    result, pullback = convolith.vjp(lambda x: layer(x, training=True) if name == "batch" else layer(x), x)
    leaf = Rounded(x, dtype=dtype)
    exact = formula(leaf, axis % 4)
    for operate, weight in zip((Rounded.__mul__, Rounded.__add__), weights, strict=False):
        exact = operate(exact, Rounded(weight.reshape(along), dtype=dtype))
    (by_x,) = gradients(exact, upstream, [leaf])
    for found, wanted, what in ((result, exact, "result"), (*pullback(upstream), by_x, "gradient")):
        assert found.dtype == dtype
        assert_within(found, wanted.value, sides(dtype) * wanted.error, what)


@examples
@given(shapes, st.sampled_from([1, -1]), seeds, dtypes)
def test_batch_normalization_in_inference(shape, axis, seed, dtype):
    """By averages of its own, which stay."""
    channels, along = shape[axis], [-1 if place == axis % 4 else 1 for place in range(4)]
    x, upstream = laid_out(seed, dtype, shape, shape)
    *others, variance = normal(seed + 1, dtype, *[(channels,)] * 4)
    weights = [*others, abs(variance)]
    layer = layers.BatchNormalization(axis, epsilon=EPSILON, dtype=np.dtype(dtype).name)
    layer.build(shape)
    layer.set_weights(weights)
    result, pullback = convolith.vjp(layer, x)
    leaf = Rounded(x, dtype=dtype)
    factor, shift, mean, spread = (Rounded(weight.reshape(along), dtype=dtype) for weight in weights)
    exact = (leaf - mean) / (spread + EPSILON).sqrt() * factor + shift
    (by_x,) = gradients(exact, upstream, [leaf])
    assert_within(result, exact.value, sides(dtype) * exact.error)
    assert_within(pullback(upstream)[0], by_x.value, sides(dtype) * by_x.error, "gradient")
    for weight, before in zip(layer.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(weight, before)


@examples
@given(st.lists(st.integers(0, 4), min_size=1, max_size=3), st.tuples(st.integers(1, 40), st.integers(1, 40)), seeds,
       dtypes, st.booleans())  # fmt: skip
def test_dense(rows, sizes, seed, dtype, use_bias):
    (inner, units), shape = sizes, (*rows, sizes[0])
    x, upstream = laid_out(seed, dtype, shape, (*rows, units))
    kernel, bias = normal(seed + 1, dtype, sizes, (units,))
    layer = layers.Dense(units, use_bias=use_bias, dtype=np.dtype(dtype).name)
    layer.build(shape)
    layer.set_weights([kernel, bias][: 1 + use_bias])
    result, pullback = convolith.vjp(layer, x)
    assert result.shape == layer.compute_output_shape(shape) and result.dtype == dtype
    x, kernel, bias, upstream = (array.astype(np.float64) for array in (x, kernel, bias * use_bias, upstream))
    allowed = sum_bound(inner + 1, abs(x) @ abs(kernel) + abs(bias), dtype, 2.0**10)
    assert_within(result, x @ kernel + bias, sides(dtype) * allowed)
    allowed = sum_bound(units, abs(upstream) @ abs(kernel.T), dtype, 2.0**10)
    assert_within(pullback(upstream.astype(dtype))[0], upstream @ kernel.T, sides(dtype) * allowed, "gradient")


# The function of two, and how often the result of n is rounded.
MERGES: dict[str, tuple[Callable[..., Any], Callable[[int], int]]] = {
    "Add": (np.add, lambda count: count - 1),
    "Average": (np.add, lambda count: count + 1),
    "Multiply": (np.multiply, lambda count: count - 1),
    "Maximum": (np.maximum, lambda count: 0),
    "Minimum": (np.minimum, lambda count: 0),
}


@pytest.mark.parametrize("name", MERGES)
@examples
@given(st.lists(st.booleans(), min_size=2, max_size=5), shapes, seeds, dtypes)
def test_merging(name, whole, shape, seed, dtype):
    """Of up to five arrays, some with a size of 1 that is repeated."""
    function, roundings = MERGES[name]
    arrays = laid_out(seed, dtype, *(shape if all_rows else (shape[0], 1, *shape[2:]) for all_rows in whole))
    wide = [array.astype(np.float64) for array in arrays]
    exact, size = (reduce(function, some) for some in (wide, [abs(array) for array in wide]))
    count = len(arrays) if name == "Average" else 1
    result = getattr(layers, name)(dtype=np.dtype(dtype).name)(arrays)
    assert result.dtype == dtype
    allowed = sides(dtype) * (gamma(roundings(len(arrays)), dtype) * size + len(arrays) * np.finfo(dtype).tiny)
    assert_within(result, exact / count, allowed / count)


@examples
@given(
    shapes, st.lists(st.integers(1, 3), min_size=2, max_size=4), st.sampled_from([-3, -2, -1, 1, 2, 3]), seeds, dtypes
)
def test_concatenating(shape, sizes, axis, seed, dtype):
    arrays = laid_out(seed, dtype, *((*shape[: axis % 4], size, *shape[axis % 4 + 1 :]) for size in sizes))
    layer = layers.Concatenate(axis, dtype=np.dtype(dtype).name)
    result, pullback = convolith.vjp(lambda *arrays: layer(list(arrays)), *arrays)
    np.testing.assert_array_equal(result, np.concatenate(arrays, axis).astype(dtype), strict=True)
    for found, array in zip(pullback(result), arrays, strict=True):
        np.testing.assert_array_equal(found, array)


others = st.lists(st.integers(1, 3), max_size=2)


@examples
@given(st.integers(0, 3), others, others, st.integers(1, 6), st.integers(0, 2), st.integers(0, 2), seeds, dtypes,
       st.booleans())  # fmt: skip
def test_dot(batch, left, right, length, before, behind, seed, dtype, normalize):
    """Products of all along an axis of each, whose place is drawn as well."""
    axes = [1 + place % (len(sizes) + 1) for place, sizes in ((before, left), (behind, right))]
    result_shape = (batch, *left, *right) if left or right else (batch, 1)
    moved_shapes, whole = (
        ((batch, *left, length), (batch, *right, length)),
        (batch, math.prod(left), math.prod(right), 1),
    )
    *moved, upstream = laid_out(seed, dtype, *moved_shapes, result_shape)
    arrays = [np.moveaxis(array, -1, axis) for array, axis in zip(moved, axes, strict=True)]
    layer = layers.Dot(tuple(axes), normalize, dtype=np.dtype(dtype).name)
    result, pullback = convolith.vjp(lambda *arrays: layer(list(arrays)), *arrays)
    flat = (batch, whole[1], 1, length), (batch, 1, whole[2], length)
    leaves = [Rounded(array.reshape(shape), dtype=dtype) for array, shape in zip(moved, flat, strict=True)]
    units = leaves
    if normalize:
        units = [leaf / (leaf * leaf).sum((3,)).at_least(1e-12).sqrt() for leaf in leaves]
    exact = (units[0] * units[1]).sum((3,))
    assert result.shape == layer.compute_output_shape([array.shape for array in arrays]) and result.dtype == dtype
    assert_within(result, exact.value.reshape(result_shape), sides(dtype) * exact.error.reshape(result_shape))
    back = gradients(exact, upstream.reshape(whole), leaves)
    for found, wanted, array, axis in zip(pullback(upstream), back, moved, axes, strict=True):
        found = np.moveaxis(found, axis, -1)
        assert_within(
            found, wanted.value.reshape(array.shape), sides(dtype) * wanted.error.reshape(array.shape), "gradient"
        )


@examples
@given(shapes, pairs, pairs, st.tuples(st.integers(1, 3), st.integers(1, 3)), seeds, dtypes, st.booleans())
def test_rearranging(shape, down, across, size, seed, dtype, first):
    """Numbers are moved, and their gradients moved back or added up: all whole, and so exact."""
    generator = np.random.default_rng(seed)
    x = generator.integers(-9, 10, shape).astype(dtype)
    moved = np.moveaxis(x, -1, 1) if first else x
    options: dict[str, Any] = {"data_format": "channels_first" if first else "channels_last"}
    kept = tuple(slice(before, extent + before) for extent, (before, _) in zip(shape[1:3], (down, across), strict=True))
    around = (0, 0), down, across, (0, 0)
    wide = np.pad(x, around)
    wide_moved = np.moveaxis(wide, -1, 1) if first else wide
    repeated = x.repeat(size[0], 1).repeat(size[1], 2)
    sums = repeated.shape[0], shape[1], size[0], shape[2], size[1], shape[3]
    for layer, given_x, expected, back in (
        (layers.ZeroPadding2D((down, across), **options), moved, wide, lambda g: g[:, kept[0], kept[1]]),
        (layers.Cropping2D((down, across), **options), wide_moved, x, lambda g: np.pad(g, around)),
        (layers.UpSampling2D(size, **options), moved, repeated, lambda g: g.reshape(sums).sum(axis=(2, 4))),
    ):
        result, pullback = convolith.vjp(layer, given_x)
        upstream = generator.integers(-9, 10, expected.shape).astype(dtype)
        result, by_x = (
            np.moveaxis(one, 1, -1) if first else one
            for one in (result, *pullback(np.moveaxis(upstream, -1, 1) if first else upstream))
        )
        np.testing.assert_array_equal(result, expected)
        np.testing.assert_array_equal(by_x, back(upstream))


@examples
@given(shapes, st.permutations([1, 2, 3]), st.integers(1, 4), seeds, dtypes)
def test_reshaping(shape, order, times, seed, dtype):
    (x,) = laid_out(seed, dtype, shape)
    rows = math.prod(shape[1:])
    for layer, expected in (
        (layers.Permute(order), x.transpose(0, *order)),
        (layers.Flatten(), x.reshape(len(x), -1)),
        (layers.Reshape((shape[3], -1)), x.reshape(len(x), shape[3], -1)),
    ):
        result, pullback = convolith.vjp(layer, x)
        np.testing.assert_array_equal(result, expected.astype(dtype), strict=True)
        (by_x,) = pullback(result)
        np.testing.assert_array_equal(by_x, x)
    flat = x.reshape(len(x), rows)
    np.testing.assert_array_equal(layers.RepeatVector(times)(flat), np.stack([flat] * times, axis=1))


eighths = st.integers(0, 24).map(lambda number: number / 8)


@examples
@given(shapes, eighths, st.none() | eighths, eighths, seeds, dtypes)
def test_bends(shape, negative_slope, max_value, threshold, seed, dtype):
    x, upstream = laid_out(seed, dtype, shape, shape)
    arguments = negative_slope, math.inf if max_value is None else max_value, threshold
    layer = layers.ReLU(max_value, negative_slope, threshold, dtype=np.dtype(dtype).name)
    case = Case(
        lambda v: piecewise.rectifier(v, *arguments),
        lambda v: piecewise.rectifier_slope(v, *arguments),
        lambda v: 2 * negative_slope * (abs(v) + threshold),
        lambda v: 0,
    )
    check(layer, case, x, upstream)
    case = Case(
        lambda v: v if v > 0 else negative_slope * v,
        lambda v: 1.0 if v > 0 else negative_slope,
        lambda v: abs(negative_slope * v),
        lambda v: 0,
    )
    check(layers.LeakyReLU(negative_slope, dtype=np.dtype(dtype).name), case, x, upstream)


@examples
@given(shapes, eighths, seeds, dtypes)
def test_elu(shape, alpha, seed, dtype):
    check(layers.ELU(alpha, dtype=np.dtype(dtype).name), case_of("elu", alpha), *laid_out(seed, dtype, shape, shape))


@examples
@given(
    shapes, st.none() | st.sampled_from([1, 2, 3]) | st.lists(st.sampled_from([1, 2, 3]), unique=True), seeds, dtypes
)
def test_prelu(shape, shared_axes, seed, dtype):
    x, upstream = laid_out(seed, dtype, shape, shape)
    shared = [shared_axes] if isinstance(shared_axes, int) else shared_axes or []
    (alpha,) = normal(seed + 1, dtype, tuple(1 if axis in shared else shape[axis] for axis in (1, 2, 3)))
    layer = layers.PReLU(shared_axes=shared_axes, dtype=np.dtype(dtype).name)
    layer.build(shape)
    layer.set_weights([alpha])
    result, pullback = convolith.vjp(layer, x)
    slopes = np.where(x > 0, 1, alpha.astype(np.float64))
    assert result.dtype == dtype
    for found, factor in ((result, x.astype(np.float64)), (pullback(upstream)[0], upstream.astype(np.float64))):
        exact = slopes * factor
        assert_within(found, exact, sides(dtype) * sum_bound(1, abs(exact) * (slopes != 1), dtype, 2.0**10))


@examples
@given(shapes, st.integers(-4, 3), seeds, dtypes)
def test_softmax(shape, axis, seed, dtype):
    x, upstream = laid_out(seed, dtype, shape, shape)
    result, pullback = convolith.vjp(layers.Softmax(axis, dtype=np.dtype(dtype).name), x)
    rows, up, found, by_rows = (
        np.moveaxis(array, axis, -1).reshape(-1, shape[axis]) for array in (x, upstream, result, *pullback(upstream))
    )
    assert result.shape == shape and result.dtype == dtype
    assert_within(found, activation_reference.softmax(rows), softmax_bound(rows, dtype))
    exact = activation_reference.softmax_gradient(up, rows)
    assert_within(by_rows, exact, softmax_gradient_bound(rows, up, dtype), "gradient")
