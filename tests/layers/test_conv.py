"""Convolution layers: parameters around the convolution, every argument of Keras's; values by the oracle."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, sum_bound
from tests.reference import conv as reference


def convolved(layer, x, padding=((0, 0), (0, 0))):
    """The oracle's result with the layer's weights, and its bound."""
    kernel, *bias = (weight.astype(np.float64) for weight in layer.get_weights())
    arguments = layer.strides, padding, layer.dilation_rate, layer.groups
    exact = reference.conv(x, kernel, *arguments) + (bias[0] if bias else 0)
    magnitudes = reference.conv(abs(x), abs(kernel), *arguments) + (abs(bias[0]) if bias else 0)
    return exact, sum_bound(kernel[..., 0].size + 1, magnitudes)


@pytest.mark.parametrize(
    ("arguments", "padding", "shape"),
    [
        ({}, ((0, 0), (0, 0)), (2, 5, 7, 6)),
        ({"padding": "SAME"}, ((1, 1), (1, 1)), (2, 7, 9, 6)),
        ({"padding": "Valid", "strides": 2}, ((0, 0), (0, 0)), (2, 3, 4, 6)),
        ({"padding": "same", "strides": (2, 3)}, ((1, 1), (0, 0)), (2, 4, 3, 6)),
        ({"padding": [(2, 0), (0, 1)]}, ((2, 0), (0, 1)), (2, 7, 8, 6)),
        ({"dilation_rate": (2, 3)}, ((0, 0), (0, 0)), (2, 3, 3, 6)),
        ({"groups": 2}, ((0, 0), (0, 0)), (2, 5, 7, 6)),
        ({"use_bias": False}, ((0, 0), (0, 0)), (2, 5, 7, 6)),
    ],
)
def test_each_argument_means_what_it_does_in_keras(generator, arguments, padding, shape):
    x = generator.normal(size=(2, 7, 9, 4)).astype("float32")
    layer = layers.Conv2D(6, 3, bias_initializer="random_normal", **arguments)
    result = layer(x)
    assert result.shape == shape == layer.compute_output_shape((2, 7, 9, 4))
    assert_within(result, *convolved(layer, x.astype(np.float64), padding))


def test_the_activation_comes_last(generator):
    x = generator.normal(size=(1, 5, 5, 2)).astype("float32")
    layer = layers.Conv2D(3, 2, activation="relu")
    plain = layers.Conv2D(3, 2)
    result = layer(x)
    plain.build(x.shape)
    plain.set_weights(layer.get_weights())
    np.testing.assert_array_equal(result, np.maximum(plain(x), 0))


def test_channels_first_is_the_same_convolution_on_other_axes(generator):
    x = generator.normal(size=(2, 5, 6, 3)).astype("float32")
    last = layers.Conv2D(4, 3, padding="same")
    first = layers.Conv2D(4, 3, padding="same", data_format="channels_first")
    result = last(x)
    first.build((None, 3, 5, 6))
    first.set_weights(last.get_weights())
    np.testing.assert_array_equal(first(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1), result)


def test_weights_are_kernel_then_bias_in_keras_layout():
    layer = layers.Conv2D(6, (3, 5), groups=2, name="c")
    layer.build((None, 28, 28, 4))
    assert [(weight.path, weight.shape) for weight in layer.weights] == [("c/kernel", (3, 5, 2, 6)), ("c/bias", (6,))]
    assert layer.count_params() == 3 * 5 * 2 * 6 + 6
    assert not layer.get_weights()[1].any()
    limit = np.sqrt(6 / (3 * 5 * (2 + 6)))
    assert 0.9 * limit < abs(layer.get_weights()[0]).max() <= limit  # Glorot's


def test_aliases():
    assert layers.Convolution1D is layers.Conv1D
    assert layers.Convolution2D is layers.Conv2D
    assert layers.Convolution3D is layers.Conv3D


@pytest.mark.parametrize(
    ("arguments", "padding", "shape"),
    [
        ({}, (0, 0), (2, 7, 6)),
        ({"padding": "Causal", "dilation_rate": 2}, (4, 0), (2, 9, 6)),
        ({"padding": "causal", "strides": 2}, (2, 0), (2, 5, 6)),
        ({"padding": "same", "strides": (2,)}, (1, 1), (2, 5, 6)),
        ({"padding": [(0, 3)], "groups": 2}, (0, 3), (2, 10, 6)),
    ],
)
def test_sequences(generator, arguments, padding, shape):
    x = generator.normal(size=(2, 9, 4)).astype("float32")
    layer = layers.Conv1D(6, 3, bias_initializer="random_normal", **arguments)
    result = layer(x)
    assert result.shape == shape == layer.compute_output_shape((2, 9, 4))
    assert [weight.shape for weight in layer.weights] == [(3, 4 // layer.groups, 6), (6,)]
    assert_within(result, *convolved(layer, x.astype(np.float64), (padding,)))
    first = layers.Conv1D(6, 3, data_format="channels_first", **arguments)
    first.build((None, 4, 9))
    first.set_weights(layer.get_weights())
    np.testing.assert_array_equal(first(x.transpose(0, 2, 1)).transpose(0, 2, 1), result)


@pytest.mark.parametrize(
    ("arguments", "padding", "shape"),
    [
        ({}, ((0, 0),) * 3, (2, 2, 4, 3, 6)),
        ({"padding": "same", "strides": (1, 2, 3)}, ((1, 1), (0, 1), (0, 1)), (2, 4, 3, 2, 6)),
        (
            {"padding": [(1, 0), (0, 0), (2, 2)], "groups": 2, "use_bias": False},
            ((1, 0), (0, 0), (2, 2)),
            (2, 3, 4, 7, 6),
        ),
    ],
)
def test_volumes(generator, arguments, padding, shape):
    x = generator.normal(size=(2, 4, 6, 5, 4)).astype("float32")
    layer = layers.Conv3D(6, 3, bias_initializer="random_normal", **arguments)
    result = layer(x)
    assert result.shape == shape == layer.compute_output_shape((2, 4, 6, 5, 4))
    assert layer.weights[0].shape == (3, 3, 3, 4 // layer.groups, 6)
    assert_within(result, *convolved(layer, x.astype(np.float64), padding))


def test_the_activation_is_fused_or_not(generator):
    for layer, shape in ((layers.Conv1D, (2, 9, 3)), (layers.Conv3D, (1, 4, 4, 4, 3))):
        x = generator.normal(size=shape).astype("float32")
        plain, relu, tanh = layer(4, 2), layer(4, 2, activation="relu"), layer(4, 2, activation="tanh")
        expected = plain(x)
        for other in (relu, tanh):
            other.build(x.shape)
            other.set_weights(plain.get_weights())
        np.testing.assert_array_equal(relu(x), np.maximum(expected, 0))
        exact = np.tanh(expected.astype(np.float64))
        assert_within(tanh(x), exact, 3 * 2**-23 * abs(exact))  # units in the last place that ops.tanh states


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filters": 0}, "'c': filters must be an integer >= 1, got 0"),
        ({"filters": 2.5}, "'c': filters must be an integer >= 1, got 2.5"),
        ({"filters": True}, "'c': filters must be an integer >= 1, got True"),
        ({"kernel_size": (3, 3, 3)}, r"'c': kernel_size must be an integer >= 1 or 2 of them, got \(3, 3, 3\)"),
        ({"strides": 0}, "'c': strides must be an integer >= 1"),
        ({"dilation_rate": "2"}, "'c': dilation_rate must be an integer >= 1"),
        ({"padding": "causal"}, "'c': padding must be 'valid', 'same' or 2 pairs"),
        ({"padding": ((1, 1),)}, "'c': padding must be"),
        ({"padding": ((1, -1), (0, 0))}, "'c': padding must be"),
        ({"data_format": "nhwc"}, "'c': data_format must be 'channels_last' or 'channels_first', got 'nhwc'"),
        ({"groups": 3}, "'c': filters must be a multiple of groups, got 4 and 3"),
        ({"activation": "swoosh"}, "Conv2D 'c': activation: unknown activation 'swoosh'"),
        ({"activation": 3}, "an activation must be a name or a function, got 3"),
        ({"kernel_initializer": "magic"}, "Conv2D 'c': kernel_initializer: unknown initializer 'magic'"),
        ({"kernel_regularizer": "magic"}, "unknown regularizer 'magic'"),
        ({"bias_constraint": "magic"}, "unknown constraint 'magic'"),
        ({"activity_regularizer": "magic"}, "unknown regularizer 'magic'"),
        ({"colour": "red"}, "'c': unknown keyword arguments"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.Conv2D(**{"filters": 4, "kernel_size": 3, "name": "c", **arguments})


def test_a_wrong_argument_of_the_other_ranks_is_named():
    with pytest.raises(ValueError, match="'c': kernel_size must be an integer >= 1 or a tuple of one, got"):
        layers.Conv1D(4, (3, 3), name="c")
    with pytest.raises(ValueError, match="'c': padding must be 'valid', 'same', 'causal' or 1 pairs .*, got 'full'"):
        layers.Conv1D(4, 3, padding="full", name="c")
    with pytest.raises(ValueError, match=r"'c': strides must be an integer >= 1 or 3 of them, got \(1, 2\)"):
        layers.Conv3D(4, 3, strides=(1, 2), name="c")
    with pytest.raises(ValueError, match="'c': padding must be 'valid', 'same' or 3 pairs"):
        layers.Conv3D(4, 3, padding="causal", name="c")
    with pytest.raises(ValueError, match=r"Conv3D 'c': expected an input with 5 axes, got shape \(1, 8, 8, 3\)"):
        layers.Conv3D(4, 3, name="c")(np.zeros((1, 8, 8, 3), "float32"))


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ((8, 8), None, r"Conv2D 'c': expected an input with 4 axes, got shape \(8, 8\)"),
        ((1, 8, 8, 3), None, r"Conv2D 'c': expected channels that are a multiple of groups 2, got shape"),
        (
            (1, 8, 8, 2),
            (1, 8, 8, 4),
            r"Conv2D 'c': expected an input with size 2 in axis -1, got shape \(1, 8, 8, 4\)",
        ),
        ((1, 2, 8, 2), None, "Conv2D 'c': .*kernel"),
    ],
)
def test_an_input_that_does_not_fit_is_an_error_with_both_shapes(first, then, message):
    layer = layers.Conv2D(4, 3, groups=2, name="c")
    with pytest.raises(ValueError, match=message):
        layer(np.zeros(first, "float32"))
        layer(np.zeros(then, "float32"))


def test_the_configuration_makes_an_equal_layer():
    layer = layers.Conv2D(4, 3, 2, "same", None, 1, 2, "relu", False, "he_normal", name="c", trainable=False)
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    assert again.get_config()["kernel_initializer"] == {"class_name": "HeNormal", "config": {"seed": None}}
    assert not again.trainable
