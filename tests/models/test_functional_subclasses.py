"""Subclasses of Model that are made from inputs and outputs are functional models of their class, wherever they go."""

import copy
import pickle

import numpy as np
import pytest

import convolith as keras
from convolith.models import Functional, clone_model, load_model, model_from_json


@keras.saving.register_keras_serializable("tests")
class Stepping(keras.Model):
    """With a step of its own alone."""

    def train_step(self, data):
        x, y = data
        loss = self.compute_loss(x, y, self(x, training=True))
        self.optimizer.apply(self.compute_gradients(loss), self.trainable_weights)
        return {"own": 2 * loss}


class Passing(keras.Model):
    """With a constructor that passes on what it is given."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = keras.metrics.Mean(name="seen")


class Plain(keras.Model):
    """With a constructor of just what a graph needs."""

    def __init__(self, inputs, outputs, name=None):
        super().__init__(inputs, outputs, name=name)


class Scaled(keras.Model):
    """With an argument of its own beside anything: it is not made again from its graph alone, which would lose it."""

    def __init__(self, *args, scale=0.1, **kwargs):
        super().__init__(*args, **kwargs)
        self.scale = scale


class Sized(keras.Model):
    """Makes its graph itself."""

    def __init__(self, units=3, **kwargs):
        inputs = keras.Input((4,))
        super().__init__(inputs, keras.layers.Dense(units)(inputs), **kwargs)


def made(kind, **arguments):
    inputs = keras.Input((4,), name="rows")
    hidden = keras.layers.Dense(3, "relu", name="hidden")(inputs)
    model = kind({"rows": inputs}, [keras.layers.Dense(2, name="one")(hidden) * 0.5, hidden], **arguments)
    model.compile("adam", ["mse", None])
    return model


def saved(model, path, ending):
    model.save(path / f"model.{ending}")
    return load_model(path / f"model.{ending}", custom_objects={type(model).__name__: type(model)})


AGAIN = {
    "get_config": lambda model, path: type(model).from_config(model.get_config()),
    "clone_model": lambda model, path: clone_model(model),
    "clone_function": lambda model, path: clone_model(model, clone_function=lambda layer: copy.deepcopy(layer)),
    "json": lambda model, path: model_from_json(model.to_json(), {type(model).__name__: type(model)}),
    "convolith": lambda model, path: saved(model, path, "convolith"),
    "keras": lambda model, path: saved(model, path, "keras"),
    "deepcopy": lambda model, path: copy.deepcopy(model),
    "pickle": lambda model, path: pickle.loads(pickle.dumps(model)),
    "object": lambda model, path: keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(model), {type(model).__name__: type(model)}
    ),
}


def test_a_class_with_an_argument_of_its_own_is_not_its_graph():
    model = made(Scaled, scale=0.9)
    assert not model.is_functional() and type(clone_model(model)) is Functional


@pytest.mark.parametrize("kind", [Stepping, Passing, Plain])
@pytest.mark.parametrize("way", AGAIN)
def test_the_class_and_the_graph_come_back(tmp_path, generator, way, kind):
    if way == "keras":
        pytest.importorskip("h5py")
    model = made(kind, name="mine")
    found = AGAIN[way](model, tmp_path)
    assert type(found) is kind and found.name == "mine" and found.input_names == ["rows"]
    assert [layer.name for layer in found.layers] == [layer.name for layer in model.layers]
    assert found.compiled == (way not in ("get_config", "json"))
    found.set_weights(model.get_weights())
    x = {"rows": generator.normal(size=(3, 4)).astype("float32")}
    for one, other in zip(found.predict(x, verbose=0), model.predict(x, verbose=0), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_comes_back_is_trained_by_its_own_step(tmp_path, generator):
    found = AGAIN["convolith"](made(Stepping), tmp_path)
    history = found.fit({"rows": np.ones((4, 4))}, [np.ones((4, 2)), np.ones((4, 3))], verbose=0).history
    assert list(history) == ["own"]


@pytest.mark.parametrize("ending", ["convolith", "keras"])
def test_within_another_model(tmp_path, generator, ending):
    if ending == "keras":
        pytest.importorskip("h5py")
    inner = made(Stepping)
    inputs = keras.Input((4,))
    outer = keras.Model(inputs, inner({"rows": inputs + inner({"rows": inputs})[1][:, :1]})[0])
    outer.save(tmp_path / f"outer.{ending}")
    found = load_model(tmp_path / f"outer.{ending}")
    x = generator.normal(size=(3, 4)).astype("float32")
    np.testing.assert_array_equal(found(x), outer(x))
    assert type(found.layers[1]) is Stepping


def test_a_class_that_makes_its_graph_itself(tmp_path):
    model = Sized(5)
    assert model.get_config()["units"] == 5
    assert type(clone_model(model)) is Functional
    for found in (clone_model(model), Sized.from_config(model.get_config()), saved(model, tmp_path, "convolith")):
        assert found.output_shape == (None, 5)


def test_a_configuration_with_more_in_it():
    class Noted(Passing):
        def get_config(self):
            return {**super().get_config(), "note": 3}

    config = made(Noted).get_config()
    assert config.pop("note") == 3
    assert type(Noted.from_config(config)) is Noted
