"""Weights alone, between Keras 3, Keras 2's form and convolith: what comes over, and what does not fit."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

import convolith

h5py = pytest.importorskip("h5py")


def nested(k):
    """A model with a shared layer, a model within, equal layers, and layers with several weights."""
    inputs = k.Input((6, 6, 2), name="images")
    shared = k.layers.Conv2D(2, 3, padding="same")
    x = shared(shared(inputs))
    inner = k.Sequential(
        [k.Input((6, 6, 2)), k.layers.SeparableConv2D(3, 3), k.layers.PReLU(), k.layers.BatchNormalization()], name="in"
    )
    x = k.layers.Dropout(0.5)(k.layers.Conv2D(3, 1)(inner(x)))
    x = k.layers.GroupNormalization(3)(x)
    return k.Model(inputs, k.layers.Dense(2)(k.layers.Dense(4)(k.layers.Flatten()(x))))


def random_weights(model, generator):
    model.set_weights([generator.random(tuple(weight.shape)).astype("float32") for weight in model.weights])
    return model


def assert_same(one, other):
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.fixture
def model(generator):
    return random_weights(nested(convolith), generator)


def test_keras_3_and_back(keras, generator, tmp_path):
    theirs, ours = random_weights(nested(keras), generator), nested(convolith)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    assert_same(ours, theirs)
    again = nested(keras)
    ours.save_weights(tmp_path / "ours.weights.h5")
    again.load_weights(tmp_path / "ours.weights.h5")
    assert_same(again, theirs)
    # A whole model's file holds its weights under the same names.
    theirs.save(tmp_path / "theirs.keras")
    ours = nested(convolith)
    ours.load_weights(tmp_path / "theirs.keras")
    assert_same(ours, theirs)


def test_a_compiled_model_s_optimizer_is_left_out(keras, generator, tmp_path):
    theirs, ours = random_weights(nested(keras), generator), nested(convolith)
    theirs.compile("adam", loss="mse", metrics=["mae"])
    theirs.fit(np.ones((2, 6, 6, 2)), np.ones((2, 2)), verbose=0)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    assert_same(ours, theirs)


def test_a_subclass_s_attributes(keras, generator, tmp_path):
    def make(k):
        class Block(k.layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self._hidden = k.layers.Dense(2)
                self.first = k.layers.Dense(3)
                self.others = [k.layers.Dense(2), [k.layers.Dense(2)], k.layers.Dense(2)]

            def build(self, input_shape):
                self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")
                for layer, width in zip(
                    [self.first, self.others[0], self.others[1][0], self.others[2], self._hidden],
                    (4, 3, 2, 2, 2),
                    strict=True,
                ):
                    layer.build((None, width))

            def call(self, x):
                x = self.others[2](self.others[1][0](self.others[0](self.first(x))))
                return self._hidden(x) * self.scale

        class Net(k.Model):
            def __init__(self):
                super().__init__()
                self.blocks = {"a": Block(), "b": k.layers.Dense(4)}

            def call(self, x):
                return self.blocks["a"](self.blocks["b"](x))

        net = Net()
        net(np.ones((1, 4), "float32"))
        return net

    theirs, ours = random_weights(make(keras), generator), make(convolith)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    x = generator.random((3, 4)).astype("float32")
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-5)


def test_keras_2(keras, generator, tmp_path):
    theirs, ours = random_weights(nested(keras), generator), nested(convolith)
    theirs.save(tmp_path / "theirs.h5")
    ours.load_weights(tmp_path / "theirs.h5")
    assert_same(ours, theirs)


def legacy(path, layers, **attributes):
    """Write a file of Keras 2's form: {layer: {weight: array}}."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, weights in layers.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, array in weights.items():
                group[weight] = array
        for name, value in attributes.items():
            file.attrs[name] = value
    return path


def dense(names=("a", "b"), units=3):
    return convolith.Sequential([convolith.Input((2,)), *(convolith.layers.Dense(units, name=name) for name in names)])


A = {"a/kernel:0": np.full((2, 3), 1.0, "f4"), "a/bias:0": np.full(3, 2.0, "f4")}
B = {"b/kernel:0": np.full((3, 3), 3.0, "f4"), "b/bias:0": np.full(3, 4.0, "f4")}


def test_keras_2_goes_by_order_or_by_name(tmp_path):
    path = legacy(tmp_path / "w.h5", {"in": {}, "a": A, "drop": {}, "b": B})
    model = dense(("x", "y"))
    model.load_weights(path)
    assert [float(weight.flat[0]) for weight in model.get_weights()] == [1, 2, 3, 4]
    model = dense(("x", "b"))
    before = model.get_weights()
    model.load_weights(path, by_name=True)
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert [float(weight.flat[0]) for weight in model.get_weights()[2:]] == [3, 4]


def test_keras_2_splits_long_lists_of_names(tmp_path):
    path = legacy(tmp_path / "w.h5", {"a": A, "b": B}, layer_names0=[b"a"], layer_names1=[b"b"])
    with h5py.File(path, "r+") as file:
        del file.attrs["layer_names"]
    model = dense()
    model.load_weights(path)
    assert [float(weight.flat[0]) for weight in model.get_weights()] == [1, 2, 3, 4]


def test_mismatches_are_skipped_with_a_warning_if_asked(tmp_path, model):
    path = legacy(tmp_path / "w.h5", {"a": A, "b": {**B, "b/bias:0": np.ones(4, "f4")}})
    ours = dense()
    with pytest.warns(UserWarning, match=r"skipped: b/bias:0 must be float32\[3\] for \S+/b/bias, got float32\[4\]"):
        ours.load_weights(path, skip_mismatch=True)
    assert [float(weight.flat[0]) for weight in ours.get_weights()] == [1, 2, 3, 0]
    with pytest.warns(UserWarning, match="skipped: the weights are of another model: layer 'b' has 1 weights"):
        ours.load_weights(legacy(tmp_path / "v.h5", {"a": A, "b": {"b/w": np.ones(1)}}), True, by_name=True)
    model.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "r+") as file:
        del file["layers/dense/vars/1"]
    with pytest.warns(UserWarning, match="skipped: layers/dense/vars/1 is missing, for dense"):
        model.load_weights(tmp_path / "w.weights.h5", skip_mismatch=True)


@pytest.mark.parametrize(
    ("layers", "by_name", "message"),
    [
        ({"a": A}, False, "1 layers have weights, expected 2"),
        ({"a": A, "b": {"b/kernel:0": B["b/kernel:0"]}}, False, "layer 'b', in the file 'b' has 1 weights, expected 2"),
        ({"a": A, "b": A}, False, r"a/kernel:0 must be float32\[3, 3\] for \S+/b/kernel, got float32\[2, 3\]"),
        ({"a": A, "b": {**B, "b/bias:0": np.ones(3, "i4")}}, False, r"for \S+/b/bias, got int32\[3\]"),
        ({"c": A, "d": B}, True, r"no layer of the model has one of the file's names, \['c', 'd'\]"),
        ({"a": A, "b": {"b/w:0": np.ones(1)}}, True, "layer 'b' has 1 weights, expected 2"),
        ({"a": A, "b": {**B, "b/bias:0": np.array(b"code")}}, False, "must hold plain numbers, got"),
    ],
)
def test_what_does_not_fit_changes_nothing(tmp_path, layers, by_name, message):
    model, path = dense(), legacy(tmp_path / "w.h5", layers)
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"w.h5: .*{message}"):
        model.load_weights(path, by_name=by_name)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_h5py_is_asked_for_only_by_its_files(tmp_path, monkeypatch, model):
    model.save_weights(tmp_path / "w.weights.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r'reading w.weights.h5 needs h5py: pip install "convolith\[keras\]"'):
        model.load_weights(tmp_path / "w.weights.h5")
    with pytest.raises(ImportError, match=r'writing v.weights.h5 needs h5py: pip install "convolith\[keras\]"'):
        model.save_weights(tmp_path / "v.weights.h5")
    with warnings.catch_warnings():
        model.save_weights(tmp_path / "w.weights.safetensors")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.weights.h5", "w.weights.safetensors"]


def test_writing_is_all_or_nothing(tmp_path, model, monkeypatch):
    path = tmp_path / "w.weights.h5"
    path.write_text("old")
    with pytest.raises(FileExistsError, match="overwrite is False"):
        model.save_weights(path, overwrite=False)
    with pytest.raises(ValueError, match="is not built, so it has no weights to save"):
        convolith.Sequential([convolith.layers.Dense(2)]).save_weights(path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        model.save_weights(tmp_path / "none" / "w.weights.h5")

    def fails(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("convolith.interop.keras_weights.write_variables", fails)
    with pytest.raises(OSError, match="no space"):
        model.save_weights(path)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("w.weights.h5", "old")]
