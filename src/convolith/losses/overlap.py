"""Losses of segmentation: how little two masks overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convolith import ops
from convolith.defaults import epsilon
from convolith.losses.loss import LABELS, LossFunctionWrapper, operands
from convolith.ops.arguments import axes, number


def dice(y_true: Any, y_pred: Any, axis: int | Sequence[int] | None = None) -> Any:
    """1 - 2 * overlap / (size of both masks).

    Args:
        y_true: array or tensor (n, ...) of 0 and 1.
        y_pred: the same shape, of probabilities.
        axis: what makes up a mask; None is all, the batch too, and gives a single number.

    Returns:
        array or tensor without these axes.

    Raises:
        TypeError: the axis is no integer.
        ValueError: there is no such axis, or the shapes do not fit.

    Source:
        Milletari et al., "V-Net", arXiv 1606.04797 (there with squares); Dice, 1945.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import dice
        >>> dice(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])).round(4).tolist()
        0.3333
    """
    y_true, y_pred = operands("dice", y_true, y_pred)
    axes("dice", axis, y_pred.shape, "y_pred")
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    sizes = ops.add(ops.sum(y_true, axis=axis), ops.sum(y_pred, axis=axis))
    return ops.subtract(1.0, ops.divide(ops.multiply(overlap, 2.0), ops.add(sizes, epsilon())))


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: int | Sequence[int] | None = None
) -> Any:
    """1 - overlap / (overlap + alpha * what the prediction lacks + beta * what it has too much).

    Args:
        y_true: array or tensor (n, ...) of 0 and 1.
        y_pred: the same shape, of probabilities.
        alpha: weight of what is labelled and not predicted.
        beta: weight of what is predicted and not labelled. With both 0.5 this is ``dice``.
        axis: what makes up a mask; None is all, the batch too, and gives a single number.

    Returns:
        array or tensor without these axes.

    Raises:
        TypeError: a weight is no number, or the axis no integer.
        ValueError: a weight is not finite, there is no such axis, or the shapes do not fit.

    Source:
        Salehi et al., "Tversky loss function", arXiv 1706.05721 (which names the two weights the other way around).

    Example:
        >>> import numpy as np
        >>> from convolith.losses import tversky
        >>> tversky(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]), beta=1.0).round(4).tolist()
        0.5
    """
    alpha, beta = number("tversky", "alpha", alpha), number("tversky", "beta", beta)
    y_true, y_pred = operands("tversky", y_true, y_pred)
    axes("tversky", axis, y_pred.shape, "y_pred")
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    lacking = ops.sum(ops.multiply(y_true, ops.subtract(1.0, y_pred)), axis=axis)
    too_much = ops.sum(ops.multiply(y_pred, ops.subtract(1.0, y_true)), axis=axis)
    whole = ops.add(overlap, ops.add(ops.multiply(lacking, alpha), ops.multiply(too_much, beta)))
    return ops.subtract(1.0, ops.divide(overlap, ops.add(whole, epsilon())))


LABELS.update(dict.fromkeys((dice, tversky), "values"))


class Dice(LossFunctionWrapper):
    """How little two masks overlap, of their size; ``axis`` as in ``dice``."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ):
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """How little two masks overlap, with weights for either error; arguments as in ``tversky``."""

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "tversky",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ):
        alpha, beta = number("Tversky", "alpha", alpha), number("Tversky", "beta", beta)
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
