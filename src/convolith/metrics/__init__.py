"""What ``compile(metrics=...)`` takes: running values over an epoch, computed with NumPy from a batch's predictions."""

from __future__ import annotations

from typing import Any

from convolith.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
)
from convolith.metrics.metric import REGISTRY, Mean, MeanMetricWrapper, Metric
from convolith.metrics.regression import MeanAbsoluteError, MeanSquaredError
from convolith.registry import custom_object_scope, snake_case

__all__ = [
    "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "Mean", "MeanAbsoluteError", "MeanMetricWrapper",
    "MeanSquaredError", "Metric", "SparseCategoricalAccuracy",
    "binary_accuracy", "categorical_accuracy", "deserialize", "get", "serialize", "sparse_categorical_accuracy",
]  # fmt: skip

_classes: list[Any] = [
    Accuracy, BinaryAccuracy, CategoricalAccuracy, Mean, MeanAbsoluteError, MeanSquaredError, SparseCategoricalAccuracy,
]  # fmt: skip
REGISTRY.entries.update(
    {snake_case(entry.__name__): entry for entry in _classes}
    | {"MeanMetricWrapper": MeanMetricWrapper, "mse": MeanSquaredError, "mae": MeanAbsoluteError},
)


def get(identifier: Any) -> Any:
    """Turn a name, a configuration or a class into a metric; functions and metrics are returned as they are.

    Raises:
        ValueError: the name is unknown.

    Example:
        >>> get("mse").name
        'mean_squared_error'
    """
    return REGISTRY.get(identifier)


def resolve(identifier: Any, y_true_shape: tuple[Any, ...], y_pred_shape: tuple[Any, ...]) -> Metric:
    """Return the metric that ``compile`` means by ``identifier``; "accuracy" depends on the two shapes, as in Keras."""
    found: Any
    if isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc"):
        sparse = len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1 < y_pred_shape[-1]
        family = SparseCategoricalAccuracy if sparse else CategoricalAccuracy
        found = BinaryAccuracy() if y_pred_shape[-1] == 1 else family()
    else:
        found = get(identifier)
    if not isinstance(found, Metric):
        if not callable(found):
            raise ValueError(f"a metric must be a name, a Metric or a function (y_true, y_pred), got {identifier!r}")
        found = MeanMetricWrapper(found)
    if isinstance(identifier, str):
        found.name = identifier
    return found


def serialize(metric: Any) -> Any:
    """Return the configuration that ``get`` turns back into the metric."""
    return REGISTRY.serialize(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a configuration back into a metric."""
    with custom_object_scope(custom_objects):
        return REGISTRY.get(config)
