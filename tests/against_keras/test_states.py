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


def counting(k):
    """Counts its calls by numbers alone, and starts anew each time it has been used."""

    class Counting(k.layers.Layer):
        def build(self, input_shape):
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")
            self.used = self.add_weight(shape=(), initializer="zeros", trainable=False, name="used")
            self.used.assign(2.0)

        def call(self, inputs):
            self.calls.assign_add(1.0)
            self.used.assign_sub(0.5)
            outputs = inputs + self.used + 0.1 * self.calls
            self.used.assign(2.0)
            return outputs

    return Counting()


def unit(k):
    """Weights that are scaled to length 1 before they are used, and trained all the same."""

    class Unit(k.layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], 2), initializer="ones", name="kernel")

        def call(self, inputs):
            length = k.ops.sqrt(k.ops.sum(k.ops.square(self.kernel), axis=0))
            self.kernel.assign(self.kernel / length)
            return k.ops.matmul(inputs, self.kernel)

    return Unit()


def clipped(k):
    """Weights that are clipped before they are used, and trained all the same."""

    class Clipped(k.layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], 2), initializer="ones", name="kernel")

        def call(self, inputs):
            self.kernel.assign(k.ops.clip(self.kernel, -0.5, 0.5))
            return k.ops.matmul(inputs, self.kernel)

    return Clipped()


@pytest.mark.parametrize("make", [summing, normalizing, shrinking, counting, unit, clipped])
def test_numbers_that_a_layer_keeps(keras, generator, make):
    x, y = generator.normal(size=(12, 4)).astype("float32"), generator.normal(size=(12, 1)).astype("float32")
    found = {}
    for k in (keras, convolith):
        inputs = k.Input((4,))
        hidden = k.layers.Dense(3, "tanh")(inputs)
        model = k.Model(inputs, k.layers.Dense(1)(make(k)(hidden)))
        model.compile("sgd", "mse")
        model.compute_output_shape((7, 4))
        if k is keras:
            start = model.get_weights()
        for own, theirs in zip(model.get_weights()[2:-2], start[2:-2], strict=True):  # the layer's, between two Dense
            np.testing.assert_array_equal(own, theirs)  # which nothing has run yet
        model.set_weights(start)
        logs = model.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0).history["loss"]
        found[k] = [logs, model.predict(x, batch_size=4, verbose=0), *model.get_weights()]
    assert [np.shape(one) for one in found[keras]] == [np.shape(one) for one in found[convolith]]
    for own, theirs in zip(found[convolith], found[keras], strict=True):
        np.testing.assert_allclose(own, theirs, rtol=BOUND, atol=BOUND)
