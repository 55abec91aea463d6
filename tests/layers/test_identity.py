"""Layers that return what they get, and rules of weights in those that had none."""

import numpy as np
import pytest

import convolith as keras
from convolith import layers


def test_a_penalty_of_activities():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, layers.ActivityRegularization(l1=0.5, l2=0.25)(layers.Identity()(inputs)))
    model.compile("sgd", "mse")
    x = np.array([[1.0, -2.0, 0.0], [3.0, 0.0, 0.0]], "float32")
    assert model.evaluate(x, x, verbose=0) == (0.5 * 6 + 0.25 * 14) / 2
    again = layers.deserialize(layers.serialize(model.layers[-1]))
    assert (again.l1, again.l2) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("make", "weights"),
    [
        (lambda **rules: layers.BatchNormalization(**rules), ["gamma", "beta"]),
        (lambda **rules: layers.LayerNormalization(**rules), ["gamma", "beta"]),
        (lambda **rules: layers.GroupNormalization(2, **rules), ["gamma", "beta"]),
        (lambda **rules: layers.DepthwiseConv2D(2, **rules), ["depthwise", "bias"]),
        (lambda **rules: layers.SeparableConv2D(3, 2, **rules), ["depthwise", "pointwise", "bias"]),
        (lambda **rules: layers.PReLU(**rules), ["alpha"]),
    ],
)
def test_regularizers_and_constraints_reach_the_weights(make, weights):
    rules = {f"{weight}_regularizer": keras.regularizers.L2(0.1 + i) for i, weight in enumerate(weights)}
    rules |= {f"{weight}_constraint": "non_neg" for weight in weights}
    layer = make(**rules)
    layer.build((None, 4, 4, 6))
    found = [float(weight.regularizer.l2) for weight in layer.trainable_weights]
    assert found == [0.1 + i for i in range(len(weights))]
    assert all(type(weight.constraint).__name__ == "NonNeg" for weight in layer.trainable_weights)
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()


def test_a_weight_of_none_is_none_at_all():
    config = layers.ActivityRegularization(l1=None, l2=None).get_config()
    assert (config["l1"], config["l2"]) == (0.0, 0.0)
