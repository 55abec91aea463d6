"""Subclasses that define predict_step, and what a model says of how it is run."""

import numpy as np
import pytest

from convolith import layers, ops
from convolith.models import Model
from convolith.utils import unpack_x_y_sample_weight


@pytest.fixture
def x(generator):
    return generator.normal(size=(10, 4)).astype("float32")


def network(kind):
    inputs = layers.Input((4,))
    return kind(inputs, layers.Dense(3, "softmax")(inputs))


class Labels(Model):
    def predict_step(self, data):
        x, _, _ = unpack_x_y_sample_weight(data)
        scores = self(x, training=False)
        return {"scores": scores, "class": ops.argmax(scores, axis=-1), "given": (x,)}


def test_what_it_returns_comes_out(x):
    model = network(Labels)
    for batch_size in (32, 4):
        found = model.predict(x, batch_size=batch_size, verbose=0)
        np.testing.assert_allclose(found["scores"], model(x), rtol=1e-6)
        np.testing.assert_array_equal(found["class"], model(x).argmax(axis=-1))
        np.testing.assert_array_equal(found["given"][0], x)
    batches = (x[start : start + 4] for start in (0, 4, 8))
    np.testing.assert_array_equal(model.predict(batches, verbose=0)["class"], found["class"])
    assert model.predict_on_batch(x[:2])["class"].shape == (2,)


def test_the_default_can_be_called(x):
    class Doubled(Model):
        def predict_step(self, data):
            return super().predict_step(data) * 2

    model = network(Doubled)
    for _ in range(2):
        np.testing.assert_allclose(model.predict(x, verbose=0), 2 * model(x), rtol=1e-6)


def test_what_it_must_return(x):
    class Summed(Model):
        def predict_step(self, data):
            return ops.sum(super().predict_step(data), axis=0)

    with pytest.raises(ValueError, match=r"predict_step must return arrays of 10 samples, got shape \(3,\)"):
        network(Summed).predict(x, verbose=0)


def test_how_it_is_run():
    model = network(Model)
    assert (model.run_eagerly, model.jit_compile, model.steps_per_execution) == (False, False, 1)
    model.compile("sgd", "mse", jit_compile=True, steps_per_execution=3)
    assert (model.run_eagerly, model.jit_compile, model.steps_per_execution) == (False, True, 3)
    model.compile("sgd", "mse", run_eagerly=True)
    assert (model.run_eagerly, model.jit_compile, model.steps_per_execution) == (True, False, 1)
    with pytest.raises(NotImplementedError, match="does not export to 'tf_saved_model'; save it as a .keras file"):
        model.export("somewhere")
    with pytest.raises(NotImplementedError, match="does not export to 'onnx'"):
        model.export("somewhere", format="onnx")


def test_losses_are_those_of_the_last_batch(x):
    class Adds(layers.Layer):
        def call(self, inputs):
            self.add_loss(ops.sum(inputs))
            return inputs

    inputs = layers.Input((4,))
    model = Model(inputs, layers.Dense(1, kernel_regularizer="l2")(Adds()(inputs)))
    assert len(model.losses) == 1
    model.compile("sgd", "mse")
    penalty = 0.01 * np.square(model.layers[-1].kernel.value).sum()
    model.evaluate(x, np.zeros(10), batch_size=4, verbose=0)
    np.testing.assert_allclose(model.losses, [x[8:].sum(), penalty], rtol=1e-5)
    model.fit(x, np.zeros(10), batch_size=5, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.losses[0], x[5:].sum(), rtol=1e-5)
    model(x)
    np.testing.assert_allclose(model.losses[0], x.sum(), rtol=1e-5)
