"""Whole models in .keras files: what Keras 3 wrote, made anew; what it cannot be made of, named."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.models import load_model

h5py = pytest.importorskip("h5py")
BOUND = 200 * np.finfo(np.float32).eps


def sequential(k):
    return k.Sequential(
        [
            k.Input((8, 8, 3)),
            k.layers.Rescaling(1 / 255, offset=-0.5),
            k.layers.Conv2D(
                4, 3, strides=2, padding="same", activation="relu", kernel_regularizer=k.regularizers.L2(0.1)
            ),
            k.layers.DepthwiseConv2D(3, depth_multiplier=2, bias_constraint="non_neg"),
            k.layers.BatchNormalization(epsilon=0.01),
            k.layers.LeakyReLU(0.1),
            k.layers.Flatten(),
            k.layers.Dense(3, kernel_initializer=k.initializers.HeNormal(seed=1), activation="softmax"),
        ],
        name="lecture",
    )


def functional(k):
    """Shared layers, models within models, operations between layers, several inputs and outputs in dicts."""
    image, extra = k.Input((6, 6, 2), name="image"), k.Input((4,), name="extra")
    shared = k.layers.Conv2D(2, 3, padding="same", name="shared")
    x = shared(shared(image))
    x = x + image * 0.5
    part = k.Input((6, 6, 2))
    inner = k.Model(part, k.layers.SeparableConv2D(3, 3)(k.layers.PReLU()(part)), name="inner")
    x = inner(k.ops.relu(x))[:, 1:, ::2]
    y = k.ops.mean(x, axis=(1, 2))
    z = k.layers.Concatenate()([y, k.layers.GlobalMaxPooling2D()(x), extra])
    z = k.Sequential([k.layers.Dense(4), k.layers.ReLU(6.0)], name="head")(z)
    twice = k.layers.Dense(4, name="twice")
    outputs = {"a": twice(twice(z)), "b": k.layers.Add()([z, z])}
    return k.Model({"image": image, "extra": extra}, outputs, name="graph")


def multiplied(k):
    first, second = k.Input((3,)), k.Input((3,))
    inner_input = k.Input((3,))
    inner = k.Model(inner_input, k.layers.Dense(3)(inner_input), name="within")
    return k.Model([first, second], [inner(k.layers.Multiply()([first, second])), first - 2.0 * second])


def randomized(model, generator):
    model.set_weights([generator.uniform(0.1, 1, tuple(weight.shape)).astype("float32") for weight in model.weights])
    return model


def data_for(model, generator):
    return [generator.random((3, *tensor.shape[1:])).astype("float32") for tensor in model.inputs]


def assert_same_outputs(ours, theirs, generator):
    arrays = data_for(theirs, generator)
    inputs = arrays[0] if len(arrays) == 1 else arrays
    if isinstance(getattr(theirs, "input", None), dict):
        inputs = dict(
            zip(theirs.input, (arrays[theirs.inputs.index(one)] for one in theirs.input.values()), strict=True)
        )
    found, expected = ours.predict(inputs, verbose=0), theirs.predict(inputs, verbose=0)
    pairs = [(found, expected)]
    if isinstance(expected, dict):
        pairs = [(found[key], expected[key]) for key in expected]
    elif isinstance(expected, list):
        pairs = list(zip(found, expected, strict=True))
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=0, atol=BOUND * np.abs(other).max())


@pytest.mark.parametrize("make", [sequential, functional, multiplied])
def test_what_keras_wrote(keras, generator, tmp_path, make):
    theirs = randomized(make(keras), generator)
    theirs.save(tmp_path / "m.keras")
    ours = load_model(tmp_path / "m.keras")
    assert ours.name == theirs.name
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert_same_outputs(ours, theirs, generator)


COMPILED = {
    "adam": ("Adam", {"learning_rate": 0.01}),
    "amsgrad": ("Adam", {"amsgrad": True, "use_ema": True, "ema_overwrite_frequency": 2}),
    "adamw": ("AdamW", {"weight_decay": 0.1, "clipnorm": 1.0}),
    "momentum": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {"momentum": 0.5, "centered": True}),
    "adadelta": ("Adadelta", {}),
    "adamax": ("Adamax", {}),
    "ftrl": ("Ftrl", {}),
    "lion": ("Lion", {}),
    "lamb": ("Lamb", {}),
    "muon": ("Muon", {}),
    "adafactor": ("Adafactor", {"learning_rate": 0.01}),
    "accumulated": ("Adagrad", {"gradient_accumulation_steps": 2}),
    "nadam": ("Nadam", {"use_ema": True}),
}


@pytest.mark.parametrize("name", COMPILED)
def test_training_goes_on_as_in_keras(keras, generator, tmp_path, name):
    kind, arguments = COMPILED[name]
    theirs = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(2)])
    theirs.compile(getattr(keras.optimizers, kind)(**arguments), loss=keras.losses.LogCosh(), metrics=["mae"])
    x, y = generator.random((8, 4)).astype("float32"), generator.random((8, 2)).astype("float32")
    theirs.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0)
    theirs.save(tmp_path / "m.keras")
    ours = load_model(tmp_path / "m.keras")
    assert int(ours.optimizer._iterations) == 6
    histories = [model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history for model in (ours, theirs)]
    assert sorted(histories[0]) == sorted(histories[1])
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-4)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-5)
    assert load_model(tmp_path / "m.keras", compile=False).optimizer is None


def test_schedules_losses_and_metrics(keras, generator, tmp_path):
    theirs = sequential(keras)
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    theirs.compile(
        keras.optimizers.Nadam(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top")],
        weighted_metrics=[keras.metrics.SparseCategoricalCrossentropy()],
    )
    x, y = generator.random((4, 8, 8, 3)).astype("float32"), np.array([0, 1, 2, 0])
    theirs.fit(x, y, verbose=0)
    theirs.save(tmp_path / "m.keras")
    ours = load_model(tmp_path / "m.keras")
    expected = theirs.evaluate(x, y, verbose=0, return_dict=True)
    found = ours.evaluate(x, y, verbose=0, return_dict=True)
    assert sorted(found) == sorted(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-4, err_msg=key)
    assert float(ours.optimizer._schedule(10)) == pytest.approx(0.05)
