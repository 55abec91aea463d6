"""Transposed convolution's arguments: what they mean for the shape, what is refused, and second derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.slopes import check_second_slopes, check_slopes

IMAGES = np.ones((2, 5, 4, 6), np.float32)
KERNEL = np.ones((3, 2, 8, 6), np.float32)


def refused(error, message, *arguments, **options):
    """The same error for arrays and for tensors, before any work."""
    for inputs in (arguments[0], Tensor(Spec(np.shape(arguments[0]), np.dtype(np.float32)))):
        with pytest.raises(error, match=message):
            ops.conv_transpose(inputs, *arguments[1:], **options)


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, (7, 5)),
        ({"strides": 2}, (11, 8)),
        ({"strides": (1, 3)}, (7, 12)),
        ({"padding": "same"}, (5, 4)),
        ({"padding": "SAME", "strides": 2}, (10, 8)),
        ({"padding": "same", "strides": 2, "output_padding": 0}, (9, 6)),
        ({"padding": "same", "strides": 2, "output_padding": (1, 0)}, (10, 6)),
        ({"strides": (1, 4), "output_padding": 0}, (7, 14)),
        ({"strides": 3, "output_padding": [2, 1]}, (17, 12)),
        ({"dilation_rate": (2, 3)}, (9, 7)),
        ({"padding": ((1, 2), (0, 1)), "strides": 2}, (8, 7)),
        ({"padding": ((1, 2), (0, 1)), "strides": 2, "output_padding": 1}, (9, 8)),
        ({"data_format": "Channels_Last", "padding": "Valid"}, (7, 5)),
    ],
)
def test_shapes(options, sizes):
    assert ops.conv_transpose(IMAGES, KERNEL, **options).shape == (2, *sizes, 8)
    symbolic = ops.conv_transpose(Tensor(Spec((None, 5, 4, 6), np.dtype(np.float32))), KERNEL, **options)
    assert symbolic.shape == (None, *sizes, 8)


def test_groups(generator):
    """Of integers, whose sums are exact in any order."""
    images, kernel = generator.integers(-9, 10, (2, 4, 5, 6)), generator.integers(-9, 10, (2, 3, 4, 6))
    parts = [ops.conv_transpose(images[..., at : at + 2], kernel[..., at : at + 2], 2) for at in (0, 2, 4)]
    np.testing.assert_array_equal(ops.conv_transpose(images, kernel, 2, groups=3), np.concatenate(parts, axis=3))


def test_channels_first_is_the_transpose():
    for rank in (1, 2, 3):
        images, kernel = np.ones((2, *(3, 4, 5)[:rank], 3), "f"), np.ones((*[2] * rank, 4, 3), "f")
        first = ops.conv_transpose(np.moveaxis(images, -1, 1), kernel, 2, "same", data_format="channels_first")
        np.testing.assert_array_equal(np.moveaxis(first, 1, -1), ops.conv_transpose(images, kernel, 2, "same"))


@pytest.mark.parametrize(
    "options", [{}, {"padding": "same", "strides": 2}, {"strides": 2, "output_padding": 1, "dilation_rate": 2}]
)
def test_derivatives_of_first_and_second_order(options):
    numbers = np.random.default_rng(3)
    arrays = [numbers.normal(size=shape) for shape in ((1, 3, 2, 2), (2, 3, 3, 2), (3,))]
    for check in (check_slopes, check_second_slopes):
        check(lambda x, k, b: ops.conv_transpose(x, k, bias=b, **options), *arrays)


def test_fused_relu_is_the_same_as_apart(generator):
    images, kernel, bias = (generator.standard_normal(shape) for shape in ((2, 3, 4, 2), (3, 3, 5, 2), (5,)))
    fused = convolith.vjp(lambda x, k, b: ops.conv_transpose(x, k, bias=b, activation="relu"), images, kernel, bias)
    apart = convolith.vjp(lambda x, k, b: ops.relu(ops.conv_transpose(x, k, bias=b)), images, kernel, bias)
    np.testing.assert_array_equal(fused[0], apart[0])
    for one, other in zip(fused[1](fused[0]), apart[1](apart[0]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_wrong_arrays():
    name = "conv_transpose"
    refused(ValueError, rf"{name}: inputs must have 3, 4 or 5 axes .*got shape \(5, 4\)", IMAGES[0, :, :, 0], KERNEL)
    refused(
        ValueError, rf"{name}: kernel must have 4 axes \(2 spatial, filters / groups, channels\)", IMAGES, KERNEL[0]
    )
    refused(ValueError, rf"{name}: kernel must have 4 axes .*none of them empty", IMAGES, KERNEL[:, :, :0])
    refused(ValueError, rf"{name}: kernel of shape .* reads 5 channels, .*\(2, 5, 4, 6\)", IMAGES, KERNEL[..., :5])
    refused(ValueError, rf"{name}: inputs must have a multiple of groups = 4 channels", IMAGES, KERNEL, groups=4)
    refused(ValueError, rf"{name}: bias must have shape \(16,\).*got \(8,\)", IMAGES, KERNEL, groups=2, bias=np.ones(8))
    with pytest.raises(TypeError, match=f"{name}: inputs must be an array or a tensor, got None"):
        ops.conv_transpose(None, KERNEL)
    with pytest.raises(TypeError, match=f"{name}: kernel must be an array or a tensor, got None"):
        ops.conv_transpose(IMAGES, None)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"strides": 0}, ValueError, "strides must be an integer of at least 1 or 2 of them"),
        ({"strides": "2"}, TypeError, "strides must be an integer or 2 of them"),
        ({"dilation_rate": (1, 2, 3)}, ValueError, "dilation_rate must be an integer of at least 1 or 2 of them"),
        ({"groups": 0}, ValueError, "groups must be a positive integer, got 0"),
        ({"groups": True}, ValueError, "groups must be a positive integer, got True"),
        ({"activation": "tanh"}, ValueError, 'activation must be None or "relu"'),
        ({"data_format": "NHWC"}, ValueError, "data_format must be"),
        ({"padding": "causal"}, ValueError, 'padding must be "valid", "same" or'),
        ({"padding": ((0, 0),)}, ValueError, 'padding must be "valid", "same" or'),
        ({"padding": ((0, -1), (0, 0))}, ValueError, "padding must be an integer of at least 0"),
        ({"output_padding": 1}, ValueError, r"output_padding must be smaller than strides \(1, 1\), got \(1, 1\)"),
        ({"output_padding": (2, 0), "strides": (2, 3)}, ValueError, "output_padding must be smaller than strides"),
        ({"output_padding": -1}, ValueError, "output_padding must be an integer of at least 0"),
        ({"output_padding": 0.5}, TypeError, "output_padding must be an integer"),
        ({"padding": ((4, 3), (0, 0))}, ValueError, r"the result would have the sizes 0 x 5, .*\(2, 5, 4, 6\)"),
        ({"strides": 2**30}, ValueError, "the result would have the sizes .*below 2 .. 31"),
    ],
)
def test_wrong_arguments(options, error, message):
    refused(error, f"conv_transpose: {message}", IMAGES, KERNEL, **options)


def test_a_result_without_pixels():
    refused(ValueError, "the result would have the sizes", IMAGES[:, :0], KERNEL)
    even = np.ones((2, 2, 8, 6), np.float32)
    refused(ValueError, "sizes 0 x 6", IMAGES[:, :1], even, strides=2, padding="same", output_padding=0)


def test_counts_and_receptive_field():
    """As many operations as the convolution whose adjoint it is; with strides a pixel sees no one window."""

    def costs(strides, bias):
        images = Tensor(Spec((2, 5, 4, 6), np.dtype(np.float32)))
        result = ops.conv_transpose(images, KERNEL, strides, bias=bias, activation="relu", dilation_rate=2)
        node = result.node
        specs = [None if tensor is None else tensor.spec for tensor in node.inputs]
        return node.operation.flops(specs, [result.spec]), node.operation.footprint(specs)

    products = 2 * (5 * 4) * 6 * (3 * 2 * 8)
    assert costs(1, None) == (2 * products + 2 * 9 * 6 * 8, ((5, 3), (1, 1)))
    assert costs((1, 2), np.ones(8)) == (2 * products + 2 * (2 * 9 * 9 * 8), None)
