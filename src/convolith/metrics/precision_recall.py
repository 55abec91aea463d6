"""Shares of right answers among those given, and among those wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convolith.metrics.confusion import (
    BELOW_ALL,
    Counts,
    ThresholdMetric,
    checked_class,
    checked_thresholds,
    one_or_all,
    quotient,
)
from convolith.metrics.metric import numbers
from convolith.ops.arguments import integer, number


def precision(counts: Counts) -> np.ndarray:
    """Share of labels yes among predictions yes."""
    return quotient(counts.true_positives, counts.true_positives + counts.false_positives)


def recall(counts: Counts) -> np.ndarray:
    """Share of predictions yes among labels yes; also called sensitivity."""
    return quotient(counts.true_positives, counts.true_positives + counts.false_negatives)


def specificity(counts: Counts) -> np.ndarray:
    """Share of predictions no among labels no."""
    return quotient(counts.true_negatives, counts.true_negatives + counts.false_positives)


class _Share(ThresholdMetric):
    """A share at one threshold or several.

    Args:
        thresholds: None (0.5), a number in [0, 1] or a list of them; the result is a number, or one each.
        top_k: None, or how many of the largest predictions in a row may be yes; then the threshold counts only if it
            is given.
        class_id: None, or the only class that counts.
        name: None takes the class's.
        dtype: kept for Keras's sake.

    Raises:
        TypeError: top_k or class_id is no integer.
        ValueError: a threshold is not in [0, 1], top_k below 1, class_id below 0, or (when updated) there is no axis of
            classes or no such class.
    """

    direction = "up"
    share: Callable[[Counts], np.ndarray]

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(dtype=dtype, name=name)
        owner = type(self).__name__
        if top_k is not None and integer(owner, "top_k", top_k) < 1:
            raise ValueError(f"{owner}: top_k must be None or an integer >= 1, got {top_k!r}")
        self.given_thresholds, self.class_id = thresholds, checked_class(owner, class_id)
        self.top_k = None if top_k is None else int(top_k)
        default = 0.5 if top_k is None else BELOW_ALL
        self.thresholds = checked_thresholds(owner, thresholds, default)
        self.make_counters()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        self.take_in(y_true, y_pred, sample_weight=sample_weight, top_k=self.top_k, class_id=self.class_id)

    def result(self) -> Any:
        """Return the share, one a threshold; 0.0 where there is nothing to take it of."""
        return one_or_all(type(self).share(self.counts))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"thresholds": self.given_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **own}


class Precision(_Share):
    """Share of labels yes among predictions yes; arguments: thresholds, top_k, class_id, name, dtype.

    Example:
        >>> from convolith.metrics import Precision
        >>> Precision()([0, 1, 1], [0.6, 0.4, 0.6])
        0.5
    """

    share = staticmethod(precision)
    kinds = ("true_positives", "false_positives")


class Recall(_Share):
    """Share of predictions yes among labels yes; arguments: thresholds, top_k, class_id, name, dtype.

    Example:
        >>> from convolith.metrics import Recall
        >>> Recall()([0, 1, 1], [0.6, 0.4, 0.6])
        0.5
    """

    share = staticmethod(recall)
    kinds = ("true_positives", "false_negatives")


class _BestUnderConstraint(ThresholdMetric):
    """The largest of one share at the thresholds where another is at least a value.

    Raises:
        TypeError: the value is no number, or ``num_thresholds`` or ``class_id`` no integer.
        ValueError: the value is not in [0, 1], ``num_thresholds`` below 1, or ``class_id`` below 0.
    """

    direction = "up"
    constraint: str
    constrained: Callable[[Counts], np.ndarray]
    share: Callable[[Counts], np.ndarray]

    def __init__(self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any):
        owner = type(self).__name__
        value = number(owner, self.constraint, value)
        if not 0 <= value <= 1:
            raise ValueError(f"{owner}: {self.constraint} must be in [0, 1], got {value!r}")
        if integer(owner, "num_thresholds", num_thresholds) < 1:
            raise ValueError(f"{owner}: num_thresholds must be an integer > 0, got {num_thresholds!r}")
        super().__init__(dtype=dtype, name=name)
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, checked_class(owner, class_id)
        self.thresholds = [0.5] if num_thresholds == 1 else np.linspace(0, 1, num_thresholds).tolist()
        self.make_counters()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions in [0, 1]."""
        y_pred = np.clip(numbers(type(self).__name__, "y_pred", y_pred), 0, 1)
        self.take_in(y_true, y_pred, sample_weight=sample_weight, class_id=self.class_id)

    def result(self) -> float:
        """Return the largest share; 0.0 where no threshold is good enough."""
        possible = type(self).constrained(self.counts) >= self.value
        return float(np.max(type(self).share(self.counts), where=possible, initial=0.0))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {self.constraint: self.value, "num_thresholds": self.num_thresholds, "class_id": self.class_id}
        return {**super().get_config(), **own}


class SensitivityAtSpecificity(_BestUnderConstraint):
    """The largest sensitivity at a specificity of at least ``specificity``."""

    constraint, constrained, share = "specificity", staticmethod(specificity), staticmethod(recall)

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_BestUnderConstraint):
    """The largest specificity at a sensitivity of at least ``sensitivity``."""

    constraint, constrained, share = "sensitivity", staticmethod(recall), staticmethod(specificity)

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(_BestUnderConstraint):
    """The largest precision at a recall of at least ``recall``."""

    constraint, constrained, share = "recall", staticmethod(recall), staticmethod(precision)

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_BestUnderConstraint):
    """The largest recall at a precision of at least ``precision``."""

    constraint, constrained, share = "precision", staticmethod(precision), staticmethod(recall)

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
