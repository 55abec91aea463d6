"""Memory: aligned arrays, and the one block in which plans place their buffers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

ALIGNMENT = 64
"""Bytes: a cache line, and the widest vector."""


def empty(shape: Any, dtype: Any) -> np.ndarray:
    """Allocate an uninitialised C-contiguous array that starts on a cache line.

    Args:
        shape: tuple of ints.
        dtype: any NumPy dtype of numbers.

    Returns:
        The array.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    block = np.empty(size + ALIGNMENT, np.uint8)
    return np.ndarray(shape, dtype, block, -block.ctypes.data % ALIGNMENT)
