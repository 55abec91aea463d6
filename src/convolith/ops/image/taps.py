"""Linear maps along one axis: what resizing and blurring are made of, since both go one axis after the other."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor


class AxisMap(Hashable, Protocol):
    """A hashable description of a matrix, small enough to be a field of an operation."""

    @property
    def source(self) -> int:
        """The size of the axis before."""

    @property
    def target(self) -> int:
        """The size of the axis after."""

    def matrix(self) -> np.ndarray:
        """Give the matrix, float64 (target, source), mostly zeros."""


SHORT = 32
"""Elements in a row, below which it is quicker to bring the axis to the front than to go through many short runs."""


class Taps:
    """A sparse matrix as the non-zero elements of each row.

    What is zero is never multiplied, so that a NaN reaches only what depends on it.

    Args:
        matrix: float64 (rows, columns).
    """

    def __init__(self, matrix: np.ndarray) -> None:
        self.rows = [[(int(column), float(row[column])) for column in np.flatnonzero(row)] for row in matrix]

    def apply(self, values: np.ndarray, out: np.ndarray) -> None:
        """Multiply: values (before, columns, after), out (before, rows, after)."""
        columns, rows = values.swapaxes(0, 1), out.swapaxes(0, 1)
        if values.shape[2] >= SHORT or len(values) == 1:
            self._add(columns, rows)
        else:
            result = np.empty(rows.shape, out.dtype)
            self._add(np.ascontiguousarray(columns), result)
            rows[...] = result

    def _add(self, columns: np.ndarray, rows: np.ndarray) -> None:
        """Add up the weighed columns (columns, before, after) of each row (rows, before, after)."""
        share = np.empty(rows.shape[1:], rows.dtype)
        for row, taps_of_row in zip(rows, self.rows, strict=True):
            if not taps_of_row:
                row[...] = 0
            for number, (column, weight) in enumerate(taps_of_row):
                if number == 0:
                    np.multiply(columns[column], weight, out=row)
                else:
                    np.multiply(columns[column], weight, out=share)
                    np.add(row, share, out=row)


@lru_cache(maxsize=256)
def taps(axis_map: AxisMap, adjoint: bool) -> Taps:
    """Make the taps of a map or of its transpose, once for the same description."""
    matrix = axis_map.matrix()
    return Taps(matrix.T if adjoint else matrix)


@dataclass(frozen=True)
class AlongAxis(Operation):
    """The product of a matrix with an axis of the inputs; transposed if `adjoint`, which is its gradient."""

    axis: int
    axis_map: AxisMap
    adjoint: bool = False

    def infer(self, inputs: Spec) -> Spec:
        """Give the axis its new size."""
        size = self.axis_map.source if self.adjoint else self.axis_map.target
        return Spec((*inputs.shape[: self.axis], size, *inputs.shape[self.axis + 1 :]), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add up the taps."""
        (values,), (out,) = inputs, outputs
        taps(self.axis_map, self.adjoint).apply(self._in_three(values), self._in_three(out))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by the transpose."""
        return (replace(self, adjoint=not self.adjoint)(upstreams[0]),)

    def _in_three(self, array: np.ndarray) -> np.ndarray:
        """View an array as (before, axis, after)."""
        return array.reshape(
            math.prod(array.shape[: self.axis]), array.shape[self.axis], math.prod(array.shape[self.axis + 1 :])
        )
