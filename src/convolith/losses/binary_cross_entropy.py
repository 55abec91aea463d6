"""Losses of yes or no."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.losses.loss import LABELS, LossFunctionWrapper, check_share, operands
from convolith.ops.arguments import flag


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """Mean over an axis of -y_true * log(y_pred) - (1 - y_true) * log(1 - y_pred).

    Args:
        y_true: array or tensor (n, ..., d) of labels in [0, 1].
        y_pred: the same shape: probabilities, or logits if ``from_logits``. Where a traced model ends with sigmoid, the
            loss is computed from its logits, which is exact.
        from_logits: whether ``y_pred`` are logits.
        label_smoothing: how far labels go towards 0.5, in [0, 1].
        axis: of the mean.

    Returns:
        array or tensor without that axis.

    Raises:
        ValueError: ``label_smoothing`` is outside of [0, 1], or the shapes do not fit.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import binary_crossentropy
        >>> binary_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(4).tolist()
        [0.6931]
    """
    check_share("binary_crossentropy", label_smoothing)
    y_true, y_pred = operands("binary_crossentropy", y_true, y_pred)
    return ops.mean(ops.binary_crossentropy(smoothed(y_true, label_smoothing), y_pred, from_logits), axis=axis)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Binary cross-entropy where what is predicted well counts less: times (1 - probability of the label)^gamma.

    Args:
        y_true: array or tensor (n, ..., d) of labels in [0, 1].
        y_pred: the same shape: probabilities, or logits if ``from_logits``.
        apply_class_balancing: whether to multiply by alpha for the label 1 and by 1 - alpha for the label 0.
        alpha: that factor.
        gamma: how much less it counts.
        from_logits: whether ``y_pred`` are logits.
        label_smoothing: how far labels go towards 0.5, in [0, 1].
        axis: of the mean.

    Returns:
        array or tensor without that axis.

    Raises:
        ValueError: ``label_smoothing`` is outside of [0, 1], or the shapes do not fit.

    Source:
        Lin et al., "Focal loss for dense object detection", arXiv 1708.02002.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import binary_focal_crossentropy
        >>> binary_focal_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(4).tolist()
        [0.1733]
    """
    check_share("binary_focal_crossentropy", label_smoothing)
    y_true, y_pred = operands("binary_focal_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing)
    entropy = ops.binary_crossentropy(y_true, y_pred, from_logits)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    no = ops.subtract(1.0, y_true)
    right = ops.add(ops.multiply(y_true, y_pred), ops.multiply(no, ops.subtract(1.0, y_pred)))
    values = ops.multiply(ops.power(ops.subtract(1.0, right), gamma), entropy)
    if flag("binary_focal_crossentropy", "apply_class_balancing", apply_class_balancing):
        values = ops.multiply(values, ops.add(ops.multiply(y_true, alpha), ops.multiply(no, 1 - alpha)))
    return ops.mean(values, axis=axis)


def smoothed(y_true: Any, label_smoothing: float) -> Any:
    """Draw labels towards 0.5."""
    return ops.add(ops.multiply(y_true, 1 - label_smoothing), 0.5 * label_smoothing) if label_smoothing else y_true


LABELS.update(dict.fromkeys((binary_crossentropy, binary_focal_crossentropy), "values"))


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross-entropy of labels 0 and 1; arguments as in ``binary_crossentropy``.

    Example:
        >>> from convolith.losses import BinaryCrossentropy
        >>> round(float(BinaryCrossentropy(from_logits=True)([[0.0], [1.0]], [[0.0], [0.0]])), 4)
        0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ):
        check_share("BinaryCrossentropy", label_smoothing)
        from_logits = flag("BinaryCrossentropy", "from_logits", from_logits)
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(binary_crossentropy, reduction, name, dtype, **arguments)


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Focal cross-entropy of labels 0 and 1; arguments as in ``binary_focal_crossentropy``."""

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
    ):
        check_share("BinaryFocalCrossentropy", label_smoothing)
        from_logits = flag("BinaryFocalCrossentropy", "from_logits", from_logits)
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        balanced = flag("BinaryFocalCrossentropy", "apply_class_balancing", apply_class_balancing)
        focal = {"apply_class_balancing": balanced, "alpha": alpha, "gamma": gamma}
        super().__init__(binary_focal_crossentropy, reduction, name, dtype, **focal, **arguments)
