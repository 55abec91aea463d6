"""Arguments that are numbers, such as axes and sizes, checked."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith.defaults import floatx


def integer(name: str, argument: str, value: Any) -> int:
    """Make an int of an integer, NumPy's too.

    Args:
        name: the operation's name, for the message.
        argument: the argument's name, likewise.
        value: what came.

    Raises:
        TypeError: if it is none.
    """
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: {argument} must be an integer, came {value!r}") from None


def integers(name: str, argument: str, value: Any) -> tuple[int, ...]:
    """Make a tuple of one integer or a sequence of them, NumPy's too; arguments as in `integer`.

    Raises:
        TypeError: if it is anything else.
    """
    values = value if isinstance(value, Sequence) else np.atleast_1d(value).tolist()
    try:
        return tuple(map(operator.index, values))
    except TypeError:
        raise TypeError(f"{name}: {argument} must be an integer or a sequence of them, came {value!r}") from None


def numbered(name: str, axes: Sequence[int], rank: int, of: str = "x", argument: str = "axis") -> tuple[int, ...]:
    """Number axes from 0.

    Args:
        name: the operation's name, for the message.
        axes: the axes, negative from the end.
        rank: how many there are.
        of: what has so many axes, for the message.
        argument: the argument's name, likewise.

    Raises:
        ValueError: if there is no such axis, or one comes twice.
    """
    found = tuple(axis + rank if axis < 0 else axis for axis in axes)
    if len(set(found)) < len(found) or any(not 0 <= axis < rank for axis in found):
        raise ValueError(f"{name}: {argument} must name different axes of the {rank} that {of} has, came {tuple(axes)}")
    return found


def one_axis(name: str, axis: Any, rank: int, of: str = "x") -> int:
    """Number one axis from 0; arguments as in `numbered`.

    Raises:
        TypeError: if it is no integer.
        ValueError: if there is no such axis.
    """
    return numbered(name, (integer(name, "axis", axis),), rank, of)[0]


def real(name: str, dtype: Any, default: Any = None) -> np.dtype:
    """Make a native dtype of what `dtype` may be.

    Args:
        name: the operation's name, for the message.
        dtype: a dtype of real numbers, or None.
        default: the one for None; None is `config.floatx()`.

    Raises:
        TypeError: if it is another.
    """
    found = np.dtype((default or floatx()) if dtype is None else dtype).newbyteorder("=")
    if found.kind not in "biuf" or found.itemsize > 8:
        raise TypeError(f"{name}: dtype must be one of real numbers of at most 64 bits, came {found}")
    return found


def channel_axis(name: str, axis: Any, rank: int) -> int:
    """Make an axis one of 0 to rank - 1.

    Raises:
        TypeError: if it is no integer.
        ValueError: if there is no such axis.
    """
    number = operator.index(axis)
    if not -rank <= number < rank:
        raise ValueError(f"{name}: axis must be one of the {rank} axes of x, came {axis}")
    return number % rank


def positive(name: str, argument: str, value: Any) -> float:
    """Make a float of a number above 0.

    Raises:
        ValueError: if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < math.inf:
        raise ValueError(f"{name}: {argument} must be a number above 0, came {value!r}")
    return float(value)
