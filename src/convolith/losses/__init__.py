"""What training makes small: functions of labels and predictions that give one value a sample, and their means."""

from __future__ import annotations

from typing import Any

from convolith.losses.cross_entropy import (
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from convolith.losses.loss import REGISTRY, Loss, LossFunctionWrapper
from convolith.losses.regression import (
    MeanAbsoluteError,
    MeanSquaredError,
    mean_absolute_error,
    mean_squared_error,
)
from convolith.registry import custom_object_scope

__all__ = [
    "CategoricalCrossentropy", "Loss", "LossFunctionWrapper", "MeanAbsoluteError", "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "categorical_crossentropy", "deserialize", "get", "mean_absolute_error", "mean_squared_error", "serialize",
    "sparse_categorical_crossentropy",
]  # fmt: skip

_functions: list[Any] = [
    categorical_crossentropy,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_crossentropy,
]
_classes: list[Any] = [
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    LossFunctionWrapper,
]
REGISTRY.entries.update(
    {entry.__name__: entry for entry in _functions + _classes}
    | {"mse": mean_squared_error, "mae": mean_absolute_error},
)


def get(identifier: Any) -> Any:
    """Turn a name into a function, a configuration or class into a loss; functions and losses come back as they are.

    Raises:
        ValueError: the name is unknown, or it is neither.

    Example:
        >>> get("mse").__name__
        'mean_squared_error'
    """
    found = REGISTRY.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a loss must be a name, a Loss or a function (y_true, y_pred), got {identifier!r}")
    return found


def resolve(identifier: Any) -> Loss | None:
    """Return the loss that ``compile`` means by ``identifier``; None for None."""
    found = get(identifier)
    if found is None or isinstance(found, Loss):
        return found
    return LossFunctionWrapper(found, name=identifier if isinstance(identifier, str) else None)


def serialize(loss: Any) -> Any:
    """Return the name or configuration that ``get`` turns back into the loss."""
    return REGISTRY.serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a name or configuration back into a loss."""
    with custom_object_scope(custom_objects):
        return get(name)
