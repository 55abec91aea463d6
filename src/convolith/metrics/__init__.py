"""What ``compile(metrics=...)`` takes: running values over an epoch, computed with NumPy from a batch's predictions."""

from __future__ import annotations

from typing import Any

from convolith.losses import binary_focal_crossentropy, categorical_focal_crossentropy, huber
from convolith.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
)
from convolith.metrics.auc import AUC
from convolith.metrics.confusion import FalseNegatives, FalsePositives, TrueNegatives, TruePositives
from convolith.metrics.correlation import (
    ConcordanceCorrelation,
    PearsonCorrelation,
    concordance_correlation,
    pearson_correlation,
)
from convolith.metrics.f_score import F1Score, FBetaScore
from convolith.metrics.hinge import CategoricalHinge, Hinge, SquaredHinge, categorical_hinge, hinge, squared_hinge
from convolith.metrics.iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU, confusion_matrix
from convolith.metrics.metric import REGISTRY, Metric
from convolith.metrics.precision_recall import (
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from convolith.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from convolith.metrics.r2_score import R2Score
from convolith.metrics.reduction import Mean, MeanMetricWrapper, Sum
from convolith.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    RootMeanSquaredError,
    cosine_similarity,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from convolith.metrics.top_k import (
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from convolith.registry import custom_object_scope, snake_case

__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy",
    "CategoricalCrossentropy", "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity", "F1Score",
    "FBetaScore", "FalseNegatives", "FalsePositives", "Hinge", "IoU", "KLDivergence", "LogCoshError", "Mean",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanIoU", "MeanMetricWrapper", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Metric", "OneHotIoU", "OneHotMeanIoU", "PearsonCorrelation", "Poisson", "Precision",
    "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision", "RootMeanSquaredError", "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity", "SquaredHinge", "Sum", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives",
    "binary_accuracy", "binary_crossentropy", "binary_focal_crossentropy", "categorical_accuracy",
    "categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge", "concordance_correlation",
    "confusion_matrix", "cosine_similarity", "deserialize", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "pearson_correlation", "poisson", "serialize", "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy", "squared_hinge", "top_k_categorical_accuracy",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


_classes: list[Any] = [
    AUC, Accuracy, BinaryAccuracy, BinaryCrossentropy, BinaryIoU, CategoricalAccuracy, CategoricalCrossentropy,
    CategoricalHinge, ConcordanceCorrelation, CosineSimilarity, F1Score, FBetaScore, FalseNegatives, FalsePositives,
    Hinge, IoU, KLDivergence, LogCoshError, Mean, MeanAbsoluteError, MeanAbsolutePercentageError, MeanIoU,
    MeanSquaredError, MeanSquaredLogarithmicError, OneHotIoU, OneHotMeanIoU, PearsonCorrelation, Poisson, Precision,
    PrecisionAtRecall, R2Score, Recall, RecallAtPrecision, RootMeanSquaredError, SensitivityAtSpecificity,
    SparseCategoricalAccuracy, SparseCategoricalCrossentropy, SparseTopKCategoricalAccuracy, SpecificityAtSensitivity,
    SquaredHinge, Sum, TopKCategoricalAccuracy, TrueNegatives, TruePositives,
]  # fmt: skip
REGISTRY.entries.update(
    {snake_case(entry.__name__): entry for entry in _classes}
    | {
        "MeanMetricWrapper": MeanMetricWrapper,
        "bce": BinaryCrossentropy,
        "kld": KLDivergence,
        "mae": MeanAbsoluteError,
        "mape": MeanAbsolutePercentageError,
        "mse": MeanSquaredError,
        "msle": MeanSquaredLogarithmicError,
    },
)


def get(identifier: Any) -> Any:
    """Turn a name, a configuration or a class into a metric; functions and metrics are returned as they are.

    Raises:
        ValueError: the name is unknown, or it is none of these.

    Example:
        >>> from convolith.metrics import get
        >>> get("mse").name
        'mean_squared_error'
    """
    found = REGISTRY.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a metric must be a name, a Metric or a function (y_true, y_pred), got {identifier!r}")
    return found


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
        name = getattr(found, "name", None) or snake_case(getattr(found, "__name__", type(found).__name__))
        found = MeanMetricWrapper(found, name=name)
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
