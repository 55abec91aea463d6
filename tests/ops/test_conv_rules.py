"""Convolution's arguments: what they mean for the shape, what is refused, and derivatives beyond the first."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, sum_bound
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import conv as reference

IMAGES = np.ones((2, 8, 9, 4), np.float32)
KERNEL = np.ones((3, 3, 4, 6), np.float32)


def refused(error, message, *arguments, **options):
    """The same error for arrays and for tensors, before any work."""
    for inputs in (arguments[0], Tensor(Spec(np.shape(arguments[0]), np.dtype(np.float32)))):
        with pytest.raises(error, match=message):
            ops.conv(inputs, *arguments[1:], **options)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (2, 6, 7, 6)),
        ({"padding": "same"}, (2, 8, 9, 6)),
        ({"padding": "same", "strides": 2}, (2, 4, 5, 6)),
        ({"padding": "same", "strides": (3, 4), "dilation_rate": (2, 1)}, (2, 3, 3, 6)),
        ({"strides": (2, 1)}, (2, 3, 7, 6)),
        ({"dilation_rate": 3}, (2, 2, 3, 6)),
        ({"strides": 2, "dilation_rate": 2}, (2, 2, 3, 6)),
        ({"padding": ((1, 2), (0, 3))}, (2, 9, 10, 6)),
        ({"padding": [[0, 0], [0, 0]], "strides": [1, 1]}, (2, 6, 7, 6)),
        ({"padding": np.array([[5, 5], [5, 5]]), "strides": np.int64(2)}, (2, 8, 9, 6)),
        ({"padding": "SAME"}, (2, 8, 9, 6)),
    ],
)
def test_shapes(options, shape):
    assert ops.conv(IMAGES, KERNEL, **options).shape == shape
    symbolic = ops.conv(Tensor(Spec((None, 8, 9, 4), np.dtype(np.float32))), KERNEL, **options)
    assert symbolic.shape == (None, *shape[1:])


def test_same_puts_the_odd_row_after():
    images = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    kernel = np.random.default_rng(0).normal(size=(2, 2, 1, 1)).astype(np.float32)
    explicit = ops.conv(images, kernel, padding=((0, 1), (0, 1)))
    np.testing.assert_array_equal(ops.conv(images, kernel, padding="same"), explicit)
    kernel = np.ones((4, 1, 1, 1), np.float32)
    explicit = ops.conv(images, kernel, padding=((1, 2), (0, 0)))
    np.testing.assert_array_equal(ops.conv(images, kernel, padding="same"), explicit)


def test_same_with_a_stride_larger_than_the_kernel_pads_nothing():
    np.testing.assert_array_equal(
        ops.conv(IMAGES[:, :, :8], KERNEL[:1, :1], strides=4, padding="same"),
        ops.conv(IMAGES[:, :, :8], KERNEL[:1, :1], strides=4),
    )


def test_groups_follow_from_the_kernel():
    numbers = np.random.default_rng(1)
    images = numbers.normal(size=(1, 5, 5, 6)).astype(np.float32)
    kernel = numbers.normal(size=(3, 3, 2, 9)).astype(np.float32)
    np.testing.assert_array_equal(ops.conv(images, kernel), ops.conv(images, kernel, groups=3))
    wide = images.astype(np.float64), kernel.astype(np.float64)
    magnitudes = reference.conv(*map(abs, wide), groups=3)
    assert_within(ops.conv(images, kernel), reference.conv(*wide, groups=3), sum_bound(18, magnitudes))


def test_channels_first_is_the_transpose():
    for images, kernel in ((IMAGES[:, 0], KERNEL[0]), (IMAGES, KERNEL), (IMAGES[:, None], KERNEL[None])):
        first = ops.conv(np.moveaxis(images, -1, 1), kernel, padding="same", data_format="channels_first")
        np.testing.assert_array_equal(np.moveaxis(first, 1, -1), ops.conv(images, kernel, padding="same"))


def test_words_in_letters_of_any_case():
    expected = ops.conv(IMAGES.transpose(0, 3, 1, 2), KERNEL, 2, "same", "channels_first")
    result = ops.conv(IMAGES.transpose(0, 3, 1, 2), KERNEL, 2, "SAME", "Channels_First")
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(ops.conv(IMAGES, KERNEL, padding="Valid"), ops.conv(IMAGES, KERNEL))


def test_fused_relu_and_bias_are_the_same_as_apart():
    numbers = np.random.default_rng(2)
    images, kernel = numbers.normal(size=(2, 5, 5, 2)), numbers.normal(size=(3, 3, 2, 3))
    bias, upstream = numbers.normal(size=3), numbers.normal(size=(2, 3, 3, 3))
    fused = convolith.vjp(lambda x, k, b: ops.conv(x, k, bias=b, activation="relu"), images, kernel, bias)
    apart = convolith.vjp(lambda x, k, b: ops.relu(ops.conv(x, k, bias=b)), images, kernel, bias)
    np.testing.assert_array_equal(fused[0], apart[0])
    for one, other in zip(fused[1](upstream), apart[1](upstream), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "options",
    [{}, {"padding": "same", "strides": 2}, {"dilation_rate": 2, "padding": ((1, 2), (3, 0))}, {"groups": 2}],
)
def test_derivatives_of_first_and_second_order(options):
    numbers = np.random.default_rng(3)
    images, kernel = numbers.normal(size=(1, 5, 6, 2)), numbers.normal(size=(3, 2, 2 // options.get("groups", 1), 2))
    bias = numbers.normal(size=2)
    check_slopes(lambda x, k, b: ops.conv(x, k, bias=b, **options), images, kernel, bias)
    check_second_slopes(lambda x, k, b: ops.conv(x, k, bias=b, **options), images, kernel, bias)


def test_inputs_of_another_rank():
    for shape in ((8, 4), (2, 3, 3, 8, 9, 4), (4,), ()):
        message = r"conv: inputs must have 3, 4 or 5 axes \(batch, spatial, channels\), got shape"
        refused(ValueError, message, np.ones(shape), KERNEL)
    refused(ValueError, "conv: kernel must have 5 axes", np.ones((2, 3, 8, 9, 4)), KERNEL)


def test_an_image_without_the_axis_of_the_batch():
    message = r"conv: inputs must have 4 axes \(batch, 2 spatial, channels\) for a kernel of shape \(3, 3, 4, 6\), got "
    refused(ValueError, rf"{message}shape \(8, 9, 4\)$", IMAGES[0], KERNEL)


def test_wrong_kernels():
    refused(ValueError, r"conv: kernel must have 4 axes .*got shape \(3, 4, 6\)", IMAGES, KERNEL[0])
    refused(ValueError, r"conv: kernel must have 4 axes .*none of them empty.*\(3, 3, 0, 6\)", IMAGES, KERNEL[:, :, :0])
    refused(
        ValueError,
        r"conv: kernel of shape \(3, 3, 3, 6\) reads 3 channels .*must have 3 channels, got shape \(2, 8, 9, 4\)",
        IMAGES,
        KERNEL[:, :, :3],
    )
    refused(ValueError, "must have 8 channels", IMAGES, KERNEL, groups=2)
    refused(ValueError, r"multiple of groups = 2 filters.*\(3, 3, 2, 5\)", IMAGES, KERNEL[:, :, :2, :5])


def test_wrong_biases():
    for shape in ((5,), (1, 6), ()):
        refused(
            ValueError, r"conv: bias must have shape \(6,\), one a filter, got", IMAGES, KERNEL, bias=np.ones(shape)
        )


@pytest.mark.parametrize("name", ["strides", "dilation_rate"])
@pytest.mark.parametrize("value", [0, -1, (1, 0), (1,), (1, 1, 1), (1.5, 1), (True, 1), ("a", "b"), ()])
def test_wrong_strides_and_dilations(name, value):
    refused(
        ValueError,
        f"conv: {name} must be an integer of at least 1 or 2 of them, got",
        IMAGES,
        KERNEL,
        **{name: value},
    )


@pytest.mark.parametrize("value", [2**31, 2**63, 2**100, (1, 2**31), np.array([2**40, 1])])
def test_steps_and_paddings_out_of_range(value):
    for name in ("strides", "dilation_rate"):
        refused(ValueError, f"conv: {name} must be below 2 .. 31, got", IMAGES, KERNEL, **{name: value})
    for padding in ((value, value), ((0, 0), (0, 2**31))):
        padding = [(one, one) if isinstance(one, int) else tuple(one) for one in padding]
        refused(ValueError, "conv: padding must be below 2 .. 31, got", IMAGES, KERNEL, padding=padding)


def test_steps_just_in_range():
    result = ops.conv(IMAGES, KERNEL, strides=2**31 - 1, padding="same")
    assert result.shape == (2, 1, 1, 6)
    refused(
        ValueError,
        r'conv: dilation_rate must be so small that padding "same" is below 2 .. 31, got \(1, 2147483647\)',
        IMAGES,
        KERNEL,
        padding="same",
        dilation_rate=(1, 2**31 - 1),
    )


@pytest.mark.parametrize("value", [1.0, "2", None, {1, 2}])
def test_strides_of_another_type(value):
    refused(TypeError, "conv: strides must be an integer or 2 of them, got", IMAGES, KERNEL, strides=value)


@pytest.mark.parametrize("value", ["full", 1, (1, 1), ((1, 1),), ((1, 1), (1, 1, 1)), None, 0.5])
def test_wrong_paddings(value):
    refused(ValueError, r'conv: padding must be "valid", "same" or', IMAGES, KERNEL, padding=value)


def test_causal_padding_is_for_one_axis():
    message = r'conv: padding must be "valid", "same" or explicit, as inputs of shape \(2, 8, 9, 4\) have more'
    refused(ValueError, message, IMAGES, KERNEL, padding="causal")
    line = IMAGES[:, 0]
    assert ops.conv(line, KERNEL[0], strides=2, padding="Causal").shape == (2, 5, 6)
    refused(
        ValueError, "conv: padding must be below 2 .. 31", line, KERNEL[0], padding="causal", dilation_rate=2**31 - 1
    )


@pytest.mark.parametrize("value", [((-1, 0), (0, 0)), ((0, 0), (0, 0.5))])
def test_negative_and_fractional_paddings(value):
    refused(ValueError, "conv: padding must be an integer of at least 0", IMAGES, KERNEL, padding=value)


@pytest.mark.parametrize("value", [0, -2, 1.0, "2", None, True])
def test_wrong_groups(value):
    refused(ValueError, "conv: groups must be a positive integer, got", IMAGES, KERNEL, groups=value)


def test_wrong_activation_and_data_format():
    refused(ValueError, "conv: activation must be None or .relu.*got 'tanh'", IMAGES, KERNEL, activation="tanh")
    refused(ValueError, "conv: data_format must be .*got 'NHWC'", IMAGES, KERNEL, data_format="NHWC")


def test_kernels_that_do_not_fit():
    message = r"conv: kernel 3 x 3, spread over 3 x 9 by dilation_rate \(1, 4\), does not fit .*\(2, 8, 8, 4\)"
    refused(ValueError, message, IMAGES[:, :, :8], KERNEL, dilation_rate=(1, 4))
    refused(
        ValueError,
        r"conv: kernel 3 x 3 does not fit in inputs of shape \(2, 2, 9, 4\) with padding",
        IMAGES[:, :2],
        KERNEL,
    )
    for padding in ("valid", "same", ((5, 5), (5, 5))):
        refused(ValueError, "does not fit", IMAGES[:, :0], KERNEL, padding=padding)


def test_empty_batches_pull_back_zero():
    result, pullback = convolith.vjp(
        lambda x, k, b: ops.conv(x, k, bias=b, activation="relu"), IMAGES[:0], KERNEL, KERNEL[0, 0, 0]
    )
    by_images, by_kernel, by_bias = pullback(result)
    assert by_images.shape == (0, 8, 9, 4)
    assert not by_kernel.any() and not by_bias.any() and by_kernel.shape == KERNEL.shape
