"""What a layer was built for and a model compiled with, told and taken back as in Keras."""

import json

import numpy as np
import pytest

import convolith
from convolith import layers, losses, optimizers
from convolith.models import Model, Sequential, load_model


class Own(Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.head = layers.Dense(2)

    def call(self, inputs):
        return self.head(inputs)


def rows():
    return Sequential([layers.Input((4,)), layers.Dense(3)])


def test_shapes_as_in_keras(keras):
    def program(k):
        convolution, dense = k.layers.Conv2D(3, 2), k.layers.Dense(2)
        seen = [convolution.get_build_config()]
        convolution.build((None, 4, 4, 1))
        seen.append(convolution.get_build_config())
        dense.build_from_config({"input_shape": (None, 5)})
        seen += [dense.built, [tuple(weight.shape) for weight in dense.weights], dense.get_build_config()]
        other = k.layers.Dense(2)
        other.build_from_config({})
        seen.append(other.built)
        deferred = k.Sequential([k.layers.Dense(3)])
        seen.append(deferred.get_build_config())
        deferred.build((None, 3))
        return [*seen, deferred.get_build_config()]

    assert program(convolith) == program(keras)


def test_shapes_of_models():
    a, b = layers.Input((3,)), layers.Input((4,))
    model = Model([a, b], layers.Concatenate()([a, b]))
    assert model.get_build_config() == {"input_shape": [(None, 3), (None, 4)]}
    own = Own()
    assert own.get_build_config() is None
    own.build_from_config(None)
    assert not own.built
    own.build_from_config(json.loads('{"input_shape": [null, 3]}'))
    assert own.count_params() == 8 and own.get_build_config() == {"input_shape": (None, 3)}


def test_compiled_as_in_keras(keras):
    def program(k):
        model, other = (k.Sequential([k.Input((4,)), k.layers.Dense(3)]) for _ in range(2))
        seen = [model.get_compile_config()]
        loss = k.losses.Huber(0.5)
        optimizer = k.optimizers.SGD(0.25, momentum=0.5, name="descent")  # Keras counts its own names up
        model.compile(optimizer, loss, metrics=["mae"], loss_weights=[0.5])
        config = model.get_compile_config()
        other.compile_from_config(config)
        kept = ("loss_weights", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution", "jit_compile")
        seen += [{name: config[name] for name in kept}, config["optimizer"]["config"], config["loss"]["class_name"]]
        more = float(other.optimizer.momentum), float(other.optimizer.learning_rate), other.optimizer.built
        return [*seen, more, len(other.optimizer.variables), type(other.loss).__name__]

    assert program(convolith) == program(keras)


def test_nothing_unknown_is_compiled():
    model = rows()
    with pytest.raises(ValueError, match="unknown optimizer 'hope'"):
        model.compile_from_config({"optimizer": "hope", "loss": "mse"})
    assert not model.compiled


class Penalized(Model):
    """As lectures write it: a ``compile`` with arguments of its own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.head = layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)

    def compile(self, weight, **kwargs):
        super().compile(**kwargs)
        self.weight = weight


class Repeated(Penalized):
    def get_compile_config(self):
        return {"weight": self.weight}

    def compile_from_config(self, config):
        self.compile(config["weight"], optimizer="sgd", loss="mse")


@pytest.mark.parametrize("ending", ["convolith", "keras"])
def test_a_compile_of_one_s_own_is_left_to_its_class(ending, tmp_path):
    if ending == "keras":
        pytest.importorskip("h5py")
    model = Penalized()
    model.compile(0.25, optimizer=optimizers.SGD(), loss=losses.MeanSquaredError())
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    path = tmp_path / f"m.{ending}"
    model.save(path)
    with pytest.warns(UserWarning, match="Penalized has its own compile"):
        loaded = load_model(path, {"Penalized": Penalized})
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded(np.ones((1, 2))), model(np.ones((1, 2))))


@pytest.mark.parametrize("ending", ["convolith", "keras"])
def test_a_class_reads_what_it_has_written(ending, tmp_path):
    if ending == "keras":
        pytest.importorskip("h5py")
    model = Repeated()
    model.compile(0.25, optimizer="sgd", loss="mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    model.save(tmp_path / f"m.{ending}")
    loaded = load_model(tmp_path / f"m.{ending}", {"Repeated": Repeated})
    assert loaded.weight == 0.25 and int(loaded.optimizer.iterations) == 1


class BuiltByItself(Model):
    """Its weights are there from the beginning, and what it was called on is nothing to it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.head = layers.Dense(1)
        self.head.build((None, 2))

    def call(self, inputs):
        return self.head(inputs)

    def get_build_config(self):
        return None

    def build_from_config(self, config):
        self.build(config["input_shape"])


@pytest.mark.parametrize("ending", ["convolith", "keras"])
def test_a_model_without_a_configuration_is_not_built_by_one(ending, tmp_path):
    if ending == "keras":
        pytest.importorskip("h5py")
    model, x = BuiltByItself(), np.ones((3, 2), "float32")
    expected = model(x)
    model.save(tmp_path / f"m.{ending}")
    loaded = load_model(tmp_path / f"m.{ending}", {"BuiltByItself": BuiltByItself})
    np.testing.assert_array_equal(loaded(x), expected)
