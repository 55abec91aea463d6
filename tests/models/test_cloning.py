"""Models from models: copies with new weights, and text."""

import json

import numpy as np
import pytest

import convolith
from convolith.models import clone_model, model_from_json


def functional():
    inputs = convolith.Input((6, 6, 2), name="images")
    shared = convolith.layers.Conv2D(2, 3, padding="same", activation="relu")
    x = shared(shared(inputs)) + inputs
    return convolith.Model(
        {"images": inputs}, [convolith.layers.Flatten()(x), convolith.layers.GlobalMaxPooling2D()(x)]
    )


def sequential():
    return convolith.Sequential(
        [convolith.Input((4,)), convolith.layers.Dense(3, "relu"), convolith.layers.Dropout(0.5)], name="rows"
    )


@pytest.mark.parametrize("make", [functional, sequential])
@pytest.mark.parametrize("again", [clone_model, lambda model: model_from_json(model.to_json())])
def test_a_copy_has_new_weights_and_computes_the_same_with_the_old(make, again, generator):
    model = make()
    copy = again(model)
    assert type(copy) is type(model) and copy.name == model.name
    assert [layer.name for layer in copy.layers[1:]] == [layer.name for layer in model.layers[1:]]
    assert not {id(weight) for weight in copy.weights} & {id(weight) for weight in model.weights}
    assert any((one != other).any() for one, other in zip(copy.get_weights(), model.get_weights(), strict=True))
    copy.set_weights(model.get_weights())
    x = generator.random((3, *model.inputs[0].shape[1:])).astype("float32")
    found, expected = copy.predict(x, verbose=0), model.predict(x, verbose=0)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_copy_of_other_layers():
    def thawed(layer):
        config = layer.get_config()
        return type(layer).from_config({**config, "units": 7} if "units" in config else config)

    assert clone_model(sequential(), clone_function=thawed).output_shape == (None, 7)


def test_a_subclassed_model_is_made_anew_from_its_configuration():
    class Mine(convolith.Model):
        def __init__(self, units=2, **kwargs):
            super().__init__(**kwargs)
            self.dense = convolith.layers.Dense(units)

        def call(self, inputs):
            return self.dense(inputs)

    model = Mine(5, name="mine")
    model.compile("adam", "mse")
    model(np.ones((1, 3), "float32"))
    copy = clone_model(model)
    assert type(copy) is Mine and copy.compiled and copy.name == "mine"
    assert [weight.shape for weight in copy.weights] == [(3, 5), (5,)]
    with pytest.raises(ValueError, match="clone_model: mine must be Sequential or functional, got Mine"):
        clone_model(model, clone_function=lambda layer: layer)


def test_a_copy_is_compiled_as_the_model_is(keras):
    def program(k):
        model = k.Sequential([k.Input((4,)), k.layers.Dense(3)])
        plain = k.models.clone_model(model).compiled
        model.compile(k.optimizers.SGD(0.5), "mse", metrics=["mae"])
        copy = k.models.clone_model(model)
        return plain, copy.compiled, copy.optimizer is model.optimizer, float(copy.optimizer.learning_rate), copy.loss

    assert program(convolith) == program(keras) == (False, True, False, 0.5, "mse")


def test_models_within_are_not_cloned_by_themselves():
    with pytest.raises(ValueError, match="clone_model: rows: convolith does not have recursive yet"):
        clone_model(sequential(), recursive=True)


def test_json_is_plain_and_indents():
    text = sequential().to_json(indent=2)
    assert json.loads(text)["class_name"] == "Sequential" and text.count("\n") > 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the text is no JSON"),
        ("[]", "describes no model"),
        ('{"class_name": "Dense", "config": {"units": 3}}', "describes no model but a Dense"),
        ('{"class_name": "Nonsense", "config": {}}', "unknown layer 'Nonsense'"),
    ],
)
def test_what_is_no_model(text, message):
    with pytest.raises(ValueError, match=message):
        model_from_json(text)
