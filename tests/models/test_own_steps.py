"""Subclasses that define train_step, test_step or compute_loss: traced, and trained like any other."""

import numpy as np
import pytest

from convolith import Variable, callbacks, layers, metrics, ops
from convolith.models import Model
from convolith.utils import pack_x_y_sample_weight, unpack_x_y_sample_weight
from tests.models.two_dense_layers import network


@pytest.fixture
def data(generator):
    return generator.normal(size=(10, 4)).astype("float32"), generator.normal(size=(10, 2)).astype("float32")


class Spelled(Model):
    """What Model does, spelled out."""

    traces = 0

    def train_step(self, data):
        self.traces += 1
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        loss = self.compute_loss(x, y, self(x, training=True), sample_weight)
        self.optimizer.apply(self.compute_gradients(loss), self.trainable_weights)
        return {"loss": loss, "double": loss * 2}


class Absolute(Model):
    """Another loss than compile names, and what layers add."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        error = ops.mean(abs(y_pred - y))
        for loss in self.losses:
            error = error + loss
        return error * (2.0 if training else 1.0)


def twins(first, second, **compiled):
    models = network(first, **compiled), network(second, **compiled)
    models[1].set_weights(models[0].get_weights())
    return models


def assert_equal_weights(first, second):
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_step_spelled_out_is_the_step(data, weighted):
    first, second = twins(Spelled, Model)
    more = {"sample_weight": np.linspace(0, 1, 10)} if weighted else {}
    arguments = {"epochs": 3, "batch_size": 4, "shuffle": False, "verbose": 0, **more}
    last = []
    note = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: last.append(logs["loss"]))
    found = first.fit(*data, callbacks=[note], **arguments).history
    second.fit(*data, **arguments)
    assert list(found) == ["double", "loss"]
    assert found["loss"] == last[2::3]
    np.testing.assert_allclose(found["double"], 2 * np.array(found["loss"]), rtol=1e-6)
    assert_equal_weights(first, second)
    assert first.traces == 2  # the last batch is smaller
    assert first.evaluate(*data, verbose=0) == second.evaluate(*data, verbose=0)


def test_the_default_steps_can_be_called_by_a_subclass(data):
    class Called(Model):
        def train_step(self, data):
            return super().train_step(data)

        def test_step(self, data):
            return {"tested": super().test_step(data)["loss"]}

    first, second = twins(Called, Model)
    first.train_on_batch(*data)
    second.train_on_batch(*data)
    assert_equal_weights(first, second)
    assert first.evaluate(*data, verbose=0, return_dict=True) == pytest.approx(
        {"tested": second.evaluate(*data, verbose=0)}
    )
    history = first.fit(*data, validation_data=data, verbose=0).history
    assert list(history) == ["loss", "val_tested"]


def test_a_loss_of_its_own_with_metrics_of_compile(data):
    x, y = data
    model = network(Absolute, metrics=["mse"])
    error = np.abs(model(x) - y).mean()
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["loss"], error, rtol=1e-6)
    np.testing.assert_allclose(logs["mse"], np.square(model(x) - y).mean(), rtol=1e-6)
    np.testing.assert_allclose(model.train_on_batch(x, y)[0], 2 * error, rtol=1e-6)
    history = model.fit(x, y, epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_what_layers_add_is_among_its_losses(data):
    class Adds(layers.Layer):
        def call(self, inputs):
            self.add_loss(ops.mean(ops.square(inputs)))
            return inputs

    inputs = layers.Input((4,))
    model = Absolute(inputs, Adds()(layers.Dense(2, kernel_regularizer="l2")(inputs)))
    model.compile("sgd", "mse")
    x, y = data
    z, kernel = model(x), model.get_weights()[0]
    expected = np.abs(z - y).mean() + np.square(z).mean() + 0.01 * np.square(kernel).sum()
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), expected, rtol=1e-5)


def test_no_labels_are_needed(data):
    class Autoencoder(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(4)

        def call(self, inputs):
            return self.dense(inputs)

        def train_step(self, data):
            loss = ops.mean(ops.square(self(data, training=True) - data))  # there is nothing else
            gradients = self.compute_gradients(loss, [self.dense.kernel])
            self.optimizer.apply(gradients, [self.dense.kernel])
            return {"reconstruction": loss}

    model = Autoencoder()
    model.compile("sgd")
    history = model.fit(data[0], epochs=30, verbose=0).history["reconstruction"]
    assert history[-1] < history[0]
    assert (model.dense.bias.value == 0).all()


class Variables(Model):
    """Returns what variables hold: of the optimizer, of its own, of a metric."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.counter, self.seen = Variable(np.zeros((), np.int32), trainable=False), metrics.Sum(name="seen")

    def train_step(self, data):
        return {**super().train_step(data), "rate": self.optimizer.learning_rate}

    def test_step(self, data):
        self.seen.update_state(float(data[0].shape[0]))
        return {"counter": self.counter, "twice": self.counter * 2, "of": {"seen": self.seen.total}}


def test_variables_in_the_logs_are_those_of_now(data):
    model = network(Variables)
    rates = [0.25, 0.125, 0.5]
    follow = callbacks.LearningRateScheduler(lambda epoch: rates[epoch])
    history = model.fit(*data, epochs=3, batch_size=4, verbose=0, callbacks=[follow]).history
    assert history["rate"] == rates
    for count in (0, 3):
        model.counter.assign(count)
        found = model.evaluate(*data, batch_size=4, verbose=0, return_dict=True)
        assert found == {"counter": count, "twice": 2 * count, "seen": 10}
        assert all(type(value) is float for value in found.values())
    model.optimizer.learning_rate = 1.0
    assert model.train_on_batch(*data, return_dict=True)["rate"] == 1.0


@pytest.mark.parametrize("eagerly", [False, True])
def test_what_python_does_in_a_step(data, eagerly):
    """Once a shape of batches, or for each batch; numbers that variables are given are given for each batch anyway."""
    calls = []

    class Counting(Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.last, self.flag = (Variable(np.zeros((), "float32"), trainable=False) for _ in range(2))

        def train_step(self, data):
            calls.append("train")
            self.last.assign(float(len(calls)))
            self.flag.assign_add(1)
            logs = super().train_step(data) | {"flag": self.flag}
            self.flag.assign(5.0)
            return logs

        def test_step(self, data):
            calls.append("test")
            return super().test_step(data)

        def predict_step(self, data):
            calls.append("predict")
            return super().predict_step(data)

    model = network(Counting, run_eagerly=eagerly)
    model.fit(*data, batch_size=4, epochs=2, verbose=0)  # of 4, 4 and 2 samples
    assert calls == ["train"] * (6 if eagerly else 2)
    assert float(model.last) == (6 if eagerly else 2)  # the last batch is of the second shape
    for _ in range(2):
        model.flag.assign(7.0)
        assert model.train_on_batch(*data, return_dict=True)["flag"] == 5
    assert float(model.flag) == 5
    calls.clear()
    for _ in range(2):
        model.evaluate(*data, verbose=0)
        model.predict(data[0], verbose=0)
    assert calls == ["test", "predict"] * (2 if eagerly else 1)


def test_a_layer_that_is_traced_for_each_batch(data):
    """Its Python numbers count each time; the results are those of a step that is traced once."""
    found = []
    for eagerly in (False, True):
        calls = []
        remember = layers.Lambda(lambda x, calls=calls: calls.append(0) or x * float(len(calls) > 0))
        inputs = layers.Input((4,))
        model = Model(inputs, layers.Dense(2, kernel_initializer="ones")(remember(inputs)))
        model.compile("sgd", "mse", run_eagerly=eagerly)
        calls.clear()
        history = model.fit(*data, batch_size=5, epochs=3, shuffle=False, verbose=0).history
        predicted = [model.predict(data[0], verbose=0) for _ in range(2)]
        found.append((history, [one.tolist() for one in predicted], len(calls)))
    assert found[0][:2] == found[1][:2]
    assert (found[0][2], found[1][2]) == (2, 8)


def test_several_outputs_come_as_the_model_returns_them(data):
    seen = {}

    class Two(Model):
        def train_step(self, data):
            x, y = data
            seen.update(y)
            return {"loss": self.compute_loss(x, y, self(x, training=True))}

    inputs = layers.Input((4,))
    model = Two(inputs, {"a": layers.Dense(2)(inputs), "b": layers.Dense(1)(inputs)})
    model.compile("sgd", {"a": "mse", "b": "mae"})
    model.train_on_batch(data[0], {"b": np.zeros((10, 1)), "a": data[1]})
    assert {name: tensor.shape for name, tensor in seen.items()} == {"a": (10, 2), "b": (10, 1)}


def test_what_a_step_must_return(data):
    def returning(value):
        return type("Mine", (Model,), {"train_step": lambda self, data: value})

    with pytest.raises(TypeError, match="train_step must return a dict of numbers by name, got 3"):
        network(returning(3)).fit(*data, verbose=0)
    for several in (np.zeros(2), Variable(np.zeros(2))):
        with pytest.raises(ValueError, match=r"train_step must return single numbers, got \(2,\) for 'a'"):
            network(returning({"a": several})).fit(*data, verbose=0)
    with pytest.raises(ValueError, match="m: compute_loss needs compile"):
        Model(name="m").compute_loss(y_pred=np.zeros(2))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_step_gets_as_many_parts_as_fit_was_given(data, weighted):
    seen = []

    class Counting(Model):
        def train_step(self, data):
            seen.append(len(data))
            return super().train_step(data)

        def test_step(self, data):
            seen.append(len(data))
            return super().test_step(data)

    model = network(Counting)
    more = {"sample_weight": np.ones(10)} if weighted else {}
    model.fit(*data, verbose=0, **more)
    model.evaluate(*data, verbose=0, **more)
    assert set(seen) == {3 if weighted else 2}


def test_the_parts_are_keras_s(keras):
    for parts in [(1,), ([1],), (1, 2), (1, 2, 3), ((1, 4), 2)]:
        packed = pack_x_y_sample_weight(*parts)
        assert packed == keras.utils.pack_x_y_sample_weight(*parts)
        assert unpack_x_y_sample_weight(packed) == keras.utils.unpack_x_y_sample_weight(packed)
    for wrong in ((), (1, 2, 3, 4)):
        with pytest.raises(ValueError, match="data must be x, .* got . parts"):
            unpack_x_y_sample_weight(wrong)
