"""The base of all initializers, and those that draw nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.defaults import floatx
from convolith.registry import as_call


class Initializer:
    """Base of all initializers: a callable from a shape to an array."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return an array of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(shape, dtype=None)")

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
        return np.zeros(shape, dtype or floatx())


class Ones(Initializer):
    """All ones.

    Example:
        >>> from convolith.initializers import Ones
        >>> Ones()((2,)).tolist()
        [1.0, 1.0]
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return ones of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        return np.ones(shape, dtype or floatx())


class Constant(Initializer):
    """One value, or an array that broadcasts to the shape.

    Args:
        value: a number or an array.

    Example:
        >>> from convolith.initializers import Constant
        >>> Constant(0.5)((2,)).tolist()
        [0.5, 0.5]
    """

    def __init__(self, value: Any = 0.0):
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return ``value`` broadcast to ``shape`` in ``dtype`` (None: ``config.floatx()``)."""
        result = np.empty(shape, dtype or floatx())
        result[...] = self.value
        return result

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"value": np.asarray(self.value).tolist()}
