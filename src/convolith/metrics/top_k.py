"""Shares of labels among the largest predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.metrics.metric import class_numbers, numbers, place_of_largest
from convolith.metrics.reduction import MeanMetricWrapper
from convolith.ops.arguments import flag, integer, naming


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> np.ndarray:
    """Tell in which rows fewer than k predictions are larger than that at the one-hot label's place.

    Args:
        y_true: (..., classes) one-hot rows.
        y_pred: (..., classes) numbers.
        k: a number of classes.

    Returns:
        boolean array of the shape without the last axis.

    Raises:
        TypeError: k is no integer.
        ValueError: the shapes do not fit, or there are no k classes.

    Example:
        >>> from convolith.metrics import top_k_categorical_accuracy
        >>> top_k_categorical_accuracy([[0, 1, 0]], [[0.7, 0.2, 0.1]], k=2).tolist()
        [True]
    """
    name = "top_k_categorical_accuracy"
    places = place_of_largest(name, "y_true", y_true)
    with naming(name, "sparse_top_k_categorical_accuracy"):
        return sparse_top_k_categorical_accuracy(places, y_pred, k)


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
        boolean array of the predictions' shape without the last axis; False where a prediction is NaN, or a label no
        class.

    Raises:
        TypeError: k is no integer, or from_sorted_ids neither True nor False.
        ValueError: the shapes do not fit, a label has a fraction or is NaN, or there are no k classes.

    Example:
        >>> from convolith.metrics import sparse_top_k_categorical_accuracy
        >>> sparse_top_k_categorical_accuracy([1], [[0.7, 0.2, 0.1]], k=2).tolist()
        [True]
    """
    name = "sparse_top_k_categorical_accuracy"
    y_true, y_pred = class_numbers(name, "y_true", y_true), numbers(name, "y_pred", y_pred)
    k, classes = checked_k(name, k), y_pred.shape[-1] if y_pred.ndim else 0
    if y_true.ndim and y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if not y_pred.ndim or y_true.shape != y_pred.shape[:-1]:
        raise ValueError(
            f"{name}: y_true must have shape {y_pred.shape[:-1]}, as y_pred has {y_pred.shape}, got {y_true.shape}"
        )
    if flag(name, "from_sorted_ids", from_sorted_ids):
        return (y_pred[..., :k] == y_true[..., None]).any(axis=-1)
    if k > classes or not classes:
        raise ValueError(f"{name}: k must be at most the classes of y_pred of shape {y_pred.shape}, got {k}")
    known = (y_true >= 0) & (y_true < classes)
    own = np.take_along_axis(y_pred, np.where(known, y_true, 0)[..., None], axis=-1)
    return known & ((y_pred > own).sum(axis=-1) < k) & np.isfinite(y_pred).all(axis=-1)


def checked_k(owner: str, k: Any) -> int:
    """Return how many classes count.

    Raises:
        TypeError: it is no integer.
        ValueError: it is negative.
    """
    if integer(owner, "k", k) < 0:
        raise ValueError(f"{owner}: k must be an integer >= 0, got {k!r}")
    return int(k)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """Share of rows whose one-hot label is among the k largest predictions."""

    direction = "up"

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=checked_k("TopKCategoricalAccuracy", k))


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
        owner = "SparseTopKCategoricalAccuracy"
        arguments = {"k": checked_k(owner, k), "from_sorted_ids": flag(owner, "from_sorted_ids", from_sorted_ids)}
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, **arguments)
