"""``.keras`` files that cannot be made a model, or are made to do harm: what is wrong is named, nothing is run."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

import convolith
from convolith.interop import keras_weights
from convolith.models import load_model

h5py = pytest.importorskip("h5py")


def item(kind, config, module="keras.layers", **more):
    return {"module": module, "class_name": kind, "config": config, "registered_name": None, **more}


def tensor(name, call=0, output=0):
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [], "dtype": "x", "keras_history": [name, call, output]},
    }


INPUT = item("InputLayer", {"batch_shape": [None, 2], "dtype": "float32", "name": "in"})
DENSE = item("Dense", {"units": 3, "name": "dense", "quantization_config": None})


def sequential(*items):
    return item("Sequential", {"name": "net", "layers": list(items)}, "keras")


def functional(*items, outputs=("dense", 0, 0)):
    config = {"name": "net", "layers": list(items), "input_layers": ["in", 0, 0], "output_layers": list(outputs)}
    return item("Functional", config, "keras.src.models.functional")


def called(layer, *args, **kwargs):
    return {**layer, "name": layer["config"]["name"], "inbound_nodes": [{"args": list(args), "kwargs": kwargs}]}


@pytest.fixture
def write(tmp_path):
    def write(config, weights=None):
        if weights is None:
            weights = io.BytesIO()
            with h5py.File(weights, "w") as root:
                model = convolith.Sequential([convolith.Input((2,)), convolith.layers.Dense(3)])
                keras_weights.write(root, model)
            weights = weights.getvalue()
        with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
            archive.writestr("metadata.json", "{}")
            archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
            archive.writestr("model.weights.h5", weights)
        return tmp_path / "m.keras"

    return write


def test_what_is_well_comes_back(write):
    assert load_model(write(sequential(INPUT, DENSE))).output_shape == (None, 3)
    model = load_model(write(functional({**INPUT, "name": "in"}, called(DENSE, tensor("in"), mask=None))))
    assert [layer.name for layer in model.layers] == ["in", "dense"]


CODE = {"class_name": "__lambda__", "config": {"value": ["4wEAAAA=", None, None]}}
REFUSED = {
    "no layer of ours": (
        sequential(INPUT, item("LSTM", {"units": 3, "name": "memory"})),
        "LSTM 'memory': convolith has no layer LSTM",
    ),
    "no argument of ours": (
        sequential(INPUT, item("Flatten", {"name": "f", "order": "C", "sparse": False})),
        "Flatten 'f': convolith has no argument order, which is 'C'",
    ),
    "no value of ours": (
        sequential(INPUT, item("Dense", {"units": 3, "name": "d", "dtype": "mixed_float16"})),
        "Dense 'd': dtype must be 'float32' or 'float64', got 'mixed_float16'",
    ),
    "an activation of ours is not there": (
        sequential(INPUT, item("Dense", {"units": 3, "name": "d", "activation": "golu"})),
        "unknown activation 'golu'",
    ),
    "code": (
        sequential(INPUT, item("Lambda", {"name": "own", "function": CODE})),
        "Lambda 'own' holds the code of a lambda, which is never run",
    ),
    "a function of a module": (
        sequential(INPUT, item("Lambda", {"name": "own", "function": item("function", "system", "os")})),
        "os.system",
    ),
    "a class of a module": (
        sequential(INPUT, item("Popen", {"args": "false", "name": "p"}, "subprocess")),
        "unknown layer 'subprocess.Popen'; it is not convolith's own: give it in custom_objects",
    ),
    "a user's class named as one of ours": (
        sequential(INPUT, item("Dense", {"units": 3, "name": "d"}, "lecture", registered_name="Dense")),
        "unknown layer 'lecture.Dense'",
    ),
    "an object in an array": (
        sequential(INPUT, item("Rescaling", {"scale": item("__numpy__", {"value": [1], "dtype": "O"}), "name": "r"})),
        "Rescaling 'r' holds an array of dtype 'O'; there must be numbers in it",
    ),
    "another special thing": (
        sequential(INPUT, item("Dense", {"units": {"class_name": "__typespec__", "config": {}}, "name": "d"})),
        "Dense 'd' holds a __typespec__, which has no counterpart in convolith",
    ),
    "no configuration": (sequential(INPUT, {"class_name": "Dense"}), "needs class_name and config"),
    "no operation of ours": (
        functional(INPUT, called(item("Fft2", {"name": "f"}, "keras.src.ops.math"), tensor("in")), outputs=("f", 0, 0)),
        "operation Fft2 'f': convolith has no operation fft2",
    ),
    "no argument of an operation": (
        functional(
            INPUT,
            called(item("Mean", {"name": "m", "along": 1}, "keras.src.ops.numpy"), tensor("in")),
            outputs=("m", 0, 0),
        ),
        "operation Mean 'm': .*along",
    ),
    "a circle": (functional(INPUT, called(DENSE, tensor("dense"))), r"inputs that nothing computes: \['dense'\]"),
    "a layer that is not there": (functional(INPUT, called(DENSE, tensor("none"))), "dense needs a result of 'none'"),
    "an output that is not there": (
        functional(INPUT, called(DENSE, tensor("in", 0, 1))),
        "dense needs output 1 of 'in', which has 1",
    ),
    "a call that is not there": (
        functional(INPUT, called(DENSE, tensor("in")), outputs=("dense", 3, 0)),
        "'dense' has no call 3",
    ),
    "Keras 2's calls": (
        functional(INPUT, {**DENSE, "name": "dense", "inbound_nodes": [[["in", 0, 0, {}]]]}),
        "layer 'dense' has its calls in the form of Keras 2",
    ),
    "half a model": (
        item("Functional", {"name": "net", "layers": []}, "keras"),
        "lacks layers, input_layers or output",
    ),
    "other weights": (
        sequential(INPUT, DENSE, {**DENSE, "config": {"units": 2, "name": "e"}}),
        "dense_1/vars/0 is missing",
    ),
    "other shapes": (
        sequential(INPUT, item("Dense", {"units": 4, "name": "d"})),
        r"must be float32\[2, 4\] for \S+/d/kernel",
    ),
    "no JSON": ("{", "m.keras: "),
    "no object": ("[]", "its config.json should be a JSON object"),
    "no optimizer of ours": (
        {**sequential(INPUT, DENSE), "compile_config": {"optimizer": item("Shampoo", {}, "keras.optimizers")}},
        "unknown optimizer 'Shampoo'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(write, case):
    config, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        load_model(write(config))


LARGE = item("Dense", {"units": 60_000_000, "name": "large"})


def test_no_more_memory_than_the_file_holds(write):
    message = r"m.keras: Dense 'large'.*: a weight of shape \(2, 60000000\) is more than the file holds"
    for config in (sequential(INPUT, LARGE), functional(INPUT, called(LARGE, tensor("in")), outputs=("large", 0, 0))):
        with pytest.raises(ValueError, match=message):
            load_model(write(config))


def test_what_a_dataset_only_states_is_not_held(write):
    weights = io.BytesIO()
    with h5py.File(weights, "w") as root:  # in chunks, none of which is written
        root.create_dataset("layers/dense/vars/0", (2, 60_000_000), "float32", chunks=(2, 1000))
        root["layers/dense/vars/empty"] = h5py.Empty("float32")
    assert len(weights.getvalue()) < 10_000
    with pytest.raises(ValueError, match="is more than the file holds"):
        load_model(write(sequential(INPUT, LARGE), weights.getvalue()))


def test_members(write, tmp_path, monkeypatch):
    path = write(sequential(INPUT, DENSE), b"no HDF5")
    with pytest.raises(ValueError, match=r"m.keras is damaged, or no HDF5 file"):
        load_model(path)
    monkeypatch.setattr("convolith.interop.keras_file.LARGEST_CONFIG", 100)
    with pytest.raises(ValueError, match=r"its config.json unpacks to \d+ bytes, which is too large"):
        load_model(path)


def test_a_user_s_own_class_by_name(write):
    class Twice(convolith.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    config = sequential(INPUT, DENSE, item("Twice", {"name": "twice"}, "lecture", registered_name="Custom>Twice"))
    with pytest.raises(ValueError, match="unknown layer 'Custom>Twice'"):
        load_model(write(config))
    model = load_model(write(config), custom_objects={"Custom>Twice": Twice})
    assert type(model.layers[-1]) is Twice
    config = sequential(INPUT, DENSE, item("Twice", {"name": "twice"}, "lecture", registered_name="Twice"))
    assert type(load_model(write(config), custom_objects={"Twice": Twice}).layers[-1]) is Twice
