"""Means of the correlation of labels and predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.defaults import epsilon
from convolith.losses.loss import operands
from convolith.metrics.reduction import MeanMetricWrapper
from convolith.ops.arguments import axes


def pearson_correlation(y_true: Any, y_pred: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """Covariance of labels and predictions over the product of their standard deviations.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape.
        axis: or axes along which the numbers are correlated.

    Returns:
        array or tensor without these axes, from -1 to 1; NaN where all numbers are the same.

    Raises:
        TypeError: the axis is no integer.
        ValueError: there is no such axis, or the shapes do not broadcast.

    Source:
        Pearson, "Notes on regression and inheritance", 1895.

    Example:
        >>> from convolith.metrics import pearson_correlation
        >>> pearson_correlation([[0.0, 1.0, 2.0]], [[5.0, 3.0, 1.0]]).round(6).tolist()
        [-1.0]
    """
    y_true, y_pred = operands("pearson_correlation", y_true, y_pred)
    axes("pearson_correlation", axis, y_pred.shape, "y_pred")
    by_deviation = []
    for values in (y_true, y_pred):
        distance = ops.subtract(values, ops.mean(values, axis=axis, keepdims=True))
        deviation = ops.sqrt(ops.mean(ops.square(distance), axis=axis, keepdims=True))
        with np.errstate(invalid="ignore"):
            by_deviation.append(ops.divide(distance, deviation))
    return ops.mean(ops.multiply(*by_deviation), axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """2 * covariance / (both variances + square of the means' difference): 1 only where predictions are the labels.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape.
        axis: or axes along which the numbers are correlated.

    Returns:
        array or tensor without these axes, from -1 to 1.

    Raises:
        TypeError: the axis is no integer.
        ValueError: there is no such axis, or the shapes do not broadcast.

    Source:
        Lin, "A concordance correlation coefficient to evaluate reproducibility", Biometrics 45, 1989.

    Example:
        >>> from convolith.metrics import concordance_correlation
        >>> concordance_correlation([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]]).round(4)
        array([0.5714], dtype=float32)
    """
    y_true, y_pred = operands("concordance_correlation", y_true, y_pred)
    axes("concordance_correlation", axis, y_pred.shape, "y_pred")
    means = [ops.mean(values, axis=axis, keepdims=True) for values in (y_true, y_pred)]
    distances = [ops.subtract(values, mean) for values, mean in zip((y_true, y_pred), means, strict=True)]
    one, other = (ops.mean(ops.square(distance), axis=axis) for distance in distances)
    apart = ops.mean(ops.square(ops.subtract(*means)), axis=axis)
    covariance = ops.mean(ops.multiply(*distances), axis=axis)
    total = ops.add(ops.add(one, other), ops.add(apart, epsilon()))
    return ops.divide(ops.multiply(covariance, 2.0), total)


class PearsonCorrelation(MeanMetricWrapper):
    """Mean Pearson correlation of labels and predictions along ``axis``.

    Example:
        >>> from convolith.metrics import PearsonCorrelation
        >>> round(PearsonCorrelation()([[0.0, 1.0, 2.0]], [[5.0, 3.0, 1.0]]), 6)
        -1.0
    """

    direction = "up"

    def __init__(self, name: str = "pearson_correlation", dtype: Any = None, axis: int | tuple[int, ...] = -1):
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """Mean concordance correlation of labels and predictions along ``axis``.

    Example:
        >>> from convolith.metrics import ConcordanceCorrelation
        >>> round(ConcordanceCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]]), 4)
        0.5714
    """

    direction = "up"

    def __init__(self, name: str = "concordance_correlation", dtype: Any = None, axis: int | tuple[int, ...] = -1):
        super().__init__(concordance_correlation, name, dtype, axis=axis)
