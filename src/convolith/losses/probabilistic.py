"""Losses of distributions and counts."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.defaults import epsilon
from convolith.losses.loss import LABELS, LossFunctionWrapper, operands


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Sum over the last axis of y_true * log(y_true / y_pred), both kept between 1e-7 and 1.

    Args:
        y_true: array or tensor (n, ..., classes) of probabilities.
        y_pred: the same shape.

    Returns:
        array or tensor (n, ...).

    Source:
        Kullback and Leibler, "On information and sufficiency", 1951.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import kl_divergence
        >>> kl_divergence(np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])).round(4).tolist()
        [0.6931]
    """
    y_true, y_pred = (ops.clip(value, epsilon(), 1.0) for value in operands("kl_divergence", y_true, y_pred))
    return ops.sum(ops.multiply(y_true, ops.log(ops.divide(y_true, y_pred))), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Mean over the last axis of y_pred - y_true * log(y_pred): of counts y_true whose mean is y_pred.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape, not negative; 1e-7 is added before the logarithm.

    Returns:
        array or tensor (n, ...).

    Example:
        >>> import numpy as np
        >>> from convolith.losses import poisson
        >>> poisson(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])).round(4).tolist()
        [1.0]
    """
    y_true, y_pred = operands("poisson", y_true, y_pred)
    return ops.mean(ops.subtract(y_pred, ops.multiply(y_true, ops.log(ops.add(y_pred, epsilon())))), axis=-1)


LABELS.update(dict.fromkeys((kl_divergence, poisson), "values"))


class KLDivergence(LossFunctionWrapper):
    """Kullback-Leibler divergence of the predictions from the labels.

    Example:
        >>> from convolith.losses import KLDivergence
        >>> round(float(KLDivergence()([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.6931
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "kl_divergence", dtype: Any = None):
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """Poisson loss of counts.

    Example:
        >>> from convolith.losses import Poisson
        >>> float(Poisson()([[1.0, 0.0]], [[1.0, 1.0]]).round(4))
        1.0
    """

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "poisson", dtype: Any = None):
        super().__init__(poisson, reduction, name, dtype)
