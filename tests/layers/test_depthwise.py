"""DepthwiseConv1D and 2D: parameters around the op, every argument of Keras's; values by the oracle."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, sum_bound
from tests.reference import depthwise as reference


def convolved(layer, x, padding=((0, 0), (0, 0))):
    """The oracle's result with the layer's weights, and its bound."""
    kernel, *bias = (weight.astype(np.float64) for weight in layer.get_weights())
    arguments = layer.strides, padding, layer.dilation_rate
    exact = reference.depthwise_conv(x, kernel, *arguments) + (bias[0] if bias else 0)
    magnitudes = reference.depthwise_conv(abs(x), abs(kernel), *arguments) + (abs(bias[0]) if bias else 0)
    return exact, sum_bound(kernel[..., 0, 0].size + 1, magnitudes)


@pytest.mark.parametrize(
    ("arguments", "padding", "shape"),
    [
        ({}, ((0, 0), (0, 0)), (2, 5, 7, 4)),
        ({"depth_multiplier": 2}, ((0, 0), (0, 0)), (2, 5, 7, 8)),
        ({"padding": "SAME"}, ((1, 1), (1, 1)), (2, 7, 9, 4)),
        ({"padding": "Valid", "strides": 2}, ((0, 0), (0, 0)), (2, 3, 4, 4)),
        ({"padding": "same", "strides": (2, 3)}, ((1, 1), (0, 0)), (2, 4, 3, 4)),
        ({"padding": [(2, 0), (0, 1)]}, ((2, 0), (0, 1)), (2, 7, 8, 4)),
        ({"dilation_rate": (2, 3)}, ((0, 0), (0, 0)), (2, 3, 3, 4)),
        ({"use_bias": False}, ((0, 0), (0, 0)), (2, 5, 7, 4)),
    ],
)
def test_each_argument_means_what_it_does_in_keras(generator, arguments, padding, shape):
    x = generator.normal(size=(2, 7, 9, 4)).astype("float32")
    layer = layers.DepthwiseConv2D(3, bias_initializer="random_normal", **arguments)
    result = layer(x)
    assert result.shape == shape == layer.compute_output_shape((2, 7, 9, 4))
    assert_within(result, *convolved(layer, x.astype(np.float64), padding))


@pytest.mark.parametrize("arguments", [{}, {"strides": 2, "padding": "same"}, {"dilation_rate": (2,), "strides": (1,)}])
def test_one_axis(generator, arguments):
    x = generator.normal(size=(2, 9, 3)).astype("float32")
    layer = layers.DepthwiseConv1D(3, depth_multiplier=2, bias_initializer="ones", **arguments)
    result = layer(x)
    kernel, bias = layer.get_weights()
    assert kernel.shape == (3, 3, 2) and bias.shape == (6,)
    assert result.shape == layer.compute_output_shape(x.shape)
    twin = layers.DepthwiseConv2D(
        (1, 3), layer.strides * 2, layer.padding, 2, dilation_rate=layer.dilation_rate * 2, name="twin"
    )
    twin.build((None, 1, 9, 3))
    twin.set_weights([kernel[None], bias])
    np.testing.assert_array_equal(result, twin(x[:, None])[:, 0])


def test_the_activation_comes_last_and_channels_first_is_the_same_on_other_axes(generator):
    x = generator.normal(size=(2, 5, 6, 3)).astype("float32")
    plain = layers.DepthwiseConv2D(3, padding="same")
    expected = np.maximum(plain(x), 0)
    other = layers.DepthwiseConv2D(3, padding="same", data_format="channels_first", activation="relu")
    other.build((None, 3, 5, 6))
    other.set_weights(plain.get_weights())
    np.testing.assert_array_equal(other(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1), expected)


def test_weights_are_kernel_then_bias_in_keras_layout():
    layer = layers.DepthwiseConv2D((3, 5), depth_multiplier=2, name="d")
    layer.build((None, 28, 28, 4))
    shapes = [("d/kernel", (3, 5, 4, 2)), ("d/bias", (8,))]
    assert [(weight.path, weight.shape) for weight in layer.weights] == shapes
    assert not layer.get_weights()[1].any()
    limit = np.sqrt(6 / (3 * 5 * (4 + 2)))
    assert 0.9 * limit < abs(layer.get_weights()[0]).max() <= limit  # Glorot's, of the shape as Keras counts it


def test_the_order_of_the_arguments_is_keras():
    layer = layers.DepthwiseConv2D(
        3, 2, "same", 2, "channels_first", 1, "relu", False, "he_normal", "ones", None, None, None, None, None, name="d"
    )
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    expected = {"kernel_size": (3, 3), "strides": (2, 2), "padding": "same", "depth_multiplier": 2, "use_bias": False}
    assert {**layer.get_config(), **expected} == layer.get_config()
    series = layers.DepthwiseConv1D(3, 2, "same", 2, "channels_first", 1, "relu", False, "he_normal", name="d")
    assert layers.deserialize(layers.serialize(series)).get_config() == series.get_config()
    assert series.get_config()["depthwise_initializer"] == {"class_name": "HeNormal", "config": {"seed": None}}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth_multiplier": 0}, "'d': depth_multiplier must be an integer >= 1, got 0"),
        ({"depth_multiplier": None}, "'d': depth_multiplier must be an integer >= 1, got None"),
        ({"kernel_size": (3, 3, 3)}, r"'d': kernel_size must be an integer >= 1 or 2 of them, got \(3, 3, 3\)"),
        ({"strides": 0}, "'d': strides must be an integer >= 1"),
        ({"dilation_rate": "2"}, "'d': dilation_rate must be an integer >= 1"),
        ({"padding": "causal"}, "'d': padding must be 'valid', 'same' or 2 pairs"),
        ({"data_format": "nhwc"}, "'d': data_format must be 'channels_last' or 'channels_first', got 'nhwc'"),
        ({"activation": "swoosh"}, "unknown activation 'swoosh'"),
        ({"depthwise_initializer": "magic"}, "unknown initializer 'magic'"),
        ({"depthwise_regularizer": "magic"}, "unknown regularizer 'magic'"),
        ({"bias_regularizer": "magic"}, "unknown regularizer 'magic'"),
        ({"depthwise_constraint": "magic"}, "unknown constraint 'magic'"),
        ({"bias_constraint": "magic"}, "unknown constraint 'magic'"),
        ({"colour": "red"}, "'d': unknown keyword arguments"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.DepthwiseConv2D(**{"kernel_size": 3, "name": "d", **arguments})


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((8, 8), r"DepthwiseConv2D 'd': expected an input with 4 axes, got shape \(8, 8\)"),
        ((1, 2, 8, 2), "DepthwiseConv2D 'd': .*kernel 3 x 3 does not fit"),
        ((1, 8, 8, 3), r"DepthwiseConv2D 'd': expected an input with size 2 in axis -1, got shape \(1, 8, 8, 3\)"),
    ],
)
def test_an_input_that_does_not_fit_is_an_error_with_both_shapes(shape, message):
    layer = layers.DepthwiseConv2D(3, name="d")
    if shape[-1] == 3:
        layer(np.zeros((1, 8, 8, 2), "float32"))
    with pytest.raises(ValueError, match=message):
        layer(np.zeros(shape, "float32"))


def test_unknown_channels():
    with pytest.raises(ValueError, match="expected a known number of channels, got shape"):
        layers.DepthwiseConv1D(3).build((None, 8, None))
