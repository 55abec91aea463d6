"""Means and sums of numbers, and means of functions of labels and predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convolith.metrics.metric import REGISTRY, Metric, add, is_of_the_user, numbers, same_rank
from convolith.ops.arguments import held


class Mean(Metric):
    """Mean of all values, each weighted.

    Example:
        >>> from convolith.metrics import Mean
        >>> mean = Mean()
        >>> mean.update_state([1, 3, 5, 7])
        >>> mean.result()
        4.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.total, self.count = self.add_sum("total"), self.add_sum("count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in numbers.

        Args:
            values: numbers of shape (samples, ...); what follows the first axis is averaged.
            sample_weight: None, a number, one weight a sample, or one a value.

        Raises:
            TypeError: one of them holds no real numbers.
            ValueError: the weights do not fit.
        """
        total, count = weighted(type(self).__name__, values, sample_weight, np.mean)
        add(self.total, total)
        add(self.count, count)

    def result(self) -> float:
        """Return the weighted mean; 0.0 before the first value."""
        count = float(self.count)
        return float(self.total) / count if count else 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}


class MeanMetricWrapper(Mean):
    """Mean of a function of (y_true, y_pred) that gives one value a sample.

    Args:
        fn: called with NumPy arrays and ``kwargs``.
        name: in logs; None takes the function's own name.
        dtype: kept for Keras's sake.
        kwargs: further arguments of ``fn``.

    Raises:
        TypeError: ``fn`` is no function.
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any):
        if not callable(fn):
            raise TypeError(f"{type(self).__name__}: fn must be a function (y_true, y_pred), got {fn!r}")
        self.fn, self.kwargs = fn, {key: held(value) for key, value in kwargs.items()}  # JSON holds no arrays
        super().__init__(name=getattr(fn, "__name__", None) if name is None else name, dtype=dtype)

    @property
    def may_keep_arrays(self) -> bool:
        """Whether it or its function may keep the arrays that they are given."""
        return super().may_keep_arrays or is_of_the_user(self.fn)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take in a batch of labels and predictions."""
        owner = type(self).__name__
        y_true, y_pred = numbers(owner, "y_true", y_true), numbers(owner, "y_pred", y_pred)
        super().update_state(self.fn(y_true, y_pred, **self.kwargs), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"fn": REGISTRY.serialize(self.fn)} if type(self) is MeanMetricWrapper else {}
        return {**own, **super().get_config(), **self.kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make a metric from what ``get_config`` returned."""
        if "fn" in config:
            config = {**config, "fn": REGISTRY.get(config["fn"])}
        return cls(**config)


class Sum(Metric):
    """Sum of all values, each weighted.

    Example:
        >>> from convolith.metrics import Sum
        >>> total = Sum()
        >>> total.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
        >>> total.result()
        4.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.total = self.add_sum("total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in numbers of shape (samples, ...); ``sample_weight`` as in ``Mean``."""
        add(self.total, weighted(type(self).__name__, values, sample_weight, np.sum)[0])

    def result(self) -> float:
        """Return the weighted sum; 0.0 before the first value."""
        return float(self.total)


def weighted(owner: str, values: Any, sample_weight: Any, reduce: Callable[..., Any]) -> tuple[float, float]:
    """Return the sum of the samples' weighted values, and that of their weights.

    Args:
        owner: the metric's name, for errors.
        values: numbers (samples, ...).
        sample_weight: None, a number, one weight a sample, or one for each of the first axes.
        reduce: makes one number of the axes behind the first: ``numpy.mean`` or ``numpy.sum``.

    Raises:
        TypeError: values or weights hold no real numbers.
        ValueError: the weights do not fit.
    """
    values = numbers(owner, "values", values, np.float64)
    if sample_weight is None:
        per_sample = values if values.ndim <= 1 else reduce(values, axis=tuple(range(1, values.ndim)))
        return float(per_sample.sum()), float(per_sample.size)
    weights, values = same_rank(numbers(owner, "sample_weight", sample_weight, np.float64), values)
    if weights.ndim > values.ndim or any(
        size not in (1, wanted) for size, wanted in zip(weights.shape, values.shape, strict=False)
    ):
        raise ValueError(
            f"{owner}: sample_weight must have one factor a sample, for values of shape {values.shape}, "
            f"got shape {weights.shape}"
        )
    values = reduce(values, axis=tuple(range(weights.ndim, values.ndim)))
    weights = np.broadcast_to(weights, values.shape)
    inner = tuple(range(1, weights.ndim))
    return float(np.sum(reduce(values * weights, axis=inner))), float(np.sum(reduce(weights, axis=inner)))
