"""Files that were made to do harm: each is a clear error, and nothing is loaded, executed or allocated."""

import json
import struct
import zipfile

import numpy as np
import pytest

from convolith import layers
from convolith.models import Model, Sequential, load_model
from tests.models.test_saving import change, rewritten

VALUES = [float("nan"), float("inf"), -1, 10**18, 1e308, "x", [], {}, [10**9] * 4, -(10**30)]
SIZES = [
    ("model", "config", "layers", 0, "config", "filters"),
    ("model", "config", "layers", 0, "config", "kernel_size"),
    ("model", "config", "layers", 0, "config", "strides"),
    ("model", "config", "layers", 2, "config", "units"),
    ("model", "config", "input_layers", 0, "batch_shape", 1),
    ("model", "config", "input_layers", 0, "batch_shape"),
    ("version",),
]


@pytest.fixture
def path(tmp_path):
    inputs = layers.Input((6, 6, 1))
    x = layers.Flatten()(layers.Conv2D(3, 3)(inputs))
    model = Model(inputs, layers.Dense(3)(x) * 2.0)
    model.compile("adam", "mse")
    model.save(tmp_path / "net.convolith")
    return tmp_path / "net.convolith"


def refused(path, message):
    with pytest.raises(ValueError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("value", VALUES, ids=str)
@pytest.mark.parametrize("keys", SIZES, ids=lambda keys: str(keys[-1]))
def test_sizes_that_are_none(path, keys, value):
    def config(saved):
        change(saved, value, *keys)
        return saved

    rewritten(path, config)
    refused(path, ".")


@pytest.mark.parametrize("units", [10**9, 10**11, 10**15])
def test_weights_that_the_file_does_not_hold_are_not_allocated(path, units, monkeypatch):
    def config(saved):
        change(saved, units, *SIZES[3])
        return saved

    def draw(*arguments):
        raise AssertionError("drew a weight")

    rewritten(path, config)
    monkeypatch.setattr("convolith.initializers.random.RandomInitializer.uniform", draw)
    change_filters = json.loads(zipfile.ZipFile(path).read("config.json"))
    change_filters["model"]["config"]["layers"][0]["config"]["kernel_initializer"] = "zeros"
    rewritten(path, lambda saved: change_filters)
    refused(path, rf"a weight of shape \(48, {units}\) is more than the file holds")


def test_what_reads_arrays_alone_is_not_computed(path):
    def config(saved):
        steps = saved["model"]["config"]["steps"]
        array = {"array": [1.0], "dtype": "float32"}
        steps.append({"operation": "BroadcastTo", "attributes": {"shape": [10**9, 10]}, "args": [array]})
        return saved

    rewritten(path, config)
    refused(path, "'BroadcastTo' is called on no tensor")


@pytest.mark.parametrize("name", ["../outside", "/absolute", "C:\\x", "config.json/../../x", "data.npy", "link"])
def test_other_names_in_the_zip(path, name):
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o120777 << 16 if name == "link" else 0
        archive.writestr(entry, "/etc/passwd")
    refused(path, "is no model file of convolith's: it holds ")
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with pytest.raises(ValueError, match="it holds"):
        load_weights(path)


def load_weights(path):
    model = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(3)])
    before = model.get_weights()
    try:
        model.load_weights(path)
    finally:
        for one, other in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_a_name_twice(path, name):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, archive.read(name))
    refused(path, "it holds 'one name twice', too")


def test_a_link_in_the_place_of_the_configuration(path):
    with zipfile.ZipFile(path) as archive:
        weights = archive.read("weights.safetensors")
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("config.json")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("weights.safetensors", weights)
    refused(path, r"its config.json is damaged")


@pytest.mark.parametrize("declared", [0, 10, 2**31, 2**32 - 2])
@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_a_size_that_is_declared_wrongly(path, name, declared):
    data = bytearray(path.read_bytes())
    place = data.rindex(name.encode()) - 46  # the entry in the central directory
    assert data[place : place + 4] == b"PK\1\2"
    data[place + 24 : place + 28] = struct.pack("<I", declared)
    path.write_bytes(data)
    refused(path, "damaged|too large")


def test_a_bomb(path):
    with zipfile.ZipFile(path) as archive:
        weights = archive.read("weights.safetensors")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (65 << 20))
        archive.writestr("weights.safetensors", weights, zipfile.ZIP_STORED)
    assert path.stat().st_size < 1 << 20
    refused(path, "its config.json is too large")


@pytest.mark.parametrize("text", [b'{"a":' * 100_000, b"[" * 100_000, b'{"format": "convolith", "version": 1e999'])
def test_texts_that_nest_deeply_or_end(path, text):
    rewritten(path, lambda config: text)
    refused(path, "its config.json is damaged")


def test_layers_that_nest_deeply(path):
    begin, end = '{"class_name": "Sequential", "config": {"layers": [', "]}}"
    nested = begin * 300 + '{"class_name": "Dense", "config": {"units": 1}}' + end * 300
    rewritten(path, lambda config: json.dumps({**config, "model": "HERE"}).replace('"HERE"', nested).encode())
    refused(path, "damaged|of another model")


def header(text, data=bytes(8)):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


HEADERS = {
    "overlapping": header({"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}, bytes(12)),
    "outside": header({"a": tensor([2], 0, 80)}),
    "backward": header({"a": tensor([2], 8, 0)}),
    "a hole": header({"a": tensor([1], 4, 8)}),
    "negative": header({"a": tensor([-2], 0, 8)}),
    "NaN": header(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}'),
    "huge": header({"a": tensor([2**62, 2**62], 0, 8)}),
    "another length": header({"a": tensor([3], 0, 8)}),
    "an unknown dtype": header({"a": tensor([8], 0, 8, "F8_E4M3")}),
    "an object": header({"a": 5}),
    "deep": header(b'{"a":' * 100_000),
    "a long header": struct.pack("<Q", 2**62) + b'{"a"',
    "no header": b"",
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_of_safetensors(path, name, tmp_path):
    rewritten(path, weights=lambda data: HEADERS[name])
    refused(path, "the weights are damaged, or no safetensors")
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes(HEADERS[name])
    with pytest.raises(ValueError, match="alone.safetensors"):
        load_weights(alone)
