"""Metrics that a step, a loss or a layer of the user's own updates: traced, and done at each run."""

import itertools
import math
import operator

import numpy as np
import pytest

from convolith import Variable, layers, metrics, ops, vjp
from convolith.metrics.within_step import MetricResult
from convolith.models import Model, Sequential
from tests.models.two_dense_layers import network

EPOCHS = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}


@pytest.fixture
def data(generator):
    return generator.normal(size=(10, 4)).astype("float32"), generator.normal(size=(10, 2)).astype("float32")


def twins(kind, **compiled):
    models = network(kind, **compiled), network(Model, **compiled)
    models[1].set_weights(models[0].get_weights())
    return models


def assert_same(first, second, data, **arguments):
    arguments = {"validation_data": data, **EPOCHS, **arguments}
    found, expected = (model.fit(*data, **arguments).history for model in (first, second))
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6, err_msg=name)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(first.evaluate(*data, verbose=0), second.evaluate(*data, verbose=0), rtol=1e-6)


class Loops(Model):
    """Goes through its metrics, as Keras's guide shows."""

    def train_step(self, data):
        x, y, *weights = data
        predictions = self(x, training=True)
        loss = self.compute_loss(y=y, y_pred=predictions, sample_weight=weights[0] if weights else None)
        self.optimizer.apply(self.compute_gradients(loss), self.trainable_weights)
        return self.updated(y, predictions, loss, *weights)

    def test_step(self, data):
        x, y, *weights = data
        predictions = self(x, training=False)
        return self.updated(y, predictions, self.compute_loss(y=y, y_pred=predictions), *weights)

    def updated(self, y, predictions, loss, *weights):
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss, sample_weight=y.shape[0])
            else:
                metric.update_state(y, predictions, *weights)
        return {metric.name: metric.result() for metric in self.metrics}


class Computes(Model):
    """Leaves the metrics to what Model has."""

    def train_step(self, data):
        return super().train_step(data)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y, y_pred, sample_weight)


@pytest.mark.parametrize("kind", [Loops, Computes])
@pytest.mark.parametrize("weighted", [False, True])
def test_metrics_of_compile(data, kind, weighted):
    first, second = twins(kind, metrics=["mae", metrics.R2Score()], weighted_metrics=["mse", "mae"])
    assert_same(first, second, data, **({"sample_weight": np.linspace(0.1, 1, 10)} if weighted else {}))


def test_several_outputs_in_a_step(data):
    def two(kind):
        inputs = layers.Input((4,))
        first = layers.Dense(2, name="a", kernel_initializer="ones")(inputs)
        model = kind(inputs, {"a": first, "b": layers.Dense(1, kernel_initializer="ones", name="b")(first)})
        model.compile("sgd", {"a": "mse", "b": "mae"}, metrics={"a": ["mae"], "b": ["mse", "mae"]})
        return model

    labels = {"a": data[1], "b": data[1][:, :1]}
    assert_same(two(Computes), two(Model), (data[0], labels))


class Tracks(Model):
    """Has metrics of its own alone."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tracker = metrics.Mean(name="loss")
        self.far = metrics.MeanAbsoluteError(name="far")

    def test_step(self, data):
        x, y = data
        predictions = self(x, training=False)
        self.tracker.update_state(ops.mean(ops.square(predictions - y)), sample_weight=y.shape[0])
        return {"loss": self.tracker.result(), "far": self.far(y, predictions)}

    @property
    def metrics(self):
        return [self.tracker, self.far]


def test_metrics_that_the_model_names(data):
    x, y = data
    model = network(Tracks, loss=None)
    expected = {"far": np.abs(model(x) - y).mean(), "loss": np.square(model(x) - y).mean()}
    for _ in range(2):  # the second time they start again
        found = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
        assert found == pytest.approx(expected, rel=1e-6)
    assert list(found) == ["far", "loss"]
    assert [float(variable) for variable in model.tracker.variables] == pytest.approx([10 * expected["loss"], 10])


def test_a_metric_of_the_user_s_own_with_a_dict_as_its_result(data):
    class Both(metrics.Metric):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.total, self.count = self.add_variable(name="total"), self.add_weight(name="count", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            assert isinstance(y_pred, np.ndarray)
            self.total.assign_add(ops.sum(abs(y_true - y_pred)))
            self.count.assign_add(y_true.shape[0])

        def result(self):
            return {"far": self.total / self.count, "seen": self.count}

    class Uses(Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.both = Both(name="both")

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            self.both.update_state(y, y_pred)
            return {**super().compute_metrics(x, y, y_pred, sample_weight), **self.get_metrics_result()}

    x, y = data
    model = network(Uses, metrics=["mae"])
    assert [metric.name for metric in model.metrics] == ["loss", "compile_metrics", "both"]
    found = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    assert list(found) == ["far", "loss", "mae", "seen"]
    assert found["far"] == pytest.approx(2 * found["mae"])
    assert found["seen"] == 10


def test_a_metric_within_a_loss(data):
    class Watched(Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.largest = metrics.Sum(name="errors")

        def compute_loss(self, x, y, y_pred, sample_weight):  # without `training`, as before Keras 3.3
            loss = super().compute_loss(x, y, y_pred, sample_weight)
            self.largest.update_state(abs(y_pred - y))
            return loss

    model = network(Watched)
    error = np.abs(model(data[0]) - data[1]).sum()
    for batch_size in (10, 4, 10):
        found = model.evaluate(*data, batch_size=batch_size, verbose=0, return_dict=True)
        assert found["errors"] == pytest.approx(error, rel=1e-6)


class Watching(layers.Layer):
    """Reports the mean of what goes through."""

    def __init__(self):
        super().__init__()
        self.mean = metrics.Mean(name="activity")

    def call(self, inputs):
        self.mean.update_state(inputs)
        return inputs


def test_a_metric_within_a_layer(data):
    x, y = data
    watching = Watching()
    model = Sequential([layers.Input((4,)), watching, layers.Dense(2)])
    assert float(watching.mean.count) == 0
    model.compile("sgd", "mse", metrics=["mae"])
    assert watching.metrics == [watching.mean]
    assert [metric.name for metric in model.metrics] == ["loss", "compile_metrics", "activity"]
    assert len(model.weights) == 2  # none of the metric's
    history = model.fit(x, y, validation_data=(x[:5], y[:5]), **EPOCHS).history
    np.testing.assert_allclose(history["activity"], [x.mean()] * 2, rtol=1e-5)
    np.testing.assert_allclose(history["val_activity"], [x[:5].mean()] * 2, rtol=1e-5)
    assert list(model.evaluate(x, y, verbose=0, return_dict=True)) == ["activity", "loss", "mae"]
    before = float(watching.mean.count)
    model.predict(x, verbose=0)
    model(x)
    assert float(watching.mean.count) == before + 20
    outer = Sequential([layers.Input((4,)), model])
    assert outer.metrics == [watching.mean]


def test_the_order_of_what_is_done_with_a_metric_stays(data):
    class Last(Tracks):
        def test_step(self, data):
            self.tracker.update_state(1000.0)
            self.tracker.reset_state()
            return super().test_step(data)

    model = network(Last, loss=None)
    x, y = data
    last = np.square(model(x[8:]) - y[8:]).mean()
    assert model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)["loss"] == pytest.approx(last, rel=1e-6)


def test_what_a_step_cannot_do_with_a_metric(data):
    class Computing(Tracks):
        def test_step(self, data):
            logs = super().test_step(data)
            return {"loss": self.operation(logs["loss"])}

    both = (
        operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, divmod,
        operator.pow, operator.matmul, operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift,
        operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge,
    )  # fmt: skip
    alone = (
        operator.neg, operator.pos, operator.abs, operator.invert, operator.index, operator.not_, float, int, complex,
        bool, round, math.trunc, math.floor, math.ceil, len, list, np.asarray, ops.sqrt, "{:.2f}".format,
        lambda r: r[0], lambda r: 2 in r,
    )  # fmt: skip
    result = MetricResult(metrics.Mean(name="loss"))
    refused = pytest.raises(TypeError, match="the result of metric loss is not known while a step is traced")
    for operation in both:
        for pair in ((result, 2), (2, result)):
            with refused:
                operation(*pair)
    for operation in alone:
        with refused:
            operation(result)
    assert f"{result}" == "<MetricResult loss>"
    assert len({result, result}) == 1
    operations = [lambda r: r * 2, lambda r: 1.0 if r == 1.0 else 0.0]
    for operation in operations:
        Computing.operation = staticmethod(operation)
        with pytest.raises(TypeError, match="the result of metric loss is not known while a step is traced"):
            network(Computing, loss=None).evaluate(*data, verbose=0)
    assert repr(metrics.Mean(name="m")) == "<Mean name=m>"


class Collecting(metrics.Metric):
    """Keeps what it is given, for what can only be told of all."""

    def __init__(self, name="collecting"):
        super().__init__(name=name)
        self.seen = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.seen.append((np.asarray(y_true), np.asarray(y_pred)))

    def reset_state(self):
        self.seen.clear()

    def result(self):
        return 0.0


class Collects(Model):
    """Leaves the collecting to its test step."""

    def test_step(self, data):
        x, y = data
        self.collecting.update_state(y, self(x, training=False))
        return {"collecting": self.collecting.result()}


@pytest.mark.parametrize("way", ["step", "compile", "function"])
def test_a_metric_of_the_user_s_own_may_keep_what_it_gets(data, way):
    collecting = Collecting()

    def collect(y_true, y_pred):
        collecting.update_state(y_true, y_pred)
        return np.zeros(len(y_true))

    wanted = {"step": None, "compile": [collecting], "function": [collect]}[way]
    model = network(Collects if way == "step" else Model, metrics=wanted)
    model.collecting = collecting
    model.evaluate(*data, batch_size=2, verbose=0)
    labels, predictions = (np.concatenate(parts) for parts in zip(*collecting.seen, strict=True))
    np.testing.assert_array_equal(labels, data[1])
    np.testing.assert_allclose(predictions, model.predict(data[0], verbose=0), rtol=1e-5, atol=1e-6)
    assert not any(np.shares_memory(one[1], other[1]) for one, other in itertools.pairwise(collecting.seen))


def test_a_metric_whose_methods_come_from_a_mixin(data):
    class Mixin:
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(np.sum(y_pred))

        def result(self):
            return self.total.numpy()

    class Mixed(Mixin, metrics.Metric):
        def __init__(self):
            super().__init__(name="collecting")
            self.total = self.add_variable(name="total")

    model = network(Collects)
    model.collecting = Mixed()
    expected = model.predict(data[0], verbose=0).sum()
    found = model.evaluate(*data, batch_size=4, verbose=0, return_dict=True)
    assert found == {"collecting": pytest.approx(expected, rel=1e-5)}


def test_tensors_without_values_outside_of_all_that_is_traced():
    tracker = metrics.Mean(name="tracker")
    with pytest.raises(TypeError, match=r"metric tracker: update_state needs values, got <Tensor.*outside of a step"):
        tracker.update_state(layers.Input((3,)))
    tracker.update_state(Variable(np.ones(2)))
    assert tracker.result() == 1.0


def test_a_function_that_is_differentiated_updates_a_metric_once():
    seen = metrics.Sum()

    def function(x):
        seen.update_state(x)
        return ops.sum(x * x)

    value, pullback = vjp(function, np.array([1.0, 2.0]))
    assert (float(value), pullback(1.0)[0].tolist(), seen.result()) == (5.0, [2.0, 4.0], 3.0)


def test_models_of_steps_alone(data):
    class Pair(Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(3), layers.Dense(2)
            self.error = metrics.MeanSquaredError(name="error")

        def train_step(self, data):
            x, y, weights = data
            predictions = self.second(self.first(x))
            loss = self.compute_loss(y=y, y_pred=predictions, sample_weight=weights)
            self.optimizer.apply(self.compute_gradients(loss), self.trainable_weights)
            self.error.update_state(y, predictions, weights)
            return self.get_metrics_result()

    model = Pair()
    model.compile("adam", "mse")
    history = model.fit(*data, sample_weight=np.ones(10), epochs=30, verbose=0).history
    assert history["error"][-1] < history["error"][0]
    assert len(model.optimizer.variables) > 8
    with pytest.raises(ValueError, match="fit: all arrays must have the same number of samples, got .10, 9"):
        model.fit(data[0], data[1][:9])
    with pytest.raises(ValueError, match="fit: class_weight is for models with one output"):
        model.fit(*data, class_weight={0: 1})
    with pytest.raises(NotImplementedError, match=r"must define call\(inputs\)"):
        model.predict(data[0])


def test_metrics_of_compile_before_labels_were_seen():
    model = network(Model, metrics=["accuracy"])
    with pytest.raises(ValueError, match="compile_metrics: what the metrics are is known when"):
        model.metrics[1].result()
    assert model.get_metrics_result() == {"loss": 0.0}
    with pytest.raises(
        ValueError, match=r"update_state needs labels and predictions of the outputs \['dense.*got 2 and 1"
    ):
        model.metrics[1].update_state([np.zeros(1), np.zeros(1)], np.zeros(1))
