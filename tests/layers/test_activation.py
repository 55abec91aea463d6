"""Activation, ReLU, Softmax."""

import numpy as np
import pytest

from convolith import layers
from tests.reference import activation as reference

X = np.array([[-3.0, -0.5, 0.0, 0.5, 8.0]], "float32")


def test_activation_takes_names_functions_and_layers_of_its_own():
    np.testing.assert_array_equal(layers.Activation("relu")(X), np.maximum(X, 0))
    np.testing.assert_array_equal(layers.Activation(lambda x: x * 2)(X), X * 2)
    np.testing.assert_array_equal(layers.Activation(layers.ReLU())(X), np.maximum(X, 0))
    np.testing.assert_array_equal(layers.Activation(None)(X), X)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [0, 0, 0, 0.5, 8]),
        ({"max_value": 6}, [0, 0, 0, 0.5, 6]),
        ({"negative_slope": 0.5}, [-1.5, -0.25, 0, 0.5, 8]),
        ({"max_value": 6, "negative_slope": 0.5}, [-1.5, -0.25, 0, 0.5, 6]),
        ({"max_value": 0}, [0, 0, 0, 0, 0]),
    ],
)
def test_relu(arguments, expected):
    assert layers.ReLU(**arguments)(X).tolist() == [expected]


def test_softmax(generator):
    x = generator.normal(size=(4, 3)).astype("float32")
    np.testing.assert_allclose(layers.Softmax()(x), reference.softmax(x.astype(np.float64)), rtol=1e-6)
    np.testing.assert_allclose(layers.Softmax(axis=0)(x), reference.softmax(x.T.astype(np.float64)).T, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Activation("swoosh"), "unknown activation 'swoosh'; convolith has: .*relu"),
        (lambda: layers.ReLU(max_value=-1, name="r"), "ReLU 'r': max_value must be None or a number >= 0, got -1"),
        (
            lambda: layers.ReLU(negative_slope=None, name="r"),
            "ReLU 'r': negative_slope must be a number >= 0, got None",
        ),
        (
            lambda: layers.ReLU(negative_slope=-0.1, name="r"),
            "ReLU 'r': negative_slope must be a number >= 0, got -0.1",
        ),
        (lambda: layers.ReLU(threshold=1.0, name="r"), "ReLU 'r': convolith has no threshold yet"),
        (lambda: layers.Softmax(axis=1.5, name="s"), "Softmax 's': axis must be an integer, got 1.5"),
        (lambda: layers.Softmax(axis=2, name="s")(X), "Softmax 's': .*axis"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "layer", [layers.Activation("tanh"), layers.ReLU(6, 0.1), layers.Softmax(1)], ids=lambda layer: layer.name
)
def test_the_configuration_makes_an_equal_layer(layer):
    assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()


def test_the_axis_of_softmax_may_be_a_numpy_integer():
    layer = layers.Softmax(np.int64(-1))
    assert type(layer.get_config()["axis"]) is int
