"""Layers of a user's own that keep numbers from call to call, as Keras's guides write them."""

import numpy as np
import pytest

import convolith

BOUND = 2e-5


def summing(k):
    """The sum of all that it has seen, which its outputs have a part in."""

    class Summing(k.layers.Layer):
        def build(self, input_shape):
            self.total = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False, name="total")
            self.seen = self.add_weight(shape=(), initializer="zeros", dtype="int32", trainable=False, name="seen")

        def call(self, inputs):
            self.total.assign_add(k.ops.sum(inputs, axis=0))
            self.seen.assign_add(k.ops.cast(k.ops.sum(k.ops.ones_like(inputs[:, 0])), "int32"))
            return inputs + 0.01 * self.total

    return Summing()


def normalizing(k):
    """Batch normalization by hand."""

    class Normalizing(k.layers.Layer):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
            self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False, name="mean")

        def call(self, inputs, training=False):
            mean = self.mean
            if training:
                mean = k.ops.mean(inputs, axis=0)
                self.mean.assign(0.9 * self.mean + 0.1 * mean)
            return self.scale * (inputs - mean)

    return Normalizing()


def shrinking(k):
    """Forgets by subtracting, and reads what it has just written."""

    class Shrinking(k.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.level = k.Variable([1.0, 2.0, 3.0], trainable=False, name="level")

        def call(self, inputs):
            self.level.assign_sub(0.1 * self.level)
            self.level.assign(k.ops.maximum(self.level, 0.5))
            return inputs * self.level

    return Shrinking()


@pytest.mark.parametrize("make", [summing, normalizing, shrinking])
def test_numbers_that_a_layer_keeps(keras, generator, make):
    x, y = generator.normal(size=(12, 4)).astype("float32"), generator.normal(size=(12, 1)).astype("float32")
    found = {}
    for k in (keras, convolith):
        inputs = k.Input((4,))
        hidden = k.layers.Dense(3, "tanh")(inputs)
        model = k.Model(inputs, k.layers.Dense(1)(make(k)(hidden)))
        model.compile("sgd", "mse")
        if k is keras:
            start = model.get_weights()
        model.set_weights(start)
        logs = model.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0).history["loss"]
        found[k] = [logs, model.predict(x, batch_size=4, verbose=0), *model.get_weights()]
    assert [np.shape(one) for one in found[keras]] == [np.shape(one) for one in found[convolith]]
    for own, theirs in zip(found[convolith], found[keras], strict=True):
        np.testing.assert_allclose(own, theirs, rtol=BOUND, atol=BOUND)
