"""Layers and models that say themselves what they were built for and compiled with, as Keras's guides write them."""

import pickle

import numpy as np
import pytest

import convolith
from convolith import layers, losses, metrics, ops, optimizers, saving
from convolith.models import Model, Sequential, load_model

X = np.random.default_rng(3).random((6, 4), np.float32)
Y = X.sum(1, keepdims=True)


class Table(layers.Layer):
    """A layer whose weights nobody knows by the shape of the inputs."""

    def prepare(self, rows):
        self.table = self.add_weight((rows, 4), name="table")
        self.built = True

    def call(self, inputs):
        return inputs @ ops.transpose(self.table)

    def get_build_config(self):
        return {"rows": np.int64(self.table.shape[0])}

    def build_from_config(self, config):
        self.prepare(config["rows"])


class Tabled(Model):
    """A model that has one, and knows no more of it by the shape of the inputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.table = Table()

    def call(self, inputs):
        return self.table(inputs)

    def get_build_config(self):
        return {"table": self.table.get_build_config(), "inputs": (None, 4)}

    def build_from_config(self, config):
        assert list(config["inputs"]) == [None, 4]
        self.table.build_from_config(config["table"])


def squared(y_true, y_pred):
    return ops.mean((y_true - y_pred) ** 2, axis=-1)


class Bias(metrics.Mean):
    """A metric of a user's own class."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(ops.mean(y_pred - y_true))


class Guided(Sequential):
    """Compiled with arguments of its own, which are objects."""

    def compile(self, rule, distance, seen):
        super().compile(rule, loss=distance, metrics=[seen])
        self.rule, self.distance, self.seen = rule, distance, seen

    def get_compile_config(self):
        return {"rule": self.optimizer, "distance": self.distance, "more": [{"seen": self.seen}, None, (1, 2.5)]}

    def compile_from_config(self, config):
        assert list(config["more"][2]) == [1, 2.5]
        found = [config["rule"], config["distance"], config["more"][0]["seen"]]
        self.compile(*map(saving.deserialize_keras_object, found))


class Silent(Sequential):
    """Says nothing of how it is compiled."""

    def get_compile_config(self):
        return {}


OWN = {one.__name__: one for one in (Table, Tabled, Guided, Silent, Bias, squared)}


@pytest.fixture(params=["convolith", "keras", "pickle", "form"])
def again(request, tmp_path):
    """The function that writes a model or layer, and reads it: in a form, its weights are copied."""
    if request.param == "keras":
        pytest.importorskip("h5py")

    def through_a_file(model):
        path = tmp_path / f"model.{request.param}"
        model.save(path)
        return load_model(path, OWN)

    def through_a_form(model):
        made = saving.deserialize_keras_object(saving.serialize_keras_object(model), OWN)
        made.set_weights(model.get_weights())
        return made

    ways = {"pickle": lambda model: pickle.loads(pickle.dumps(model)), "form": through_a_form}
    return ways.get(request.param, through_a_file)


def prepared(rows, **arguments):
    table = Table(**arguments)
    table.prepare(rows)
    return table


def in_a_row():
    return Sequential([layers.Input((4,)), prepared(3), layers.Dense(1)])


def within_another():
    inputs = layers.Input((4,))
    inner = Sequential([layers.Input((4,)), layers.Dense(4), prepared(5)])
    return Model(inputs, [layers.Dense(2)(inner(inputs)), prepared(2, name="last")(inputs)])


def tabled():
    model = Tabled()
    model.table.prepare(7)
    model(X)
    return model


@pytest.mark.parametrize("make", [in_a_row, within_another, tabled])
def test_what_builds_itself_is_built_as_it_was(again, make):
    model = make()
    other = again(model)
    assert [weight.shape for weight in other.weights] == [weight.shape for weight in model.weights]
    for found, expected in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(other.predict(X, verbose=0)[0], model.predict(X, verbose=0)[0])


def test_a_layer_s_configuration_tells_what_it_was_built_for():
    form = layers.serialize(prepared(3, name="t"))
    assert form["build_config"] == {"rows": 3}
    made = layers.deserialize(form, OWN)
    assert made.built and made.table.shape == (3, 4)
    assert "build_config" not in layers.serialize(Sequential([layers.Input((2,)), layers.Dense(2)]))


def test_forms_tell_as_keras_does_what_was_built(keras):
    def program(k):
        a, b = k.Input((2,), name="a"), k.Input((3,), name="b")
        joined, dense, new = k.layers.Concatenate(), k.layers.Dense(2), k.layers.Dense(2)
        dense(joined([a, b]))
        forms = [k.saving.serialize_keras_object(layer) for layer in (joined, dense, new)]
        again = [k.saving.deserialize_keras_object(form) for form in forms]
        return [form.get("build_config") for form in forms], [layer.built for layer in again[1:]]

    assert program(convolith) == program(keras)


def test_objects_within_what_a_model_was_compiled_with(again):
    model = Guided([layers.Input((4,)), layers.Dense(1)])
    model.compile(optimizers.Adam(0.01), losses.Huber(0.5), Bias(name="bias"))
    model.fit(X, Y, batch_size=3, shuffle=False, verbose=0)
    other = again(model)
    assert [type(one) for one in (other.rule, other.distance, other.seen)] == [optimizers.Adam, losses.Huber, Bias]
    assert other.distance.get_config() == model.distance.get_config() and other.seen.name == "bias"
    if int(other.optimizer.iterations):  # a form tells nothing of the optimizer's state
        assert model.fit(X, Y, shuffle=False, verbose=0).history == other.fit(X, Y, shuffle=False, verbose=0).history


def test_functions_of_one_s_own_within_it(again):
    model = Guided([layers.Input((4,)), layers.Dense(1)])
    model.compile(optimizers.SGD(), squared, metrics.MeanMetricWrapper(squared, name="m"))
    other = again(model)
    assert other.distance is squared and other.seen.get_config()["name"] == "m"
    assert other.evaluate(X, Y, verbose=0, return_dict=True) == model.evaluate(X, Y, verbose=0, return_dict=True)


def test_what_has_no_form_cannot_be_saved(tmp_path):
    model = Guided([layers.Input((4,)), layers.Dense(1)])
    model.compile(optimizers.SGD(), lambda y_true, y_pred: squared(y_true, y_pred), metrics.MeanAbsoluteError())
    with pytest.raises(ValueError, match="give it a name"):
        model.save(tmp_path / "model.convolith")
    assert not list(tmp_path.iterdir())


def test_a_model_that_says_nothing_is_read_without_being_compiled(again):
    model = Silent([layers.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    other = again(model)
    assert not other.compiled
    np.testing.assert_array_equal(other(X), model(X))


def test_a_memory_limit_is_told_and_taken_back_but_not_to_keras(tmp_path):
    model, other = in_a_row(), in_a_row()
    model.compile("sgd", "mse", memory_limit="1GiB")
    config = model.get_compile_config()
    other.compile_from_config(config)
    assert config["memory_limit"] == other.memory_limit == 1 << 30
    model.compile("sgd", "mse")
    assert "memory_limit" not in model.get_compile_config()


def test_keras_reads_the_file_of_a_model_with_a_memory_limit(keras, tmp_path):
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse", memory_limit="1GiB")
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").optimizer.name == "sgd"


def test_nothing_told_is_compiled_by_default_as_in_keras(keras):
    def program(k):
        model = k.Sequential([k.Input((4,)), k.layers.Dense(1)])
        model.compile_from_config({})
        return model.compiled, type(model.optimizer).__name__, model.loss

    assert program(convolith) == program(keras)
