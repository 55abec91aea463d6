"""The checks of arguments that the methods of data sets share."""

from __future__ import annotations

from typing import Any

import numpy as np

AUTOTUNE = -1


def at_least(least: int, method: str, argument: str, value: Any) -> int:
    """Return an integer.

    Raises:
        ValueError: it is none, or below ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"Dataset.{method}: {argument} must be an integer >= {least}, got {value!r}")
    return int(value)


def called(method: str, argument: str, value: Any) -> Any:
    """Return a function.

    Raises:
        TypeError: it cannot be called.
    """
    if not callable(value):
        raise TypeError(f"Dataset.{method}: {argument} must be a function, got {value!r}")
    return value


def is_autotune(value: Any) -> bool:
    """Tell whether an argument leaves the number to convolith; -1 does in ``repeat``, too."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value == AUTOTUNE


def number_of_threads(value: Any) -> int:
    """Return how many threads ``map`` takes; ``AUTOTUNE`` stands for those that the process may use, None for none.

    Raises:
        ValueError: it is neither nor an integer >= 1.
    """
    if value is None:
        return 0
    if is_autotune(value):
        from convolith.config import get_num_threads

        return get_num_threads()
    return at_least(1, "map", "num_parallel_calls", value)
