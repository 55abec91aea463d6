"""The same programs on Keras 3 and on convolith: shapes, numbers of weights, outputs, losses and trained weights."""

import numpy as np
import pytest

import convolith

# Sums of float32 in another order: each layer adds a relative error of some roundings, each step of training one more.
BOUND = 100 * np.finfo(np.float32).eps


@pytest.fixture
def data(generator):
    images = generator.random((24, 10, 10, 2)).astype("float32")
    return images, generator.integers(0, 3, 24), generator.random((24, 2)).astype("float32"), generator.random(24)


def sequential(k):
    return k.Sequential(
        [
            k.Input(shape=(10, 10, 2)),
            k.layers.Conv2D(4, 3, padding="SAME", activation="relu", kernel_regularizer=k.regularizers.L2(0.1)),
            k.layers.MaxPool2D(),
            k.layers.Conv2D(6, (3, 2), strides=2, use_bias=False, kernel_constraint="non_neg"),
            k.layers.AveragePooling2D(2, strides=1, padding="same"),
            k.layers.Flatten(),
            k.layers.Dense(5, activation="relu", activity_regularizer=k.regularizers.L1(0.05), bias_regularizer="l2"),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def two_headed(k):
    inputs = k.Input(shape=(10, 10, 2), name="images")
    shared = k.layers.Conv2D(3, 3, activation="relu")
    x = k.layers.Flatten()(shared(inputs))
    kind = k.layers.Dense(3, activation="softmax", name="kind")(x)
    size = k.layers.Dense(2, name="size")(k.layers.Dense(4, activation="tanh")(x))
    return k.Model(inputs=inputs, outputs=[kind, size])


def both(keras, make):
    ours, theirs = make(convolith), make(keras)
    assert ours.count_params() == theirs.count_params()
    assert [tuple(w.shape) for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert ours.output_shape == theirs.output_shape
    ours.set_weights(theirs.get_weights())
    return ours, theirs


def assert_same_logs(found, expected):
    assert sorted(found) == sorted(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=BOUND, atol=BOUND, err_msg=name)


def assert_same_weights(ours, theirs, steps):
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=steps * BOUND)


@pytest.mark.parametrize("make", [sequential, two_headed])
def test_outputs(keras, data, make):
    ours, theirs = both(keras, make)
    found, expected = ours.predict(data[0], verbose=0), theirs.predict(data[0], verbose=0)
    for one, other in zip(found, expected, strict=True) if make is two_headed else [(found, expected)]:
        np.testing.assert_allclose(one, other, rtol=BOUND, atol=BOUND)


@pytest.mark.parametrize("weighting", ["none", "sample_weight", "class_weight"])
def test_training_with_regularizers_constraints_and_weights(keras, data, weighting):
    images, kinds, _, weights = data
    ours, theirs = both(keras, sequential)
    arguments = {"batch_size": 7, "epochs": 2, "shuffle": False, "verbose": 0}
    if weighting == "sample_weight":
        arguments["sample_weight"] = weights
    if weighting == "class_weight":
        arguments["class_weight"] = {0: 0.5, 1: 2.0}
    histories = []
    for k, model in ((convolith, ours), (keras, theirs)):
        model.compile(
            k.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy",
            metrics=["accuracy"], weighted_metrics=["accuracy"],
        )  # fmt: skip
        histories.append(model.fit(images, kinds, validation_data=(images, kinds, weights), **arguments).history)
    assert sorted(histories[0]) == sorted(histories[1])
    for name, values in histories[1].items():
        np.testing.assert_allclose(histories[0][name], values, rtol=8 * BOUND, err_msg=name)
    assert_same_weights(ours, theirs, 8)


def test_two_heads_with_a_list_of_losses_and_weights(keras, data):
    images, kinds, sizes, weights = data
    ours, theirs = both(keras, two_headed)
    logs = []
    for k, model in ((convolith, ours), (keras, theirs)):
        model.compile(
            k.optimizers.SGD(0.05), ["sparse_categorical_crossentropy", "mse"],
            loss_weights=[0.8, 0.2], metrics=[["accuracy"], ["mae"]],
        )  # fmt: skip
        model.fit(images, [kinds, sizes], sample_weight=[weights, 1 - weights], batch_size=8, shuffle=False, verbose=0)
        logs.append(model.evaluate(images, [kinds, sizes], batch_size=10, verbose=0, return_dict=True))
    assert_same_logs(*logs)
    assert_same_weights(ours, theirs, 3)


def test_freezing_and_unfreezing(keras, data):
    images, kinds, *_ = data
    ours, theirs = both(keras, sequential)
    for k, model in ((convolith, ours), (keras, theirs)):
        for trainable, rate in ((False, 0.1), (True, 0.01)):
            for layer in model.layers[:-1]:
                layer.trainable = trainable
            model.compile(k.optimizers.SGD(rate), "sparse_categorical_crossentropy")
            model.fit(images, kinds, epochs=2, shuffle=False, verbose=0)
    assert_same_weights(ours, theirs, 4)


def test_batches_from_a_generator_and_metrics_of_a_batch(keras, data):
    images, kinds, _, weights = data

    def endless():
        while True:
            for start in (0, 8, 16):
                part = slice(start, start + 8)
                yield images[part], kinds[part], weights[part]

    ours, theirs = both(keras, sequential)
    logs = []
    for k, model in ((convolith, ours), (keras, theirs)):
        model.compile(k.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(endless(), steps_per_epoch=2, epochs=2, verbose=0).history
        on_batch = model.train_on_batch(images, kinds, return_dict=True)
        again = model.test_on_batch(images, kinds, return_dict=True)
        logs.append({"last": history["loss"][-1], **on_batch, **{f"test_{name}": v for name, v in again.items()}})
    np.testing.assert_allclose(list(logs[0].values()), [float(v) for v in logs[1].values()], rtol=5 * BOUND)
    assert_same_weights(ours, theirs, 5)


def test_losses_that_layers_add(keras, data):
    images, kinds, *_ = data

    def make(k):
        class Adds(k.layers.Layer):
            def call(self, inputs):
                self.add_loss(0.3 * k.ops.mean(k.ops.square(inputs)))
                return inputs

        return k.Sequential([k.Input((10, 10, 2)), Adds(), k.layers.Flatten(), k.layers.Dense(3, "softmax"), Adds()])

    ours, theirs = both(keras, make)
    logs = []
    for k, model in ((convolith, ours), (keras, theirs)):
        model.compile(k.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
        model.fit(images, kinds, shuffle=False, verbose=0)
        logs.append({"loss": model.evaluate(images, kinds, verbose=0)})
    assert_same_logs(*logs)
    assert_same_weights(ours, theirs, 1)


def test_the_text_of_a_summary(keras, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")  # Keras cuts at the terminal's width
    texts = []
    for k in (convolith, keras):
        k.utils.clear_session()
        lines = []
        two_headed(k).summary(line_length=100, print_fn=lambda text, line_break=None, lines=lines: lines.append(text))
        texts.append("\n".join(lines).split())
    assert texts[0] == texts[1]
