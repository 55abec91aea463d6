"""A model that is dropped gives its memory back at once, and a copy of a model is a model of its own."""

import copy
import gc
import weakref

import numpy as np
import pytest

from convolith import layers, optimizers
from convolith.models import Model, Sequential

X = np.random.default_rng(0).random((8, 4), np.float32)
Y = np.arange(8) % 3


def sequential():
    return Sequential([layers.Input((4,)), layers.Dense(5, "relu"), layers.Dropout(0.5), layers.Dense(3, "softmax")])


def functional():
    inputs = layers.Input((4,))
    x = layers.Dense(5)(inputs)
    return Model(inputs, layers.Dense(3, "softmax")(layers.Dropout(0.5)(x) + x * 0.5))


class Own(Model):
    def __init__(self):
        super().__init__()
        self.all = [layers.Dense(5), layers.Dropout(0.5), layers.Dense(3, "softmax")]

    def call(self, inputs):
        for layer in self.all:
            inputs = layer(inputs)
        return inputs


KINDS = pytest.mark.parametrize("make", [sequential, functional, Own])


def trained(make):
    model = make()
    model.compile(optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, model.fit(X, Y, batch_size=4, epochs=2, verbose=0)


@KINDS
def test_a_dropped_model_and_its_arena_go_without_the_collector(make):
    gc.disable()
    try:
        model, history = trained(make)
        model.predict(X, verbose=0)
        assert history.model is model
        dropped = weakref.ref(model), weakref.ref(model.planner.arena)
        del model
        assert [reference() for reference in dropped] == [None, None]
        assert history.model is None
        assert len(history.history["loss"]) == 2
    finally:
        gc.enable()


@KINDS
def test_a_copy_computes_and_trains_the_same_and_shares_nothing(make):
    model, _ = trained(make)
    other = copy.deepcopy(model)
    assert other.planner.model is other
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    before = model.get_weights()
    after = other.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history
    for one, weight in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, weight)
    assert model.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history == after
    for one, weight in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, weight)
    assert copy.deepcopy(make()).optimizer is None


def test_an_optimizer_trains_one_model():
    model, _ = trained(sequential)
    other = functional()
    other.compile(model.optimizer, loss="sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="has trained the model 'sequential.*an optimizer of its own"):
        other.fit(X, Y, verbose=0)
    assert other.evaluate(X, Y, verbose=0) > 0
    model.compile(model.optimizer, loss="sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    model.pop()
    model.add(layers.Dense(3, "softmax"))
    model.fit(X, Y, verbose=0)
    optimizer = model.optimizer
    del model
    gc.collect()
    with pytest.raises(ValueError, match="has trained another model"):
        other.train_on_batch(X, Y)
    assert optimizer.built
