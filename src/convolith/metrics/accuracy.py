"""Shares of right answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.metrics.metric import numbers, place_of_largest, same_rank
from convolith.metrics.reduction import MeanMetricWrapper
from convolith.ops.arguments import number
from convolith.ops.elementwise import broadcast


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Tell which predictions equal their label: boolean array of the predictions' shape.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    y_true, y_pred = _beside("accuracy", y_true, y_pred)
    return y_true == y_pred


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> np.ndarray:
    """Tell which predictions lie on their label's side of the threshold.

    Args:
        y_true: labels 0 and 1, of the shape of ``y_pred`` or without its last axis of 1.
        y_pred: numbers; those above ``threshold`` count as 1.
        threshold: a number.

    Returns:
        boolean array of the shape of ``y_pred``.

    Raises:
        TypeError: the threshold is no number.
        ValueError: it is not finite, or the shapes do not broadcast.

    Example:
        >>> from convolith.metrics import binary_accuracy
        >>> binary_accuracy([0, 1], [[0.2], [0.4]]).tolist()
        [[True], [False]]
    """
    y_true, y_pred = _beside("binary_accuracy", y_true, y_pred)
    return y_true == (y_pred > number("binary_accuracy", "threshold", threshold))


def categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Tell in which rows the largest prediction is at the one-hot label's place.

    Args:
        y_true: (..., classes) one-hot rows.
        y_pred: (..., classes) numbers.

    Returns:
        boolean array of the shape without the last axis.

    Raises:
        ValueError: there is no class, or the shapes do not broadcast.

    Example:
        >>> from convolith.metrics import categorical_accuracy
        >>> categorical_accuracy([[0, 1]], [[0.2, 0.8]]).tolist()
        [True]
    """
    name = "categorical_accuracy"
    wanted, found = place_of_largest(name, "y_true", y_true), place_of_largest(name, "y_pred", y_pred)
    broadcast(name, y_true=wanted.shape, y_pred=found.shape)
    return wanted == found


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> np.ndarray:
    """Tell in which rows the largest prediction is at the label's place.

    Args:
        y_true: (...) or (..., 1) class numbers.
        y_pred: (..., classes) numbers.

    Returns:
        boolean array of the predictions' shape without the last axis.

    Raises:
        ValueError: there is no class, or the shapes do not broadcast.

    Example:
        >>> from convolith.metrics import sparse_categorical_accuracy
        >>> sparse_categorical_accuracy([1], [[0.2, 0.8]]).tolist()
        [True]
    """
    name = "sparse_categorical_accuracy"
    y_true, found = numbers(name, "y_true", y_true), place_of_largest(name, "y_pred", y_pred)
    if y_true.ndim == found.ndim + 1 and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    broadcast(name, y_true=y_true.shape, y_pred=found.shape)
    return y_true == found


def _beside(name: str, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Make arrays of one rank, whose shapes broadcast."""
    y_true, y_pred = same_rank(numbers(name, "y_true", y_true), numbers(name, "y_pred", y_pred))
    broadcast(name, y_true=y_true.shape, y_pred=y_pred.shape)
    return y_true, y_pred


class Accuracy(MeanMetricWrapper):
    """Share of predictions that equal their label."""

    direction = "up"

    def __init__(self, name: str = "accuracy", dtype: Any = None):
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """Share of predictions on their label's (0 or 1) side of the threshold, which must be in (0, 1).

    Raises:
        TypeError: the threshold is no number.
        ValueError: it is not.
    """

    direction = "up"

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5):
        threshold = 0.5 if threshold is None else number("BinaryAccuracy", "threshold", threshold)
        if not 0 < threshold < 1:
            raise ValueError(f"BinaryAccuracy: threshold must be in (0, 1), got {threshold!r}")
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


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
