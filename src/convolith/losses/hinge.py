"""Losses of margins."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.losses.loss import LABELS, LossFunctionWrapper, operands


class Signs(Operation):
    """Labels -1 and 1 from labels that are all 0 or 1; others as they are. It has no gradient."""

    def infer(self, labels: Spec) -> Spec:
        """Keep shape and dtype."""
        return labels

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Look at all, then stretch or copy."""
        (labels,), (out,) = inputs, outputs
        np.copyto(out, labels)
        if ((labels == 0) | (labels == 1)).all():
            out *= 2
            out -= 1

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


def _shortfall(name: str, y_true: Any, y_pred: Any) -> Any:
    """How much each prediction lacks to lie beyond 1 on its label's side; `name` is the loss's."""
    y_true, y_pred = operands(name, y_true, y_pred)
    return ops.maximum(ops.subtract(1.0, ops.multiply(Signs()(y_true), y_pred)), 0.0)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """Mean over the last axis of max(1 - y_true * y_pred, 0).

    Args:
        y_true: array or tensor (n, ..., d) of labels -1 and 1; if all are 0 or 1, the zeros count as -1.
        y_pred: the same shape.

    Returns:
        array or tensor (n, ...).

    Example:
        >>> import numpy as np
        >>> from convolith.losses import hinge
        >>> hinge(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).tolist()
        [1.0]
    """
    return ops.mean(_shortfall("hinge", y_true, y_pred), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Mean over the last axis of max(1 - y_true * y_pred, 0)^2; arguments and result as in ``hinge``.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import squared_hinge
        >>> squared_hinge(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).tolist()
        [1.25]
    """
    return ops.mean(ops.square(_shortfall("squared_hinge", y_true, y_pred)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(1 + the largest prediction of another class - the label's own, 0).

    Args:
        y_true: array or tensor (n, ..., classes) of one-hot labels.
        y_pred: the same shape.

    Returns:
        array or tensor (n, ...).

    Example:
        >>> import numpy as np
        >>> from convolith.losses import categorical_hinge
        >>> categorical_hinge(np.array([[0.0, 1.0]]), np.array([[0.25, 0.5]])).tolist()
        [0.75]
    """
    y_true, y_pred = operands("categorical_hinge", y_true, y_pred)
    own = ops.sum(ops.multiply(y_true, y_pred), axis=-1)
    other = ops.max(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=-1)
    return ops.maximum(ops.add(ops.subtract(other, own), 1.0), 0.0)


LABELS.update(dict.fromkeys((hinge, squared_hinge, categorical_hinge), "values"))


class Hinge(LossFunctionWrapper):
    """How much predictions lack to lie beyond 1 on their label's side."""

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "hinge", dtype: Any = None):
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """The square of what predictions lack to lie beyond 1 on their label's side."""

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "squared_hinge", dtype: Any = None):
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """How much the label's prediction lacks to be 1 above all others."""

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "categorical_hinge", dtype: Any = None
    ):
        super().__init__(categorical_hinge, reduction, name, dtype)
