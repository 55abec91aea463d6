"""Files: everything comes back, nothing else is read, and what is damaged is said."""

import io
import json
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load, save

from convolith import layers, losses, metrics, ops, optimizers, utils
from convolith.models import Model, Sequential, archive, load_model


def network():
    inputs = layers.Input((6, 6, 1), name="images")
    shared = layers.Conv2D(3, 3, padding="same", activation="relu")
    x = shared(inputs)
    x = layers.Dropout(0.2)(x) + x * 0.5
    return Model(inputs, layers.Dense(3, activation="softmax")(layers.Flatten()(layers.MaxPooling2D()(x))), name="net")


@pytest.fixture
def data(generator):
    return generator.random((20, 6, 6, 1), np.float32), generator.integers(0, 3, 20)


@pytest.fixture
def trained(data):
    utils.set_random_seed(7)
    model = network()
    model.compile(optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*data, epochs=2, batch_size=8, verbose=0)
    return model


def same_weights(one, other):
    assert len(one.weights) == len(other.weights)
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_saved_model_predicts_and_goes_on_training_the_same(trained, data, tmp_path):
    trained.save(tmp_path / "net.convolith")
    loaded = load_model(tmp_path / "net.convolith")
    same_weights(trained, loaded)
    np.testing.assert_array_equal(loaded.predict(data[0], verbose=0), trained.predict(data[0], verbose=0))
    assert loaded.evaluate(*data, verbose=0) == trained.evaluate(*data, verbose=0)
    histories = []
    for model in (trained, loaded):  # the optimizer's slots and the dropout's stream went along
        utils.set_random_seed(9)
        histories.append(model.fit(*data, epochs=2, batch_size=8, verbose=0).history)
    same_weights(trained, loaded)
    assert histories[0] == histories[1]
    assert loaded.name == "net"
    assert float(loaded.optimizer.learning_rate) == np.float32(0.01)


def test_a_file_is_read_under_any_name(trained, tmp_path):
    trained.save(tmp_path / "net.convolith")
    (tmp_path / "net.convolith").rename(tmp_path / "renamed")
    same_weights(trained, load_model(str(tmp_path / "renamed")))


ENDINGS = ["", ".pt", ".pth", ".tflite", ".h5", ".HDF5", ".onnx", ".model", ".convolith.zip", ".weights", ".keras "]


def test_models_and_weights_are_written_under_their_endings_alone(trained, tmp_path):
    for write, others, allowed in (
        (trained.save, [".safetensors", ".weights.h5"], ".convolith, or .keras for Keras 3"),
        (trained.save_weights, [".convolith", ".keras"], ".weights.safetensors, or .weights.h5 for Keras 3"),
    ):
        for ending in (*ENDINGS, *others):
            with pytest.raises(ValueError, match=f"net{ending}: convolith does not write .*; use the ending {allowed}"):
                write(tmp_path / f"net{ending}")
    assert not list(tmp_path.iterdir())


def test_weights_alone_and_whole_models_are_not_confused(trained, tmp_path):
    with pytest.raises(ValueError, match="models to .safetensors files; .*; for weights alone use save_weights$"):
        trained.save(tmp_path / "net.safetensors")
    with pytest.raises(ValueError, match="weights to .convolith files; .*; for the whole model use save$"):
        trained.save_weights(tmp_path / "net.convolith")
    with pytest.raises(ValueError, match="^net: .* to files without an ending; use the ending .convolith"):
        trained.save(tmp_path / "net")
    trained.save_weights(tmp_path / "W.SafeTensors")
    with pytest.raises(ValueError, match="W.SafeTensors holds weights alone: make the model first, then model.lo"):
        load_model(tmp_path / "W.SafeTensors")


def test_a_folder_that_is_not_there_is_said_before_the_file(trained, tmp_path):
    for write, ending in ((trained.save, ".convolith"), (trained.save_weights, ".safetensors")):
        with pytest.raises(
            FileNotFoundError, match=rf"none/net\{ending} cannot be written: there is no folder .*none$"
        ):
            write(tmp_path / "none" / f"net{ending}")


def test_numbers_of_numpy_in_configurations_are_saved(tmp_path):
    model = Sequential(
        [layers.Input((4,)), layers.ReLU(max_value=np.float32(0.5)), layers.Rescaling(np.float32(2)), Net(np.int64(2))]
    )
    model.compile("sgd", loss="mse", loss_weights=np.float32(0.5))
    model.save(tmp_path / "m.convolith")
    x = np.ones((2, 4), "float32")
    loaded = load_model(tmp_path / "m.convolith", custom_objects={"Net": Net})
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))

    class Odd(layers.Flatten):
        def get_config(self):
            return {"what": {1, 2}}

    with pytest.raises(ValueError, match="a configuration holds {1, 2} of type set, which cannot be saved"):
        Sequential([layers.Input((4,)), Odd()]).save(tmp_path / "m.convolith")


def test_a_file_that_is_there_is_replaced_or_kept(trained, tmp_path):
    path = tmp_path / "net.convolith"
    path.write_text("old")
    with pytest.raises(FileExistsError, match="exists, and overwrite is False"):
        trained.save(path, overwrite=False)
    assert path.read_text() == "old"
    trained.save(path)
    load_model(path)
    assert [item.name for item in tmp_path.iterdir()] == ["net.convolith"]


def test_a_failure_while_writing_leaves_the_old_file(trained, tmp_path, monkeypatch):
    path = tmp_path / "net.convolith"
    trained.save(path)
    before = path.read_bytes()

    def full(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(archive.zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match="no space left"):
        trained.save(path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["net.convolith"]


def test_weights_alone(trained, tmp_path):
    for path in (tmp_path / "net.safetensors", tmp_path / "net.convolith"):
        trained.save_weights(path) if path.suffix == ".safetensors" else trained.save(path)
        other = network()
        other.load_weights(path)
        same_weights(trained, other)
    assert sorted(load((tmp_path / "net.safetensors").read_bytes())) == [
        "model/layers/Conv2D_0/bias",
        "model/layers/Conv2D_0/kernel",
        "model/layers/Dense_0/bias",
        "model/layers/Dense_0/kernel",
    ]


def test_names_of_weights_do_not_depend_on_what_else_was_made(tmp_path):
    first, _, second = network(), network(), network()
    first.save_weights(tmp_path / "w.safetensors")
    second.load_weights(tmp_path / "w.safetensors")
    same_weights(first, second)


def test_without_compiling_or_compiled_later(trained, data, tmp_path):
    trained.save(tmp_path / "net.convolith")
    loaded = load_model(tmp_path / "net.convolith", compile=False)
    with pytest.raises(ValueError, match="evaluate needs compile"):
        loaded.evaluate(*data)
    plain = network()
    plain.save(tmp_path / "plain.convolith")
    assert load_model(tmp_path / "plain.convolith").compile_arguments is None


def test_losses_and_metrics_come_back(data, tmp_path):
    x, y = data
    inputs = layers.Input((6, 6, 1))
    flat = layers.Flatten()(inputs)
    model = Model(inputs, [layers.Dense(3, name="a")(flat), layers.Dense(1, name="b")(flat)])
    model.compile(
        optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        loss={"a": losses.SparseCategoricalCrossentropy(from_logits=True), "b": "mse"},
        loss_weights={"a": 0.7, "b": 0.3},
        metrics={"a": ["accuracy", metrics.SparseCategoricalAccuracy(name="right")], "b": ["mae"]},
    )
    model.fit(x, {"a": y, "b": y}, verbose=0)
    model.save(tmp_path / "two.convolith")
    loaded = load_model(tmp_path / "two.convolith")
    logs = model.evaluate(x, {"a": y, "b": y}, verbose=0, return_dict=True)
    assert loaded.evaluate(x, {"a": y, "b": y}, verbose=0, return_dict=True) == logs
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    for one, other in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_nested_sequential_comes_back(generator, tmp_path):
    inner = Sequential([layers.Input((4,)), layers.Dense(3, activation="tanh"), layers.Dropout(0.5)], name="inner")
    model = Sequential([layers.Input((4,)), layers.Rescaling([1.0, 2.0, 3.0, 4.0]), inner, layers.Dense(2)])
    model.save(tmp_path / "m.convolith")
    x = generator.normal(size=(5, 4))
    np.testing.assert_array_equal(
        load_model(tmp_path / "m.convolith").predict(x, verbose=0), model.predict(x, verbose=0)
    )


def test_a_sequential_that_was_built_by_data_comes_back(generator, tmp_path):
    model = Sequential([layers.Dense(3), layers.Dense(2)])
    x = generator.normal(size=(5, 4)).astype("float32")
    expected = model(x)
    model.save(tmp_path / "m.convolith")
    np.testing.assert_array_equal(load_model(tmp_path / "m.convolith")(x), expected)


class Unit(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.steps = [layers.Dense(units), layers.Dense(units)]

    def call(self, inputs):
        return ops.relu(self.steps[1](self.steps[0](inputs)) + inputs)


class Net(Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.unit, self.head = Unit(4), layers.Dense(units)

    def call(self, inputs):
        return self.head(self.unit(inputs))


def halves(y_true, y_pred):
    return ops.mean(ops.square(y_pred - y_true), axis=-1) * 0.5


def test_custom_classes_and_functions_come_back_by_name(generator, tmp_path):
    x, y = generator.normal(size=(6, 4)), generator.normal(size=(6, 2))
    model = Net(2)
    model.compile("sgd", loss=halves)
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "m.convolith")
    loaded = load_model(tmp_path / "m.convolith", custom_objects={"Net": Net, "halves": halves})
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert loaded.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    with pytest.raises(ValueError, match=r"unknown layer '.*\.Net'"):
        load_model(tmp_path / "m.convolith")
    with pytest.raises(
        ValueError, match="unknown loss '.*halves'; it is not convolith's own: give it in custom_objects={'halves'"
    ):
        load_model(tmp_path / "m.convolith", custom_objects={"Net": Net})
    assert load_model(tmp_path / "m.convolith", custom_objects={"Net": Net}, compile=False).count_params() == 50


def mse(y_true, y_pred):
    return ops.mean(ops.square(y_pred - y_true), axis=-1) * 100


def relu(x):
    return ops.negative(x)


class Dense(layers.Dense):
    def call(self, inputs):
        return super().call(inputs) + 5


def test_a_users_own_with_the_name_of_a_built_in_is_never_replaced_by_it(generator, tmp_path):
    x, y = generator.normal(size=(6, 4)), generator.normal(size=(6, 2))
    model = Sequential([layers.Input((4,)), Dense(3, activation=relu), layers.Dense(2, activation="relu")])
    model.compile("sgd", loss=mse, metrics=[mse, metrics.categorical_accuracy])
    expected = model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)
    model.save(tmp_path / "m.convolith")
    own = {"Dense": Dense, "relu": relu, "mse": mse}
    for name in own:
        rest = {key: value for key, value in own.items() if key != name}
        with pytest.raises(ValueError, match=f".{name}'; it is not convolith's own: give it in custom"):
            load_model(tmp_path / "m.convolith", custom_objects=rest)
    for objects in (own, {f"{__name__}.{name}": value for name, value in own.items()}):
        loaded = load_model(tmp_path / "m.convolith", custom_objects=objects)
        assert [type(layer) for layer in loaded.layers] == [Dense, layers.Dense]
        np.testing.assert_array_equal(loaded.predict(x, verbose=0), expected[0])
        assert loaded.evaluate(x, y, verbose=0) == expected[1]


def test_a_lambda_as_loss_is_left_out_with_a_warning(tmp_path):
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", loss=lambda y_true, y_pred: halves(y_true, y_pred))
    with pytest.warns(UserWarning, match="is saved without how it was compiled: loss .* cannot be saved"):
        model.save(tmp_path / "m.convolith")
    assert load_model(tmp_path / "m.convolith").compile_arguments is None


# What is refused.


def test_an_unbuilt_model_has_nothing_to_save_or_load(trained, tmp_path):
    trained.save_weights(tmp_path / "w.safetensors")
    unbuilt = Sequential([layers.Dense(3)], name="unbuilt")
    for act in (
        lambda: unbuilt.save(tmp_path / "m.convolith"),
        lambda: unbuilt.save_weights(tmp_path / "m.safetensors"),
    ):
        with pytest.raises(ValueError, match="unbuilt is not built, so it has no weights to save"):
            act()
    with pytest.raises(ValueError, match="unbuilt is not built, so it has no weights to load"):
        unbuilt.load_weights(tmp_path / "w.safetensors")


def test_weights_of_another_model_change_nothing(trained, tmp_path):
    trained.save_weights(tmp_path / "w.safetensors")
    other = Sequential([layers.Input((4,)), layers.Dense(3)])
    with pytest.raises(
        ValueError,
        match=r"w.safetensors: the weights are of another model: missing \[\], not in the model \['model/lay",
    ):
        other.load_weights(tmp_path / "w.safetensors")
    inputs = layers.Input((6, 6, 1))
    x = layers.Flatten()(layers.Conv2D(3, 5, padding="same")(inputs))
    wider = Model(inputs, layers.Dense(3)(x))
    before = wider.get_weights()
    with pytest.raises(ValueError, match=r"Conv2D_0/kernel must be float32\[5, 5, 1, 3\], got float32\[3, 3, 1, 3\]"):
        wider.load_weights(tmp_path / "w.safetensors")
    for one, other_weight in zip(before, wider.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other_weight)


def rewritten(path, config=None, weights=None, compression=zipfile.ZIP_STORED):
    """The archive with another configuration or other weights."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if config is not None:
        parts["config.json"] = config(json.loads(parts["config.json"]))
    if weights is not None:
        parts["weights.safetensors"] = weights(parts["weights.safetensors"])
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", compression) as archive:
        for name, part in parts.items():
            if part is not None:
                archive.writestr(name, part if isinstance(part, bytes) else json.dumps(part))
    path.write_bytes(memory.getvalue())


def change(config, value, *keys):
    for key in keys[:-1]:
        config = config[key]
    config[keys[-1]] = value


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"config": lambda c: b"{"}, "its config.json is damaged"),
        ({"config": lambda c: b"[]"}, "is no model file of convolith's"),
        ({"config": lambda c: {}}, "is no model file of convolith's"),
        ({"config": lambda c: {**c, "format": "keras"}}, "is no model file of convolith's"),
        ({"config": lambda c: {**c, "version": 99}}, "has version 99 of the format, this convolith reads 2"),
        ({"config": lambda c: {**c, "version": 1}}, "has version 1 of the format, this convolith reads 2"),
        ({"config": lambda c: {**c, "model": None}}, "damaged"),
        ({"config": lambda c: {**c, "model": {"class_name": "os.system", "config": {}}}}, "unknown layer 'os.system'"),
        ({"config": lambda c: {**c, "model": {"class_name": "Functional", "config": {}}}}, "incomplete or wrong"),
        (
            {"config": lambda c: {**c, "model": {"class_name": "Dense", "config": {"units": 2}}}},
            "of another model|damaged",
        ),
        ({"config": lambda c: {**c, "compile": {"optimizer": "x"}}}, "unknown optimizer 'x'"),
        ({"config": lambda c: {**c, "compile": {}}}, "its configuration is damaged: KeyError"),
        ({"config": lambda c: None}, "lacks config.json or weights.safetensors"),
        ({"weights": lambda w: None}, "lacks config.json or weights.safetensors"),
        ({"weights": lambda w: b""}, "the weights are damaged"),
        ({"weights": lambda w: w[: len(w) // 2]}, "the weights are damaged"),
        ({"weights": lambda w: b"\xff" * 8 + w[8:]}, "the weights are damaged"),
        ({"weights": lambda w: save({"a": np.zeros(2)})}, "of another model: missing"),
        ({"compression": zipfile.ZIP_DEFLATED}, "its weights.safetensors is compressed"),
    ],
)
def test_damage_is_said_and_nothing_is_loaded(trained, tmp_path, arguments, message):
    path = tmp_path / "net.convolith"
    trained.save(path)
    rewritten(path, **arguments)
    with pytest.raises(ValueError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kept", [0, 1, 100, -1, -30])
def test_a_truncated_file(trained, tmp_path, kept):
    path = tmp_path / "net.convolith"
    trained.save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match="is damaged, or no model file"):
        load_model(path)
    with pytest.raises(ValueError, match="damaged"):
        network().load_weights(path)


def test_every_flipped_byte_of_the_weights_is_noticed_by_the_zip(trained, tmp_path):
    path = tmp_path / "net.convolith"
    trained.save(path)
    whole = path.read_bytes()
    place = whole.index(b"model/layers") + 2000
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    with pytest.raises(ValueError, match="is damaged, or no model file: Bad CRC-32"):
        load_model(path)


def test_a_bomb_is_not_unpacked(trained, tmp_path, monkeypatch):
    path = tmp_path / "net.convolith"
    trained.save(path)
    monkeypatch.setattr(archive, "LARGEST_CONFIG", 1000)
    with pytest.raises(ValueError, match="its config.json is too large"):
        load_model(path)


def test_a_missing_file_and_foreign_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none")
    (tmp_path / "text").write_text("not a model" * 100)
    with pytest.raises(ValueError, match="is damaged, or no model file"):
        load_model(tmp_path / "text")
    with pytest.raises(ValueError, match="the weights are damaged, or no safetensors"):
        network().load_weights(tmp_path / "text")


@pytest.mark.parametrize(
    ("name", "format"),
    [("m.convolith", "model file"), ("m.keras", ".keras file"), ("m.h5", "HDF5 file"), ("m.weights.h5", "HDF5 file")],
)
@pytest.mark.parametrize("read", [load_model, lambda path: network().load_weights(path)])
def test_a_file_of_nonsense_is_said_to_be_of_the_format_of_its_ending(tmp_path, name, format, read):
    pytest.importorskip("h5py")
    (tmp_path / name).write_text("nonsense" * 100)
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / name} is damaged, or no {format}: ")):
        read(tmp_path / name)


def test_a_file_that_is_not_there_is_told_with_those_that_are(tmp_path):
    for name in ("lenet.convolith", "other.keras", "notes.txt"):
        (tmp_path / name).touch()
    for name, there in (("lenet5.convolith", "; there is lenet.convolith"), ("x.keras", "; there is other.keras")):
        text = re.escape(f"load_model: filepath: there is no file {tmp_path / name}{there}") + "$"
        with pytest.raises(FileNotFoundError, match=text):
            load_model(tmp_path / name)
    with pytest.raises(
        FileNotFoundError, match="load_weights: filepath: there is no file .*, and no folder .*nowhere$"
    ):
        network().load_weights(tmp_path / "nowhere" / "x.safetensors")
    with pytest.raises(
        IsADirectoryError, match="is a folder, expected a file; there is lenet.convolith, notes.txt, oth"
    ):
        load_model(tmp_path)


def test_weights_of_the_same_name_in_a_layer(tmp_path):
    class Pair(layers.Layer):
        def build(self, input_shape):
            self.one, self.two = self.add_weight((2,), "ones"), self.add_weight((2,), "zeros")

        def call(self, inputs):
            return inputs * self.one + self.two

    models = [Sequential([layers.Input((2,)), Pair()]) for _ in range(2)]
    models[0].set_weights([[1, 2], [3, 4]])
    models[0].save_weights(tmp_path / "w.safetensors")
    models[1].load_weights(tmp_path / "w.safetensors")
    same_weights(*models)
    assert sorted(load((tmp_path / "w.safetensors").read_bytes())) == [
        "model/layers/Pair_0/variable",
        "model/layers/Pair_0/variable_1",
    ]


def test_a_subclass_of_several_inputs_comes_back(generator, tmp_path):
    class Two(Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first = self.again = layers.Dense(2)

        def call(self, inputs):
            return self.first(inputs["a"]) + self.again(inputs["b"])

    x = {"a": generator.normal(size=(3, 4)), "b": generator.normal(size=(3, 4))}
    model = Two()
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "m.convolith")
    loaded = load_model(tmp_path / "m.convolith", custom_objects={"Two": Two})
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), expected)


def test_a_fresh_process_reads_networks_with_layers_of_their_own(tmp_path):
    path = str(tmp_path / "network.convolith")
    write = f"from convolith import applications; applications.LeNet5(original=True).save({path!r})"
    read = f"from convolith import models; print(models.load_model({path!r}).count_params() > 0)"
    names = (
        "from convolith import layers; print(*[layers.REGISTRY.find(n) for n in ('LayerScale', 'CustomScaleLayer')])"
    )
    for code in (write, read, names):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
