"""Intersection over union of classes, from a matrix of confusions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.metrics.confusion import quotient
from convolith.metrics.metric import Metric, add, class_numbers, factors, numbers, place_of_largest
from convolith.ops.arguments import flag, integer, integers, number, real
from convolith.ops.conversion import whole_numbers


def confusion_matrix(
    labels: Any, predictions: Any, num_classes: int, weights: Any = None, dtype: Any = "int32"
) -> np.ndarray:
    """Count how often each class (a row) was taken for each (a column).

    Args:
        labels: class numbers from 0, of any shape.
        predictions: class numbers, as many.
        num_classes: how many classes there are.
        weights: None, or what each counts, as many.
        dtype: of the result; one of floats for weights with fractions.

    Returns:
        array (num_classes, num_classes).

    Raises:
        TypeError: an array holds no real numbers, ``num_classes`` is no integer, or the dtype none of real numbers.
        ValueError: the sizes differ, a number is no class, or weights have fractions where the dtype has none.

    Example:
        >>> from convolith.metrics import confusion_matrix
        >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2).tolist()
        [[1, 0], [1, 1]]
    """
    name, kind = "confusion_matrix", real("confusion_matrix", dtype, np.int32)
    if integer(name, "num_classes", num_classes) < 1:
        raise ValueError(f"{name}: num_classes must be an integer >= 1, got {num_classes!r}")
    labels, predictions = (
        class_numbers(name, argument, value).reshape(-1)
        for argument, value in (("labels", labels), ("predictions", predictions))
    )
    if labels.shape != predictions.shape:
        raise ValueError(f"confusion_matrix: labels and predictions differ: {labels.size} and {predictions.size}")
    for argument, classes in (("labels", labels), ("predictions", predictions)):
        wrong = classes[(classes < 0) | (classes >= num_classes)]
        if wrong.size:
            raise ValueError(f"{name}: {argument} must be classes from 0 to {num_classes - 1}, got {wrong[0]}")
    if weights is not None:
        weights = numbers(name, "weights", weights).reshape(-1)
        if weights.size not in (1, labels.size):
            raise ValueError(f"{name}: weights must be one or {labels.size}, got {weights.size}")
        if kind.kind in "iu":  # which would cut fractions
            weights = whole_numbers(f"{name}: weights for dtype {kind}", weights)
        weights = np.broadcast_to(weights, labels.shape)
    places = labels * num_classes + predictions
    return np.bincount(places, weights, num_classes**2).reshape(num_classes, num_classes).astype(kind)


class IoU(Metric):
    """Mean over some classes of what labels and predictions share, over what is in either.

    A class that is in neither is left out of the mean. Labels and predictions that are no class count nowhere.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes to take the mean of.
        name: None takes the class's.
        dtype: kept for Keras's sake; weights are never cut to integers.
        ignore_class: None, or a label to leave out.
        sparse_y_true: whether labels are class numbers; else the largest along ``axis`` counts.
        sparse_y_pred: whether predictions are class numbers; else likewise.
        axis: of the classes.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: a target is no class; or (when updated) the sizes differ, a label has a fraction or is NaN, or there
            is no such axis.

    Source:
        keras.metrics.IoU; Jaccard, 1912.

    Example:
        >>> from convolith.metrics import IoU
        >>> round(IoU(2, [0])([0, 0, 1, 1], [0, 1, 0, 1]), 4)
        0.3333
    """

    direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        super().__init__(dtype=dtype, name=name)
        owner = type(self).__name__
        if integer(owner, "num_classes", num_classes) < 1:
            raise ValueError(f"{owner}: num_classes must be an integer >= 1, got {num_classes!r}")
        chosen = sorted(target_class_ids) if isinstance(target_class_ids, (set, frozenset)) else target_class_ids
        targets = list(integers(owner, "target_class_ids", chosen))
        if not targets or not all(0 <= one < num_classes for one in targets):
            raise ValueError(
                f"{owner}: target_class_ids must be classes from 0 to {num_classes - 1}, got {target_class_ids!r}"
            )
        self.num_classes, self.target_class_ids = int(num_classes), targets
        self.ignore_class = None if ignore_class is None else integer(owner, "ignore_class", ignore_class)
        self.axis = integer(owner, "axis", axis)
        self.sparse_y_true = flag(owner, "sparse_y_true", sparse_y_true)
        self.sparse_y_pred = flag(owner, "sparse_y_pred", sparse_y_pred)
        self.total_cm = self.add_sum("total_confusion_matrix", (num_classes, num_classes))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions; weights are a number, or one a label."""
        owner = type(self).__name__
        y_true = self._classes("y_true", y_true, self.sparse_y_true)
        y_pred = self._classes("y_pred", y_pred, self.sparse_y_pred)
        weights = factors(owner, sample_weight)
        if y_true.shape != y_pred.shape or weights.size not in (1, y_true.size):
            raise ValueError(
                f"{owner}: y_true, y_pred and sample_weight must be as many, "
                f"got {y_true.size}, {y_pred.size} and {weights.size}"
            )
        kept = (y_true >= 0) & (y_true < self.num_classes) & (y_pred >= 0) & (y_pred < self.num_classes)
        if self.ignore_class is not None:
            kept &= y_true != self.ignore_class
        weights = np.broadcast_to(weights.reshape(-1), y_true.shape)[kept]
        add(self.total_cm, confusion_matrix(y_true[kept], y_pred[kept], self.num_classes, weights, np.float64))

    def _classes(self, argument: str, value: Any, sparse: bool) -> np.ndarray:
        owner = type(self).__name__
        found = class_numbers(owner, argument, value) if sparse else place_of_largest(owner, argument, value, self.axis)
        return found.reshape(-1)

    def result(self) -> float:
        """Return the mean; 0.0 where none of the classes was seen."""
        confusions = self.total_cm.value
        both = np.diag(confusions)[self.target_class_ids]
        either = (confusions.sum(axis=0) + confusions.sum(axis=1))[self.target_class_ids] - both
        return float(quotient(quotient(both, either).sum(), (either > 0).sum()))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {name: getattr(self, name) for name in type(self).arguments}
        return {**super().get_config(), **own}

    arguments: tuple[str, ...] = (
        "num_classes", "target_class_ids", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis",
    )  # fmt: skip


class BinaryIoU(IoU):
    """Intersection over union of yes (1) and no (0); predictions of at least the threshold mean yes.

    Raises:
        TypeError: the threshold is no number, or a target no integer.
        ValueError: the threshold is not finite, or a target neither 0 nor 1.
    """

    arguments: tuple[str, ...] = ("target_class_ids", "threshold")

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = number("BinaryIoU", "threshold", threshold)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions; weights are a number, or one a label."""
        super().update_state(y_true, numbers("BinaryIoU", "y_pred", y_pred) >= self.threshold, sample_weight)


class MeanIoU(IoU):
    """Intersection over union, mean over all classes; arguments as in ``IoU``."""

    arguments: tuple[str, ...] = ("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        classes = range(integer(type(self).__name__, "num_classes", num_classes))
        super().__init__(num_classes, classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(IoU):
    """Intersection over union of one-hot labels; arguments as in ``IoU``."""

    arguments: tuple[str, ...] = ("num_classes", "target_class_ids", "ignore_class", "sparse_y_pred", "axis")

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """Intersection over union of one-hot labels, mean over all classes; arguments as in ``IoU``."""

    arguments: tuple[str, ...] = ("num_classes", "ignore_class", "sparse_y_pred", "axis")

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
