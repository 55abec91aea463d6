"""Dense: activation(inputs @ kernel + bias) over the last axis."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, sum_bound


@pytest.mark.parametrize("shape", [(3, 5), (2, 4, 5), (2, 3, 4, 5)])
def test_values(generator, shape):
    x = generator.normal(size=shape)
    layer = layers.Dense(7, bias_initializer="random_uniform", name="d")
    result = layer(x.astype("float32"))
    kernel, bias = (weight.astype(np.float64) for weight in layer.get_weights())
    x = x.astype("float32").astype(np.float64)
    assert_within(result, x @ kernel + bias, sum_bound(6, abs(x) @ abs(kernel) + abs(bias)))
    assert [(weight.path, weight.shape) for weight in layer.weights] == [("d/kernel", (5, 7)), ("d/bias", (7,))]
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 7)


def test_without_bias_and_with_an_activation():
    layer = layers.Dense(2, activation="relu", use_bias=False, kernel_initializer=np.array([[1.0, -1.0]]))
    assert layer(np.array([[3.0]], "float32")).tolist() == [[3, 0]]
    assert len(layer.weights) == 1


def test_float64_inputs_compute_in_float64():
    layer = layers.Dense(1, kernel_initializer="ones", dtype="float64")
    x = np.array([[1.0, 2**-40]])
    assert layer(x).dtype == np.float64
    assert layer(x)[0, 0] == 1 + 2**-40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": -1}, "'d': units must be an integer >= 1, got -1"),
        ({"units": "10"}, "'d': units must be an integer >= 1, got '10'"),
        ({"lora_rank": 4}, "'d': convolith does not have lora_rank yet"),
        ({"kernel_constraint": "x"}, "unknown constraint 'x'"),
        ({"dtype": "float16"}, "'d': dtype must be 'float32' or 'float64', got 'float16'"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.Dense(**{"units": 2, "name": "d", **arguments})


def test_an_input_that_does_not_fit_is_named():
    layer = layers.Dense(2, name="d")
    with pytest.raises(ValueError, match=r"Dense 'd': expected an input with at least 2 axes, got shape \(3,\)"):
        layer(np.zeros(3, "float32"))
    layer.build((None, 4))
    with pytest.raises(ValueError, match=r"Dense 'd': expected an input with size 4 in axis -1, got shape \(1, 5\)"):
        layer(np.zeros((1, 5), "float32"))


def test_the_configuration_makes_an_equal_layer():
    layer = layers.Dense(2, "tanh", bias_initializer="ones", name="d", dtype="float64")
    assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()
