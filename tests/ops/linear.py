"""Linear maps as matrices, from what a reference makes of every unit; a gradient is the product with the transpose."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


class Linear:
    """The matrix of a float64 reference that takes (units, *shape), each by itself, and is linear in it."""

    def __init__(self, reference: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> None:
        units = np.eye(math.prod(shape)).reshape(-1, *shape)
        images = np.asarray(reference(units), np.float64)
        self.shape, self.result_shape, self.matrix = shape, images.shape[1:], images.reshape(len(units), -1)

    def of(self, values: np.ndarray) -> np.ndarray:
        """What becomes of values (n, *shape)."""
        flat = values.reshape(len(values), len(self.matrix)).astype(np.float64)
        return (flat @ self.matrix).reshape(-1, *self.result_shape)

    def back(self, upstream: np.ndarray) -> np.ndarray:
        """The gradient by the values, given that by the results (n, ...)."""
        flat = upstream.reshape(len(upstream), self.matrix.shape[1]).astype(np.float64)
        return (flat @ self.matrix.T).reshape(-1, *self.shape)

    @property
    def sizes(self) -> Linear:
        """The same of the matrix's magnitudes, for bounds."""
        other = object.__new__(Linear)
        other.shape, other.result_shape, other.matrix = self.shape, self.result_shape, abs(self.matrix)
        return other
