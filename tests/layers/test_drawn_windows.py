"""Layers that move windows, of drawn configurations, shapes and weights, against the oracle in float64."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import layers
from tests.bounds import assert_within, gamma, sides, sum_bound
from tests.geometries import (
    convolutions,
    dtypes,
    laid_out,
    normal,
    poolings,
    same_pads,
    seeds,
    transposed_convolutions,
)
from tests.ops.test_adaptive_pool import adaptive_poolings
from tests.ops.test_conv_values import bound
from tests.ops.test_depthwise_values import depthwises, lengths, passes
from tests.ops.test_global_pool import shapes
from tests.reference import conv as conv_reference
from tests.reference import conv_transpose as conv_transpose_reference
from tests.reference import depthwise as depthwise_reference
from tests.reference import locally_connected as locally_connected_reference
from tests.reference import pool as pool_reference
from tests.reference.window import adaptive, moving

examples = settings(max_examples=30)
first_or_last = st.booleans()
DATA_FORMATS = "channels_last", "channels_first"
ACTIVATIONS = {None: lambda exact: exact, "relu": lambda exact: np.maximum(exact, 0)}
activations = st.sampled_from(list(ACTIVATIONS))


def of_rank(rank: int, name: str):
    """The layer of a name with {} for the number of spatial axes."""
    return getattr(layers, name.format(f"{rank}D"))


def convolving(name, example, filters, dtype, activation, use_bias, first):
    """The layer of an example of convolutions or transposed ones."""
    rank = len(example.strides)
    return of_rank(rank, name)(
        filters, example.kernel_shape[:rank], **example.keywords, activation=activation, use_bias=use_bias,
        data_format=DATA_FORMATS[first], dtype=np.dtype(dtype).name,
    )  # fmt: skip


def called(layer, x, weights, first, upstream=None):
    """The result on x and the gradient by it, channels last, of a layer with these weights that may have them first."""
    inputs = np.moveaxis(x, -1, 1) if first else x
    layer.build(inputs.shape)
    layer.set_weights(weights)
    result, pullback = convolith.vjp(layer, inputs)
    assert result.shape == layer.compute_output_shape(inputs.shape) and result.dtype == layer.compute_dtype
    moved = np.moveaxis(result, 1, -1) if first else result
    if upstream is None:
        return moved
    (by_x,) = pullback(np.moveaxis(upstream, -1, 1) if first else upstream)
    return moved, np.moveaxis(by_x, 1, -1) if first else by_x


@examples
@given(convolutions(batches=(0, 2)), seeds, dtypes, activations, st.booleans(), first_or_last)
def test_convolutions(example, seed, dtype, activation, use_bias, first):
    first = first and example.padding != "causal"
    filters = example.kernel_shape[-1]
    x, upstream = laid_out(seed, dtype, example.input_shape, example.output_shape)
    kernel, bias = normal(seed + 1, dtype, example.kernel_shape, (filters,))
    bias = bias if use_bias else np.zeros_like(bias)
    layer = convolving("Conv{}", example, filters, dtype, activation, use_bias, first)
    result, by_x = called(layer, x, [kernel, bias][: 1 + use_bias], first, upstream)
    exact = conv_reference.conv(x, kernel, *example.geometry) + bias.astype(np.float64)
    assert_within(result, ACTIVATIONS[activation](exact), bound(example, "forward", dtype, x, kernel, bias))
    through = np.where(result > 0, upstream, 0) if activation else upstream
    exact = conv_reference.conv_input_gradient(through, kernel, example.input_shape, *example.geometry)
    assert_within(by_x, exact, bound(example, "inputs", dtype, through, kernel), "gradient")


@examples
@given(transposed_convolutions(), seeds, dtypes, activations, st.booleans(), first_or_last)
def test_transposed_convolutions(example, seed, dtype, activation, use_bias, first):
    filters = example.output_shape[-1]
    (x,) = laid_out(seed, dtype, example.input_shape)
    kernel, bias = normal(seed + 1, dtype, example.kernel_shape, (filters,))
    bias = bias if use_bias else np.zeros_like(bias)
    layer = convolving("Conv{}Transpose", example, filters, dtype, activation, use_bias, first)
    result = called(layer, x, [kernel, bias][: 1 + use_bias], first)
    wide = x.astype(np.float64), kernel.astype(np.float64)
    exact = conv_transpose_reference.conv_transpose(*wide, *example.geometry) + bias.astype(np.float64)
    sizes = conv_transpose_reference.conv_transpose(*map(abs, wide), *example.geometry) + abs(bias.astype(np.float64))
    length = math.prod(example.kernel_shape[:-2]) * example.kernel_shape[-1] // example.groups + 1
    allowed = sides(dtype) * sum_bound(length, sizes, dtype, 2.0**10)
    assert_within(result, ACTIVATIONS[activation](exact), allowed)


@examples
@given(depthwises(batches=(0, 2)), seeds, dtypes, activations, st.booleans(), first_or_last)
def test_depthwise_convolutions(example, seed, dtype, activation, use_bias, first):
    x, upstream = laid_out(seed, dtype, example.input_shape, example.output_shape)
    kernel, bias = normal(seed + 1, dtype, example.kernel_shape, example.output_shape[-1:])
    bias = bias if use_bias else np.zeros_like(bias)
    layer = layers.DepthwiseConv2D(
        example.kernel_shape[:2], depth_multiplier=example.kernel_shape[3], **example.keywords, activation=activation,
        use_bias=use_bias, data_format=DATA_FORMATS[first], dtype=np.dtype(dtype).name,
    )  # fmt: skip
    result, by_x = called(layer, x, [kernel, bias][: 1 + use_bias], first, upstream)
    through = np.where(result > 0, upstream, 0) if activation else upstream
    wide = [array.astype(np.float64) for array in (x, kernel, through)]
    (exact, exact_by_x, _), (size, size_by_x, _) = passes(example, *wide), passes(example, *map(abs, wide))
    length, by_length, _ = lengths(example)
    shift = bias.astype(np.float64)
    allowed = sides(dtype) * sum_bound(length, size + abs(shift), dtype, 2.0**10)
    assert_within(result, ACTIVATIONS[activation](exact + shift), allowed)
    assert_within(by_x, exact_by_x, sides(dtype) * sum_bound(by_length, size_by_x, dtype, 2.0**10), "gradient")


@examples
@given(depthwises(batches=(0, 2)), st.integers(1, 9), seeds, dtypes, activations, first_or_last)
def test_separable_convolutions(example, filters, seed, dtype, activation, first):
    (x,) = laid_out(seed, dtype, example.input_shape)
    hidden = example.output_shape[-1]
    weights = normal(seed + 1, dtype, example.kernel_shape, (1, 1, hidden, filters), (filters,))
    layer = layers.SeparableConv2D(
        filters, example.kernel_shape[:2], depth_multiplier=example.kernel_shape[3], **example.keywords,
        activation=activation, data_format=DATA_FORMATS[first], dtype=np.dtype(dtype).name,
    )  # fmt: skip
    result = called(layer, x, weights, first)

    def exactly(x, depthwise, pointwise, bias):
        between = depthwise_reference.depthwise_conv(x, depthwise, *example.geometry)
        return np.einsum("nhwc,co->nhwo", between, pointwise[0, 0]) + bias

    wide = [array.astype(np.float64) for array in (x, *weights)]
    # A product of three goes through the roundings of both sums.
    roundings = gamma(math.prod(example.kernel_shape[:2]) + hidden + 3, dtype)
    allowed = sides(dtype) * (roundings * exactly(*map(abs, wide)) + 2.0**30 * hidden * np.finfo(dtype).tiny)
    assert_within(result, ACTIVATIONS[activation](exactly(*wide)), allowed)


@examples
@given(convolutions(batches=(0, 2), ranks=st.sampled_from([1, 2])), st.integers(1, 4), seeds, dtypes, activations,
       st.booleans(), first_or_last)  # fmt: skip
def test_locally_connected(example, filters, seed, dtype, activation, use_bias, first):
    size, strides, pads, padding = example.kernel_shape[:-2], example.strides, example.pads, example.padding
    if padding == "same":
        pads = tuple(map(same_pads, example.input_shape[1:-1], size, strides))
    elif padding == "causal":
        padding = pads
    channels = example.input_shape[-1]
    example = example._replace(kernel_shape=(*size, channels, filters), pads=pads, dilation_rate=(1,) * len(size))
    x, upstream = laid_out(seed, dtype, example.input_shape, example.output_shape)
    sizes, elements = example.output_shape[1:-1], math.prod(size) * channels
    kernel, bias = normal(seed + 1, dtype, (math.prod(sizes), elements, filters), (*sizes, filters))
    bias = bias if use_bias else np.zeros_like(bias)
    layer = of_rank(len(size), "LocallyConnected{}")(
        filters, size, strides, padding, DATA_FORMATS[first], activation, use_bias, dtype=np.dtype(dtype).name
    )
    result, by_x = called(layer, x, [kernel, bias][: 1 + use_bias], first, upstream)
    wide, window = [array.astype(np.float64) for array in (x, kernel, bias)], (size, strides, pads)
    exact, magnitudes = (
        locally_connected_reference.locally_connected(*arrays, *window) for arrays in (wide, map(abs, wide))
    )
    assert_within(
        result, ACTIVATIONS[activation](exact), sides(dtype) * sum_bound(elements + 1, magnitudes, dtype, 2.0**10)
    )
    through = np.where(result > 0, upstream, 0) if activation else upstream
    exact, magnitudes = (
        locally_connected_reference.locally_connected_gradients(*arrays, *window)[0]
        for arrays in ((x, kernel, through), (abs(wide[0]), abs(wide[1]), abs(through.astype(np.float64))))
    )
    length = math.prod(size) * filters
    assert_within(by_x, exact, sides(dtype) * sum_bound(length, magnitudes, dtype, 2.0**10), "gradient")


@examples
@given(poolings(batches=(0, 2)), seeds, dtypes, first_or_last)
def test_max_pooling(example, seed, dtype, first):
    x, upstream = laid_out(seed, dtype, example.input_shape, example.output_shape)
    layer = of_rank(len(example.strides), "MaxPooling{}")(
        **example.keywords, data_format=DATA_FORMATS[first], dtype=np.dtype(dtype).name
    )
    result, by_x = called(layer, x, [], first, upstream)
    np.testing.assert_array_equal(result, pool_reference.max_pool(x, example.axes))
    exact, sizes = (pool_reference.max_pool_gradient(x, one, example.axes) for one in (upstream, abs(upstream)))
    assert_within(by_x, exact, sides(dtype) * sum_bound(math.prod(example.pool_size), sizes, dtype), "gradient")


@examples
@given(poolings(batches=(0, 2), averages=True), seeds, dtypes, st.booleans(), first_or_last)
def test_average_pooling(example, seed, dtype, count_include_pad, first):
    x, upstream = laid_out(seed, dtype, example.input_shape, example.output_shape)
    layer = of_rank(len(example.strides), "AveragePooling{}")(
        **example.keywords, count_include_pad=count_include_pad, data_format=DATA_FORMATS[first],
        dtype=np.dtype(dtype).name,
    )  # fmt: skip
    result, by_x = called(layer, x, [], first, upstream)
    counted = count_include_pad and not isinstance(example.padding, str)
    wide, back = x.astype(np.float64), upstream.astype(np.float64)
    exact, sizes = (pool_reference.average_pool(one, example.axes, counted) for one in (wide, abs(wide)))
    length = math.prod(example.pool_size) + 1
    assert_within(result, exact, sides(dtype) * sum_bound(length, sizes, dtype))
    exact, sizes = (
        pool_reference.average_pool_gradient(one, x.shape, example.axes, counted) for one in (back, abs(back))
    )
    assert_within(by_x, exact, sides(dtype) * sum_bound(length, sizes, dtype), "gradient")


@examples
@given(adaptive_poolings(), seeds, dtypes, first_or_last)
def test_adaptive_pooling(example, seed, dtype, first):
    shape, size = example
    axes, options = adaptive(shape, size), {"data_format": DATA_FORMATS[first], "dtype": np.dtype(dtype).name}
    x, upstream = laid_out(seed, dtype, shape, (shape[0], *size, shape[-1]))
    wide, back = x.astype(np.float64), upstream.astype(np.float64)

    largest, by_x = called(of_rank(len(size), "AdaptiveMaxPooling{}")(size, **options), x, [], first, upstream)
    np.testing.assert_array_equal(largest, pool_reference.max_pool(x, axes))
    exact, sizes = (pool_reference.max_pool_gradient(x, one, axes) for one in (back, abs(back)))
    assert_within(by_x, exact, sides(dtype) * sum_bound(math.prod(size), sizes, dtype), "gradient")

    means, by_x = called(of_rank(len(size), "AdaptiveAveragePooling{}")(size, **options), x, [], first, upstream)
    length = math.prod(max(map(len, windows)) for windows in axes) + 1
    exact, sizes = (pool_reference.average_pool(one, axes) for one in (wide, abs(wide)))
    assert_within(means, exact, sides(dtype) * sum_bound(length, sizes, dtype))
    exact, sizes = (pool_reference.average_pool_gradient(one, shape, axes) for one in (back, abs(back)))
    assert_within(by_x, exact, sides(dtype) * sum_bound(math.prod(size) + 2, sizes, dtype), "gradient")


@examples
@given(shapes, seeds, dtypes, st.booleans(), first_or_last)
def test_global_pooling(shape, seed, dtype, keepdims, first):
    spatial = tuple(range(1, len(shape) - 1))
    axes = moving(shape, shape[1:-1], shape[1:-1])
    kept = shape[0], *(1,) * len(spatial), shape[-1]
    x, upstream = laid_out(seed, dtype, shape, kept if keepdims else (shape[0], shape[-1]))
    wide, back = x.astype(np.float64), upstream.astype(np.float64).reshape(kept)
    options = {"data_format": DATA_FORMATS[first], "keepdims": keepdims, "dtype": np.dtype(dtype).name}

    largest, by_x = called(of_rank(len(spatial), "GlobalMaxPooling{}")(**options), x, [], first, upstream)
    np.testing.assert_array_equal(largest, x.max(spatial, keepdims=keepdims))
    by_largest = pool_reference.max_pool_gradient(x, back, axes)
    np.testing.assert_array_equal(by_x, by_largest)

    means, by_x = called(of_rank(len(spatial), "GlobalAveragePooling{}")(**options), x, [], first, upstream)
    exact, sizes = (one.mean(spatial, keepdims=keepdims) for one in (wide, abs(wide)))
    assert_within(means, exact, sides(dtype) * sum_bound(math.prod(shape[1:-1]) + 1, sizes, dtype))
    by_means = pool_reference.average_pool_gradient(back, shape, axes)
    assert_within(by_x, by_means, sides(dtype) * sum_bound(2, abs(by_means), dtype), "gradient")

    if len(spatial) == 2:
        twice = np.concatenate([upstream, upstream], axis=-1)
        both, by_x = called(layers.GlobalConcatPooling2D(**options), x, [], first, twice)
        np.testing.assert_array_equal(both, np.concatenate([means, largest], axis=-1))
        bound_of_both = sides(dtype) * sum_bound(3, abs(by_means) + abs(by_largest), dtype)
        assert_within(by_x, by_means + by_largest, bound_of_both, "gradient")
