"""Shares of right answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.metrics.metric import same_rank
from convolith.metrics.reduction import MeanMetricWrapper


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Tell which predictions equal their label: boolean array of the predictions' shape."""
    y_true, y_pred = same_rank(y_true, y_pred)
    return y_true == y_pred


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> np.ndarray:
    """Tell which predictions lie on their label's side of the threshold.

    Args:
        y_true: labels 0 and 1, of the shape of ``y_pred`` or without its last axis of 1.
        y_pred: numbers; those above ``threshold`` count as 1.
        threshold: a number.

    Returns:
        boolean array of the shape of ``y_pred``.

    Example:
        >>> from convolith.metrics import binary_accuracy
        >>> binary_accuracy([0, 1], [[0.2], [0.4]]).tolist()
        [[True], [False]]
    """
    y_true, y_pred = same_rank(np.asarray(y_true), np.asarray(y_pred))
    return y_true == (y_pred > threshold)


def categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Tell in which rows the largest prediction is at the one-hot label's place.

    Args:
        y_true: (..., classes) one-hot rows.
        y_pred: (..., classes) numbers.

    Returns:
        boolean array of the shape without the last axis.

    Example:
        >>> from convolith.metrics import categorical_accuracy
        >>> categorical_accuracy([[0, 1]], [[0.2, 0.8]]).tolist()
        [True]
    """
    return np.argmax(y_true, axis=-1) == np.argmax(y_pred, axis=-1)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Tell in which rows the largest prediction is at the label's place.

    Args:
        y_true: (...) or (..., 1) class numbers.
        y_pred: (..., classes) numbers.

    Returns:
        boolean array of the predictions' shape without the last axis.

    Example:
        >>> from convolith.metrics import sparse_categorical_accuracy
        >>> sparse_categorical_accuracy([1], [[0.2, 0.8]]).tolist()
        [True]
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    return y_true == np.argmax(y_pred, axis=-1)


class Accuracy(MeanMetricWrapper):
    """Share of predictions that equal their label."""

    direction = "up"

    def __init__(self, name: str = "accuracy", dtype: Any = None):
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """Share of predictions on their label's (0 or 1) side of the threshold, which must be in (0, 1).

    Raises:
        ValueError: the threshold is not.
    """

    direction = "up"

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5):
        if threshold is not None and not 0 < threshold < 1:
            raise ValueError(f"BinaryAccuracy: threshold must be in (0, 1), got {threshold!r}")
        super().__init__(binary_accuracy, name, dtype, threshold=0.5 if threshold is None else threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """Share of rows whose largest prediction is at the one-hot label's place."""

    direction = "up"

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None):
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """Share of rows whose largest prediction is at the class number's place."""

    direction = "up"

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None):
        super().__init__(sparse_categorical_accuracy, name, dtype)
