"""Precision and recall in one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.metrics.confusion import quotient
from convolith.metrics.metric import Metric, add, factors, numbers
from convolith.ops.arguments import number, positive

AVERAGES = (None, "micro", "macro", "weighted")


class FBetaScore(Metric):
    """Harmonic mean of precision and recall, where recall counts beta times as much.

    Args:
        average: None for one number a class; "macro" for their mean, "weighted" for their mean by the number of labels,
            "micro" for that of all classes counted together.
        beta: a number > 0.
        threshold: None: the largest prediction of a row is yes; else those above this number in (0, 1].
        name: in logs.
        dtype: kept for Keras's sake.

    Raises:
        TypeError: the threshold is no number.
        ValueError: an argument is none of these, or (when updated) labels and predictions are not both (n, classes), or
            weights are not n.

    Source:
        keras.metrics.FBetaScore; van Rijsbergen, "Information retrieval", 1979.

    Example:
        >>> from convolith.metrics import FBetaScore
        >>> round(FBetaScore("micro", beta=2.0)([[1, 0], [1, 0]], [[0.9, 0.1], [0.2, 0.8]]), 4)
        0.5
    """

    direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: Any = None,
    ):
        owner = type(self).__name__
        if not isinstance(average, str | None) or average not in AVERAGES:
            raise ValueError(f"{owner}: average must be one of {AVERAGES}, got {average!r}")
        if threshold is not None and not 0 < number(owner, "threshold", threshold) <= 1:
            raise ValueError(f"{owner}: threshold must be None or a number in (0, 1], got {threshold!r}")
        super().__init__(dtype=dtype, name=name)
        self.average, self.beta = average, positive(owner, "beta", beta)
        self.threshold = None if threshold is None else float(threshold)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions, (n, classes) each, with a weight for each of the n."""
        owner = type(self).__name__
        y_true, y_pred = numbers(owner, "y_true", y_true, np.float64), numbers(owner, "y_pred", y_pred, np.float64)
        if y_true.ndim != 2 or y_true.shape != y_pred.shape or not y_true.shape[1]:
            raise ValueError(
                f"{owner}: y_true and y_pred must both be (samples, classes), got {y_true.shape} and {y_pred.shape}"
            )
        if self.threshold is None:
            yes = (y_pred >= y_pred.max(axis=-1, keepdims=True)) & (abs(y_pred) > 1e-9)
        else:
            yes = y_pred > self.threshold
        weights = factors(owner, sample_weight)
        if weights.size not in (1, len(y_true)):
            raise ValueError(f"{owner}: sample_weight must hold {len(y_true)} factors, got shape {weights.shape}")
        weights = weights.reshape(-1, 1)
        axis = None if self.average == "micro" else 0
        if not self.variables:  # the number of classes is known now
            shape = () if axis is None else y_true.shape[1:]
            for name in ("true_positives", "false_positives", "false_negatives", "intermediate_weights"):
                setattr(self, name, self.add_sum(name, shape))
        counted = (yes * y_true, yes * (1 - y_true), ~yes * y_true, y_true)
        for variable, values in zip(self.variables, counted, strict=True):
            add(variable, (values * weights).sum(axis=axis))

    def result(self) -> Any:
        """Return the score, or an array of one a class; 0 where there is nothing to take it of."""
        if not self.variables:
            return 0.0
        square = self.beta**2
        true_positives, false_positives, _, labelled = (variable.value for variable in self.variables)
        scores = quotient((1 + square) * true_positives, true_positives + false_positives + square * labelled)
        if self.average == "weighted":
            scores = quotient((scores * labelled).sum(), np.sum(labelled))
        elif self.average is not None:
            scores = np.mean(scores)
        return float(scores) if np.ndim(scores) == 0 else scores

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold}


class F1Score(FBetaScore):
    """Harmonic mean of precision and recall; arguments as in ``FBetaScore``."""

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str = "f1_score",
        dtype: Any = None,
    ):
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {name: value for name, value in super().get_config().items() if name != "beta"}
