"""Activation, ReLU, LeakyReLU, ELU."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import gamma

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
        ({"threshold": 0.5}, [0, 0, 0, 0, 8]),
        ({"threshold": 1, "negative_slope": 2}, [-8, -3, -2, -1, 8]),
        ({"threshold": 9, "max_value": 3, "negative_slope": 1}, [-12, -9.5, -9, -8.5, -1]),
    ],
)
def test_relu(arguments, expected):
    assert layers.ReLU(**arguments)(X).tolist() == [expected]


def test_leaky_relu_and_elu():
    assert layers.LeakyReLU(0.5)(X).tolist() == [[-1.5, -0.25, 0, 0.5, 8]]
    # Keras's default, 0.3, and its product are rounded; a function of the engine is within eight units, of two each.
    np.testing.assert_allclose(layers.LeakyReLU()(X), [[-0.9, -0.15, 0, 0.5, 8]], rtol=gamma(2))
    exact = np.where(X > 0, X, 2 * np.expm1(X.astype(np.float64)))
    np.testing.assert_allclose(layers.ELU(2)(X), exact, rtol=gamma(16))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Activation("swoosh"), "unknown activation 'swoosh'; convolith has: .*relu"),
        (lambda: layers.ReLU(max_value=-1, name="r"), "ReLU 'r': max_value must be a finite number >= 0, got -1"),
        (lambda: layers.ReLU(negative_slope=None, name="r"), "'r': negative_slope must be a finite number >= 0, got N"),
        (lambda: layers.ReLU(negative_slope=-0.1, name="r"), "'r': negative_slope must be a finite number >= 0, got -"),
        (lambda: layers.ReLU(threshold=-1, name="r"), "ReLU 'r': threshold must be a finite number >= 0, got -1"),
        (lambda: layers.ReLU(threshold=True, name="r"), "ReLU 'r': threshold must be a finite number >= 0, got True"),
        (lambda: layers.LeakyReLU(np.inf, name="l"), "LeakyReLU 'l': negative_slope must be a finite number >= 0, got"),
        (lambda: layers.ELU(np.nan, name="e"), "ELU 'e': alpha must be a finite number >= 0, got nan"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "layer",
    [layers.Activation("tanh"), layers.ReLU(6, 0.1, 1.5), layers.ReLU(), layers.LeakyReLU(0.1), layers.ELU(0.5)],
    ids=lambda layer: layer.name,
)
def test_the_configuration_makes_an_equal_layer(layer):
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(X), layer(X))
