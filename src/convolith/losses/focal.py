"""Cross-entropy of classes where what is predicted well counts less."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.defaults import epsilon
from convolith.losses.loss import LABELS, LossFunctionWrapper, check_share, operands
from convolith.ops.arguments import flag, one_axis


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Sum over the classes of -alpha * (1 - y_pred)^gamma * y_true * log(y_pred).

    Args:
        y_true: array or tensor (n, ..., classes), one-hot.
        y_pred: the same shape: probabilities (brought to the sum 1), or logits if ``from_logits``.
        alpha: a factor, or an array of one a class.
        gamma: how much less it counts what is predicted well.
        from_logits: whether ``y_pred`` are logits.
        label_smoothing: share of the labels that is spread over all classes, in [0, 1].
        axis: of the classes; Keras spreads by the size of the last axis, whichever this is.

    Returns:
        array or tensor without that axis.

    Raises:
        TypeError: ``label_smoothing`` is no number, or the axis no integer.
        ValueError: ``label_smoothing`` is outside of [0, 1], there is no such axis, or the shapes do not fit.

    Source:
        Lin et al., "Focal loss for dense object detection", arXiv 1708.02002.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import categorical_focal_crossentropy
        >>> categorical_focal_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(4).tolist()
        [0.0433]
    """
    check_share("categorical_focal_crossentropy", label_smoothing)
    y_true, y_pred = operands("categorical_focal_crossentropy", y_true, y_pred)
    places = one_axis("categorical_focal_crossentropy", axis, y_pred.shape, "y_pred")
    if len(y_true.shape) <= places or y_true.shape[places] != y_pred.shape[places]:
        raise ValueError(
            f"categorical_focal_crossentropy: y_true must have the classes of y_pred on axis {axis}, got "
            f"{tuple(y_true.shape)} and {tuple(y_pred.shape)}"
        )
    if label_smoothing:
        y_true = ops.add(ops.multiply(y_true, 1 - label_smoothing), label_smoothing / y_true.shape[axis])
    if flag("categorical_focal_crossentropy", "from_logits", from_logits):
        y_pred = ops.softmax(y_pred, axis=axis)
    share = ops.clip(ops.divide(y_pred, ops.sum(y_pred, axis=axis, keepdims=True)), epsilon(), 1 - epsilon())
    weight = ops.multiply(ops.power(ops.subtract(1.0, share), gamma), alpha)
    return ops.negative(ops.sum(ops.multiply(weight, ops.multiply(y_true, ops.log(share))), axis=axis))


LABELS[categorical_focal_crossentropy] = "values"


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Focal cross-entropy of one-hot labels; arguments as in ``categorical_focal_crossentropy``."""

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy",
        dtype: Any = None,
    ):
        check_share("CategoricalFocalCrossentropy", label_smoothing)
        from_logits = flag("CategoricalFocalCrossentropy", "from_logits", from_logits)
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_focal_crossentropy, reduction, name, dtype, alpha=alpha, gamma=gamma, **arguments)
