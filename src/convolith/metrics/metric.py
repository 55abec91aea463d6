"""The base of all metrics, means, and means of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convolith.graph.tensor import Tensor, Variable
from convolith.registry import Registry, snake_case, unique_name

REGISTRY = Registry("metric", {})


class Metric:
    """Base of all metrics: ``update_state`` for each batch, ``result`` at any time, ``reset_state`` before an epoch.

    A user's own subclass keeps numbers in variables from ``add_variable``, which ``reset_state`` sets to 0.

    Source:
        keras.metrics.Metric.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, name="largest", dtype=None):
        ...         super().__init__(dtype=dtype, name=name)
        ...         self.value = self.add_variable(name="value")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.value.assign(max(self.result(), np.max(y_pred)))
        ...     def result(self):
        ...         return self.value.numpy()
        >>> float(Largest()([0.0, 0.0], [1.0, 2.0]))
        2.0
    """

    direction: str | None = None
    """"up" where more is better, "down" where less is; what callbacks with ``mode="auto"`` go by."""

    def __init__(self, dtype: Any = None, name: str | None = None):
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.log_name = self.name  # in a model with several outputs, with the output's name before
        self.dtype = np.dtype(dtype or np.float32).name
        self.variables: list[Variable] = []

    def add_variable(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Make a variable that belongs to the metric.

        Args:
            shape: its shape.
            initializer: of its first value, as ``convolith.initializers.get`` takes it; None is zeros.
            dtype: None takes the metric's.
            aggregation: of no effect; Keras's.
            name: a short name.
        """
        from convolith import initializers

        value = initializers.get("zeros" if initializer is None else initializer)(shape, dtype or self.dtype)
        variable = Variable(value, trainable=False, name=name, path=f"{self.name}/{name}")
        self.variables.append(variable)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """Do the same as ``add_variable``."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in a batch."""
        raise NotImplementedError(f"metric {type(self).__name__} must define update_state")

    def result(self) -> Any:
        """Return the value over all that was taken in, as a float."""
        raise NotImplementedError(f"metric {type(self).__name__} must define result")

    def reset_state(self) -> None:
        """Forget all that was taken in."""
        for variable in self.variables:
            variable.assign(np.zeros_like(variable.value))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in a batch and return the value so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make a metric from what ``get_config`` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric):
    """Mean of all values, each weighted.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1, 3, 5, 7])
        >>> mean.result()
        4.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget all that was taken in."""
        self.total = 0.0  # sums are kept in float64 whatever the dtype: an epoch has many terms
        self.count = 0.0

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in numbers.

        Args:
            values: numbers of shape (samples, ...); what follows the first axis is averaged.
            sample_weight: None, a number, one weight a sample, or one a value.

        Raises:
            TypeError: the numbers are not known yet, as in a ``train_step`` that is traced.
        """
        refuse_without_values(self, values)
        total, count = weighted(values, sample_weight, np.mean)
        self.total += total
        self.count += count

    def result(self) -> float:
        """Return the weighted mean; 0.0 before the first value."""
        return self.total / self.count if self.count else 0.0

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
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any):
        self.fn, self.kwargs = fn, kwargs
        super().__init__(name=name or getattr(fn, "__name__", None), dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take in a batch of labels and predictions, which have values."""
        refuse_without_values(self, y_true, y_pred)
        super().update_state(self.fn(np.asarray(y_true), np.asarray(y_pred), **self.kwargs), sample_weight)

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
        >>> total = Sum()
        >>> total.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
        >>> total.result()
        4.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None):
        super().__init__(dtype=dtype, name=name)
        self.reset_state()

    def reset_state(self) -> None:
        """Forget all that was taken in."""
        self.total = 0.0

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in numbers of shape (samples, ...), which have values; ``sample_weight`` as in ``Mean``."""
        refuse_without_values(self, values)
        self.total += weighted(values, sample_weight, np.sum)[0]

    def result(self) -> float:
        """Return the weighted sum; 0.0 before the first value."""
        return self.total


def refuse_without_values(metric: Metric, *values: Any) -> None:
    """Raise TypeError for tensors of a step that is traced: it is run without the metric."""
    for value in values:
        if isinstance(value, Tensor) and not isinstance(value, Variable):
            raise TypeError(
                f"metric {metric.name}: update_state expects arrays, got {value!r}, which has no values yet: "
                f"train_step and test_step are traced once, so let them return the number itself, "
                f"of which fit and evaluate report the mean"
            )


def weighted(values: Any, sample_weight: Any, reduce: Callable[..., Any]) -> tuple[float, float]:
    """Return the sum of the samples' weighted values, and that of their weights.

    Args:
        values: numbers (samples, ...).
        sample_weight: None, a number, one weight a sample, or one for each of the first axes.
        reduce: makes one number of the axes behind the first: ``numpy.mean`` or ``numpy.sum``.

    Raises:
        ValueError: the weights do not fit.
    """
    values = np.asarray(values, np.float64)
    if sample_weight is None:
        per_sample = values if values.ndim <= 1 else reduce(values, axis=tuple(range(1, values.ndim)))
        return float(per_sample.sum()), float(per_sample.size)
    weights, values = same_rank(np.asarray(sample_weight, np.float64), values)
    if weights.ndim > values.ndim or any(
        size not in (1, wanted) for size, wanted in zip(weights.shape, values.shape, strict=False)
    ):
        raise ValueError(
            f"metric: sample_weight must have one factor a sample, for values of shape {values.shape}, "
            f"got shape {weights.shape}"
        )
    values = reduce(values, axis=tuple(range(weights.ndim, values.ndim)))
    weights = np.broadcast_to(weights, values.shape)
    inner = tuple(range(1, weights.ndim))
    return float(np.sum(reduce(values * weights, axis=inner))), float(np.sum(reduce(weights, axis=inner)))


def same_rank(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop or add a last axis of 1 where the labels' rank differs from the predictions' by one."""
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    elif y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., None]
    return y_true, y_pred
