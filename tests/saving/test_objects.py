"""Objects as plain values and back: Keras's form, read by either library; nothing else is made, run or imported."""

import json
import sys

import numpy as np
import pytest

import convolith
from convolith import layers, saving, utils

serialize, deserialize = saving.serialize_keras_object, saving.deserialize_keras_object

OBJECTS = {
    "layer": lambda k: k.layers.Conv2D(3, (2, 1), activation="relu", kernel_initializer="he_normal", name="c"),
    "regularized": lambda k: k.layers.Dense(
        2, kernel_regularizer=k.regularizers.L1L2(0.1, 0.2), bias_constraint=k.constraints.MaxNorm(3.0), name="d"
    ),
    "with a layer within": lambda k: k.layers.SpectralNormalization(k.layers.Dense(2, name="i"), name="o"),
    "with arrays": lambda k: k.layers.Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0], name="n"),
    "functional": lambda k: functional(k),
    "sequential": lambda k: k.Sequential([k.Input((4,), name="in"), k.layers.Dense(2, name="d")], name="s"),
    "optimizer": lambda k: k.optimizers.SGD(0.1, momentum=0.9, nesterov=True, name="s"),
    "optimizer of a library's own": lambda k: k.optimizers.Adam(k.optimizers.schedules.CosineDecay(0.1, 10), name="a"),
    "schedule": lambda k: k.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5, staircase=True),
    "loss": lambda k: k.losses.CategoricalCrossentropy(label_smoothing=0.1),
    "metric": lambda k: k.metrics.AUC(num_thresholds=20, name="a"),
    "metric of a loss's name": lambda k: k.metrics.BinaryCrossentropy(from_logits=True),
    "initializer": lambda k: k.initializers.TruncatedNormal(stddev=0.2, seed=3),
    "regularizer": lambda k: k.regularizers.L1(0.3),
    "constraint": lambda k: k.constraints.MinMaxNorm(0.1, 2.0),
    "activation": lambda k: k.activations.silu,
    "loss's function": lambda k: k.losses.mean_absolute_error,
    "slice": lambda k: slice(1, None, -2),
    "bytes": lambda k: b"x",
    "ellipsis": lambda k: ...,
    "array": lambda k: np.arange(6, dtype="int16").reshape(2, 3),
    "number": lambda k: np.float32(0.5),
    "nothing": lambda k: None,
    "nested": lambda k: {"a": (1, "b"), "c": [None, k.layers.ReLU(name="r")], "d": {}},
}


def functional(k):
    inputs = k.Input((6, 6, 1), name="in")
    x = k.layers.Conv2D(2, 3, name="c")(inputs)
    shared = k.layers.Dense(3, name="d")
    x = k.layers.Flatten(name="f")(x)
    outputs = k.layers.Add(name="a")([shared(x), shared(k.ops.relu(x))])
    model = k.Model(inputs, outputs, name="m")
    model.compile(k.optimizers.SGD(0.25, name="s"), "mse", metrics=["mae"])
    return model


def seen(obj):
    """What tells two objects apart: kinds and settings, as far as both libraries have them."""
    if isinstance(obj, (list, tuple)):
        return [seen(one) for one in obj]
    if isinstance(obj, dict):
        return {key: seen(one) for key, one in obj.items()}
    if isinstance(obj, np.ndarray):
        return (obj.dtype.name, obj.tolist())
    if hasattr(obj, "get_config"):
        found = {"class": type(obj).__name__, "config": known(obj.get_config())}
        if hasattr(obj, "weights"):
            found["weights"] = [tuple(weight.shape) for weight in obj.weights]
        if getattr(obj, "optimizer", None) is not None:
            found["optimizer"] = seen(obj.optimizer)
        return found
    return getattr(obj, "__name__", obj)


def known(config):
    """Settings as plain values, without what only one of the libraries has, and without how it nests layers."""
    left_out = {
        "dtype", "layers", "input_layers", "output_layers", "input_axes", "output_axes", "quantization_config",
        "activity_regularizer", "layer", "steps", "inputs", "outputs", "build_input_shape", "label_weights",
        "num_labels", "module", "registered_name", "power_iterations", "shuffle_seed", "loss_scale_factor",
    }  # fmt: skip
    if isinstance(config, dict):
        return {key: known(value) for key, value in config.items() if key not in left_out}
    if isinstance(config, (list, tuple)):
        return [known(value) for value in config]
    if isinstance(config, float):
        return float(np.float32(config))  # Keras rounds some settings
    return np.asarray(config).tolist() if isinstance(config, (np.ndarray, np.generic)) else config


@pytest.mark.parametrize("name", OBJECTS)
def test_there_and_back(name):
    made = OBJECTS[name](convolith)
    form = json.loads(json.dumps(serialize(made)))
    again = deserialize(form)
    assert seen(again) == seen(made)
    assert json.loads(json.dumps(serialize(again))) == form
    assert seen(deserialize(serialize(made))) == seen(made)  # tuples too


@pytest.mark.parametrize("name", OBJECTS)
def test_keras_s_form_is_read(keras, name):
    theirs = OBJECTS[name](keras)
    form = keras.saving.serialize_keras_object(theirs)
    assert seen(deserialize(form)) == seen(OBJECTS[name](convolith))
    assert seen(deserialize(json.loads(json.dumps(form)))) == seen(OBJECTS[name](convolith))


@pytest.mark.parametrize("name", sorted(set(OBJECTS) - {"with a layer within", "array", "nested"}))
def test_keras_reads_the_form(keras, name):
    made = OBJECTS[name](convolith)
    form = json.loads(json.dumps(serialize(made)))
    again = keras.saving.deserialize_keras_object(form)
    assert seen(again) == seen(OBJECTS[name](keras))


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.MinPooling2D(2),
        lambda: layers.Conv2D(2, 3, padding=((1, 0), (2, 1))),
        lambda: layers.SpectralNormalization(layers.Dense(2)),
        lambda: layers.Conv2DTranspose(4, 3, groups=2),
        lambda: layers.Dense(3, kernel_initializer=convolith.initializers.Constant(np.ones((2, 3)))),
    ],
)
def test_what_keras_lacks_has_convolith_s_own_form(make):
    made = make()
    form = json.loads(json.dumps(serialize(made)))
    assert seen(deserialize(form)) == seen(made)


def test_layers_that_are_built_are_built_again():
    dense = layers.Dense(2)
    dense.build((None, 3))
    assert serialize(dense)["build_config"] == {"input_shape": (None, 3)}
    assert [weight.shape for weight in deserialize(serialize(dense)).weights] == [(3, 2), (2,)]
    assert not deserialize(serialize(layers.Dense(2))).built


class Table(layers.Layer):
    """A user's layer whose weights are made of more than a shape, as Keras's guide to saving writes it."""

    def build(self, input_shape):
        self.table = self.add_weight((self.rows, input_shape[-1]), name="table")

    def get_build_config(self):
        return {"rows": self.rows, "width": self.table.shape[-1]}

    def build_from_config(self, config):
        self.rows = config["rows"]
        self.build((None, config["width"]))


def test_a_layer_that_was_never_built_is_not_built():
    form = {"module": __name__, "class_name": "Table", "config": {}}
    for more in ({}, {"build_config": None}, {"build_config": {}}):
        assert not deserialize({**form, **more}, custom_objects={"Table": Table}).built
    made = deserialize({**form, "build_config": {"rows": 5, "width": 2}}, custom_objects={"Table": Table})
    assert made.built and made.table.shape == (5, 2)


def test_names_without_a_module():
    assert type(deserialize({"class_name": "Dense", "config": {"units": 3}})) is layers.Dense
    assert type(deserialize(layers.serialize(layers.Dense(2)))) is layers.Dense
    assert deserialize("relu") == "relu"
    assert utils.serialize_keras_object is serialize and utils.deserialize_keras_object is deserialize


class Holder(layers.Layer):
    """A user's layer that holds objects, as Keras's guides write it."""

    def __init__(self, inner, act, **kwargs):
        super().__init__(**kwargs)
        self.inner, self.act = inner, act

    def call(self, inputs):
        return self.act(self.inner(inputs))

    def get_config(self):
        return {
            **super().get_config(),
            "inner": saving.serialize_keras_object(self.inner),
            "act": saving.serialize_keras_object(self.act),
        }

    @classmethod
    def from_config(cls, config):
        inner = saving.deserialize_keras_object(config.pop("inner"))
        act = saving.deserialize_keras_object(config.pop("act"))
        return cls(inner, act, **config)


def mine(x):
    return x * 3.0


@pytest.mark.parametrize("ending", ["convolith", "keras"])
@pytest.mark.parametrize("act", [convolith.activations.tanh, mine])
def test_a_layer_that_holds_objects_is_saved_with_them(tmp_path, ending, act):
    if ending == "keras":
        pytest.importorskip("h5py")
    model = convolith.Sequential([layers.Input((3,)), Holder(layers.Dense(2, "relu"), act)])
    path = tmp_path / f"m.{ending}"
    model.save(path)
    if act is mine:
        with pytest.raises(ValueError, match=r"unknown function '.*mine'.*give it in custom_objects=\{'mine': ...\}"):
            saving.load_model(path, custom_objects={"Holder": Holder})
    loaded = saving.load_model(path, custom_objects={"Holder": Holder, "mine": mine})
    x = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
    np.testing.assert_array_equal(loaded(x), model(x))
    assert loaded.layers[0].act is act


class Mine:
    def __init__(self, value):
        self.value = value

    def get_config(self):
        return {"value": self.value}

    @classmethod
    def from_config(cls, config):
        return cls(deserialize(config["value"]))


def test_a_class_of_the_user_s_own_is_given_or_registered():
    form = serialize(Mine(layers.ReLU(2.0)))
    assert (form["module"], form["class_name"], form["registered_name"]) == (Mine.__module__, "Mine", "Mine")
    assert type(deserialize(form, custom_objects={"Mine": Mine}).value) is layers.ReLU
    with saving.custom_object_scope({"Mine": Mine}):
        assert type(deserialize(form)) is Mine
    with pytest.raises(ValueError, match=rf"{Mine.__module__}.Mine is not convolith's own: register it, or give it in"):
        deserialize(form)
    try:
        saving.register_keras_serializable("tests")(Mine)
        form = serialize(Mine(3))
        assert form["registered_name"] == "tests>Mine"
        assert deserialize(form).value == 3
        assert deserialize({"class_name": "tests>Mine", "config": {"value": 4}}).value == 4
    finally:
        saving.get_custom_objects().pop("tests>Mine", None)


def test_functions_of_the_user_s_own():
    form = serialize(mine)
    assert form == {"module": "builtins", "class_name": "function", "config": "mine", "registered_name": "function"}
    assert deserialize(form, {"mine": mine}) is mine
    assert deserialize("mine", {"mine": mine}) is mine
    with pytest.raises(ValueError, match=r"unknown function 'mine': give it in custom_objects=\{'mine': ...\}"):
        deserialize(form)


def test_objects_of_a_module_are_looked_in_last(keras):
    for k, options in ((convolith, convolith.saving), (keras, keras.saving)):
        known = {"Zeros": k.initializers.Zeros, "relu": k.activations.relu}
        assert type(options.deserialize_keras_object("Zeros", module_objects=known)) is k.initializers.Zeros
        assert options.deserialize_keras_object("relu", module_objects=known) is k.activations.relu
        assert options.deserialize_keras_object("other", module_objects=known) == "other"
        form = {"class_name": "Zeros", "config": {}}
        assert type(options.deserialize_keras_object(form, module_objects=known)) is k.initializers.Zeros
    form = {"class_name": "Mine", "config": {"value": 3}}
    assert type(deserialize(form, module_objects={"Mine": Mine})) is Mine
    assert deserialize("mine", {"mine": mine}, module_objects={"mine": Mine}) is mine
    with saving.custom_object_scope({"mine": mine}):
        assert deserialize("mine", module_objects={"mine": Mine}) is mine


LAMBDA = {"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}


@pytest.mark.parametrize(
    "config",
    [
        {"module": "os", "class_name": "system", "config": {}},
        {"module": "os", "class_name": "function", "config": "system"},
        {"module": "builtins", "class_name": "function", "config": "eval"},
        {"module": "builtins", "class_name": "function", "config": "__import__"},
        {"module": "builtins", "class_name": "eval", "config": {}},
        {"module": "antigravity", "class_name": "Thing", "config": {}},
        {"module": "keras.os", "class_name": "system", "config": {}},
        {"module": "convolith.files", "class_name": "replace", "config": {}},
        {"module": "convolith.utils", "class_name": "function", "config": "get_file"},
        {"module": "keras.utils", "class_name": "function", "config": "get_file"},
        {"module": "keras.layers", "class_name": "__init__", "config": {}},
        {"module": "keras.layers", "class_name": "serialize", "config": {}},
        LAMBDA,
        {"class_name": "__typespec__", "config": []},
        {"class_name": "__tensor__", "config": {"value": [1], "dtype": "object"}},
        {"module": "keras.layers", "class_name": "Lambda", "config": {"function": LAMBDA}},
        {"class_name": "Dense", "config": {"units": 3, "wrong": 1}},
        {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3, "wrong": 1}},
        {"class_name": "Dense", "config": {}},
        {"class_name": "Dense", "config": [3]},
        {"class_name": "Nothing", "config": {}},
        {"class_name": "__bytes__", "config": None},
        {"class_name": "__slice__", "config": None},
        {"class_name": "__numpy__", "config": {"value": [1]}},
        {"class_name": "Dense", "config": {"units": 2}, "build_config": [1]},
        {"class_name": "function", "config": {}},
        {"class_name": 3, "config": {}},
        {"class_name": "function", "config": 3},
        {"module": "keras.optimizers", "class_name": "Dense", "config": {}},
        {"module": "keras", "class_name": "Functional", "config": {}},
        object(),
        {"a": [layers.ReLU]},
    ],
    ids=lambda config: "an object" if type(config) is object else str(config),
)  # fmt: skip
def test_nothing_else_is_made_run_or_imported(config):
    before = set(sys.modules)
    with pytest.raises(ValueError):
        deserialize(config)
    assert not {"antigravity", "this"} & (set(sys.modules) - before)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lambda x: x, "cannot be described: give it a name"),
        (lambda: object(), "of type object has no get_config"),
        (lambda: layers.Dense, "of type type has no get_config"),
        (lambda: convolith.Input((3,)), "has no values, and comes from a graph of its own"),
    ],
)
def test_what_has_no_form(make, message):
    with pytest.raises(ValueError, match=f"serialize_keras_object: .*{message}"):
        serialize([{"a": make()}])
