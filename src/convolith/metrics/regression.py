"""Means of differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convolith.losses import regression as losses
from convolith.losses.regression import (
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from convolith.metrics.metric import numbers, same_rank
from convolith.metrics.reduction import Mean, MeanMetricWrapper
from convolith.ops.elementwise import broadcast


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> np.ndarray:
    """Cosine of the angle between labels and predictions: 1 for the same direction; the loss has the other sign.

    Args:
        y_true: (n, ..., d) numbers.
        y_pred: the same shape.
        axis: of the vectors' components.

    Returns:
        array without that axis.

    Example:
        >>> import numpy as np
        >>> from convolith.metrics import cosine_similarity
        >>> cosine_similarity(np.array([[0.0, 2.0]]), np.array([[0.0, 3.0]])).tolist()
        [1.0]
    """
    return -losses.cosine_similarity(y_true, y_pred, axis)


class MeanSquaredError(MeanMetricWrapper):
    """Mean of the squared differences."""

    direction = "down"

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None):
        super().__init__(mean_squared_error, name, dtype)


class RootMeanSquaredError(Mean):
    """Root of the mean of the squared differences.

    Example:
        >>> from convolith.metrics import RootMeanSquaredError
        >>> RootMeanSquaredError()([[0.0, 0.0]], [[3.0, 3.0]])
        3.0
    """

    direction = "down"

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None):
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take in a batch of labels and predictions."""
        owner = type(self).__name__
        arrays = numbers(owner, "y_true", y_true, np.float64), numbers(owner, "y_pred", y_pred, np.float64)
        y_true, y_pred = same_rank(*arrays)
        broadcast(owner, y_true=y_true.shape, y_pred=y_pred.shape)
        super().update_state(np.square(y_pred - y_true), sample_weight)

    def result(self) -> float:
        """Return the root of the mean so far."""
        return math.sqrt(super().result())


class MeanAbsoluteError(MeanMetricWrapper):
    """Mean of the absolute differences."""

    direction = "down"

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None):
        super().__init__(mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """Mean of the differences in per cent of the labels."""

    direction = "down"

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__(mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """Mean of the squared differences of logarithms."""

    direction = "down"

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__(mean_squared_logarithmic_error, name, dtype)


class CosineSimilarity(MeanMetricWrapper):
    """Mean cosine of the angle between labels and predictions; ``axis`` is that of the components."""

    direction = "up"

    def __init__(self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1):
        super().__init__(cosine_similarity, name, dtype, axis=axis)


class LogCoshError(MeanMetricWrapper):
    """Mean logarithm of the hyperbolic cosine of the differences."""

    direction = "down"

    def __init__(self, name: str = "logcosh", dtype: Any = None):
        super().__init__(log_cosh, name, dtype)
