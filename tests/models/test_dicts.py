"""Dicts of inputs and outputs: in the order of their keys, as in Keras."""

import numpy as np
import pytest

import convolith
from convolith.models import Model

ROUNDING = float(np.finfo(np.float32).eps)


def network(k):
    first, second = k.Input((4,), name="first"), k.Input((3,), name="second")
    outputs = {"y": k.layers.Dense(2, name="wide")(first), "b": k.layers.Dense(1, name="narrow")(second)}
    return k.Model({"z": first, "a": second}, outputs)


@pytest.fixture
def data(generator):
    x = {"z": generator.normal(size=(6, 4)).astype("float32"), "a": generator.normal(size=(6, 3)).astype("float32")}
    y = {"y": generator.normal(size=(6, 2)).astype("float32"), "b": generator.normal(size=(6, 1)).astype("float32")}
    return x, y


def test_the_order_of_keys():
    model = network(convolith)
    assert [tensor.shape for tensor in model.inputs] == model.input_shape == [(None, 3), (None, 4)]
    assert [tensor.shape for tensor in model.outputs] == model.output_shape == [(None, 1), (None, 2)]
    assert model.input_names == ["second", "first"]
    assert model.output_names == ["narrow", "wide"]
    assert [layer.name for layer in model.layers] == ["second", "first", "narrow", "wide"]
    assert [weight.path for weight in model.weights] == ["narrow/kernel", "narrow/bias", "wide/kernel", "wide/bias"]
    assert {name: tensor.shape for name, tensor in model.input.items()} == {"z": (None, 4), "a": (None, 3)}


def test_dicts_and_lists_mean_the_same(data):
    x, y = data
    model = network(convolith)
    called, predicted = model(x), model.predict(x, verbose=0)
    for name in ("y", "b"):
        np.testing.assert_allclose(predicted[name], called[name], rtol=1e-6)
        np.testing.assert_array_equal(model.predict([x["a"], x["z"]], verbose=0)[name], predicted[name])
    model.compile("sgd", {"y": "mse", "b": "mae"}, metrics={"b": ["mse"]})
    by_name = model.evaluate(x, y, verbose=0, return_dict=True)
    assert by_name == model.evaluate([x["a"], x["z"]], [y["b"], y["y"]], verbose=0, return_dict=True)
    np.testing.assert_allclose(by_name["y_loss"], np.square(called["y"] - y["y"]).mean(), rtol=1e-6)
    np.testing.assert_allclose(by_name["b_mse"], np.square(called["b"] - y["b"]).mean(), rtol=1e-6)


def test_a_subclass_may_return_a_dict_in_any_order(data):
    class Two(Model):
        def __init__(self):
            super().__init__()
            self.wide, self.narrow = convolith.layers.Dense(2), convolith.layers.Dense(1)

        def call(self, inputs):
            return {"y": self.wide(inputs["z"]), "b": self.narrow(inputs["a"])}

    x, y = data
    model = Two()
    model.compile("sgd", {"b": "mae", "y": "mse"})
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["b_loss"], np.abs(model(x)["b"] - y["b"]).mean(), rtol=1e-6)
    np.testing.assert_array_equal(model.predict(x, verbose=0)["y"], model(x)["y"])


def test_as_in_keras(keras, data):
    x, y = data
    ours, theirs = network(convolith), network(keras)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert (ours.input_shape, ours.output_shape) == (theirs.input_shape, theirs.output_shape)
    ours.set_weights(theirs.get_weights())
    found = []
    for model in (ours, theirs):
        model.compile("sgd", {"y": "mse", "b": "mae"}, metrics={"y": ["mae"], "b": ["mse"]})
        history = model.fit(x, y, batch_size=3, epochs=2, shuffle=False, verbose=0).history
        found.append((history, model.evaluate(x, y, verbose=0)))
    assert list(found[0][0]) == list(found[1][0])
    for name, values in found[1][0].items():
        np.testing.assert_allclose(found[0][0][name], values, rtol=200 * ROUNDING, err_msg=name)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=200 * ROUNDING)
