"""Metrics: running values worked out by hand."""

import numpy as np
import pytest

from convolith import metrics

PREDICTIONS = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])


@pytest.mark.parametrize(
    ("metric", "y_true", "y_pred", "expected"),
    [
        (metrics.Accuracy(), [1, 2, 3, 4], [0, 2, 3, 4], 0.75),
        (metrics.Accuracy(), [[1], [2]], [[1], [3]], 0.5),
        (metrics.BinaryAccuracy(), [1, 1, 0, 0], [0.98, 1, 0, 0.6], 0.75),
        (metrics.BinaryAccuracy(), [1, 0], [[0.9], [0.8]], 0.5),
        (metrics.BinaryAccuracy(threshold=0.85), [1, 0], [[0.9], [0.8]], 1.0),
        (metrics.CategoricalAccuracy(), np.eye(3), PREDICTIONS, 1 / 3),
        (metrics.SparseCategoricalAccuracy(), [1, 0, 0], PREDICTIONS, 2 / 3),
        (metrics.SparseCategoricalAccuracy(), [[1], [0], [0]], PREDICTIONS, 2 / 3),
        (metrics.SparseCategoricalAccuracy(), [[1, 0]], [PREDICTIONS[:2]], 1.0),
        (metrics.MeanSquaredError(), [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]], 0.5),
        (metrics.MeanAbsoluteError(), [0.0, 1.0], [[2.0], [2.0]], 1.5),
    ],
)
def test_values(metric, y_true, y_pred, expected):
    metric.update_state(np.asarray(y_true), np.asarray(y_pred))
    assert metric.result() == pytest.approx(expected)


def test_batches_are_weighted_by_their_samples_and_reset():
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state([1, 0], PREDICTIONS[:2])
    metric.update_state([0], PREDICTIONS[2:])
    assert metric.result() == pytest.approx(2 / 3)
    metric.reset_state()
    assert metric.result() == 0
    assert metric([1], PREDICTIONS[:1]) == 1


def test_weights_of_samples():
    metric = metrics.Accuracy()
    metric.update_state([1, 2, 3, 4], [0, 2, 3, 4], sample_weight=[1, 1, 0, 0])
    assert metric.result() == 0.5
    mean = metrics.Mean()
    mean.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    assert mean.result() == 2
    mean.update_state([[4.0, 8.0]])
    assert mean.result() == pytest.approx((1 + 3 + 6) / 3)


def test_functions_are_averaged():
    metric = metrics.MeanMetricWrapper(lambda y_true, y_pred, scale: abs(y_true - y_pred) * scale, name="far", scale=2)
    metric.update_state([1.0, 2.0], [2.0, 4.0])
    assert metric.result() == 3


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ((8,), (None, 10), metrics.SparseCategoricalAccuracy),
        ((8, 1), (None, 10), metrics.SparseCategoricalAccuracy),
        ((8, 10), (None, 10), metrics.CategoricalAccuracy),
        ((8, 1), (None, 1), metrics.BinaryAccuracy),
        ((8,), (None, 1), metrics.BinaryAccuracy),
        ((8, 4, 4), (None, 4, 4, 3), metrics.SparseCategoricalAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy"])
def test_accuracy_means_what_the_shapes_say(name, y_true, y_pred, expected):
    metric = metrics.resolve(name, y_true, y_pred)
    assert type(metric) is expected
    assert metric.name == name


def test_get_and_names():
    assert type(metrics.get("sparse_categorical_accuracy")) is metrics.SparseCategoricalAccuracy
    assert type(metrics.get("mae")) is metrics.MeanAbsoluteError
    assert metrics.resolve("mse", (1,), (1,)).name == "mse"
    assert metrics.resolve(metrics.Mean, (1,), (1,)).name == "mean"
    assert repr(metrics.Mean()) == "<Mean name=mean>"


@pytest.mark.parametrize(
    "metric",
    [
        metrics.Mean(name="m"),
        metrics.BinaryAccuracy(threshold=0.3),
        metrics.SparseCategoricalAccuracy(name="right"),
        metrics.MeanMetricWrapper(np.hypot, name="distance"),
    ],
    ids=lambda metric: metric.name,
)
def test_the_configuration_makes_an_equal_metric(metric):
    again = metrics.deserialize(metrics.serialize(metric), custom_objects={"hypot": np.hypot})
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: metrics.BinaryAccuracy(threshold=1.5), r"BinaryAccuracy: threshold must be in \(0, 1\), got 1.5"),
        (lambda: metrics.get("magic"), "unknown metric 'magic'"),
        (lambda: metrics.resolve(3, (1,), (1,)), "a metric must be a name, a Metric or a function"),
        (lambda: metrics.Metric().update_state(), "metric Metric must define update_state"),
        (lambda: metrics.Metric().result(), "metric Metric must define result"),
        (lambda: metrics.Metric().reset_state(), "metric Metric must define reset_state"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        act()
