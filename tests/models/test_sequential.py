"""Sequential: one layer after the other, built at once or when the first data come."""

import numpy as np
import pytest

import convolith
from convolith import layers
from convolith.models import Model, Sequential

X = np.ones((2, 4), "float32")


def stack():
    return [layers.Dense(3, name="a"), layers.Dense(2, name="b")]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([layers.Input((4,)), *stack()]),
        lambda: Sequential([layers.InputLayer((4,)), *stack()]),
        lambda: Sequential([layers.Dense(3, name="a", input_shape=[4]), layers.Dense(2, name="b")]),
        lambda: Sequential([layers.Dense(3, name="a", input_dim=4), layers.Dense(2, name="b")]),
    ],
    ids=["Input", "InputLayer", "input_shape", "input_dim"],
)
def test_a_known_input_builds_at_once(make):
    model = make()
    assert model.built
    assert [layer.name for layer in model.layers] == ["a", "b"]
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)
    assert model.count_params() == 4 * 3 + 3 + 3 * 2 + 2
    assert model(X).shape == (2, 2)


def test_without_an_input_the_first_data_build_it():
    model = Sequential(stack())
    assert not model.built
    with pytest.raises(AttributeError, match="has no defined inputs and outputs yet"):
        _ = model.inputs
    with pytest.raises(ValueError, match="is not built"):
        model.count_params()
    assert model(X).shape == (2, 2)
    assert model.built
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)


def test_build_takes_a_shape_with_batch():
    model = Sequential(stack())
    model.build((None, 4))
    assert model.output_shape == (None, 2)
    with pytest.raises(ValueError, match=r"was built for input shape \(None, 4\), got \(None, 5\)"):
        model.build((None, 5))
    with pytest.raises(ValueError, match="has no layers to build"):
        Sequential().build((None, 4))


def test_add_and_pop():
    model = Sequential(name="m")
    model.add(layers.Input((4,)))
    first, second = stack()
    model.add(first)
    assert model.output_shape == (None, 3)
    model.add(second)
    assert model.output_shape == (None, 2)
    model.compile("sgd", loss="mse")
    model.train_on_batch(X, np.zeros((2, 2)))
    assert model.pop() is second
    assert model.output_shape == (None, 3)
    assert model.predict(X, verbose=0).shape == (2, 3)
    model.add(layers.Dense(5, name="c"))
    assert model.output_shape == (None, 5)
    assert model.train_on_batch(X, np.zeros((2, 5))) >= 0
    model.pop(), model.pop()
    with pytest.raises(ValueError, match="'m' has no layers to pop"):
        model.pop()


def test_an_added_layer_that_does_not_fit_changes_nothing():
    model = Sequential([layers.Input((4,)), layers.Dense(3)])
    with pytest.raises(ValueError, match="Conv2D 'c': expected an input with 4 axes"):
        model.add(layers.Conv2D(2, 3, name="c"))
    assert len(model.layers) == 1
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("dense", "'m': only layers can be added, got 'dense' of type str"),
        (layers.Dense(1, name="a"), "'m' has a layer named 'a' already; names must differ"),
        (layers.Input((4,)), "'m': an Input can only come first"),
    ],
)
def test_what_cannot_be_added_is_named(layer, message):
    model = Sequential([layers.Input((4,)), layers.Dense(3, name="a")], name="m")
    with pytest.raises(ValueError, match=message):
        model.add(layer)


def test_a_model_may_be_a_layer_and_the_first_one():
    inner = Sequential([layers.Input((4,)), layers.Dense(3)])
    model = Sequential([inner, layers.Dense(2)])
    assert model.input_shape == (None, 4)
    assert model.output_shape == (None, 2)
    np.testing.assert_array_equal(model(X), model.layers[1](inner(X)))
    assert len(model.weights) == 4


def test_a_layer_without_shape_rule_of_its_own_works():
    class Doubling(layers.Layer):
        def call(self, inputs):
            return inputs * 2

    model = Sequential([layers.Input((4,)), Doubling()])
    np.testing.assert_array_equal(model.predict(X, verbose=0), 2 * X)


def test_intermediate_outputs():
    model = Sequential([layers.Input((4,)), *stack()])
    part = Model(model.inputs, model.get_layer("a").output)
    np.testing.assert_array_equal(part(X), model.layers[0](X))


def test_the_configuration_makes_an_equal_model():
    model = Sequential([layers.Input((4,)), *stack()], name="m")
    again = Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(X), model(X))
    with pytest.raises(ValueError, match="a Sequential needs a list 'layers'"):
        Sequential.from_config({"name": "m"})


def test_frozen_as_a_whole():
    model = Sequential([layers.Input((4,)), *stack()], trainable=False)
    assert model.trainable_weights == []
    assert len(model.non_trainable_weights) == 4


def test_public_names():
    assert convolith.Sequential is Sequential
    assert convolith.Model is Model


def test_a_list_of_inputs_goes_to_the_first_layer():
    class Sum(layers.Layer):
        def call(self, inputs):
            return inputs[0] + inputs[1]

    model = Sequential([Sum(), layers.Dense(3)])
    assert model.predict([X, X], verbose=0).shape == (2, 3)
    np.testing.assert_array_equal(model([X, X]), model.layers[1](2 * X))


def test_layers_that_are_no_list():
    with pytest.raises(TypeError, match="Sequential 's': layers must be a list of layers, got <Dense"):
        Sequential(layers.Dense(1), name="s")
