"""What ``compile`` and ``fit`` are told leads to Keras's logs and weights, epoch by epoch."""

from __future__ import annotations

import numpy as np
import pytest

import convolith

# Nine steps of SGD or Adam on 24 numbers: some hundred roundings of logs and weights of about 1.
BOUND = 2e-4
numbers = np.random.default_rng(7)
X = numbers.normal(size=(24, 6, 6, 2)).astype("float32")
KINDS = numbers.integers(0, 3, 24)
ONE_HOT = np.eye(3, dtype="float32")[KINDS]
SIZES = numbers.normal(size=(24, 1)).astype("float32")
WEIGHTS = numbers.uniform(0.2, 2, 24).astype("float32")


def network(k, heads=1, base=None):
    inputs = k.Input((6, 6, 2))
    x = k.layers.Conv2D(4, 3, activation="tanh")(inputs)
    x = k.layers.GlobalAveragePooling2D()(x)
    kind = k.layers.Dense(3, activation="softmax", name="kind")(x)
    outputs = kind if heads == 1 else [kind, k.layers.Dense(1, name="size")(x)]
    return (base or k.Model)(inputs, outputs)


def compare(keras, train, **make):
    """Train both from the same weights, and compare what ``train`` returns and what became of the weights."""
    ours, theirs = network(convolith, **make), network(keras, **make)
    ours.set_weights(theirs.get_weights())
    start = theirs.get_weights()
    own, peer = train(convolith, ours), train(keras, theirs)
    own, peer = (getattr(history, "history", history) for history in (own, peer))
    assert sorted(own) == sorted(peer)
    for name, values in peer.items():
        np.testing.assert_allclose(own[name], values, rtol=BOUND, atol=BOUND, err_msg=name)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=BOUND)
    assert any((one != other).any() for one, other in zip(start, theirs.get_weights(), strict=True))
    return peer


FIT = {"batch_size": 8, "epochs": 3, "shuffle": False, "verbose": 0}


@pytest.mark.parametrize("form", ["list", "dict", "loss of one only"])
def test_weights_of_losses(keras, form):
    weights = {"list": [0.3, 2.0], "dict": {"kind": 0.3, "size": 2.0}, "loss of one only": None}[form]
    loss = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
    if form == "loss of one only":
        loss["kind"] = None

    def train(k, model):
        model.compile(k.optimizers.SGD(0.1), loss=loss, loss_weights=weights)
        return model.fit(X, {"kind": KINDS, "size": SIZES}, **FIT)

    if form == "loss of one only":
        own, peer = network(convolith, heads=2), network(keras, heads=2)
        own.set_weights(peer.get_weights())
        logs = train(convolith, own).history["loss"]
        np.testing.assert_allclose(logs, train(keras, peer).history["loss"], rtol=BOUND)
    else:
        assert {"kind_loss", "size_loss", "loss"} == set(compare(keras, train, heads=2))


def test_metrics_with_and_without_weights(keras):
    def train(k, model):
        model.compile(
            k.optimizers.SGD(0.1), "categorical_crossentropy", metrics=["accuracy", "mse"],
            weighted_metrics=[k.metrics.CategoricalAccuracy(name="right"), "mae"],
        )  # fmt: skip
        more = {"validation_data": (X[:8], ONE_HOT[:8], WEIGHTS[:8])}
        return model.fit(X, ONE_HOT, sample_weight=WEIGHTS, **more, **FIT)

    assert {"accuracy", "right", "mae", "val_right", "val_mse"} <= set(compare(keras, train))


@pytest.mark.parametrize("one_hot", [False, True])
def test_weights_of_classes(keras, one_hot):
    def train(k, model):
        model.compile(k.optimizers.SGD(0.1), f"{'' if one_hot else 'sparse_'}categorical_crossentropy")
        return model.fit(X, ONE_HOT if one_hot else KINDS, class_weight={0: 0.2, 1: 1.0, 2: 3.0}, **FIT)

    compare(keras, train)


def test_weights_of_classes_are_not_of_the_validation(keras):
    """Neither of data that are given, nor of a share of those that are trained on."""

    def train(k, model):
        model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
        return model.fit(X, KINDS, class_weight={0: 0.2, 1: 1.0, 2: 3.0}, validation_split=0.25, **FIT)

    assert "val_loss" in compare(keras, train)


OPTIMIZERS = {
    "clipnorm": lambda k: k.optimizers.SGD(0.5, momentum=0.9, clipnorm=0.1),
    "global_clipnorm": lambda k: k.optimizers.SGD(0.5, momentum=0.9, global_clipnorm=0.1),
    "clipvalue": lambda k: k.optimizers.SGD(0.5, momentum=0.9, clipvalue=0.02),
    "weight_decay": lambda k: k.optimizers.SGD(0.1, weight_decay=0.2),
    "gradient_accumulation_steps": lambda k: k.optimizers.SGD(0.2, gradient_accumulation_steps=3),
    "use_ema": lambda k: k.optimizers.SGD(0.2, use_ema=True, ema_momentum=0.8),
    "ema_overwrite_frequency": lambda k: k.optimizers.SGD(
        0.2, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2
    ),
}


@pytest.mark.parametrize("argument", OPTIMIZERS)
def test_arguments_of_optimizers(keras, argument):
    def train(k, model):
        model.compile(OPTIMIZERS[argument](k), "sparse_categorical_crossentropy")
        return model.fit(X, KINDS, validation_data=(X[:8], KINDS[:8]), **FIT)

    compare(keras, train)


def test_epochs_that_were_before_and_validation_after_some(keras):
    seen = {}

    def train(k, model):
        class Epochs(k.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                seen.setdefault(k.__name__, []).append(epoch)

        model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        more = {"initial_epoch": 2, "validation_freq": 2, "validation_data": (X, KINDS), "callbacks": [Epochs()]}
        return model.fit(X, KINDS, **{**FIT, "epochs": 7}, **more)

    logs = compare(keras, train)
    assert len(logs["loss"]) == 5 and len(logs["val_loss"]) == 2
    assert seen["convolith"] == seen["keras"] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("validation_freq", [[1, 3], 3])
def test_validation_after_listed_epochs(keras, validation_freq):
    def train(k, model):
        model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        return model.fit(X, KINDS, validation_data=(X, KINDS), validation_freq=validation_freq, **FIT)

    assert len(compare(keras, train)["val_loss"]) == (2 if validation_freq == [1, 3] else 1)


def test_steps_of_an_endless_generator(keras):
    def batches():
        start = 0
        while True:
            yield X[start : start + 4], KINDS[start : start + 4]
            start = (start + 4) % 24

    def train(k, model):
        model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model.fit(batches(), epochs=3, verbose=0, steps_per_epoch=4)

    compare(keras, train)


def test_losses_that_a_layer_adds(keras):
    def train(k, model):
        class Penalty(k.layers.Layer):
            def call(self, inputs):
                self.add_loss(0.1 * k.ops.mean(k.ops.square(inputs)))
                return inputs

        inputs = k.Input((6, 6, 2))
        whole = k.Model(inputs, Penalty()(model(inputs)))
        whole.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        return whole.fit(X, KINDS, validation_data=(X[:8], KINDS[:8]), **FIT)

    compare(keras, train)


def test_steps_of_its_own_for_testing(keras):
    def train(k, model):
        class Doubled(k.Model):
            def test_step(self, data):
                x, y = data
                predictions = self(x, training=False)
                return {"doubled": 2 * k.ops.mean(k.losses.sparse_categorical_crossentropy(y, predictions))}

        whole = Doubled(model.inputs, model.outputs[0])
        whole.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        whole.fit(X, KINDS, **FIT)
        return whole.evaluate(X, KINDS, batch_size=24, return_dict=True, verbose=0)

    compare(keras, train)


def test_a_loss_of_its_own(keras):
    def train(k, model):
        class Weighted(k.Model):
            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
                return 3 * k.ops.mean(k.losses.sparse_categorical_crossentropy(y, y_pred))

        whole = Weighted(model.inputs, model.outputs[0])
        whole.compile(k.optimizers.SGD(0.1))
        return whole.fit(X, KINDS, **FIT)

    compare(keras, train)


@pytest.mark.parametrize("heads", [1, 2])
def test_evaluate_lists_the_metrics_in_keras_s_order(keras, heads):
    """Of one output as compile was given them, of several sorted by the names that logs have."""
    metrics = ["mse", "accuracy", "mae"] if heads == 1 else [["mse", "accuracy"], ["mae", "mse"]]
    labels = ONE_HOT if heads == 1 else [ONE_HOT, SIZES]

    def run(k, model):
        model.compile("sgd", "mse", metrics=metrics, weighted_metrics=["cosine_similarity"] if heads == 1 else None)
        return [model.evaluate(X, labels, verbose=0), model.train_on_batch(X, labels), model.test_on_batch(X, labels)]

    own, peer = network(convolith, heads), network(keras, heads)
    own.set_weights(peer.get_weights())
    for one, other in zip(run(convolith, own), run(keras, peer), strict=True):
        assert len(one) == (5 if heads == 1 else 7)
        np.testing.assert_allclose(one, other, rtol=BOUND, atol=BOUND)


def test_names_in_the_logs_of_an_epoch_and_of_the_end(keras):
    """They are sorted, and what a callback adds to an epoch's is not among those of the end."""

    def seen(k):
        ends = []
        model = network(k)
        weighted = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}
        model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy", **weighted)
        hooks = [
            k.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
            k.callbacks.LambdaCallback(on_train_end=lambda logs: ends.append(sorted(logs))),
        ]
        return list(model.fit(X, KINDS, validation_data=(X, KINDS), callbacks=hooks, **FIT).history), ends

    assert seen(convolith) == seen(keras)


def test_names_of_functions_as_metrics(keras):
    """A function's, and the class's of what can be called, as names of layers are made; a lambda's is "lambda"."""

    class HowFar:
        def __call__(self, y_true, y_pred):
            return abs(y_true - y_pred)

    def meanDistance(y_true, y_pred):  # noqa: N802
        return abs(y_true - y_pred)

    def seen(k):
        model = network(k)
        metrics = [lambda y_true, y_pred: abs(y_true - y_pred), HowFar(), meanDistance, k.losses.mean_squared_error]
        model.compile("sgd", "mse", metrics=metrics)
        return sorted(model.fit(X, ONE_HOT, **FIT).history)

    assert seen(convolith) == seen(keras)
