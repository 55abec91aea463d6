"""Losses of classes for labels some of which are wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.losses.loss import LABELS, LossFunctionWrapper, as_array
from convolith.ops.conversion import whole_numbers
from convolith.ops.cross_entropy import Pick

SMALLEST = float(np.finfo(np.float32).tiny)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """(1 - p^q) / q of the probability p of the labelled class: cross-entropy for q near 0, mean error for q near 1.

    Args:
        y_true: array or tensor (n, ...) or (n, ..., 1) of class numbers from 0.
        y_pred: array or tensor (n, ..., classes) of probabilities.
        q: in (0, 1).

    Returns:
        array or tensor (n, ...); a probability below 1.2e-38 counts as this, and has no slope.

    Raises:
        ValueError: q is outside of (0, 1), a shape does not fit, or a label is no class.

    Source:
        Zhang and Sabuncu, "Generalized cross entropy loss", arXiv 1805.07836, equation 6.

    Example:
        >>> from convolith.losses import categorical_generalized_cross_entropy
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).tolist()
        [1.0]
    """
    _check_exponent("categorical_generalized_cross_entropy", q)
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    shape = tuple(y_pred.shape[:-1])
    if tuple(y_true.shape) not in (shape, (*shape, 1)):
        raise ValueError(
            f"categorical_generalized_cross_entropy: y_true must have shape {shape}, as y_pred has "
            f"{tuple(y_pred.shape)}, got {tuple(y_true.shape)}"
        )
    what = "categorical_generalized_cross_entropy: y_true"
    y_true = whole_numbers(what, y_true)
    rows = ops.reshape(y_pred, (-1, y_pred.shape[-1]))
    probability = Pick(what)(ops.reshape(y_true, (-1,)), rows)
    probability = ops.maximum(probability, SMALLEST)  # the slope of the power at 0 is infinite
    return ops.reshape(ops.divide(ops.subtract(1.0, ops.power(probability, q)), q), shape)


def _check_exponent(owner: str, q: Any) -> None:
    if not isinstance(q, (int, float, np.number)) or not 0 < q < 1:
        raise ValueError(f"{owner}: q must be a number in (0, 1), got {q!r}")


LABELS[categorical_generalized_cross_entropy] = "classes"


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Generalised cross-entropy of class numbers; arguments as in ``categorical_generalized_cross_entropy``.

    Example:
        >>> from convolith.losses import CategoricalGeneralizedCrossEntropy
        >>> float(CategoricalGeneralizedCrossEntropy()([0, 1], [[0.25, 0.75], [0.75, 0.25]]))
        1.0
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ):
        _check_exponent("CategoricalGeneralizedCrossEntropy", q)
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)
