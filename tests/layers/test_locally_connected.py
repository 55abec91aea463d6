"""Locally connected layers: Keras 2's weights and arguments, values by the oracle."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, sum_bound
from tests.reference import locally_connected as reference


@pytest.mark.parametrize(
    ("name", "size", "arguments", "padding", "sizes"),
    [
        ("LocallyConnected1D", 3, {}, ((0, 0),), (5,)),
        ("LocallyConnected1D", 2, {"strides": 3, "padding": "same"}, ((0, 1),), (3,)),
        ("LocallyConnected2D", (2, 3), {"strides": (2, 1)}, ((0, 0), (0, 0)), (3, 3)),
        ("LocallyConnected2D", 2, {"padding": [(1, 0), (0, 2)], "use_bias": False}, ((1, 0), (0, 2)), (7, 6)),
        ("LocallyConnected2D", 2, {"activation": "relu"}, ((0, 0), (0, 0)), (6, 4)),
    ],
)
def test_values_and_weights(generator, name, size, arguments, padding, sizes):
    x = generator.normal(size=(2, *(7, 5)[: len(sizes)], 3)).astype("float32")
    layer = getattr(layers, name)(4, size, bias_initializer="random_normal", name="l", **arguments)
    result = layer(x)
    assert result.shape == (2, *sizes, 4) == layer.compute_output_shape(x.shape)
    kernel, *bias = layer.get_weights()
    elements = int(np.prod(layer.kernel_size)) * 3
    shapes = {"l/kernel": (int(np.prod(sizes)), elements, 4), "l/bias": (*sizes, 4)}
    assert {weight.path: weight.shape for weight in layer.weights}.items() <= shapes.items()
    shift = bias[0] if bias else np.zeros((*sizes, 4))
    exact, magnitudes = (
        reference.locally_connected(*arrays, layer.kernel_size, layer.strides, padding)
        for arrays in ((x, kernel, shift), (abs(x), abs(kernel), abs(shift)))
    )
    if "activation" in arguments:
        exact = np.maximum(exact, 0)
    assert_within(result, exact, sum_bound(elements + 1, magnitudes))


def test_channels_first_is_the_same_on_other_axes(generator):
    x = generator.normal(size=(2, 5, 6, 3)).astype("float32")
    last, first = layers.LocallyConnected2D(4, 3), layers.LocallyConnected2D(4, 3, data_format="channels_first")
    result = last(x)
    first.build((None, 3, 5, 6))
    first.set_weights(last.get_weights())
    np.testing.assert_array_equal(first(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1), result)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"implementation": 2}, "'l': implementation must be 1, the others differ in their weights, got 2"),
        ({"padding": "causal"}, "'l': padding must be 'valid', 'same' or 2 pairs"),
        ({"filters": 0}, "'l': filters must be an integer >= 1, got 0"),
        ({"dilation_rate": 2}, "'l': unknown keyword arguments 'dilation_rate'; it takes"),
        (
            {"groups": 2, "name": None},
            "D: unknown keyword arguments 'groups'; it .* filters, impl",
        ),
        ({"colour": "red"}, "'l': unknown keyword arguments 'colour'; it takes .* data_format, dtype, filters, impl"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.LocallyConnected2D(**{"filters": 4, "kernel_size": 3, "name": "l", **arguments})


def test_an_input_that_does_not_fit():
    with pytest.raises(ValueError, match="LocallyConnected2D 'l': .*kernel_shape 3 x 3 does not fit"):
        layers.LocallyConnected2D(4, 3, name="l")(np.zeros((1, 2, 4, 3), "float32"))
    layer = layers.LocallyConnected2D(4, 3, name="l")
    layer(np.zeros((1, 4, 4, 3), "float32"))
    with pytest.raises(ValueError, match="LocallyConnected2D 'l': .*kernel must have shape"):
        layer(np.zeros((1, 5, 4, 3), "float32"))


@pytest.mark.parametrize("name", ["LocallyConnected1D", "LocallyConnected2D"])
def test_the_configuration_makes_an_equal_layer(name):
    layer = getattr(layers, name)(4, 3, 2, use_bias=False, name="l", activation="relu")
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    assert not {"groups", "dilation_rate"} & set(again.get_config())
