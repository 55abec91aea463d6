"""Losses of numbers."""

from __future__ import annotations

import math
from typing import Any

from convolith import ops
from convolith.defaults import epsilon
from convolith.losses.loss import LABELS, LossFunctionWrapper, operands
from convolith.ops.arguments import positive


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences over the last axis.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape.

    Returns:
        array or tensor (n, ...).

    Example:
        >>> import numpy as np
        >>> from convolith.losses import mean_squared_error
        >>> mean_squared_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]])).tolist()
        [2.0]
    """
    y_true, y_pred = operands("mean_squared_error", y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_pred, y_true)), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences over the last axis; arguments and result as in ``mean_squared_error``.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import mean_absolute_error
        >>> mean_absolute_error(np.array([[0.0, 1.0]]), np.array([[2.0, 1.0]])).tolist()
        [1.0]
    """
    y_true, y_pred = operands("mean_absolute_error", y_true, y_pred)
    return ops.mean(ops.absolute(ops.subtract(y_pred, y_true)), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Mean over the last axis of 100 * |y_true - y_pred| / |y_true|; arguments as in ``mean_squared_error``.

    Labels of less than 1e-7 divide as if they were 1e-7.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import mean_absolute_percentage_error
        >>> mean_absolute_percentage_error(np.array([[1.0, 4.0]]), np.array([[2.0, 4.0]])).tolist()
        [50.0]
    """
    y_true, y_pred = operands("mean_absolute_percentage_error", y_true, y_pred)
    scale = ops.maximum(ops.absolute(y_true), epsilon())
    return ops.multiply(ops.mean(ops.absolute(ops.divide(ops.subtract(y_true, y_pred), scale)), axis=-1), 100.0)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Mean over the last axis of (log(y_true + 1) - log(y_pred + 1))^2; arguments as in ``mean_squared_error``.

    Numbers below 1e-7 count as 1e-7.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import mean_squared_logarithmic_error
        >>> mean_squared_logarithmic_error(np.array([[0.0]]), np.array([[1.0]])).round(4).tolist()
        [0.4805]
    """
    y_true, y_pred = operands("mean_squared_logarithmic_error", y_true, y_pred)
    first, second = (ops.log(ops.add(ops.maximum(value, epsilon()), 1.0)) for value in (y_pred, y_true))
    return ops.mean(ops.square(ops.subtract(first, second)), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """-cosine of the angle between labels and predictions: -1 for the same direction, 0 for a right angle.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape.
        axis: of the vectors' components.

    Returns:
        array or tensor without that axis; 0 where one of the two is 0.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import cosine_similarity
        >>> cosine_similarity(np.array([[0.0, 2.0]]), np.array([[0.0, 3.0]])).tolist()
        [-1.0]
    """
    y_true, y_pred = operands("cosine_similarity", y_true, y_pred)
    first, second = _unit_vectors(y_true, axis), _unit_vectors(y_pred, axis)
    return ops.negative(ops.sum(ops.multiply(first, second), axis=axis))


def _unit_vectors(x: Any, axis: int) -> Any:
    """Divide by the norm, or by 1e-7 where it is less."""
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.divide(x, ops.sqrt(ops.maximum(squares, epsilon() ** 2)))


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Mean over the last axis of half the square of the difference, and of a straight line where it is above delta.

    Args:
        y_true: array or tensor (n, ..., d).
        y_pred: the same shape.
        delta: where the parabola goes over into the line, above 0.

    Returns:
        array or tensor (n, ...).

    Raises:
        ValueError: ``delta`` is not above 0, or the shapes do not fit.

    Source:
        Huber, "Robust estimation of a location parameter", 1964.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import huber
        >>> huber(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]])).tolist()
        [1.5]
    """
    delta = positive("huber", "delta", delta)
    y_true, y_pred = operands("huber", y_true, y_pred)
    error = ops.absolute(ops.subtract(y_pred, y_true))
    curved = ops.minimum(error, delta)
    line = ops.multiply(ops.subtract(error, curved), delta)
    return ops.mean(ops.add(ops.multiply(ops.square(curved), 0.5), line), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Mean over the last axis of log(cosh(y_pred - y_true)); arguments and result as in ``mean_squared_error``.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import log_cosh
        >>> log_cosh(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]])).round(4).tolist()
        [0.2169]
    """
    y_true, y_pred = operands("log_cosh", y_true, y_pred)
    error = ops.absolute(ops.subtract(y_pred, y_true))  # cosh is even, and exp(-2 |x|) does not overflow
    bend = ops.log(ops.add(ops.exp(ops.multiply(error, -2.0)), 1.0))
    return ops.mean(ops.subtract(ops.add(error, bend), math.log(2)), axis=-1)


LABELS.update(
    dict.fromkeys(
        (
            mean_squared_error,
            mean_absolute_error,
            mean_absolute_percentage_error,
            mean_squared_logarithmic_error,
            cosine_similarity,
            huber,
            log_cosh,
        ),
        "values",
    )
)


class MeanSquaredError(LossFunctionWrapper):
    """Mean of the squared differences.

    Example:
        >>> from convolith.losses import MeanSquaredError
        >>> float(MeanSquaredError()([[0.0, 1.0]], [[2.0, 1.0]]))
        2.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_squared_error", dtype: Any = None
    ):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of the absolute differences.

    Example:
        >>> from convolith.losses import MeanAbsoluteError
        >>> float(MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]]))
        1.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "mean_absolute_error", dtype: Any = None
    ):
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of the differences in per cent of the labels."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_percentage_error",
        dtype: Any = None,
    ):
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean of the squared differences of logarithms."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ):
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """-cosine of the angle between labels and predictions; ``axis`` is that of the components."""

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: Any = None,
    ):
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Half the square of the difference up to ``delta``, a straight line beyond."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: Any = None,
    ):
        super().__init__(huber, reduction, name, dtype, delta=positive("Huber", "delta", delta))


class LogCosh(LossFunctionWrapper):
    """Logarithm of the hyperbolic cosine of the difference."""

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str = "log_cosh", dtype: Any = None):
        super().__init__(log_cosh, reduction, name, dtype)
