"""The area under a curve of two shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.defaults import epsilon
from convolith.metrics.confusion import Counts, ThresholdMetric, checked_thresholds, quotient
from convolith.metrics.metric import numbers
from convolith.metrics.precision_recall import precision, recall
from convolith.ops.arguments import flag, integer

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATION_METHODS = ("interpolation", "minoring", "majoring")


class AUC(ThresholdMetric):
    """Area under the curve of recall over the share of false alarms (ROC), or of precision over recall (PR).

    Args:
        num_thresholds: at how many thresholds the curve is known.
        curve: "ROC", "PR" or "PRGAIN" (gains of precision and recall).
        summation_method: "interpolation" (of the curve), "minoring" (from below) or "majoring" (from above).
        name: None takes "auc".
        dtype: kept for Keras's sake.
        thresholds: None, or thresholds in [0, 1] between the ends, in place of ``num_thresholds``.
        multi_label: whether to take the mean of the areas of each place of the last axis.
        num_labels: None, or how many places there are; only with ``multi_label``.
        label_weights: None, or a weight for each.
        from_logits: whether predictions are logits.

    Raises:
        TypeError: a number or switch is of another kind.
        ValueError: an argument is none of these, or (when updated) the shapes do not fit.

    Source:
        keras.metrics.AUC; interpolation of PR: Davis and Goadrich, 2006; gains: Flach and Kull, 2015.

    Example:
        >>> from convolith.metrics import AUC
        >>> round(AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]), 6)
        0.75
    """

    direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ):
        if str(curve).upper() not in CURVES:
            raise ValueError(f"AUC: curve must be one of {CURVES}, got {curve!r}")
        if str(summation_method).lower() not in SUMMATION_METHODS:
            raise ValueError(f"AUC: summation_method must be one of {SUMMATION_METHODS}, got {summation_method!r}")
        if thresholds is None and integer("AUC", "num_thresholds", num_thresholds) < 2:
            raise ValueError(f"AUC: num_thresholds must be an integer > 1, got {num_thresholds!r}")
        if num_labels is not None and integer("AUC", "num_labels", num_labels) < 1:
            raise ValueError(f"AUC: num_labels must be None or an integer >= 1, got {num_labels!r}")
        if not flag("AUC", "multi_label", multi_label) and num_labels is not None:
            raise ValueError(f"AUC: num_labels goes with multi_label=True only, got {num_labels!r}")
        flag("AUC", "from_logits", from_logits)
        super().__init__(dtype=dtype, name=name)
        between = np.linspace(0, 1, num_thresholds)[1:-1].tolist() if thresholds is None else _sorted(thresholds)
        factors = None if label_weights is None else numbers("AUC", "label_weights", label_weights, np.float64)
        if factors is not None and factors.ndim != 1:
            raise ValueError(f"AUC: label_weights must hold one factor a label, got shape {factors.shape}")
        self.thresholds = [-epsilon(), *between, 1 + epsilon()]
        self.curve, self.summation_method = curve.upper(), summation_method.lower()
        self.config: dict[str, Any] = {
            "num_thresholds": len(self.thresholds), "curve": self.curve, "summation_method": self.summation_method,
            "multi_label": multi_label, "num_labels": num_labels, "from_logits": from_logits,
            "label_weights": None if factors is None else factors.tolist(),
            **({} if thresholds is None else {"thresholds": between}),
        }  # fmt: skip
        if not multi_label:
            self.make_counters()
        elif num_labels:
            self.make_counters(num_labels)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        y_pred = numbers("AUC", "y_pred", y_pred)
        by_label, labels = self.config["multi_label"], self.config["num_labels"]
        if by_label and (np.ndim(y_pred) != 2 or (labels and np.shape(y_pred)[1] != labels)):
            expected = f"(samples, {labels or 'labels'})"
            raise ValueError(f"AUC: y_pred must have shape {expected}, got {np.shape(y_pred)}")
        weights = self.config["label_weights"]
        if weights is not None and (y_pred.ndim < 2 or y_pred.shape[-1] != len(weights)):
            raise ValueError(
                f"AUC: label_weights must hold one factor a label of y_pred {y_pred.shape}, got {len(weights)}"
            )
        if not self.variables:  # the number of labels is known now
            self.make_counters(np.shape(y_pred)[1])
        if self.config["from_logits"]:
            y_pred = 1 / (1 + np.exp(-y_pred.astype(np.float64)))
        arguments = {"label_weights": None if by_label else weights, "by_label": by_label}
        self.take_in(y_true, np.clip(y_pred, 0, 1), sample_weight=sample_weight, **arguments)

    def result(self) -> float:
        """Return the area; 0.0 before the number of labels is known."""
        if not self.variables:
            return 0.0
        if self.curve == "PR" and self.summation_method == "interpolation":
            parts = _interpolated_pr(self.counts)
        else:
            x, y = self._curve()
            left, right = y[:-1], y[1:]
            heights = {
                "interpolation": (left + right) / 2,
                "minoring": np.minimum(left, right),
                "majoring": np.maximum(left, right),
            }[self.summation_method]
            parts = (x[:-1] - x[1:]) * heights
        areas = parts.sum(axis=0)
        weights = self.config["label_weights"] if self.config["multi_label"] else None
        return float(np.mean(areas) if weights is None else quotient(np.dot(areas, weights), np.sum(weights)))

    def _curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the curve's x and y at the thresholds, from the least on."""
        if self.curve == "ROC":
            false_alarms = quotient(
                self.counts.false_positives, self.counts.false_positives + self.counts.true_negatives
            )
            return false_alarms, recall(self.counts)
        if self.curve == "PR":
            return recall(self.counts), precision(self.counts)
        true, false, true_no, false_no = self.counts
        odds = quotient(true + false_no, true_no + false)
        recall_gain = np.where(true == 0, 0.0, 1 - odds * quotient(false_no, true))
        return np.maximum(recall_gain, 0.0), np.where(true == 0, 1.0, 1 - odds * quotient(false, true))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), **self.config}


def _sorted(thresholds: Any) -> list[float]:
    """Return thresholds from the least on; there may be none.

    Raises:
        ValueError: one is not in [0, 1], or they are no list.
    """
    if np.ndim(thresholds) == 0:
        raise ValueError(f"AUC: thresholds must be a list of numbers in [0, 1], got {thresholds!r}")
    return sorted(checked_thresholds("AUC", thresholds)) if len(thresholds) else []


def _interpolated_pr(counts: Counts) -> np.ndarray:
    """Areas between thresholds, where true and all positives are taken to grow in proportion."""
    true, positive = counts.true_positives, counts.true_positives + counts.false_positives
    grown, slope = true[:-1] - true[1:], quotient(true[:-1] - true[1:], positive[:-1] - positive[1:])
    intercept = true[1:] - slope * positive[1:]
    known = (positive[:-1] > 0) & (positive[1:] > 0)
    ratio = np.where(known, quotient(positive[:-1], positive[1:]), 1.0)
    return quotient(slope * (grown + intercept * np.log(ratio)), true[1:] + counts.false_negatives[1:])
