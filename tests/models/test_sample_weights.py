"""Weights of samples and of classes, in losses and in metrics: by name, by output, by batch."""

import numpy as np
import pytest

from convolith import layers, losses, metrics
from convolith.models import Model, Sequential


def classifier(**arguments):
    model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", **arguments})
    return model


@pytest.fixture
def data(generator):
    return generator.normal(size=(10, 4)).astype("float32"), generator.integers(0, 3, 10), generator.random(10)


def losses_by_sample(model, x, y):
    return -np.log(model(x).astype(np.float64)[np.arange(len(y)), y])


def test_the_loss_is_the_sum_of_weighted_losses_over_the_number_of_samples(data):
    x, y, weights = data
    model = classifier()
    expected = (losses_by_sample(model, x, y) * weights).mean()
    np.testing.assert_allclose(model.evaluate(x, y, sample_weight=weights, verbose=0), expected, rtol=1e-6)
    np.testing.assert_allclose(model.test_on_batch(x, y, sample_weight=weights[:, None]), expected, rtol=1e-6)


def test_a_weight_is_as_good_as_repeating_the_sample(data):
    x, y, _ = data
    times = np.arange(10) % 3
    weighted, repeated = classifier(), classifier()
    repeated.set_weights(weighted.get_weights())
    weighted.train_on_batch(x, y, sample_weight=times)
    rows = np.repeat(np.arange(10), times)
    repeated.optimizer.learning_rate = 0.01 * len(rows) / 10
    repeated.train_on_batch(x[rows], y[rows])
    for one, other in zip(weighted.get_weights(), repeated.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("one_hot", [False, True])
def test_class_weights_are_weights_of_the_samples(data, one_hot):
    x, y, _ = data
    factors = {0: 2.0, 2: 0.5}
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    labels = np.eye(3)[y] if one_hot else y[:, None]
    first, second = classifier(loss=loss), classifier()
    second.set_weights(first.get_weights())
    arguments = {"batch_size": 4, "shuffle": False, "verbose": 0}
    first.fit(x, labels, class_weight=factors, **arguments)
    second.fit(x, y, sample_weight=np.array([2.0, 1.0, 0.5])[y], **arguments)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_weights_are_shuffled_and_split_with_their_samples(data):
    x, y, weights = data
    seen = []

    class Sees(metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            seen.extend(zip(y_true.tolist(), sample_weight.tolist(), strict=True))

    model = classifier(weighted_metrics=[Sees(name="sees")])
    model.fit(x, y, sample_weight=weights, batch_size=3, validation_split=0.3, verbose=0)
    pairs = list(zip(y.tolist(), weights.astype("float32").tolist(), strict=True))
    assert sorted(seen[:7]) == sorted(pairs[:7])
    assert seen[:7] != pairs[:7]
    assert seen[7:] == pairs[7:]


def test_weighted_metrics_take_the_weights_and_the_others_do_not(data):
    x, y, weights = data
    model = classifier(metrics=["accuracy"], weighted_metrics=["accuracy", metrics.SparseCategoricalAccuracy()])
    right = model(x).argmax(1) == y
    logs = model.evaluate(x, y, sample_weight=weights, batch_size=4, verbose=0, return_dict=True)
    assert list(logs) == ["accuracy", "loss", "sparse_categorical_accuracy", "weighted_accuracy"]
    assert logs["accuracy"] == right.mean()
    np.testing.assert_allclose(logs["weighted_accuracy"], (right * weights).sum() / weights.sum(), rtol=1e-6)
    assert logs["sparse_categorical_accuracy"] == logs["weighted_accuracy"]
    plain = model.evaluate(x, y, verbose=0, return_dict=True)
    assert plain["weighted_accuracy"] == plain["accuracy"]


def test_validation_has_weights_of_its_own(data):
    x, y, weights = data
    model = classifier(optimizer="sgd")
    history = model.fit(x, y, validation_data=(x, y, weights), verbose=0).history
    np.testing.assert_allclose(history["val_loss"], model.evaluate(x, y, sample_weight=weights, verbose=0), rtol=1e-6)


def two_headed():
    inputs = layers.Input((4,))
    outputs = [layers.Dense(3, activation="softmax", name="kind")(inputs), layers.Dense(1, name="size")(inputs)]
    model = Model(inputs, outputs)
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"], loss_weights=[0.8, 0.2])
    return model


@pytest.mark.parametrize("form", ["all", "list", "dict", "one"])
def test_several_outputs(data, form):
    x, y, weights = data
    model, sizes = two_headed(), np.linspace(0, 1, 10)
    kinds, found = model(x)
    by_kind = -np.log(kinds[np.arange(10), y])
    by_size = np.square(found[:, 0] - sizes)
    second = weights if form == "all" else np.ones(10) if form == "one" else 1 - weights
    given = {
        "all": weights,
        "list": [weights, 1 - weights],
        "dict": {"kind": weights, "size": 1 - weights},
        "one": {"kind": weights},
    }[form]
    logs = model.evaluate(x, [y, sizes], sample_weight=given, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["kind_loss"], (by_kind * weights).mean(), rtol=1e-5)
    np.testing.assert_allclose(logs["size_loss"], (by_size * second).mean(), rtol=1e-5)
    np.testing.assert_allclose(logs["loss"], 0.8 * logs["kind_loss"] + 0.2 * logs["size_loss"], rtol=1e-5)


def test_a_weight_a_pixel(generator):
    model = Sequential([layers.Input((3, 2)), layers.Dense(4)])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y, weights = generator.normal(size=(5, 3, 2)), generator.integers(0, 4, (5, 3)), generator.random((5, 3))
    logits = model(x).astype(np.float64)
    by_pixel = np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, y[..., None], -1)[..., 0]
    found = model.evaluate(x, y, sample_weight=weights, verbose=0)
    np.testing.assert_allclose(found, (by_pixel * weights).mean(), rtol=1e-6)


def test_what_weights_cannot_be_for(data):
    x, y, weights = data
    model = two_headed()
    with pytest.raises(ValueError, match="fit: class_weight is for models with one output and labels"):
        model.fit(x, [y, weights], class_weight={0: 1.0}, verbose=0)
    model.compile("sgd", {"kind": "sparse_categorical_crossentropy"})
    with pytest.raises(ValueError, match=r"fit: sample_weight\['size'\] is for an output that has no labels"):
        model.fit(x, {"kind": y}, sample_weight=[weights, weights], verbose=0)


def test_a_batch_met_before_is_checked_for_its_weights_and_labels(data):
    x, y, weights = data
    model, other = classifier(), classifier()
    for _ in range(3):
        model.test_on_batch(x, y)
        other.train_on_batch(x, y)
    expected = (losses_by_sample(model, x, y) * weights).mean()
    np.testing.assert_allclose(model.test_on_batch(x, y, sample_weight=weights), expected, rtol=1e-6)
    with pytest.raises(ValueError, match=r"train_on_batch: y must be in \[0, "):
        other.train_on_batch(x, y + 100)
    with pytest.raises(ValueError, match="y must hold finite numbers"):
        other.train_on_batch(x, np.where(y == y[0], np.nan, y).astype("float32"))
