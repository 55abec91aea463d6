"""What layers, regularizers and constraints add to training beside the loss that compile names."""

import numpy as np
import pytest

from convolith import layers, ops
from convolith.models import Model, Sequential


class Adds(layers.Layer):
    """Adds the mean square of its inputs, times a factor, and a term of two numbers."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs, training=None):
        self.add_loss(ops.mean(ops.square(inputs)) * self.factor)
        if training:
            self.add_loss(np.array([1.0, 2.0], "float32"))
        return inputs


def square(weight):
    return ops.sum(ops.square(weight)) * 0.5


def tenth(outputs):
    return ops.sum(outputs) * 0.1


def above_zero(weight):
    return ops.maximum(weight, 0.0)


@pytest.fixture
def data(generator):
    return generator.normal(size=(6, 4)).astype("float32"), generator.normal(size=(6, 2)).astype("float32")


def test_what_a_layer_adds_counts_in_training_and_in_testing(data):
    x, y = data
    model = Sequential([layers.Input((4,)), layers.Dense(2), Adds(3.0)])
    model.compile("sgd", "mse")
    z = model(x)
    expected = np.square(z - y).mean() + 3 * np.square(z).mean()
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), expected, rtol=1e-6)
    np.testing.assert_allclose(model.train_on_batch(x, y), expected + 3, rtol=1e-6)


def test_losses_of_the_last_call(data):
    inner = Adds()
    model = Sequential([layers.Input((4,)), inner, Adds(2.0), layers.Dense(2, kernel_regularizer=square)])
    model(data[0])
    mean = np.square(data[0]).mean()
    np.testing.assert_allclose(
        model.losses, [mean, 2 * mean, 0.5 * np.square(model.layers[-1].kernel.value).sum()], rtol=1e-6
    )
    model(2 * data[0])
    np.testing.assert_allclose(model.losses[:2], [4 * mean, 8 * mean], rtol=1e-6)
    inner(data[0], training=True)
    assert len(inner.losses) == 2


def test_a_model_may_have_no_other_loss_and_no_labels(data):
    model = Sequential([layers.Input((4,)), layers.Dense(2, use_bias=False), Adds()])
    model.compile("sgd")
    first = model.fit(data[0], epochs=20, batch_size=3, verbose=0).history["loss"]
    assert first[-1] < first[0]
    assert list(model.evaluate(data[0], verbose=0, return_dict=True)) == ["loss"]


def test_there_must_be_some_loss(data):
    model = Sequential([layers.Input((4,)), layers.Dense(2)])
    model.compile("sgd")
    with pytest.raises(ValueError, match="there is no loss to compute: give compile"):
        model.fit(*data, verbose=0)


def test_regularizers_count_while_their_weights_are_trained(data):
    x, y = data
    dense = layers.Dense(2, kernel_regularizer=square, bias_regularizer=square, bias_initializer="ones")
    model = Sequential([layers.Input((4,)), dense])
    model.compile("sgd", "mse")
    plain = np.square(model(x) - y).mean()
    added = 0.5 * np.square(dense.kernel.value).sum() + 0.5 * 2
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), plain + added, rtol=1e-6)
    dense.trainable = False
    model.compile("sgd", "mse")
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), plain, rtol=1e-6)
    assert model.losses == []


def test_the_gradient_of_a_regularizer_is_followed(data):
    x, y = data
    dense = layers.Dense(2, kernel_regularizer=square)
    model = Sequential([layers.Input((4,)), dense])
    model.compile("sgd", "mse")  # learning rate 0.01
    kernel, bias = model.get_weights()
    slope = x.T @ (x @ kernel + bias - y) * 2 / y.size + kernel
    model.train_on_batch(x, y)
    np.testing.assert_allclose(dense.kernel.value, kernel - 0.01 * slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "make", [lambda **more: layers.Dense(2, **more), lambda **more: layers.Activation("relu", **more)]
)
def test_activities_count_by_sample(data, make):
    layer = make(activity_regularizer=tenth)
    model = Sequential([layers.Input((4,)), layer])
    model.compile("sgd", "mse")
    z = model(data[0])
    np.testing.assert_allclose(model.losses, [0.1 * z.sum() / 6], rtol=1e-5)
    np.testing.assert_allclose(
        model.evaluate(data[0], np.zeros(z.shape), verbose=0), np.square(z).mean() + 0.1 * z.sum() / 6, rtol=1e-5
    )


def test_a_constraint_holds_after_every_step(data):
    x, y = data
    free = layers.Dense(2, kernel_constraint=above_zero, bias_constraint=lambda bias: bias * 0.0 + 0.25)
    model, twin = Sequential([layers.Input((4,)), free]), Sequential([layers.Input((4,)), layers.Dense(2)])
    twin.set_weights(model.get_weights())
    for one in (model, twin):
        one.compile("sgd", "mse")
        one.train_on_batch(x, y)
    np.testing.assert_array_equal(free.kernel.value, np.maximum(twin.get_weights()[0], 0))
    assert free.bias.numpy().tolist() == [0.25, 0.25]


def test_a_constraint_that_changes_the_shape(data):
    model = Sequential([layers.Input((4,)), layers.Dense(2, kernel_constraint=lambda kernel: kernel[:1])])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"must give the variable's shape \(4, 2\), got \(1, 2\)"):
        model.train_on_batch(*data)


def test_a_subclassed_model_adds_losses_of_its_own(data):
    class Net(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, inputs):
            z = self.dense(inputs)
            self.add_loss([ops.mean(z), ops.mean(z)])
            return z

    model = Net()
    model.compile("sgd", "mse")
    x, y = data
    loss = model.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(loss, np.square(model(x) - y).mean() + 2 * model(x).mean(), rtol=1e-5)


def test_refusals_of_add_loss():
    layer = Adds(name="a")
    with pytest.raises(ValueError, match="Adds 'a': add_loss can only be used within call"):
        layer.add_loss(np.ones(()))
    bad = layers.Lambda(lambda x: layer.add_loss("much") or x)
    with pytest.raises(TypeError, match="Adds 'a': add_loss expects a tensor or an array, got 'much' of type str"):
        bad(np.ones((1, 2)))
