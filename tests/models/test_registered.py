"""What a user registers is saved by its registered name, and found again without being passed."""

import numpy as np
import pytest

from convolith import callbacks, layers, ops, saving, utils
from convolith.models import Sequential


@saving.register_keras_serializable("tests")
class Doubled(layers.Layer):
    def call(self, inputs):
        return inputs * 2.0


@utils.register_keras_serializable(package="tests", name="lost")
def error(y_true, y_pred):
    return ops.mean(abs(y_true - y_pred), axis=-1)


def test_a_model_of_registered_things_comes_back(tmp_path):
    model = Sequential([layers.Input((3,)), layers.Dense(2), Doubled(), layers.Lambda(error_of_nothing)])
    model.compile("sgd", error)
    model.save(tmp_path / "m.convolith")
    loaded = saving.load_model(tmp_path / "m.convolith")
    x = np.ones((4, 3), "float32")
    np.testing.assert_array_equal(loaded(x), model(x))
    assert loaded.evaluate(x, np.zeros((4, 2)), verbose=0) == model.evaluate(x, np.zeros((4, 2)), verbose=0)
    assert type(loaded.layers[1]) is Doubled


@saving.register_keras_serializable("tests")
def error_of_nothing(x):
    return x


def test_names():
    assert saving.registered_name(Doubled) == "tests>Doubled"
    assert saving.registered_name(error) == "tests>lost"
    assert saving.registered_name(layers.Dense) is None
    assert layers.serialize(Doubled())["class_name"] == "tests>Doubled"
    assert saving.CustomObjectScope is saving.custom_object_scope


def test_what_is_registered_again_or_cannot_be():
    assert saving.register_keras_serializable("tests")(Doubled) is Doubled
    with pytest.raises(ValueError, match="tests>Doubled is registered already"):
        saving.register_keras_serializable("tests", "Doubled")(error)
    with pytest.raises(ValueError, match="tests>dict: a class must define get_config to be saved"):
        saving.register_keras_serializable("tests")(dict)
    with pytest.raises(ValueError, match="unknown layer 'tests>Tripled'"):
        layers.deserialize({"class_name": "tests>Tripled", "config": {}})


def test_a_callback_that_restores_says_where_fit_begins():
    model = Sequential([layers.Input((3,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    restores = callbacks.LambdaCallback(on_train_begin=lambda logs: setattr(model, "_initial_epoch", 3))
    x, y = np.ones((4, 3)), np.ones((4, 2))
    assert model.fit(x, y, epochs=5, callbacks=[restores], verbose=0).epoch == [3, 4]
    assert model.fit(x, y, epochs=2, verbose=0).epoch == [0, 1]
