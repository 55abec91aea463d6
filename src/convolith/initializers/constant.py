"""The base of all initializers, and those that draw nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.ops.arguments import real, sizes
from convolith.ops.conversion import operand
from convolith.registry import as_call


class Initializer:
    """Base of all initializers: a callable from a shape to an array."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return an array of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(shape, dtype=None)")

    def asked(self, shape: Any, dtype: Any) -> tuple[tuple[int, ...], np.dtype]:
        """Return the shape and the dtype that are asked for.

        Raises:
            TypeError: the shape holds no integers, or the dtype is none of real numbers.
            ValueError: a size is negative.
        """
        name = type(self).__name__
        return sizes(name, "shape", shape), real(name, dtype)

    def __repr__(self) -> str:
        return as_call(self)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """Make an initializer from what ``get_config`` returned."""
        return cls(**config)


class Zeros(Initializer):
    """All zeros.

    Example:
        >>> from convolith.initializers import Zeros
        >>> Zeros()((2,)).tolist()
        [0.0, 0.0]
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return zeros of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        return np.zeros(*self.asked(shape, dtype))


class Ones(Initializer):
    """All ones.

    Example:
        >>> from convolith.initializers import Ones
        >>> Ones()((2,)).tolist()
        [1.0, 1.0]
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return ones of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        return np.ones(*self.asked(shape, dtype))


class Constant(Initializer):
    """One value, or an array that broadcasts to the shape.

    Args:
        value: a number or an array.

    Raises:
        TypeError: the value is neither.
        ValueError: (when called) it does not broadcast to the shape.

    Example:
        >>> from convolith.initializers import Constant
        >>> Constant(0.5)((2,)).tolist()
        [0.5, 0.5]
    """

    def __init__(self, value: Any = 0.0):
        operand("Constant", "value", value)  # which refuses what holds no numbers
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return ``value`` broadcast to ``shape`` in ``dtype`` (None: ``config.floatx()``)."""
        result = np.empty(*self.asked(shape, dtype))
        try:
            result[...] = self.value
        except ValueError:
            raise ValueError(
                f"Constant: value must broadcast to the shape {result.shape}, got shape {np.shape(self.value)}"
            ) from None
        return result

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"value": np.asarray(self.value).tolist()}
