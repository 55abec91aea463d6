"""What training makes small: functions of labels and predictions that give one value a sample, and their means."""

from __future__ import annotations

from typing import Any

from convolith.losses.binary_cross_entropy import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    binary_crossentropy,
    binary_focal_crossentropy,
)
from convolith.losses.cross_entropy import (
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)
from convolith.losses.focal import CategoricalFocalCrossentropy, categorical_focal_crossentropy
from convolith.losses.hinge import CategoricalHinge, Hinge, SquaredHinge, categorical_hinge, hinge, squared_hinge
from convolith.losses.loss import REGISTRY, Loss, LossFunctionWrapper
from convolith.losses.noise_robust import CategoricalGeneralizedCrossEntropy, categorical_generalized_cross_entropy
from convolith.losses.overlap import Dice, Tversky, dice, tversky
from convolith.losses.probabilistic import KLDivergence, Poisson, kl_divergence, poisson
from convolith.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from convolith.losses.sequence import CTC, ctc
from convolith.losses.similarity import Circle, circle
from convolith.registry import custom_object_scope

__all__ = [
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CTC", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "Circle", "CosineSimilarity", "Dice", "Hinge", "Huber",
    "KLDivergence", "LogCosh", "Loss", "LossFunctionWrapper", "MeanAbsoluteError", "MeanAbsolutePercentageError",
    "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge",
    "Tversky", "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "categorical_generalized_cross_entropy", "categorical_hinge", "circle",
    "cosine_similarity", "ctc", "deserialize", "dice", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "poisson", "serialize", "sparse_categorical_crossentropy", "squared_hinge", "tversky",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


_functions: list[Any] = [
    binary_crossentropy, binary_focal_crossentropy, categorical_crossentropy, categorical_focal_crossentropy,
    categorical_generalized_cross_entropy, categorical_hinge, circle, cosine_similarity, ctc, dice, hinge, huber,
    kl_divergence, log_cosh, mean_absolute_error, mean_absolute_percentage_error, mean_squared_error,
    mean_squared_logarithmic_error, poisson, sparse_categorical_crossentropy, squared_hinge, tversky,
]  # fmt: skip
_classes: list[Any] = [
    BinaryCrossentropy, BinaryFocalCrossentropy, CTC, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber, KLDivergence,
    LogCosh, LossFunctionWrapper, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError, Poisson, SparseCategoricalCrossentropy, SquaredHinge, Tversky,
]  # fmt: skip
REGISTRY.entries.update(
    {entry.__name__: entry for entry in _functions + _classes}
    | {
        "bce": binary_crossentropy,
        "kld": kl_divergence,
        "mae": mean_absolute_error,
        "mape": mean_absolute_percentage_error,
        "mse": mean_squared_error,
        "msle": mean_squared_logarithmic_error,
    },
)


def get(identifier: Any) -> Any:
    """Turn a name into a function, a configuration or class into a loss; functions and losses come back as they are.

    Raises:
        ValueError: the name is unknown, or it is neither.

    Example:
        >>> from convolith.losses import get
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
