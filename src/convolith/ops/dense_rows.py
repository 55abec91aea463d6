"""What products of a few rows with a matrix have in common."""

from __future__ import annotations

import math

import numpy as np

from convolith.engine import dense as engine
from convolith.graph.tensor import Spec


def rows_of(points: np.ndarray) -> np.ndarray:
    """View (..., k) as (rows, k)."""
    return points if points.ndim == 2 else points.reshape(math.prod(points.shape[:-1]), points.shape[-1])


def multiply_adds(result: Spec | None, kernel: Spec | None) -> int:
    """Count the operations between a product (..., n) and its kernel (k, n)."""
    assert result is not None and kernel is not None
    return 2 * math.prod(result.shape) * kernel.shape[0]


def scratch(direction: str, points: Spec | None, kernel: Spec | None) -> int:
    """Give the working memory of a pass between points (..., k) and a kernel (k, n), in bytes."""
    assert points is not None and kernel is not None
    k, n = kernel.shape
    return engine.dense_scratch(math.prod(points.shape[:-1]), k, n, direction, points.dtype.itemsize)
