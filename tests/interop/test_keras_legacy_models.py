"""Whole models in HDF5: what Keras 3 writes, and Keras 2's form of it, which Keras 3 itself reads as the oracle."""

from __future__ import annotations

import json

import numpy as np
import pytest

import convolith
from convolith import layers
from convolith.interop import keras_legacy_config
from convolith.models import load_model
from tests.interop.test_keras_models import assert_same_outputs, functional, multiplied, randomized, sequential

h5py = pytest.importorskip("h5py")


@pytest.mark.parametrize("make", [sequential, functional, multiplied])
def test_what_keras_3_wrote(keras, generator, tmp_path, make):
    theirs = randomized(make(keras), generator)
    theirs.save(tmp_path / "m.h5")
    ours = load_model(tmp_path / "m.h5")
    assert ours.name == theirs.name
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert_same_outputs(ours, theirs, generator)


@pytest.mark.parametrize("kind", ["Adam", "SGD", "RMSprop"])
def test_training_goes_on_as_in_keras(keras, generator, tmp_path, kind):
    theirs = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(2)])
    theirs.compile(getattr(keras.optimizers, kind)(0.01), loss=keras.losses.LogCosh(), metrics=["mae"])
    x, y = generator.random((8, 4)).astype("float32"), generator.random((8, 2)).astype("float32")
    theirs.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0)
    theirs.save(tmp_path / "m.h5")
    ours = load_model(tmp_path / "m.h5")
    histories = [model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history for model in (ours, theirs)]
    assert sorted(histories[0]) == sorted(histories[1])
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-4)
    assert load_model(tmp_path / "m.h5", compile=False).optimizer is None


# Keras 2's form.


def item(kind, name, *calls, **config):
    found = {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}
    return {**found, "name": name, "inbound_nodes": list(calls)}


def call(*names, **keywords):
    return [[name, 0, 0, keywords if not number else {}] for number, name in enumerate(names)]


GLOROT = {"class_name": "GlorotUniform", "config": {"seed": None}}
ZEROS, ONES = {"class_name": "Zeros", "config": {}}, {"class_name": "Ones", "config": {}}
CONV = {
    "filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "data_format": "channels_last",
    "dilation_rate": [1, 1], "groups": 1, "activation": "relu", "use_bias": True, "kernel_initializer": GLOROT,
    "bias_initializer": ZEROS, "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.01}},
    "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None,
}  # fmt: skip
NORMALIZATION = {
    "axis": [3], "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True, "beta_initializer": ZEROS,
    "gamma_initializer": ONES, "moving_mean_initializer": ZEROS, "moving_variance_initializer": ONES,
    "beta_regularizer": None, "gamma_regularizer": None, "beta_constraint": None, "gamma_constraint": None,
}  # fmt: skip
DENSE = {
    "units": 2, "activation": "softmax", "use_bias": True, "kernel_initializer": GLOROT, "bias_initializer": ZEROS,
    "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None,
    "bias_constraint": None,
}  # fmt: skip
INPUT = {
    "class_name": "InputLayer", "name": "in", "inbound_nodes": [],
    "config": {
        "batch_input_shape": [None, 6, 6, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "in",
    },
}  # fmt: skip


def graph():
    listed = [
        INPUT,
        item("Conv2D", "conv", call("in"), **CONV),
        item("BatchNormalization", "bn", call("conv"), **NORMALIZATION),
        item("Activation", "act", call("bn"), activation="relu"),
        item("Add", "add", call("conv", "act")),
        item("GlobalAveragePooling2D", "mean", call("add"), data_format="channels_last"),
        item("Dropout", "drop", call("mean"), rate=0.5, noise_shape=None, seed=None),
        item("Dense", "dense", call("drop"), **DENSE),
    ]
    config = {"name": "model", "layers": listed, "input_layers": [["in", 0, 0]], "output_layers": [["dense", 0, 0]]}
    return {"class_name": "Functional", "config": config}


def chain(first=None):
    """Without an input of its own, as Keras 2 wrote a Sequential whose first layer has input_shape."""
    start = {**item("Conv2D", "conv", **CONV, batch_input_shape=[None, 6, 6, 3]), **(first or {})}
    listed = [start, item("Flatten", "flat", data_format="channels_last"), item("Dense", "dense", **DENSE)]
    for one in listed:
        del one["name"], one["inbound_nodes"]
    return {"class_name": "Sequential", "config": {"name": "chain", "layers": listed}}


WEIGHTS = {
    "conv": {"kernel:0": (3, 3, 3, 4), "bias:0": (4,)},
    "bn": {"gamma:0": (4,), "beta:0": (4,), "moving_mean:0": (4,), "moving_variance:0": (4,)},
    "dense": {"kernel:0": (4, 2), "bias:0": (2,)},
}


def write(path, config, weights, training=None, version="2.11.0"):
    generator = np.random.default_rng(3)
    with h5py.File(path, "w") as root:
        root.attrs["keras_version"], root.attrs["backend"] = version, "tensorflow"
        root.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
        if training is not None:
            root.attrs["training_config"] = json.dumps(training)
        top = root.create_group("model_weights")
        top.attrs["layer_names"] = [name.encode() for name in weights]
        top.attrs["keras_version"], top.attrs["backend"] = version, "tensorflow"
        for layer, arrays in weights.items():
            names = [f"{layer}/{name}" for name in arrays]
            top.create_group(layer).attrs["weight_names"] = [name.encode() for name in names]
            for name, shape in zip(names, arrays.values(), strict=True):
                top[layer][name] = generator.uniform(0.1, 1, shape).astype("float32")
    return path


def test_keras_2_s_graphs(keras, generator, tmp_path):
    path = write(tmp_path / "m.h5", graph(), WEIGHTS)
    ours, theirs = load_model(path), keras.models.load_model(path)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert ours.output_shape == (None, 2)
    images = generator.random((3, 6, 6, 3)).astype("float32")
    expected = np.asarray(theirs.predict(images, verbose=0)).reshape(3, 2)
    np.testing.assert_allclose(ours.predict(images, verbose=0), expected, rtol=0, atol=2e-6)


def test_keras_2_s_chains(keras, generator, tmp_path):
    weights = {**WEIGHTS, "dense": {"kernel:0": (144, 2), "bias:0": (2,)}}
    del weights["bn"]
    path = write(tmp_path / "m.h5", chain(), weights)
    ours = load_model(path)
    assert ours.input_shape == (None, 6, 6, 3)
    theirs = keras.Sequential(  # Keras 3 takes the shape for one without the batch, and fails
        [
            keras.Input((6, 6, 3)),
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    theirs.load_weights(path)
    assert_same_outputs(ours, theirs, generator)


def test_models_within_models_are_counted_from_1(tmp_path):
    inner = graph()["config"] | {"name": "within"}
    outer = [
        INPUT | {"name": "start", "config": INPUT["config"] | {"name": "start"}},
        {"class_name": "Functional", "config": inner, "name": "within", "inbound_nodes": [call("start")]},
        item("Activation", "end", [["within", 1, 0, {}]], activation="tanh"),
    ]
    config = {
        "name": "outer", "layers": outer, "input_layers": [["start", 0, 0]],
        "output_layers": [["end", 0, 0], ["within", 1, 0]],
    }  # fmt: skip
    weights = {"within": {f"{layer}/{name}": shape for layer in WEIGHTS for name, shape in WEIGHTS[layer].items()}}
    order = ["conv/kernel:0", "conv/bias:0", "bn/gamma:0", "bn/beta:0", "dense/kernel:0", "dense/bias:0"]
    order += ["bn/moving_mean:0", "bn/moving_variance:0"]  # those that training changes first
    weights = {"within": {name: weights["within"][name] for name in order}}
    model = load_model(write(tmp_path / "m.h5", {"class_name": "Functional", "config": config}, weights))
    end, within = model(np.ones((1, 6, 6, 3), "float32"))
    np.testing.assert_allclose(end, np.tanh(within), rtol=1e-6)
    alone = load_model(write(tmp_path / "n.h5", graph(), WEIGHTS))
    assert within.shape == alone(np.ones((1, 6, 6, 3), "float32")).shape


def test_arguments_that_keras_2_wrote_for_nothing():
    depthwise = item("DepthwiseConv2D", "d", kernel_size=[3, 3], groups=1, depth_multiplier=1)
    made = keras_legacy_config.layer(depthwise)
    assert "groups" not in made["config"]
    separable = item("SeparableConv2D", "s", filters=2, kernel_size=[3, 3], groups=1, kernel_initializer=GLOROT)
    assert set(keras_legacy_config.layer(separable)["config"]) == {
        "name",
        "trainable",
        "dtype",
        "filters",
        "kernel_size",
    }
    leaky = keras_legacy_config.layer(
        item("LeakyReLU", "l", alpha=0.1, dtype={"class_name": "Policy", "config": {"name": "float32"}})
    )
    assert leaky["config"] == {"name": "l", "trainable": True, "dtype": "float32", "negative_slope": 0.1}
    crop = keras_legacy_config.layer(
        item("Cropping2D", "c", cropping={"class_name": "__tuple__", "items": [[1, 1], [0, 2]]})
    )
    assert crop["config"]["cropping"] == [[1, 1], [0, 2]]


TRAINING = {
    "loss": "categorical_crossentropy", "metrics": ["accuracy"], "weighted_metrics": None, "loss_weights": None,
    "optimizer_config": {
        "class_name": "Adam",
        "config": {
            "name": "Adam", "lr": 0.125, "decay": 0.0, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07,
            "amsgrad": False, "jit_compile": True, "is_legacy_optimizer": False,
        },
    },
}  # fmt: skip


def test_how_keras_2_compiled(tmp_path):
    model = load_model(write(tmp_path / "m.h5", graph(), WEIGHTS, TRAINING))
    assert type(model.optimizer).__name__ == "Adam"
    assert float(model.optimizer.learning_rate) == 0.125
    images, labels = np.ones((2, 6, 6, 3), "float32"), np.eye(2, dtype="float32")
    assert sorted(model.evaluate(images, labels, verbose=0, return_dict=True)) == ["accuracy", "loss"]
    unknown = TRAINING | {"metrics": [[{"class_name": "MeanMetricWrapper", "config": {"name": "m", "fn": "own"}}]]}
    with pytest.warns(UserWarning, match="model is read without how it was compiled: unknown metric 'own'"):
        model = load_model(write(tmp_path / "m.h5", graph(), WEIGHTS, unknown))
    assert model.optimizer is None
    with pytest.warns(UserWarning, match="without how it was compiled: there is no optimizer_config"):
        load_model(write(tmp_path / "m.h5", graph(), WEIGHTS, {"loss": "mse"}))


def test_keras_2_s_state_of_the_optimizer_starts_anew(tmp_path):
    path = write(tmp_path / "m.h5", graph(), WEIGHTS, TRAINING)
    with h5py.File(path, "a") as root:
        root.create_group("optimizer_weights").attrs["weight_names"] = [b"Adam/iter:0", b"Adam/m:0"]
    with pytest.warns(UserWarning, match="model: what Adam keeps is not read from this file; it starts anew"):
        assert int(load_model(path).optimizer._iterations) == 0


def test_a_user_s_own_layer(tmp_path):
    class Twice(layers.Layer):
        def call(self, inputs):
            return inputs * 2

    own = graph()
    own["config"]["layers"][3] = item("Twice", "act", call("bn"))
    path = write(tmp_path / "m.h5", own, WEIGHTS)
    with pytest.raises(ValueError, match=r"m.h5: Twice 'act': convolith has no layer Twice"):
        load_model(path)
    assert type(load_model(path, custom_objects={"Twice": Twice}).layers[3]) is Twice
    own["config"]["layers"][3] = item("own>Twice", "act", call("bn"))
    path = write(tmp_path / "m.h5", own, WEIGHTS)
    assert type(load_model(path, custom_objects={"own>Twice": Twice}).layers[3]) is Twice


def with_layer(number, one):
    changed = graph()
    changed["config"]["layers"][number] = one
    return changed


REFUSED = {
    "no layer of ours": (with_layer(3, item("LSTM", "act", call("bn"))), "LSTM 'act': convolith has no layer LSTM"),
    "an operation of TensorFlow's": (
        with_layer(3, item("TFOpLambda", "act", call("bn"), function="math.abs")),
        "TFOpLambda 'act': convolith has no layer TFOpLambda",
    ),
    "code": (
        with_layer(3, item("Lambda", "act", call("bn"), function=["4wEA", None, None], function_type="lambda")),
        "Lambda 'act' holds the code of a lambda, which is never run",
    ),
    "a call of another form": (with_layer(3, item("Activation", "act", 7, activation="relu")), "'act' has a call that"),
    "no configuration": (with_layer(3, {"class_name": "Activation", "name": "act"}), "needs class_name and config"),
    "no layers": ({"class_name": "Functional", "config": {"name": "m"}}, "Functional 'm': its configuration lacks"),
    "no input": (
        {"class_name": "Sequential", "config": {"name": "m", "layers": [item("Flatten", "flat")]}},
        "m does not tell the shape of its input",
    ),
    "no object": ("[]", "its model_config should be a JSON object"),
    "no JSON": ("{", "m.h5: "),
    "other weights": (
        with_layer(7, item("Dense", "dense", call("drop"), **{**DENSE, "units": 3})),
        r"dense/kernel:0 must be float32\[4, 3\]",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path, case):
    config, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        load_model(write(tmp_path / "m.h5", config, WEIGHTS))


def test_no_more_memory_than_the_file_holds(tmp_path):
    config = with_layer(7, item("Dense", "dense", call("drop"), **{**DENSE, "units": 60_000_000}))
    with pytest.raises(ValueError, match=r"m.h5: Dense 'dense'.*: a weight of shape .* is more than the file holds"):
        load_model(write(tmp_path / "m.h5", config, WEIGHTS))


def test_weights_alone(tmp_path):
    convolith.Sequential([convolith.Input((2,)), layers.Dense(3)]).save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match=r"m.weights.h5: it holds weights alone: make the model first"):
        load_model(tmp_path / "m.weights.h5")
