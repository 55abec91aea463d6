"""Depthwise and separable convolution of volumes and causal series against the loops, which take a channel a group."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, sides, sum_bound
from tests.geometries import convolutions, dtypes, laid_out, seeds
from tests.ops.plans import check_in_plan
from tests.reference import conv as reference


@settings(max_examples=30)
@given(
    convolutions(batches=(0, 2), ranks=st.sampled_from([1, 3])),
    st.integers(1, 5),
    st.integers(1, 3),
    seeds,
    dtypes,
    st.booleans(),
)
def test_values_and_gradients(example, channels, multiplier, seed, dtype, channels_first):
    window, filters = example.kernel_shape[:-2], channels * multiplier
    images, results = (*example.input_shape[:-1], channels), (*example.output_shape[:-1], filters)
    x, kernel, bias, upstream = laid_out(seed, dtype, images, (*window, channels, multiplier), (filters,), results)
    geometry, flat = (example.strides, example.pads, example.dilation_rate, channels), (*window, 1, filters)
    options = {name: value for name, value in example.keywords.items() if name != "groups"}
    if channels_first:
        options["data_format"] = "channels_first"

    def layer(x, kernel, bias):
        if not channels_first:
            return ops.depthwise_conv(x, kernel, bias=bias, **options)
        return ops.moveaxis(ops.depthwise_conv(ops.moveaxis(x, -1, 1), kernel, bias=bias, **options), 1, -1)

    def passes(x, kernel, upstream):
        return [
            reference.conv(x, kernel.reshape(flat), *geometry),
            reference.conv_input_gradient(upstream, kernel.reshape(flat), x.shape, *geometry),
            reference.conv_kernel_gradient(x, upstream, flat, *geometry).reshape(kernel.shape),
        ]

    result, pullback = convolith.vjp(layer, x, kernel, bias)
    by_input, by_kernel, by_bias = pullback(upstream)
    exact, totals = passes(x, kernel, upstream), passes(*(abs(a).astype(np.float64) for a in (x, kernel, upstream)))
    exact[0], totals[0] = exact[0] + bias, totals[0] + abs(bias)
    pixels = math.prod(results[:-1])
    lengths = math.prod(window) + 1, math.prod(window) * multiplier, pixels
    for ours, other, total, length in zip((result, by_input, by_kernel), exact, totals, lengths, strict=True):
        assert ours.dtype == dtype
        assert_within(ours, other, sides(dtype) * sum_bound(length, total, dtype, 2.0**10))
    rows = upstream.reshape(-1, filters).astype(np.float64)
    assert_within(by_bias, rows.sum(axis=0), sides(dtype) * sum_bound(pixels, abs(rows).sum(axis=0), dtype))


def test_separable_convolution_of_volumes():
    numbers = np.random.default_rng(0)
    shapes = (2, 4, 5, 3, 2), (2, 2, 2, 2, 3), (1, 1, 1, 6, 4), (4,)
    x, depthwise, pointwise, bias = (numbers.integers(-9, 10, shape) / 4 for shape in shapes)  # whose sums are exact
    hidden = ops.depthwise_conv(x, depthwise, 2, "same")
    expected = ops.conv(hidden, pointwise, bias=bias)
    np.testing.assert_array_equal(ops.separable_conv(x, depthwise, pointwise, 2, "same", bias=bias), expected)
    check_in_plan(lambda x: ops.separable_conv(x, depthwise, pointwise, 2, "same", bias=bias), x)


def test_what_is_refused_of_volumes():
    x, kernel = np.ones((2, 4, 5, 3, 2), np.float32), np.ones((2, 2, 2, 2, 3), np.float32)
    for inputs in (x, Tensor(Spec(x.shape, x.dtype))):
        with pytest.raises(ValueError, match=r"depthwise_conv: bias must have shape \(6,\)"):
            ops.depthwise_conv(inputs, kernel, bias=np.ones(2))
        with pytest.raises(ValueError, match="depthwise_conv: kernel 2 x 2 x 2, .* does not fit in inputs of shape"):
            ops.depthwise_conv(inputs, kernel, dilation_rate=3)
        with pytest.raises(ValueError, match="depthwise_conv: kernel of shape .* has kernels for 1 channels"):
            ops.depthwise_conv(inputs, kernel[..., :1, :])
        with pytest.raises(ValueError, match='depthwise_conv: padding must be "valid", "same" or explicit'):
            ops.depthwise_conv(inputs, kernel, padding="causal")
        with pytest.raises(ValueError, match="separable_conv: strides must be an integer of at least 1 or 3 of them"):
            ops.separable_conv(inputs, kernel, np.ones((1, 1, 1, 6, 4)), strides=(1, 1))
