"""Activation functions by name; values by the oracle."""

import numpy as np
import pytest

from convolith import activations, layers
from convolith.ops.relu import Relu
from tests.reference import activation as reference

X = np.linspace(-4, 4, 15).reshape(3, 5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", np.maximum(X, 0)),
        ("sigmoid", reference.sigmoid(X)),
        ("tanh", np.tanh(X)),
        ("softmax", reference.softmax(X)),
        ("log_softmax", np.log(reference.softmax(X))),
        ("linear", X),
        ("silu", X * reference.sigmoid(X)),
        ("swish", X * reference.sigmoid(X)),
        ("leaky_relu", np.where(X > 0, X, 0.2 * X)),
        ("ReLU", np.maximum(X, 0)),
    ],
)
def test_values_by_name(name, expected):
    np.testing.assert_allclose(activations.get(name)(X), expected, rtol=1e-12, atol=1e-15)


def test_every_name_of_keras_is_there_and_comes_back():
    names = (
        "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid "
        "log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
        "sparse_sigmoid sparsemax squareplus tanh tanh_shrink threshold"
    ).split()
    for name in names:
        function = activations.get(name)
        assert function is getattr(activations, name) and activations.serialize(function) == name
        assert name in activations.__all__
        if name not in ("glu", "threshold"):
            layer = layers.Activation(name)
            again = layers.deserialize(layers.serialize(layer))
            np.testing.assert_array_equal(again(X), function(X))
    for name, same in (("swish", "silu"), ("hard_swish", "hard_silu")):
        assert activations.get(name) is activations.get(same) is getattr(activations, name)


def test_plain_relu_is_the_operation_that_convolution_takes_along():
    assert isinstance(activations.relu(layers.Input((3,))).node.operation, Relu)


def test_arguments():
    np.testing.assert_array_equal(activations.relu(X, 0.5, 2.0), np.clip(X, 0, 2) + np.minimum(X, 0) * 0.5)
    np.testing.assert_allclose(activations.softmax(X, axis=0).sum(axis=0), 1)
    np.testing.assert_allclose(np.exp(activations.log_softmax(X, axis=0)).sum(axis=0), 1)
    np.testing.assert_array_equal(activations.leaky_relu(X, 0.5), np.where(X > 0, X, 0.5 * X))


def test_get_and_serialize():
    assert activations.get(None) is activations.linear
    assert activations.get(np.tanh) is np.tanh
    assert activations.serialize(activations.relu) == "relu"
    assert activations.deserialize("relu") is activations.relu
    assert activations.deserialize("mine", custom_objects={"mine": np.tanh}) is np.tanh
    layer = activations.deserialize(activations.serialize(layers.ReLU(6.0, name="r")), {"ReLU": layers.ReLU})
    assert layer.get_config() == layers.ReLU(6.0, name="r").get_config()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: activations.relu(X, threshold=-1), "relu: threshold must be a finite number of at least 0, got -1"),
        (lambda: activations.relu(X, negative_slope=None), "relu: negative_slope must be a finite number of at least"),
        (lambda: activations.relu(X, negative_slope=-1), "relu: negative_slope must be a finite number of at least 0"),
        (lambda: activations.relu(X, max_value=np.inf), "relu: max_value must be a finite number of at least 0"),
        (lambda: activations.get("magic"), "unknown activation 'magic'"),
        (lambda: activations.get(3), "an activation must be a name or a function, got 3"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()


@pytest.mark.parametrize("name", ["relu!", "gelu ", "soft-max"])
def test_a_name_with_other_signs_is_no_spelling(name):
    with pytest.raises(ValueError, match="unknown activation"):
        activations.get(name)
