"""What weights are brought back to after each step: functions of an array or tensor that give one of its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convolith import ops
from convolith.defaults import epsilon
from convolith.ops.arguments import integers, naming, number
from convolith.registry import as_call

Axis = int | Sequence[int]


class Constraint:
    """Base of all constraints: a callable from a weight to a weight of its shape, made of ``convolith.ops``.

    Source:
        keras.constraints.Constraint.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> from convolith.constraints import Constraint
        >>> class Positive(Constraint):
        ...     def __call__(self, w):
        ...         return ops.absolute(w)
        >>> Positive()(np.array([-1.0, 2.0])).tolist()
        [1.0, 2.0]
    """

    def __call__(self, w: Any) -> Any:
        """Return the weight that the constraint allows."""
        return w

    def __repr__(self) -> str:
        return as_call(self)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constraint:
        """Make a constraint from what ``get_config`` returned."""
        return cls(**config)


class NonNeg(Constraint):
    """No element below 0.

    Example:
        >>> import numpy as np
        >>> from convolith.constraints import NonNeg
        >>> NonNeg()(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __call__(self, w: Any) -> Any:
        """Return the weight that the constraint allows."""
        return ops.maximum(w, 0.0)


class MinMaxNorm(Constraint):
    """Norms over the axes between two bounds, or part of the way there.

    Args:
        min_value: the lower bound, >= 0.
        max_value: the upper bound.
        rate: how much of the way, in (0, 1].
        axis: over which norms are taken, such as 0 for the inputs of a dense layer, [0, 1, 2] for a kernel's.

    Raises:
        TypeError: a value is no number, or an axis no integer.
        ValueError: an argument is none of these, or (when called) a weight has no such axis.

    Source:
        keras.constraints.MinMaxNorm.

    Example:
        >>> import numpy as np
        >>> from convolith.constraints import MinMaxNorm
        >>> MinMaxNorm(1.0, 2.0)(np.array([[3.0, 0.5]])).round(4).tolist()
        [[2.0, 1.0]]
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axis = 0):
        owner = type(self).__name__
        least, most = number(owner, "min_value", min_value), number(owner, "max_value", max_value, infinite=True)
        if not 0 <= least <= most:
            raise ValueError(f"{owner}: 0 <= min_value <= max_value must hold, got {min_value!r} and {max_value!r}")
        if not 0 < number(owner, "rate", rate) <= 1:
            raise ValueError(f"{owner}: rate must be in (0, 1], got {rate!r}")
        check_axis(owner, axis)
        self.min_value, self.max_value, self.rate, self.axis = least, most, float(rate), axis

    def __call__(self, w: Any) -> Any:
        """Return the weight that the constraint allows."""
        norms = norms_of(type(self).__name__, w, self.axis)
        wanted = ops.clip(norms, float(self.min_value), float(self.max_value))
        if self.rate != 1:
            wanted = ops.add(ops.multiply(wanted, self.rate), ops.multiply(norms, 1 - self.rate))
        return ops.multiply(w, ops.divide(wanted, ops.add(norms, epsilon())))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


class MaxNorm(MinMaxNorm):
    """Norms over the axes of at most ``max_value``.

    Args:
        max_value: the bound, >= 0.
        axis: over which norms are taken.

    Raises:
        TypeError: the bound is no number, or an axis no integer.
        ValueError: the bound is below 0, or (when called) a weight has no such axis.

    Source:
        keras.constraints.MaxNorm; Srivastava et al., "Dropout", 2014.

    Example:
        >>> import numpy as np
        >>> from convolith.constraints import MaxNorm
        >>> MaxNorm(2.0)(np.array([[3.0, 0.5]])).round(4).tolist()
        [[2.0, 0.5]]
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0):
        super().__init__(0.0, max_value, axis=axis)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"max_value": self.max_value, "axis": self.axis}


class UnitNorm(Constraint):
    """Norms over the axes of 1.

    Args:
        axis: over which norms are taken.

    Raises:
        TypeError: an axis is no integer.
        ValueError: (when called) a weight has no such axis.

    Source:
        keras.constraints.UnitNorm.

    Example:
        >>> import numpy as np
        >>> from convolith.constraints import UnitNorm
        >>> UnitNorm()(np.array([[3.0, 0.5], [4.0, 0.0]])).round(4).tolist()
        [[0.6, 1.0], [0.8, 0.0]]
    """

    def __init__(self, axis: Axis = 0):
        check_axis("UnitNorm", axis)
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Return the weight that the constraint allows."""
        return ops.divide(w, ops.add(norms_of("UnitNorm", w, self.axis), epsilon()))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"axis": self.axis}


def check_axis(owner: str, axis: Any) -> None:
    """Raise TypeError unless an axis is an integer, a sequence of them, or None for all."""
    if axis is not None:
        integers(owner, "axis", axis)


def norms_of(owner: str, w: Any, axis: Axis) -> Any:
    """Return the norms over axes, which stay with size 1.

    Raises:
        TypeError: the weight holds no numbers; the message names `owner`.
        ValueError: it has no such axis; likewise.
    """
    with naming(owner, "sum", x="w"), naming(owner, "square", x="w"):
        return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))
