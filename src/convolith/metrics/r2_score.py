"""How much of the labels' variance predictions explain."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from convolith.metrics.metric import Metric, add, factors, numbers, same_rank
from convolith.ops.arguments import integer
from convolith.ops.elementwise import broadcast

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")
SUMS = {"squared_sum": "squared_sum", "sum": "sum", "total_mse": "residual", "count": "count"}
"""Attributes that sum labels' squares, labels, squared errors and weights by output, and their variables' names."""


class R2Score(Metric):
    """1 - (sum of squared errors) / (sum of squares of the labels around their mean).

    Args:
        class_aggregation: None for one number an output, "uniform_average" or "variance_weighted_average" of them.
        num_regressors: 0, or of how many inputs the score is adjusted for.
        name: in logs.
        dtype: kept for Keras's sake.

    Raises:
        TypeError: ``num_regressors`` is no integer.
        ValueError: an argument is none of these, or (when updated) labels and predictions are not both (n, outputs), or
            weights do not fit them.

    Source:
        keras.metrics.R2Score.

    Example:
        >>> from convolith.metrics import R2Score
        >>> round(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]), 4)
        0.5714
    """

    direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: Any = None,
    ):
        if not isinstance(class_aggregation, str | None) or class_aggregation not in AGGREGATIONS:
            raise ValueError(f"R2Score: class_aggregation must be one of {AGGREGATIONS}, got {class_aggregation!r}")
        if integer("R2Score", "num_regressors", num_regressors) < 0:
            raise ValueError(f"R2Score: num_regressors must be an integer >= 0, got {num_regressors!r}")
        super().__init__(dtype=dtype, name=name)
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_sum("num_samples")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions, (n, outputs) each, with a weight for each of the n."""
        y_true, y_pred = same_rank(
            numbers("R2Score", "y_true", y_true, np.float64), numbers("R2Score", "y_pred", y_pred, np.float64)
        )
        if y_true.ndim != 2 or y_true.shape != y_pred.shape:
            raise ValueError(
                f"R2Score: y_true and y_pred must both be (samples, outputs), got {y_true.shape} and {y_pred.shape}"
            )
        weights = factors("R2Score", sample_weight)
        weights = weights[:, None] if weights.ndim == 1 else weights
        if broadcast("R2Score", y_true=y_true.shape, sample_weight=weights.shape) != y_true.shape:
            raise ValueError(f"R2Score: sample_weight must fit y_true {y_true.shape}, got shape {weights.shape}")
        weights = np.broadcast_to(weights, y_true.shape)
        if len(self.variables) == 1:  # the number of outputs is known now
            for attribute, name in SUMS.items():
                setattr(self, attribute, self.add_sum(name, y_true.shape[1:]))
        terms = (weights * y_true**2, weights * y_true, weights * (y_true - y_pred) ** 2, weights)
        for attribute, term in zip(SUMS, terms, strict=True):
            add(getattr(self, attribute), term.sum(axis=0))
        add(self.num_samples, y_true.size)

    def result(self) -> Any:
        """Return the score, or an array of one an output; NaN before the first label."""
        zeros = np.zeros(1)  # before the first label
        squares, total, errors, count = (getattr(self, name).value if hasattr(self, name) else zeros for name in SUMS)
        samples = int(self.num_samples)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = squares - total * total / count
            scores = 1 - errors / variance
        scores = np.where(np.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = np.mean(scores)
        elif self.class_aggregation is not None:
            scores = (variance * scores).sum() / variance.sum()
        free = samples - self.num_regressors - 1
        if self.num_regressors and free > 0:
            scores = 1 - (1 - scores) * (samples - 1) / free
        elif self.num_regressors:
            warnings.warn(
                f"R2Score: {samples} labels are too few to adjust for {self.num_regressors} regressors",
                stacklevel=2,
            )
        return float(scores) if np.ndim(scores) == 0 else scores

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **own}
