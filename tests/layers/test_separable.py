"""SeparableConv1D and 2D: parameters around the op, every argument of Keras's."""

import numpy as np
import pytest

from convolith import layers, models, ops


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"padding": "SAME", "strides": 2},
        {"padding": ((2, 0), (0, 1)), "strides": (1, 2)},
        {"dilation_rate": (2, 3)},
        {"depth_multiplier": 3},
        {"use_bias": False},
    ],
)
def test_each_argument_reaches_the_op(generator, arguments):
    x = generator.normal(size=(2, 7, 9, 4)).astype("float32")
    layer = layers.SeparableConv2D(6, 3, bias_initializer="random_normal", activation="tanh", **arguments)
    result = layer(x)
    depthwise, pointwise, *bias = layer.get_weights()
    options = {key: value for key, value in arguments.items() if key not in ("use_bias", "depth_multiplier")}
    if "padding" in options and isinstance(options["padding"], str):
        options["padding"] = options["padding"].lower()
    plain = ops.separable_conv(x, depthwise, pointwise, bias=bias[0] if bias else None, **options)
    np.testing.assert_array_equal(result, ops.tanh(plain))
    assert result.shape == layer.compute_output_shape(x.shape)
    assert len(bias) == arguments.get("use_bias", True)


def test_one_axis_and_channels_first(generator):
    x = generator.normal(size=(2, 9, 3)).astype("float32")
    last = layers.SeparableConv1D(5, 3, 2, "same", depth_multiplier=2)
    result = last(x)
    np.testing.assert_array_equal(result, ops.separable_conv(x, *last.get_weights()[:2], 2, "same"))
    first = layers.SeparableConv1D(5, 3, 2, "same", "channels_first", depth_multiplier=2)
    first.build((None, 3, 9))
    first.set_weights(last.get_weights())
    np.testing.assert_array_equal(first(x.transpose(0, 2, 1)).transpose(0, 2, 1), result)


def test_weights_are_in_keras_order_and_layout():
    layer = layers.SeparableConv2D(6, (3, 5), depth_multiplier=2, name="s")
    layer.build((None, 28, 28, 4))
    shapes = [("s/depthwise_kernel", (3, 5, 4, 2)), ("s/pointwise_kernel", (1, 1, 8, 6)), ("s/bias", (6,))]
    assert [(weight.path, weight.shape) for weight in layer.weights] == shapes
    series = layers.SeparableConv1D(6, 3, name="s")
    series.build((None, 28, 4))
    assert [weight.shape for weight in series.weights] == [(3, 4, 1), (1, 4, 6), (6,)]


def test_aliases():
    assert layers.SeparableConvolution1D is layers.SeparableConv1D
    assert layers.SeparableConvolution2D is layers.SeparableConv2D


def test_the_order_of_the_arguments_is_keras():
    initializers = "he_normal", "he_uniform", "ones"
    layer = layers.SeparableConv2D(6, 3, 2, "same", None, 1, 2, "relu", False, *initializers, *[None] * 7, name="s")
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    expected = {"filters": 6, "dilation_rate": (1, 1), "depth_multiplier": 2, "activation": "relu", "use_bias": False}
    assert {**layer.get_config(), **expected} == layer.get_config()
    assert layer.get_config()["pointwise_initializer"]["class_name"] == "HeUniform"
    series = layers.SeparableConv1D(6, 3, 2, "same", None, 1, 2, "relu", False, *initializers, *[None] * 7, name="s")
    assert layers.deserialize(layers.serialize(series)).get_config() == series.get_config()


def test_it_trains(generator):
    """A model of both kinds learns which half of the image is bright."""
    x = generator.normal(size=(64, 8, 8, 3)).astype("float32")
    y = generator.integers(0, 2, 64)
    x[y == 1, :4] += 1
    x[y == 0, 4:] += 1
    model = models.Sequential(
        [
            layers.Input((8, 8, 3)),
            layers.SeparableConv2D(8, 3, activation="relu"),
            layers.DepthwiseConv2D(3, 2, depth_multiplier=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    model.compile(optimizer="adam", loss="mean_squared_error")
    losses = model.fit(x, np.eye(2, dtype="float32")[y], epochs=20, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filters": 0}, "'s': filters must be an integer >= 1, got 0"),
        ({"depth_multiplier": 0.5}, "'s': depth_multiplier must be an integer >= 1, got 0.5"),
        ({"kernel_size": 0}, "'s': kernel_size must be an integer >= 1 or 2 of them, got 0"),
        ({"strides": (1, 2, 3)}, "'s': strides must be an integer >= 1 or 2 of them"),
        ({"dilation_rate": -1}, "'s': dilation_rate must be an integer >= 1"),
        ({"padding": "causal"}, "'s': padding must be 'valid', 'same' or 2 pairs"),
        ({"data_format": "nhwc"}, "'s': data_format must be"),
        ({"pointwise_initializer": "magic"}, "'s': pointwise_initializer: unknown initializer 'magic'"),
        ({"depthwise_regularizer": "magic"}, "unknown regularizer 'magic'"),
        ({"pointwise_regularizer": "magic"}, "unknown regularizer 'magic'"),
        ({"bias_regularizer": "magic"}, "unknown regularizer 'magic'"),
        ({"depthwise_constraint": "magic"}, "unknown constraint 'magic'"),
        ({"pointwise_constraint": "magic"}, "unknown constraint 'magic'"),
        ({"bias_constraint": "magic"}, "unknown constraint 'magic'"),
        ({"colour": "red"}, "'s': unknown keyword arguments"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.SeparableConv2D(**{"filters": 4, "kernel_size": 3, "name": "s", **arguments})


def test_an_input_that_does_not_fit_is_an_error_with_both_shapes():
    layer = layers.SeparableConv2D(4, 3, name="s")
    with pytest.raises(ValueError, match=r"SeparableConv2D 's': expected an input with 4 axes, got shape \(8, 8\)"):
        layer(np.zeros((8, 8), "float32"))
    with pytest.raises(ValueError, match="SeparableConv2D 's': .*kernel 3 x 3 does not fit"):
        layer(np.zeros((1, 2, 8, 2), "float32"))
    with pytest.raises(ValueError, match="expected a known number of channels, got shape"):
        layer.build((None, 8, 8, None))
