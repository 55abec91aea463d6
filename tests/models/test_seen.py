"""Batches of a kind that a model has met before skip the checks and nothing else: what has changed meanwhile counts."""

import numpy as np
import pytest

from convolith import layers, optimizers
from convolith.callbacks import LambdaCallback
from convolith.models import Sequential
from convolith.models.seen import KEPT, Seen


def network(**arguments):
    model = Sequential([layers.Input((6, 6, 2)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3, "softmax")])
    model.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", **arguments})
    return model


@pytest.fixture
def images(generator):
    return generator.normal(size=(5, 6, 6, 2)).astype("float32")


LABELS = np.array([0, 2, 1, 1, 0])


def test_predictions_are_the_model_s_own_each_time(images):
    model = network()
    first = model.predict(images, verbose=0)
    second = model.predict(images, verbose=0)
    np.testing.assert_array_equal(first, second)
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(model.predict_on_batch(images[::-1]), first[::-1])
    model.set_weights([weight * 2 for weight in model.get_weights()])
    np.testing.assert_allclose(model.predict(images, verbose=0), model(images), rtol=1e-5)
    assert np.abs(model.predict(images, verbose=0) - first).max() > 0.01


def test_a_subclass_s_own_predict_is_passed_by_each_time(images):
    class Scaling(Sequential):
        def predict(self, x, **arguments):
            return super().predict(x / 255, **arguments)

    model = Scaling([layers.Input((6, 6, 2)), layers.Flatten(), layers.Dense(3)])
    for _ in range(3):
        np.testing.assert_allclose(model.predict_on_batch(images), model(images), rtol=1e-5)
    np.testing.assert_allclose(model.predict(images, verbose=0), model(images / 255), rtol=1e-5)


def test_a_new_layer_counts(images):
    model = network()
    for _ in range(2):
        model.predict(images, verbose=0)
    model.add(layers.Dense(7))
    assert model.predict(images, verbose=0).shape == (5, 7)


def test_other_arguments_are_heeded(images):
    model, seen = network(), []
    for _ in range(2):
        model.predict(images, verbose=0)
    hook = LambdaCallback(on_predict_batch_end=lambda batch, logs: seen.append(batch))
    model.predict(images, batch_size=2, callbacks=[hook], verbose=0)
    assert seen == [0, 1, 2]
    np.testing.assert_allclose(model.predict(images, batch_size=2, verbose=0), model(images), rtol=1e-5)
    np.testing.assert_allclose(model.predict(images.astype("float64"), verbose=0), model(images), rtol=1e-5)
    with pytest.raises(ValueError, match="verbose"):
        model.predict(images, verbose=3)


def test_training_goes_as_in_fit(images):
    stepwise, whole = network(), network()
    whole.set_weights(stepwise.get_weights())
    losses = [stepwise.train_on_batch(images, LABELS) for _ in range(4)]
    history = whole.fit(images, LABELS, epochs=4, batch_size=5, shuffle=False, verbose=0).history
    assert losses == history["loss"]
    for one, other in zip(stepwise.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_frozen_layers_and_factors_of_learning_rates_count(images):
    model = network()
    for _ in range(2):
        model.train_on_batch(images, LABELS)
    kernel = model.layers[0].kernel
    model.layers[0].trainable = False
    before = kernel.numpy()
    model.train_on_batch(images, LABELS)
    np.testing.assert_array_equal(kernel.numpy(), before)
    model.layers[0].trainable = True
    for weight in model.trainable_weights:
        weight.learning_rate_multiplier = 0.0
    model.train_on_batch(images, LABELS)
    np.testing.assert_array_equal(kernel.numpy(), before)


@pytest.mark.parametrize(
    ("attribute", "still", "moving"), [("trainable", False, True), ("learning_rate_multiplier", 0.0, 1.0)]
)
def test_a_single_frozen_weight_counts(images, attribute, still, moving):
    model = network()
    for _ in range(3):
        model.train_on_batch(images, LABELS)
    kernel, bias = model.layers[0].weights
    setattr(kernel, attribute, still)
    before, bias_before = kernel.numpy(), bias.numpy()
    model.train_on_batch(images, LABELS)
    model.fit(images, LABELS, verbose=0)
    np.testing.assert_array_equal(kernel.numpy(), before)
    assert np.abs(bias.numpy() - bias_before).max() > 0
    setattr(kernel, attribute, moving)
    model.train_on_batch(images, LABELS)
    assert np.abs(kernel.numpy() - before).max() > 0


def test_a_model_compiled_anew_is_checked_anew(images):
    model = network(metrics=["accuracy"])
    for _ in range(2):
        assert len(model.test_on_batch(images, LABELS)) == 2
    model.compile("sgd", "mse")
    assert np.ndim(model.test_on_batch(images, np.eye(3, dtype="float32")[LABELS])) == 0


def test_an_optimizer_that_another_model_took_is_refused(images):
    optimizer = optimizers.SGD(0.1)
    model = network(optimizer=optimizer)
    for _ in range(2):
        model.train_on_batch(images, LABELS)
    optimizer.trains = None
    network(optimizer=optimizer).train_on_batch(images, LABELS)
    with pytest.raises(ValueError, match="has trained another model"):
        model.train_on_batch(images, LABELS)


def test_only_plain_arrays_have_a_kind():
    assert Seen.kind("predict", [1.0]) is None
    seen = Seen()
    seen.keep(None, "nothing")
    assert seen.get(None) is None


def test_it_begins_anew_when_there_are_many():
    seen = Seen()
    for size in range(KEPT + 1):
        seen.keep(Seen.kind("predict", np.zeros(size)), size)
    assert seen.get(Seen.kind("predict", np.zeros(0))) is None
    assert seen.get(Seen.kind("predict", np.zeros(KEPT))) == KEPT
