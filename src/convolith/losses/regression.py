"""Losses of numbers."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.losses.loss import LABELS, LossFunctionWrapper, as_array


def _same_rank(y_true: Any, y_pred: Any) -> Any:
    """Give labels (n,) the last axis of 1 that predictions (n, 1) have, or drop theirs."""
    if len(y_true.shape) == len(y_pred.shape) - 1 and y_pred.shape[-1] == 1:
        return ops.reshape(y_true, (-1, *y_true.shape[1:], 1))
    if len(y_true.shape) == len(y_pred.shape) + 1 and y_true.shape[-1] == 1:
        return ops.reshape(y_true, (-1, *y_true.shape[1:-1]))
    return y_true


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences over the last axis.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape.

    Returns:
        array or tensor (n, ...).

    Example:
        >>> import numpy as np
        >>> mean_squared_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]])).tolist()
        [2.0]
    """
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    return ops.mean(ops.square(ops.subtract(y_pred, _same_rank(y_true, y_pred))), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences over the last axis.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape.

    Returns:
        array or tensor (n, ...).

    Example:
        >>> import numpy as np
        >>> mean_absolute_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]])).tolist()
        [1.0]
    """
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    return ops.mean(ops.absolute(ops.subtract(y_pred, _same_rank(y_true, y_pred))), axis=-1)


LABELS.update({mean_squared_error: "values", mean_absolute_error: "values"})


class MeanSquaredError(LossFunctionWrapper):
    """Mean of the squared differences.

    Example:
        >>> import numpy as np
        >>> float(MeanSquaredError()(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]])))
        2.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_squared_error", dtype: Any = None
    ):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of the absolute differences.

    Example:
        >>> import numpy as np
        >>> float(MeanAbsoluteError()(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]])))
        1.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_absolute_error", dtype: Any = None
    ):
        super().__init__(mean_absolute_error, reduction, name, dtype)
