"""Diagonals of matrices and what lies above and below them."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.ops.arguments import integer, integers, numbered, sizes
from convolith.ops.conversion import operand
from convolith.ops.indexing import ALL, ARRAY, Index, Scatter
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import moveaxis
from convolith.ops.where import where


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Take the diagonal of matrices.

    Args:
        x: array or tensor of two axes at least.
        offset: which diagonal: 0 is the main one, positive ones are above.
        axis1: the axis of the rows, negative from the end.
        axis2: the axis of the columns.

    Returns:
        The other axes of x, then the diagonal; of the dtype of x.

    Raises:
        ValueError: if x has no two such axes, or they are of unknown size.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.diagonal(np.array([[1, 2], [3, 4]]))
        array([1, 4])
    """
    return _diagonal("diagonal", x, offset, axis1, axis2)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sum the diagonal of matrices: float32 or float64; arguments and errors as of `diagonal`."""
    return sum_of(_diagonal("trace", x, offset, axis1, axis2), -1)


def diag(x: Any, k: int = 0) -> Any:
    """Make a matrix of its diagonal, or take the diagonal of a matrix.

    Args:
        x: array or tensor of one axis or two.
        k: which diagonal: 0 is the main one, positive ones are above.

    Returns:
        Of (n,) the matrix (n + |k|, n + |k|) with zeros elsewhere, of a matrix the diagonal; of the dtype of x.

    Raises:
        ValueError: if x has another number of axes, or an unknown size.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.diag(np.array([1, 2]))
        array([[1, 0],
               [0, 2]])
    """
    x, k = operand("diag", "x", x), _limited(integer("diag", "k", k))
    if x.ndim == 2:
        return _diagonal("diag", x, k, 0, 1)
    if x.ndim != 1 or None in x.shape:
        raise ValueError(f"diag: x must have one axis or two, of known sizes, got shape {x.shape}")
    (side, _) = sizes("diag", "k", [x.shape[0] + abs(k)] * 2)
    return Scatter((ARRAY, ARRAY), "diag: k", (side, side))(x, *_places("diag", (side, side), k))


def tril(x: Any, k: int = 0) -> Any:
    """Keep what is on and below a diagonal of matrices, zeros elsewhere.

    Args:
        x: array or tensor (..., rows, columns).
        k: which diagonal: 0 is the main one, positive ones are above.

    Returns:
        The same shape and dtype.

    Raises:
        ValueError: if x has fewer than two axes, or these are of unknown size.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.tril(np.array([[1, 2], [3, 4]]))
        array([[1, 0],
               [3, 4]])
    """
    return _triangle("tril", x, k, True)


def triu(x: Any, k: int = 0) -> Any:
    """Keep what is on and above a diagonal of matrices, zeros elsewhere; arguments and errors as of `tril`."""
    return _triangle("triu", x, integer("triu", "k", k) - 1, False)


def _diagonal(name: str, x: Any, offset: Any, axis1: Any, axis2: Any) -> Any:
    x, place = operand(name, "x", x), _limited(integer(name, "offset", offset))
    first, second = numbered(name, integers(name, "axis1, axis2", (axis1, axis2)), x.shape, "x", "axis1, axis2")
    x = moveaxis(x, (first, second), (-2, -1))
    rows, columns = _places(name, x.shape, place)
    return Index((*[ALL] * (x.ndim - 2), ARRAY, ARRAY))(x, rows, columns)


def _limited(k: int) -> int:
    """Give a diagonal that is as far outside as one further out, for any array, and that NumPy's integers hold."""
    return min(max(k, -(2**60)), 2**60)


def _triangle(name: str, x: Any, k: int, lower: bool) -> Any:
    x = operand(name, "x", x)
    if x.ndim < 2 or None in x.shape[-2:]:
        raise ValueError(f"{name}: x must have two axes at least, the last two of known sizes, got shape {x.shape}")
    below = np.tri(x.shape[-2], x.shape[-1], _limited(integer(name, "k", k)), bool)
    zero = x.dtype.type(0)
    return where(below, x, zero) if lower else where(below, zero, x)


def _places(name: str, shape: tuple[Any, ...], offset: int) -> tuple[np.ndarray, np.ndarray]:
    """Give rows and columns of a diagonal."""
    if None in shape[-2:]:
        raise ValueError(f"{name}: x must have known sizes along the matrices' axes, got shape {shape}")
    height, width = shape[-2:]
    rows = np.arange(max(0, -offset), max(0, -offset, min(height, width - offset)))
    return rows, rows + offset
