"""Counts of right and wrong answers: by thresholds for yes and no, and a matrix for classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from convolith.metrics.metric import Metric, add, factors, numbers, same_rank
from convolith.ops.arguments import integer

BELOW_ALL = -1e10
"""What predictions outside of the top k count as."""


class Counts(NamedTuple):
    """True and false answers yes (positives) and no (negatives), (thresholds,) or (thresholds, labels)."""

    true_positives: np.ndarray
    false_positives: np.ndarray
    true_negatives: np.ndarray
    false_negatives: np.ndarray


def checked_thresholds(owner: str, thresholds: Any, default: float = 0.5) -> list[float]:
    """Return thresholds as a list.

    Raises:
        ValueError: one is not in [0, 1].
    """
    if thresholds is None:
        return [default]
    several = [thresholds] if np.ndim(thresholds) == 0 else list(thresholds)
    shares = [one for one in several if isinstance(one, (int, float, np.integer, np.floating)) and 0 <= one <= 1]
    if not several or len(shares) < len(several):
        raise ValueError(f"{owner}: thresholds must be numbers in [0, 1], got {thresholds!r}")
    return [float(one) for one in shares]


def checked_class(owner: str, class_id: Any) -> int | None:
    """Return the only class that counts, or None.

    Raises:
        TypeError: it is no integer.
        ValueError: it is negative.
    """
    if class_id is not None and integer(owner, "class_id", class_id) < 0:
        raise ValueError(f"{owner}: class_id must be None or an integer >= 0, got {class_id!r}")
    return None if class_id is None else int(class_id)


def counts(
    owner: str,
    y_true: Any,
    y_pred: Any,
    thresholds: Sequence[float],
    sample_weight: Any = None,
    label_weights: Any = None,
    by_label: bool = False,
    top_k: int | None = None,
    class_id: int | None = None,
) -> Counts:
    """Count what predictions above each threshold mean, NaN being above none.

    Args:
        owner: the metric's name, for errors.
        y_true: (n, ...) labels; all but 0 mean yes.
        y_pred: the same shape, numbers; compared in float32.
        thresholds: numbers in any order.
        sample_weight: None, a number, or one weight a sample or value.
        label_weights: None, or a weight for each place of the last axis.
        by_label: whether to count each place of the last axis on its own.
        top_k: None, or how many of the largest predictions in a row may be yes.
        class_id: None, or the only place of the last axis that counts.

    Raises:
        TypeError: labels, predictions or weights hold no real numbers.
        ValueError: the shapes do not fit.
    """
    y_true, y_pred = same_rank(numbers(owner, "y_true", y_true), numbers(owner, "y_pred", y_pred, np.float32))
    if y_true.shape != y_pred.shape:
        raise ValueError(f"{owner}: y_true must have the shape of y_pred, {y_pred.shape}, got {y_true.shape}")
    if (by_label or class_id is not None or top_k is not None) and y_pred.ndim < 2:
        raise ValueError(f"{owner}: y_pred must have an axis of samples and one of classes, got shape {y_pred.shape}")
    if class_id is not None and class_id >= y_pred.shape[-1]:
        raise ValueError(f"{owner}: class_id must be one of the classes of y_pred {y_pred.shape}, got {class_id}")
    weights = _factors(owner, sample_weight, y_pred.shape)
    if label_weights is not None:
        weights = weights * np.asarray(label_weights, np.float64)
    if top_k is not None:
        order = np.argsort(-y_pred, axis=-1, kind="stable")[..., :top_k]
        y_pred = np.where(_marked(order, y_pred.shape), y_pred, np.float32(BELOW_ALL))
    if class_id is not None:
        y_true, y_pred, weights = (array[..., class_id] for array in (y_true, y_pred, weights))
    columns = y_pred.shape[-1] if by_label else 1
    order = np.argsort(thresholds, kind="stable")
    # How many thresholds lie below each prediction.
    passed = np.searchsorted(np.asarray(thresholds, np.float32)[order], y_pred, side="left")
    passed[np.isnan(y_pred)] = 0
    found = [np.zeros((len(order), columns)) for _ in range(4)]
    yes, passed, weights = (
        (y_true != 0).reshape(-1, columns),
        passed.reshape(-1, columns),
        weights.reshape(-1, columns),
    )
    for column in range(columns):
        for above, below, labels in ((found[0], found[3], yes), (found[1], found[2], ~yes)):
            each = np.where(labels[:, column], weights[:, column], 0.0)
            sums = np.bincount(passed[:, column], each, len(order) + 1)
            above[order, column] = np.cumsum(sums[::-1])[::-1][1:]
            below[order, column] = np.cumsum(sums)[:-1]
    return Counts(*(array if by_label else array[:, 0] for array in found))


def _factors(owner: str, sample_weight: Any, shape: tuple[int, ...]) -> np.ndarray:
    weights = factors(owner, sample_weight)
    if weights.ndim == len(shape) + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    aligned = weights.reshape(*weights.shape, *(1,) * max(0, len(shape) - weights.ndim)) if weights.ndim else weights
    try:
        return np.broadcast_to(aligned, shape)
    except ValueError as error:
        raise ValueError(f"{owner}: sample_weight must fit predictions {shape}, got shape {weights.shape}") from error


def _marked(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    marked = np.zeros(shape, bool)
    np.put_along_axis(marked, places, True, axis=-1)
    return marked


def quotient(numerator: Any, denominator: Any) -> np.ndarray:
    """Divide, with 0 where the denominator is 0."""
    numerator, denominator = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    return np.divide(numerator, denominator, out=np.zeros(np.broadcast(numerator, denominator).shape),
                     where=denominator != 0)  # fmt: skip


class ThresholdMetric(Metric):
    """Base of the metrics that sum counts by thresholds, and compute their result of them."""

    thresholds: list[float]
    kinds: tuple[str, ...] = Counts._fields
    """Which counts are kept, each in a variable of that name."""

    def make_counters(self, *labels: int) -> None:
        """Make the variables, (thresholds, *labels) each."""
        for kind in self.kinds:
            setattr(self, kind, self.add_sum(kind, (len(self.thresholds), *labels)))

    @property
    def counts(self) -> Counts:
        """The counts so far; zeros for the kinds that are not kept."""
        none = np.zeros(self.variables[0].shape)
        return Counts(*(getattr(self, kind).value if kind in self.kinds else none for kind in Counts._fields))

    def take_in(self, y_true: Any, y_pred: Any, **arguments: Any) -> None:
        """Add the counts of a batch; arguments as for ``counts``."""
        new = counts(type(self).__name__, y_true, y_pred, self.thresholds, **arguments)
        for kind in self.kinds:
            add(getattr(self, kind), getattr(new, kind))


def one_or_all(values: np.ndarray) -> Any:
    """Return a float for a single threshold, else the array of one number each."""
    return float(values[0]) if len(values) == 1 else values


class _Count(Metric):
    """One of the four counts.

    Args:
        thresholds: None (0.5), a number in [0, 1] or a list of them; the result is a number, or one each.
        name: None takes the class's.
        dtype: kept for Keras's sake.

    Raises:
        ValueError: a threshold is not in [0, 1].
    """

    kind: str

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.given_thresholds = thresholds
        self.thresholds = checked_thresholds(type(self).__name__, thresholds)
        self.accumulator = self.add_sum("accumulator", (len(self.thresholds),))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        new = counts(type(self).__name__, y_true, y_pred, self.thresholds, sample_weight)
        add(self.accumulator, getattr(new, self.kind))

    def result(self) -> Any:
        """Return the weighted count, one a threshold."""
        return one_or_all(self.accumulator.numpy())

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "thresholds": self.given_thresholds}


class TruePositives(_Count):
    """How many predictions above the threshold have the label yes; arguments: thresholds, name, dtype.

    Example:
        >>> from convolith.metrics import TruePositives
        >>> TruePositives()([0, 1, 1], [0.2, 0.4, 0.6])
        1.0
    """

    kind = "true_positives"


class FalsePositives(_Count):
    """How many predictions above the threshold have the label no; arguments: thresholds, name, dtype."""

    kind = "false_positives"


class TrueNegatives(_Count):
    """How many predictions not above the threshold have the label no; arguments: thresholds, name, dtype."""

    kind = "true_negatives"


class FalseNegatives(_Count):
    """How many predictions not above the threshold have the label yes; arguments: thresholds, name, dtype."""

    kind = "false_negatives"
