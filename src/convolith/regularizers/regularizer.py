"""Penalties on weights: functions of an array or tensor that give a number to add to the loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.ops.arguments import is_finite, one_of
from convolith.ops.conversion import operand
from convolith.registry import as_call


class Regularizer:
    """Base of all regularizers: a callable from a weight to a number, made of ``convolith.ops``.

    Source:
        keras.regularizers.Regularizer.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> from convolith.regularizers import Regularizer
        >>> class Sum(Regularizer):
        ...     def __call__(self, x):
        ...         return ops.sum(x)
        >>> float(Sum()(np.ones(3)))
        3.0
    """

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a weight, an array or tensor of shape ()."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(x)")

    def __repr__(self) -> str:
        return as_call(self)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        raise NotImplementedError(f"{type(self).__name__} must define get_config() to be saved")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """Make a regularizer from what ``get_config`` returned."""
        return cls(**config)


class L1L2(Regularizer):
    """l1 * sum of magnitudes + l2 * sum of squares.

    Args:
        l1: a number >= 0.
        l2: a number >= 0.

    Raises:
        ValueError: one is none.

    Source:
        keras.regularizers.L1L2.

    Example:
        >>> import numpy as np
        >>> from convolith.regularizers import L1L2
        >>> float(L1L2(0.5, 0.25)(np.array([1.0, -2.0])))
        2.75
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0):
        self.l1 = checked_factor(type(self).__name__, "l1", 0.0 if l1 is None else l1)
        self.l2 = checked_factor(type(self).__name__, "l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a weight, an array or tensor of shape ()."""
        terms = []
        if self.l1:
            terms.append(ops.multiply(ops.sum(ops.absolute(x)), self.l1))
        if self.l2 or not terms:
            terms.append(ops.multiply(ops.sum(ops.square(x)), self.l2))
        return terms[0] if len(terms) == 1 else ops.add(*terms)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l1": self.l1, "l2": self.l2}


class L1(L1L2):
    """l1 * sum of magnitudes; None is 0.01.

    Example:
        >>> import numpy as np
        >>> from convolith.regularizers import L1
        >>> float(L1(0.5)(np.array([1.0, -2.0])))
        1.5
    """

    def __init__(self, l1: float | None = 0.01):
        super().__init__(l1=0.01 if l1 is None else l1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l1": self.l1}


class L2(L1L2):
    """l2 * sum of squares; None is 0.01.

    Example:
        >>> import numpy as np
        >>> from convolith.regularizers import L2
        >>> float(L2(0.5)(np.array([1.0, -2.0])))
        2.5
    """

    def __init__(self, l2: float | None = 0.01):
        super().__init__(l2=0.01 if l2 is None else l2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """factor * the mean magnitude of the cosines of the angles between rows (or columns).

    Args:
        factor: a number >= 0.
        mode: "rows" or "columns".

    Raises:
        ValueError: an argument is none of these, or a weight has not two axes of at least two rows (or columns).

    Source:
        keras.regularizers.OrthogonalRegularizer.

    Example:
        >>> import numpy as np
        >>> from convolith.regularizers import OrthogonalRegularizer
        >>> float(OrthogonalRegularizer(0.5)(np.array([[1.0, 0.0], [1.0, 0.0]])))
        0.5
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        one_of("OrthogonalRegularizer", "mode", mode, ("rows", "columns"))
        self.factor, self.mode = checked_factor("OrthogonalRegularizer", "factor", factor), mode

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a weight, an array or tensor of shape ()."""
        x = operand("OrthogonalRegularizer", "x", x)
        x = ops.transpose(x) if self.mode == "columns" and len(x.shape) == 2 else x
        if len(x.shape) != 2 or x.shape[0] < 2:
            raise ValueError(
                f"OrthogonalRegularizer: a weight must be a matrix of at least two {self.mode}, got shape {x.shape}"
            )
        norms = ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=1, keepdims=True), 1e-14))
        units, rows = ops.divide(x, norms), x.shape[0]
        others = (1 - np.eye(rows)).astype(units.dtype)
        total = ops.sum(ops.absolute(ops.multiply(ops.matmul(units, ops.transpose(units)), others)))
        return ops.multiply(total, self.factor / (rows * (rows - 1)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"factor": self.factor, "mode": self.mode}


def checked_factor(owner: str, argument: str, value: Any) -> float:
    """Return a finite number >= 0.

    Raises:
        ValueError: it is none.
    """
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not is_finite(value) or value < 0:
        raise ValueError(f"{owner}: {argument} must be a finite number >= 0, got {value!r}")
    return float(value)
