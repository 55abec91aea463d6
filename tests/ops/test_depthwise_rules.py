"""Depthwise convolution's arguments: their meaning for the shape, what is refused, and second derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.fusion import fuse
from convolith.graph.tensor import Spec, Tensor
from convolith.graph.trace import trace
from tests.ops.slopes import check_second_slopes, check_slopes

IMAGES = np.ones((2, 8, 9, 4), np.float32)
KERNEL = np.ones((3, 3, 4, 2), np.float32)
SERIES = np.ones((2, 9, 4), np.float32)
TAPS = np.ones((3, 4, 2), np.float32)


def symbolic(array, batch=None):
    shape = np.shape(array)
    return Tensor(Spec((batch, *shape[1:]), np.dtype(np.float32)))


def refused(error, message, inputs, *arguments, **options):
    """The same error for arrays and for tensors, before any work."""
    for given in (inputs, symbolic(inputs, *np.shape(inputs)[:1])):
        with pytest.raises(error, match=message):
            ops.depthwise_conv(given, *arguments, **options)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (2, 6, 7, 8)),
        ({"padding": "same"}, (2, 8, 9, 8)),
        ({"padding": "same", "strides": 2}, (2, 4, 5, 8)),
        ({"padding": "same", "strides": (3, 4), "dilation_rate": (2, 1)}, (2, 3, 3, 8)),
        ({"strides": (2, 1)}, (2, 3, 7, 8)),
        ({"dilation_rate": 3}, (2, 2, 3, 8)),
        ({"padding": ((1, 2), (0, 3))}, (2, 9, 10, 8)),
        ({"padding": np.array([[5, 5], [5, 5]]), "strides": np.int64(2)}, (2, 8, 9, 8)),
        ({"padding": ((7, 0), (0, 9)), "strides": [2, 1]}, (2, 7, 16, 8)),
    ],
)
def test_shapes_of_images(options, shape):
    assert ops.depthwise_conv(IMAGES, KERNEL, **options).shape == shape
    assert ops.depthwise_conv(symbolic(IMAGES), KERNEL, **options).shape == (None, *shape[1:])


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (2, 7, 8)),
        ({"padding": "same", "strides": 2}, (2, 5, 8)),
        ({"strides": (2,), "dilation_rate": [2]}, (2, 3, 8)),
        ({"padding": ((1, 3),)}, (2, 11, 8)),
    ],
)
def test_shapes_of_series(options, shape):
    assert ops.depthwise_conv(SERIES, TAPS, **options).shape == shape
    assert ops.depthwise_conv(symbolic(SERIES), TAPS, **options).shape == (None, *shape[1:])
    first = ops.depthwise_conv(SERIES.transpose(0, 2, 1), TAPS, data_format="channels_first", **options)
    assert first.shape == (2, 8, shape[1])


def test_the_results_of_a_channel_follow_each_other():
    images = np.arange(1.0, 3.0).reshape(1, 1, 1, 2)
    kernel = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 2, 2)
    np.testing.assert_array_equal(ops.depthwise_conv(images, kernel).ravel(), [1, 10, 200, 2000])


def test_it_is_a_convolution_in_as_many_groups_as_channels(generator):
    images, kernel = (generator.integers(-9, 10, shape) / 4 for shape in ((2, 8, 9, 4), (3, 3, 4, 2)))  # exact sums
    grouped = ops.conv(images, kernel.reshape(3, 3, 1, 8), padding="same", groups=4)
    np.testing.assert_array_equal(ops.depthwise_conv(images, kernel, padding="same"), grouped)


def test_channels_first_is_the_transpose():
    first = ops.depthwise_conv(IMAGES.transpose(0, 3, 1, 2), KERNEL, padding="same", data_format="channels_first")
    last = ops.depthwise_conv(IMAGES, KERNEL, padding="same")
    np.testing.assert_array_equal(first, last.transpose(0, 3, 1, 2))


def test_fused_relu_and_bias_are_the_same_as_apart(generator):
    shapes = (2, 5, 5, 3), (3, 3, 3, 2), (6,), (2, 3, 3, 6)
    *arrays, upstream = (generator.normal(size=shape) for shape in shapes)
    fused = convolith.vjp(lambda x, k, b: ops.depthwise_conv(x, k, bias=b, activation="relu"), *arrays)
    apart = convolith.vjp(lambda x, k, b: ops.relu(ops.depthwise_conv(x, k, bias=b)), *arrays)
    np.testing.assert_array_equal(fused[0], apart[0])
    for one, other in zip(fused[1](upstream), apart[1](upstream), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_graph_takes_a_following_relu_along(generator):
    images, kernel, bias = (generator.normal(size=shape).astype("float32") for shape in ((2, 5, 5, 3), (3, 3, 3, 2), 6))
    graph = trace(lambda x: ops.relu(ops.depthwise_conv(x, kernel, bias=bias)), Spec(images.shape, images.dtype))
    fused = fuse(graph)
    assert [node.operation.name for node in fused.nodes()] == ["depthwise_conv"]
    np.testing.assert_array_equal(fused.evaluate(images)[0], graph.evaluate(images)[0])


@pytest.mark.parametrize(
    "options", [{}, {"padding": "same", "strides": 2}, {"dilation_rate": 2, "padding": ((1, 2), (3, 0))}]
)
@pytest.mark.parametrize("multiplier", [1, 2])
def test_derivatives_of_first_and_second_order(generator, options, multiplier):
    images, kernel = generator.normal(size=(1, 5, 4, 2)), generator.normal(size=(3, 2, 2, multiplier))
    for check in (check_slopes, check_second_slopes):
        check(lambda x, k, b: ops.depthwise_conv(x, k, bias=b, **options), images, kernel, kernel[0, 0].ravel().copy())


def test_derivatives_of_series(generator):
    series, kernel = generator.normal(size=(2, 6, 3)), generator.normal(size=(3, 3, 2))
    check_slopes(lambda x, k: ops.depthwise_conv(x, k, 2, "same"), series, kernel)


def test_inputs_of_another_rank():
    for shape in ((8, 9), (1, 2, 3, 8, 9, 4), (2, 0, 9, 4), (2, 0, 4), (2, 8, 9, 0)):
        message = r"depthwise_conv: inputs must have 3, 4 or 5 axes .*got shape \(" + ", ".join(map(str, shape)) + r"\)"
        refused(ValueError, message, np.ones(shape), KERNEL)
    with pytest.raises(TypeError, match="depthwise_conv: inputs must be an array or a tensor, got None"):
        ops.depthwise_conv(None, KERNEL)


def test_wrong_kernels():
    refused(ValueError, r"kernel must have 4 axes \(height, width, .*got shape \(3, 4, 2\)", IMAGES, TAPS)
    refused(ValueError, r"kernel must have 3 axes \(width, .*got shape \(1, 3, 3, 4, 2\)", SERIES, KERNEL[None])
    message = r"depthwise_conv: inputs must have 4 axes \(batch, 2 spatial, channels\) for a .*got shape \(8, 9, 4\)$"
    refused(ValueError, message, IMAGES[0], KERNEL)
    refused(ValueError, r"none of them empty, .* got shape \(3, 3, 4, 0\)", IMAGES, KERNEL[..., :0])
    refused(
        ValueError,
        r"depthwise_conv: kernel of shape \(3, 3, 3, 2\) has kernels for 3 channels, so inputs must have as many, "
        r"got shape \(2, 8, 9, 4\)",
        IMAGES,
        KERNEL[:, :, :3],
    )
    refused(ValueError, "kernels for 4 channels.*2, 8, 9, 4", IMAGES, KERNEL, data_format="channels_first")
    refused(TypeError, "depthwise_conv: kernel must be an array or a tensor, got None", IMAGES, None)


def test_wrong_biases():
    for shape in ((4,), (1, 8), ()):
        refused(
            ValueError,
            r"depthwise_conv: bias must have shape \(8,\), one a channel of the result, got",
            IMAGES,
            KERNEL,
            bias=np.ones(shape),
        )


@pytest.mark.parametrize("name", ["strides", "dilation_rate"])
@pytest.mark.parametrize("value", [0, -1, (1, 0), (1,), (1, 1, 1), (1.5, 1), (True, 1), ("a", "b"), ()])
def test_wrong_strides_and_dilations_of_images(name, value):
    message = f"depthwise_conv: {name} must be an integer of at least 1 or 2 of them, got"
    refused(ValueError, message, IMAGES, KERNEL, **{name: value})


@pytest.mark.parametrize("name", ["strides", "dilation_rate"])
@pytest.mark.parametrize("value", [0, -1, (0,), (1, 1), (1.5,), ("a",), ((1, 2),), ()])
def test_wrong_strides_and_dilations_of_series(name, value):
    refused(ValueError, f"depthwise_conv: {name} must be an integer of at least 1", SERIES, TAPS, **{name: value})


@pytest.mark.parametrize("value", [1.0, "2", None, {1, 2}])
def test_strides_of_another_type(value):
    message = "depthwise_conv: strides must be an integer or {} of them, got"
    refused(TypeError, message.format(2), IMAGES, KERNEL, strides=value)
    refused(TypeError, message.format(1), SERIES, TAPS, strides=value)


@pytest.mark.parametrize("value", [2**31, 2**100, (1, 2**31)])
def test_steps_out_of_range(value):
    for name in ("strides", "dilation_rate"):
        refused(ValueError, f"depthwise_conv: {name} must be below 2 .. 31, got", IMAGES, KERNEL, **{name: value})


def test_steps_and_paddings_just_in_range(isa):
    largest = 2**31 - 1
    shape = ops.depthwise_conv(IMAGES, KERNEL, strides=largest, padding="same").shape
    assert shape == (2, 1, 1, 8)
    far = ((largest, largest), (largest, 0))
    result, pullback = convolith.vjp(
        lambda x, k: ops.depthwise_conv(x, k, strides=largest, padding=far, dilation_rate=(2**20, 1)), IMAGES, KERNEL
    )
    assert result.shape == (2, 2, 2, 8)
    exact = np.zeros(result.shape)
    exact[:, 1, 1] = 3  # the one window that meets the image, with its first row
    np.testing.assert_array_equal(result, exact)
    by_input, by_kernel = pullback(np.ones_like(result))
    np.testing.assert_array_equal(by_input[:, 0, :3], 2)
    np.testing.assert_array_equal(by_kernel[0], 2)
    assert by_input.sum() == by_kernel.sum() == exact.sum()


@pytest.mark.parametrize("value", ["full", "causal", 1, (1, 1), ((1, 1),), ((1, 1), (1, 1, 1)), None, 0.5])
def test_wrong_paddings_of_images(value):
    refused(ValueError, r'depthwise_conv: padding must be "valid", "same" or', IMAGES, KERNEL, padding=value)


@pytest.mark.parametrize("value", ["full", 1, (1, 1), ((1, 1), (1, 1)), ((1, 1, 1),), None, 0.5])
def test_wrong_paddings_of_series(value):
    refused(ValueError, r'depthwise_conv: padding must be "valid", "same" or', SERIES, TAPS, padding=value)


def test_negative_paddings():
    for inputs, kernel, value in ((IMAGES, KERNEL, ((-1, 0), (0, 0))), (SERIES, TAPS, ((0, -1),))):
        refused(ValueError, "depthwise_conv: padding must be an integer of at least 0", inputs, kernel, padding=value)


def test_wrong_activation_and_data_format():
    refused(ValueError, "depthwise_conv: activation must be None or .relu", IMAGES, KERNEL, activation="tanh")
    refused(ValueError, "depthwise_conv: data_format must be .*got 'NHWC'", IMAGES, KERNEL, data_format="NHWC")


def test_kernels_that_do_not_fit():
    message = (
        r"depthwise_conv: kernel 3 x 3, spread over 3 x 9 by dilation_rate \(1, 4\), does not fit .*\(2, 8, 8, 4\)"
    )
    refused(ValueError, message, IMAGES[:, :, :8], KERNEL, dilation_rate=(1, 4))
    refused(ValueError, r"kernel 3 does not fit in inputs of shape \(2, 2, 4\)", SERIES[:, :2], TAPS)
