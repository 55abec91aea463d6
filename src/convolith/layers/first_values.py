"""The values that weights start from: of an initializer, and of no more than a file holds while one is read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from convolith.initializers.random import RandomInitializer

SPARE = 64 << 20  # bytes of weights that a layer may make and drop again
_left: ContextVar[int | None] = ContextVar("convolith_bytes_left", default=None)


@contextmanager
def weights_of_at_most(size: int) -> Iterator[None]:
    """Refuse to make more weights within a ``with`` block than a file holds, which may state any shape.

    Args:
        size: of all weights, in bytes.
    """
    token = _left.set(size + SPARE)
    try:
        yield
    finally:
        _left.reset(token)


def claim(owner: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Count a weight that is to be made.

    Raises:
        ValueError: a file is read that does not hold so many.
    """
    left, size = _left.get(), math.prod(shape) * dtype.itemsize
    if left is not None:
        if size > left:
            raise ValueError(f"{owner}: a weight of shape {shape} is more than the file holds")
        _left.set(left - size)


def first_values(owner: str, initializer: Any, shape: tuple[int, ...], dtype: np.dtype) -> tuple[np.ndarray, bool]:
    """Ask an initializer for the values of a weight, and say whether the array is the weight's own from the start.

    Raises:
        ValueError: it gives another shape or no numbers; the message begins with ``owner``.
    """
    if type(initializer).__call__ is RandomInitializer.__call__:  # which gives nobody else the array that it fills
        return initializer(shape, dtype=dtype), True
    value = np.asarray(initializer(shape, dtype=dtype))
    if value.shape != shape or value.dtype.kind not in "biuf":
        raise ValueError(f"{owner} must give numbers of shape {shape}, got {value.dtype} of shape {value.shape}")
    return value.astype(dtype, copy=False), False
