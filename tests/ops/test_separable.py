"""Separable convolution: the depthwise convolution and the product it is made of, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, laid_out, seeds, small
from tests.ops.slopes import check_slopes
from tests.reference import conv as reference
from tests.reference import depthwise as depthwise_reference

IMAGES = np.ones((2, 8, 9, 4), np.float32)
DEPTHWISE = np.ones((3, 3, 4, 2), np.float32)
POINTWISE = np.ones((1, 1, 8, 5), np.float32)


def refused(error, message, inputs, *arguments, **options):
    for images in (inputs, Tensor(Spec(np.shape(inputs), np.dtype(np.float32)))):
        with pytest.raises(error, match=message):
            ops.separable_conv(images, *arguments, **options)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("options", "window"),
    [
        ({}, ((1, 1), ((0, 0), (0, 0)), (1, 1))),
        ({"padding": "same", "dilation_rate": 2}, ((1, 1), ((2, 2), (2, 2)), (2, 2))),
        ({"padding": ((1, 0), (0, 2)), "strides": (2, 3)}, ((2, 3), ((1, 0), (0, 2)), (1, 1))),
    ],
)
def test_it_is_the_two_convolutions(isa, generator, dtype, options, window):
    x, depthwise, pointwise, bias = (
        generator.normal(size=shape).astype(dtype) for shape in ((2, 8, 9, 19), (3, 3, 19, 2), (1, 1, 38, 21), (21,))
    )
    result = ops.separable_conv(x, depthwise, pointwise, bias=bias, activation="relu", **options)

    def exact(x, depthwise, pointwise, bias):
        hidden = depthwise_reference.depthwise_conv(x.astype(np.float64), depthwise.astype(np.float64), *window)
        return reference.conv(hidden, pointwise.astype(np.float64)) + bias

    magnitudes = exact(*(abs(array) for array in (x, depthwise, pointwise, bias)))
    # A product passes through the roundings of both sums; in float64 the oracle's own error counts too.
    bound = sides(dtype) * gamma(9 + 38 + 3, dtype) * magnitudes
    assert result.dtype == dtype
    assert_within(result, np.maximum(exact(x, depthwise, pointwise, bias), 0), bound)


def test_one_spatial_axis_and_channels_first(generator):
    x, depthwise, pointwise = (generator.normal(size=shape) for shape in ((2, 9, 3), (3, 3, 2), (1, 6, 5)))
    images = ops.separable_conv(x[:, None], depthwise[None], pointwise[None], padding="same", strides=2)
    result = ops.separable_conv(x, depthwise, pointwise, 2, "same")
    np.testing.assert_array_equal(result, images[:, 0])
    moved = x.transpose(0, 2, 1)
    first = ops.separable_conv(moved, depthwise, pointwise, (2,), "same", data_format="channels_first")
    np.testing.assert_array_equal(first.transpose(0, 2, 1), result)
    moved = ops.separable_conv(
        x.transpose(0, 2, 1)[:, :, None], depthwise[None], pointwise[None], 2, "same", data_format="channels_first"
    )
    np.testing.assert_array_equal(moved.transpose(0, 2, 3, 1), images)


def test_shapes_of_tensors():
    images = Tensor(Spec((None, 8, 9, 4), np.dtype(np.float32)))
    assert ops.separable_conv(images, DEPTHWISE, POINTWISE, padding="same").shape == (None, 8, 9, 5)
    assert ops.separable_conv(IMAGES[:0], DEPTHWISE, POINTWISE).shape == (0, 6, 7, 5)


@pytest.mark.parametrize("shapes", [((1, 5, 4, 2), (3, 2, 2, 2), (1, 1, 4, 3)), ((2, 6, 2), (3, 2, 1), (1, 2, 3))])
def test_derivatives(generator, shapes):
    arrays = [generator.normal(size=shape) for shape in (*shapes, (3,))]
    check_slopes(lambda x, d, p, b: ops.separable_conv(x, d, p, 2, "same", bias=b), *arrays)


def test_the_gradient_goes_through_the_fused_relu(generator):
    arrays = [generator.normal(size=shape) for shape in (IMAGES.shape, DEPTHWISE.shape, POINTWISE.shape, (5,))]
    fused = convolith.vjp(lambda x, d, p, b: ops.separable_conv(x, d, p, bias=b, activation="relu"), *arrays)
    apart = convolith.vjp(lambda x, d, p, b: ops.relu(ops.separable_conv(x, d, p, bias=b)), *arrays)
    np.testing.assert_array_equal(fused[0], apart[0])
    for one, other in zip(fused[1](fused[0]), apart[1](fused[0]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_refused():
    separable = (IMAGES, DEPTHWISE, POINTWISE)
    refused(ValueError, r"separable_conv: inputs must have 3, 4 or 5 axes .*\(8, 9\)", np.ones((8, 9)), *separable[1:])
    message = r"separable_conv: depthwise_kernel of shape \(3, 3, 3, 2\) has kernels for 3 channels.*\(2, 8, 9, 4\)"
    refused(ValueError, message, IMAGES, DEPTHWISE[:, :, :3], POINTWISE)
    refused(ValueError, "separable_conv: depthwise_kernel must have 4 axes", IMAGES, DEPTHWISE[0], POINTWISE)
    message = r"separable_conv: pointwise_kernel must have shape \(1, 1, 8, filters\), as .*\(3, 3, 4, 2\), got \("
    for pointwise in (POINTWISE[:, :, :7], POINTWISE[0], np.ones((3, 3, 8, 5)), POINTWISE[..., :0], np.ones(())):
        refused(ValueError, message, IMAGES, DEPTHWISE, pointwise)
    refused(
        ValueError, r"separable_conv: bias must have shape \(5,\), one a filter, got \(8,\)", *separable, bias=[1] * 8
    )
    refused(ValueError, "separable_conv: activation must be None", *separable, activation="elu")
    refused(ValueError, "separable_conv: data_format must be", *separable, data_format="last")
    refused(ValueError, "conv: strides must be an integer of at least 1", *separable, strides=0)
    refused(ValueError, "conv: padding must be", *separable, padding="causal")
    for index, name in enumerate(("inputs", "depthwise_kernel", "pointwise_kernel")):
        arguments = [None if place == index else array for place, array in enumerate(separable)]
        with pytest.raises(TypeError, match=f"separable_conv: {name} must be an array or a tensor, got None"):
            ops.separable_conv(*arguments)


@given(st.integers(0, 2), st.integers(1, 3), st.integers(1, 2), st.integers(1, 4), small(3), small(3), seeds, dtypes)
def test_drawn_shapes(n, channels, multiplier, filters, kernel, strides, seed, dtype):
    x, depthwise, pointwise = laid_out(
        seed,
        dtype,
        (n, 5, 4, channels),
        (*kernel, channels, multiplier),
        (1, 1, channels * multiplier, filters),
    )

    def exact(*arrays):
        x, depthwise, pointwise = (array.astype(np.float64) for array in arrays)
        hidden = depthwise_reference.depthwise_conv(x, depthwise, strides)
        return reference.conv(hidden, pointwise)

    bound = sides(dtype) * gamma(kernel[0] * kernel[1] + channels * multiplier + 3, dtype)
    result, pullback = convolith.vjp(lambda *arrays: ops.separable_conv(*arrays, strides), x, depthwise, pointwise)
    magnitudes = exact(*map(abs, (x, depthwise, pointwise)))
    assert_within(result, exact(x, depthwise, pointwise), bound * magnitudes + np.finfo(dtype).tiny)

    def gradients(x, depthwise, pointwise, upstream):
        window = strides, ((0, 0), (0, 0)), (1, 1)
        hidden, point = depthwise_reference.depthwise_conv(x, depthwise, *window), ((1, 1), window[1], (1, 1), 1)
        by_hidden = reference.conv_input_gradient(upstream, pointwise, hidden.shape, *point)
        return (
            depthwise_reference.depthwise_conv_input_gradient(by_hidden, depthwise, x.shape, *window),
            depthwise_reference.depthwise_conv_kernel_gradient(x, by_hidden, depthwise.shape, *window),
            reference.conv_kernel_gradient(hidden, upstream, pointwise.shape, *point),
        )

    arrays = [array.astype(np.float64) for array in (x, depthwise, pointwise, laid_out(seed, dtype, result.shape)[0])]
    found, sums = pullback(arrays[3].astype(dtype)), gradients(*map(abs, arrays))
    roundings = 2 * (kernel[0] * kernel[1] * multiplier + filters + result[..., 0].size + 4)
    for ours, other, total in zip(found, gradients(*arrays), sums, strict=True):
        assert_within(ours, other, sides(dtype) * gamma(roundings, dtype) * total + 2**10 * np.finfo(dtype).tiny)
