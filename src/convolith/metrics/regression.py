"""Means of differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.metrics.metric import MeanMetricWrapper, same_rank


def mean_squared_error(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Mean over the last axis of the squared difference."""
    y_true, y_pred = same_rank(y_true, y_pred)
    return np.square(y_pred.astype(np.float64) - y_true).mean(axis=-1)


def mean_absolute_error(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Mean over the last axis of the absolute difference."""
    y_true, y_pred = same_rank(y_true, y_pred)
    return np.abs(y_pred.astype(np.float64) - y_true).mean(axis=-1)


class MeanSquaredError(MeanMetricWrapper):
    """Mean of the squared differences."""

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None):
        super().__init__(mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """Mean of the absolute differences."""

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None):
        super().__init__(mean_absolute_error, name, dtype)
