"""Losses of classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith import ops
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.losses.loss import LABELS, LossFunctionWrapper, as_array, check_share
from convolith.ops.arguments import flag, integer, one_axis
from convolith.ops.conversion import whole_numbers


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """Cross-entropy of one-hot (or any) distributions over classes.

    Args:
        y_true: array or tensor (n, ..., classes).
        y_pred: the same shape: probabilities, or logits if ``from_logits``. Where a traced model ends with softmax,
            the loss is computed from its logits, which is exact.
        from_logits: whether ``y_pred`` are logits.
        label_smoothing: share of the labels that is spread over all classes, in [0, 1].
        axis: of the classes; Keras spreads by the size of the last axis, whichever this is.

    Returns:
        array or tensor without that axis.

    Raises:
        TypeError: ``label_smoothing`` is no number, or the axis no integer.
        ValueError: the shapes differ, or ``label_smoothing`` is outside of [0, 1].

    Example:
        >>> import numpy as np
        >>> from convolith.losses import categorical_crossentropy
        >>> categorical_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.0, 0.0]]), from_logits=True).round(4).tolist()
        [0.6931]
    """
    check_share("categorical_crossentropy", label_smoothing)
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    if np.dtype(y_pred.dtype).kind == "f" and y_true.dtype != y_pred.dtype:
        y_true = ops.cast(y_true, y_pred.dtype)
    if label_smoothing:
        classes = y_pred.shape[one_axis("categorical_crossentropy", axis, y_pred.shape, "y_pred")]
        y_true = ops.add(ops.multiply(y_true, 1 - label_smoothing), label_smoothing / classes)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """Cross-entropy of class numbers.

    Args:
        y_true: array or tensor (n, ...) or (n, ..., 1) of class numbers from 0.
        y_pred: array or tensor (n, ..., classes): probabilities, or logits if ``from_logits``. Where a traced model
            ends with softmax, the loss is computed from its logits, which is exact.
        from_logits: whether ``y_pred`` are logits.
        ignore_class: None, or a class number (-1 or 255, say) whose predictions, finite ones, have the loss 0.
        axis: of the classes.

    Returns:
        array or tensor (n, ...).

    Raises:
        TypeError: ``ignore_class`` is no integer.
        ValueError: a shape does not fit, or a label is no class.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import sparse_categorical_crossentropy
        >>> sparse_categorical_crossentropy(np.array([1]), np.array([[0.0, 0.0]]), from_logits=True).round(4).tolist()
        [0.6931]
    """
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    y_true = whole_numbers("sparse_categorical_crossentropy: y_true", y_true)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    other = Other(integer("sparse_categorical_crossentropy", "ignore_class", ignore_class))(y_true)
    y_true = ops.cast(ops.multiply(y_true, other), np.int64)
    values = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    return ops.multiply(values, ops.reshape(ops.cast(other, values.dtype), (-1, *values.shape[1:])))


@dataclass(frozen=True)
class Other(Operation):
    """1 where a label is another than the class of this number, else 0; it has no gradient."""

    number: int
    keeps = (0,)

    def infer(self, labels: Spec) -> Spec:
        """Keep the shape."""
        return Spec(labels.shape, np.dtype(np.float32))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Compare."""
        np.not_equal(inputs[0], self.number, out=outputs[0], casting="unsafe")

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


LABELS.update({categorical_crossentropy: "values", sparse_categorical_crossentropy: "classes"})


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of one-hot labels; arguments as in ``categorical_crossentropy``.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import CategoricalCrossentropy
        >>> float(CategoricalCrossentropy(from_logits=True)(np.eye(2), np.zeros((2, 2))).round(4))
        0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ):
        check_share("CategoricalCrossentropy", label_smoothing)
        from_logits = flag("CategoricalCrossentropy", "from_logits", from_logits)
        arguments = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, reduction, name, dtype, **arguments)


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross-entropy of class numbers; arguments as in ``sparse_categorical_crossentropy``.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import SparseCategoricalCrossentropy
        >>> float(SparseCategoricalCrossentropy(from_logits=True)(np.array([0, 1]), np.zeros((2, 2))).round(4))
        0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ):
        if ignore_class is not None:
            ignore_class = integer(type(self).__name__, "ignore_class", ignore_class)
        from_logits = flag("SparseCategoricalCrossentropy", "from_logits", from_logits)
        arguments = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(sparse_categorical_crossentropy, reduction, name, dtype, **arguments)
        if ignore_class is not None:
            self.labels = "any"  # it may be no class at all

    def counted(self, y_true: Any, values: Any) -> Any:
        """Tell which values count in the mean: those of other classes than the ignored one."""
        number = self.kwargs["ignore_class"]
        return None if number is None else ops.reshape(Other(number)(y_true), values.shape)
