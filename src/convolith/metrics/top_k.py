"""Shares of labels among the largest predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.metrics.reduction import MeanMetricWrapper


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> np.ndarray:
    """Tell in which rows fewer than k predictions are larger than that at the one-hot label's place.

    Args:
        y_true: (..., classes) one-hot rows.
        y_pred: (..., classes) numbers.
        k: a number of classes.

    Returns:
        boolean array of the shape without the last axis.

    Example:
        >>> from convolith.metrics import top_k_categorical_accuracy
        >>> top_k_categorical_accuracy([[0, 1, 0]], [[0.7, 0.2, 0.1]], k=2).tolist()
        [True]
    """
    return sparse_top_k_categorical_accuracy(np.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> np.ndarray:
    """Tell in which rows fewer than k predictions are larger than that at the label's place.

    Args:
        y_true: (...) or (..., 1) class numbers.
        y_pred: (..., classes) numbers; or with ``from_sorted_ids`` class numbers, the likeliest first.
        k: a number of classes.
        from_sorted_ids: what ``y_pred`` holds.

    Returns:
        boolean array of the predictions' shape without the last axis; False where a prediction is NaN.

    Raises:
        ValueError: the shapes do not fit.

    Example:
        >>> from convolith.metrics import sparse_top_k_categorical_accuracy
        >>> sparse_top_k_categorical_accuracy([1], [[0.7, 0.2, 0.1]], k=2).tolist()
        [True]
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if y_true.shape != y_pred.shape[:-1]:
        raise ValueError(
            f"sparse_top_k_categorical_accuracy: y_true must have shape {y_pred.shape[:-1]}, as y_pred has "
            f"{y_pred.shape}, got {y_true.shape}"
        )
    if from_sorted_ids:
        return (y_pred[..., :k] == y_true[..., None]).any(axis=-1)
    own = np.take_along_axis(y_pred, y_true[..., None].astype(np.int64), axis=-1)
    return ((y_pred > own).sum(axis=-1) < k) & np.isfinite(y_pred).all(axis=-1)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """Share of rows whose one-hot label is among the k largest predictions."""

    direction = "up"

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """Share of rows whose class number is among the k largest predictions; arguments as in the function."""

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ):
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids)
