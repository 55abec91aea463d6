"""The base of all losses, and functions as losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convolith import ops
from convolith.graph.dtypes import array_of
from convolith.graph.tensor import Tensor
from convolith.ops.arguments import held, number, real
from convolith.ops.elementwise import broadcast
from convolith.registry import Registry, name_or_class

REGISTRY = Registry("loss", {})
LABELS: dict[Any, str] = {}
"""By function, what its labels are: "classes" (numbers) or "values" (of the predictions' shape); others take any."""
REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


def as_array(value: Any) -> Any:
    """Turn lists, whose floats count as ``config.floatx()``, and what other libraries call arrays into NumPy's."""
    return value if isinstance(value, Tensor) else array_of(value)


def operands(name: str, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Bring labels and predictions to arrays or tensors of the predictions' float dtype and of one rank.

    Where the ranks differ by one and the larger has a last axis of 1, the other gets one if it has a single axis, else
    the last axis of 1 goes.

    Raises:
        ValueError: their shapes do not broadcast; `name` is the loss's, for the message.
    """
    y_true, y_pred = alike(y_true, y_pred)
    broadcast(name, y_true=tuple(y_true.shape), y_pred=tuple(y_pred.shape))
    return y_true, y_pred


def alike(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Do what `operands` does, whatever the shapes."""
    y_true, y_pred = as_array(y_true), as_array(y_pred)
    dtype = np.dtype(y_pred.dtype) if np.dtype(y_pred.dtype).kind == "f" else np.dtype(np.float32)
    y_true, y_pred = (value if value.dtype == dtype else ops.cast(value, dtype) for value in (y_true, y_pred))
    if len(y_true.shape) == len(y_pred.shape) + 1 and y_true.shape[-1] == 1:
        return _same_rank(y_true, y_pred)
    if len(y_pred.shape) == len(y_true.shape) + 1 and y_pred.shape[-1] == 1:
        return _same_rank(y_pred, y_true)[::-1]
    return y_true, y_pred


def _same_rank(larger: Any, smaller: Any) -> tuple[Any, Any]:
    if len(smaller.shape) == 1:
        return larger, ops.reshape(smaller, (-1, 1))
    return ops.reshape(larger, (-1, *larger.shape[1:-1])), smaller


def check_share(owner: str, label_smoothing: Any) -> None:
    """Check how much of the labels is spread.

    Raises:
        TypeError: it is no number.
        ValueError: it is not in [0, 1].
    """
    if label_smoothing is not False and not 0 <= number(owner, "label_smoothing", label_smoothing) <= 1:
        raise ValueError(f"{owner}: label_smoothing must be in [0, 1], got {label_smoothing!r}")


def _fitting_weights(weights: Any, values: Any, owner: str) -> Any:
    """Return weights of samples so that they broadcast to the values (n, ...): from the first axis on, as Keras's do.

    Raises:
        ValueError: their shape does not fit.
    """
    weights, shape = as_array(weights), tuple(values.shape)
    own = tuple(weights.shape)
    if not shape:  # one value for all samples, which each weighs
        return weights if isinstance(weights, Tensor) else weights.astype(values.dtype, copy=False)
    if len(own) == len(shape) + 1 and own[-1] == 1:
        own = own[:-1]
    fits = len(own) <= len(shape) and all(
        size == wanted or None in (size, wanted) or (axis and size == 1)
        for axis, (size, wanted) in enumerate(zip(own, shape, strict=False))
    )
    if not fits:
        raise ValueError(
            f"{owner}: sample_weight must have one factor a sample, for values of shape {shape}, "
            f"got shape {tuple(weights.shape)}"
        )
    if not isinstance(weights, Tensor):
        weights = weights.astype(values.dtype, copy=False)
    if not own:
        return weights
    return ops.reshape(weights, (-1, *own[1:], *(1,) * (len(shape) - len(own))))


class Loss:
    """Base of all losses: subclasses define ``call(y_true, y_pred)``, one value a sample, from ``convolith.ops``.

    Args:
        name: in ``fit``'s logs of models with several outputs; None takes the class's.
        reduction: "sum_over_batch_size" (or "mean"), "mean_with_sample_weight" (the weighted mean), "sum" or "none".
        dtype: None; the predictions' decides.

    Raises:
        TypeError: the dtype is none of real numbers.
        ValueError: ``reduction`` is none of these, or the name no string or with a slash.

    Source:
        keras.losses.Loss.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> from convolith.losses import Loss
        >>> class Cubed(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return ops.mean(abs(y_true - y_pred) ** 3, axis=-1)
        >>> float(Cubed()(np.zeros((2, 1)), np.full((2, 1), 2.0)))
        8.0
    """

    labels = "any"  # or "classes" or "values", see LABELS

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None):
        owner = type(self).__name__
        if not isinstance(reduction, str | None) or reduction not in REDUCTIONS:
            raise ValueError(f"{owner}: reduction must be one of {REDUCTIONS}, got {reduction!r}")
        self.name = name_or_class(owner, name)
        self.reduction = reduction
        self.dtype = None if dtype is None else real(owner, dtype).name

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one value a sample."""
        raise NotImplementedError(f"loss {type(self).__name__} must define call(y_true, y_pred)")

    def counted(self, y_true: Any, values: Any) -> Any:
        """Return None if all values count in the mean, else 1 for each that does and 0 for the others."""
        return None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced loss.

        Args:
            y_true: labels; array or tensor.
            y_pred: predictions; array or tensor.
            sample_weight: None, a factor for all, or an array or tensor of one factor a sample, or one a value.

        Returns:
            a number (an array of shape ()) or a tensor of shape (); with reduction "none", one value a sample.

        Raises:
            ValueError: the shapes do not fit.
        """
        y_true = as_array(y_true)
        values = self.call(y_true, as_array(y_pred))
        weights, count = None, None
        counted = self.counted(y_true, values)
        if sample_weight is not None:
            weights = _fitting_weights(sample_weight, values, type(self).__name__)
            values = ops.multiply(values, weights)
        if self.reduction in ("none", None):
            return values
        if self.reduction == "mean_with_sample_weight" and weights is not None:
            weighed = weights if counted is None else ops.multiply(counted, weights)
            count = ops.maximum(ops.sum(weighed), 1e-30)  # without any weight the sum is 0, and so is the mean
        elif self.reduction != "sum":
            if counted is None:
                return ops.mean(values)
            count = ops.maximum(ops.sum(counted), 1.0)
        return ops.sum(values) if count is None else ops.divide(ops.sum(values), count)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make a loss from what ``get_config`` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class LossFunctionWrapper(Loss):
    """A function (y_true, y_pred) as a loss.

    Args:
        fn: gives one value a sample; it is traced once, so it must compute with ``convolith.ops`` and operators.
        reduction: as in ``Loss``.
        name: None takes the function's.
        dtype: as in ``Loss``.
        kwargs: further arguments of ``fn``.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(getattr(fn, "__name__", None) if name is None else name, reduction, dtype)
        self.fn, self.kwargs = fn, {key: held(value) for key, value in kwargs.items()}  # JSON holds no arrays
        self.labels = LABELS.get(fn, "any") if kwargs.get("axis", -1) == -1 else "any"

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one value a sample; functions but convolith's own get what `alike` gives, as in Keras."""
        if self.fn not in LABELS:
            y_true, y_pred = alike(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"fn": REGISTRY.serialize(self.fn)} if type(self) is LossFunctionWrapper else {}
        return {**own, **super().get_config(), **self.kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Make a loss from what ``get_config`` returned."""
        return cls(**{**config, "fn": REGISTRY.get(config["fn"])} if "fn" in config else config)
