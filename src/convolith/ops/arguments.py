"""Arguments that are no arrays, such as axes, sizes, dtypes and flags, checked."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from convolith.defaults import DATA_FORMATS, floatx, image_data_format


def integer(name: str, argument: str, value: Any) -> int:
    """Make an int of an integer, NumPy's too.

    Args:
        name: the operation's name, for the message.
        argument: the argument's name, likewise.
        value: what came.

    Raises:
        TypeError: if it is none; True and False are none, either.
    """
    try:
        return _index(value)
    except TypeError:
        raise TypeError(f"{name}: {argument} must be an integer, got {value!r}") from None


def integers(name: str, argument: str, value: Any, missing: bool = False) -> tuple[Any, ...]:
    """Make a tuple of one integer or a sequence of them, NumPy's too; arguments as in `integer`.

    With `missing`, None may be among them, and stays.

    Raises:
        TypeError: if it is anything else.
    """
    try:
        sequence = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
        values = value if sequence else np.atleast_1d(value).tolist()
        return tuple([None if one is None and missing and sequence else _index(one) for one in values])
    except TypeError:
        raise TypeError(f"{name}: {argument} must be an integer or a sequence of them, got {value!r}") from None


def sizes(name: str, argument: str, value: Any) -> tuple[int, ...]:
    """Make a shape of one integer or a sequence of them, none negative; arguments as in `integer`.

    Raises:
        TypeError: if it is anything else.
        ValueError: if one is negative, or no array can be of this shape.
    """
    found = integers(name, argument, value)
    if min(found, default=0) < 0:
        raise ValueError(f"{name}: {argument} must not be negative, got {value!r}")
    if math.prod(found) >= 2**60:
        raise ValueError(f"{name}: {argument} must be of less than 2 ** 60 elements, got {value!r}")
    return found


def batch_shape(name: str, argument: str, value: Any) -> tuple[int | None, ...]:
    """Make a shape that may begin with None, for a batch size that is not known; arguments as in `integer`.

    Raises:
        TypeError: if it holds anything but integers.
        ValueError: if one is negative, or None comes later.
    """
    shape = integers(name, argument, value, missing=True)
    if None in shape[1:] or any(size is not None and size < 0 for size in shape):
        raise ValueError(f"{name}: {argument} must hold sizes, none negative, the first perhaps None, got {value!r}")
    return shape


def numbered(
    name: str,
    axes: Sequence[int],
    shape: Sequence[Any],
    of: str = "x",
    argument: str = "axis",
    new: int = 0,
    least: int = 0,
) -> tuple[int, ...]:
    """Number axes from 0.

    Args:
        name: the operation's name, for the message.
        axes: the axes, negative from the end.
        shape: of the operand.
        of: what has the axes, for the message: the operand, or a result.
        argument: the argument's name, likewise.
        new: how many axes that has beyond the operand's.
        least: how many must be named.

    Raises:
        ValueError: if there is no such axis, one comes twice, or they are fewer than `least`.
    """
    rank = len(shape) + new
    if len(axes) < least:
        raise ValueError(
            f"{name}: {argument} must name {least} axis of {of} at least, got {tuple(axes)} and shape {tuple(shape)}"
        )
    found = tuple(axis + rank if axis < 0 else axis for axis in axes)
    if len(set(found)) < len(found) or any(not 0 <= axis < rank for axis in found):
        raise ValueError(
            f"{name}: {argument} must name different axes of the {rank} that {of} has, got {tuple(axes)} and shape "
            f"{tuple(shape)}"
        )
    return found


def one_axis(name: str, axis: Any, shape: Sequence[Any], of: str = "x", argument: str = "axis", new: int = 0) -> int:
    """Number one axis from 0; arguments as in `numbered`.

    Raises:
        TypeError: if it is no integer.
        ValueError: if there is no such axis.
    """
    number, rank = integer(name, argument, axis), len(shape) + new
    if not -rank <= number < rank:
        raise ValueError(
            f"{name}: {argument} must be one of the {rank} axes of {of}, got {axis} and shape {tuple(shape)}"
        )
    return number % rank


def axes(name: str, axis: Any, shape: Sequence[Any], of: str = "x", least: int = 0) -> tuple[int, ...]:
    """Number the axis or axes from 0; None stands for all. Arguments as in `numbered`.

    Raises:
        TypeError: if it is neither an integer nor a sequence of them.
        ValueError: if there is no such axis, one comes twice, or they are fewer than `least`.
    """
    if axis is None:
        return tuple(range(len(shape)))
    return numbered(name, integers(name, "axis", axis), shape, of, least=least)


def flag(name: str, argument: str, value: Any) -> bool:
    """Make a bool of True or False, NumPy's too.

    Raises:
        TypeError: if it is anything else.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: {argument} must be True or False, got {value!r}")
    return bool(value)


def one_of(name: str, argument: str, value: Any, choices: Sequence[str]) -> None:
    """Raise ValueError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise ValueError(f"{name}: {argument} must be one of {listed}, got {value!r}")


def checked_data_format(name: str, data_format: Any) -> str:
    """Give "channels_last" or "channels_first", in letters of any case, or the default for None.

    Raises:
        ValueError: if it is another.
    """
    if data_format is None:
        return image_data_format()
    found = data_format.lower() if isinstance(data_format, str) else None
    if found not in DATA_FORMATS:
        raise ValueError(f'{name}: data_format must be "channels_last" or "channels_first", got {data_format!r}')
    return found


def number(name: str, argument: str, value: Any, infinite: bool = False) -> float:
    """Return a number, or the one in an array of shape (), as a float, a finite one or with `infinite` an infinite one.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is not finite, or too large for a float.
    """
    value = held(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name}: {argument} must be a number, got {value!r}")
    if not is_finite(value) and not (infinite and value in (math.inf, -math.inf)):
        raise ValueError(f"{name}: {argument} must be {'in [-inf, inf]' if infinite else 'finite'}, got {value!r}")
    return float(value)


def real(name: str, dtype: Any, default: Any = None) -> np.dtype:
    """Make a native dtype of what `dtype` may be.

    Args:
        name: the operation's name, for the message.
        dtype: a dtype of real numbers, or None.
        default: the one for None; None is `config.floatx()`.

    Raises:
        TypeError: if it is another.
    """
    try:
        if not isinstance(dtype, (str, type, np.dtype, type(None))):
            raise TypeError
        found = np.dtype((default or floatx()) if dtype is None else dtype).newbyteorder("=")
        known = found.kind in "biuf" and found.itemsize <= 8
    except (TypeError, ValueError):  # such as an unknown name
        known = False
    if not known:
        raise TypeError(f"{name}: dtype must be one of real numbers of at most 64 bits, got {dtype!r}")
    return found


def is_finite(value: Any) -> bool:
    """Tell whether a number is finite, as a float too."""
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


def held(value: Any) -> Any:
    """Take the number out of an array of shape (), such as a step of a loop over `np.linspace` or a sum gives."""
    return value.item() if isinstance(value, np.ndarray) and not value.ndim else value


def positive(name: str, argument: str, value: Any) -> float:
    """Make a float of a number above 0, or of an array of shape () that holds one.

    Raises:
        ValueError: if it is none.
    """
    value = held(value)
    known = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not known or not 0 < value or not is_finite(value):
        raise ValueError(f"{name}: {argument} must be a number above 0, got {value!r}")
    return float(value)


@contextmanager
def naming(name: str, of: str, **arguments: str) -> Iterator[None]:
    """Let the errors of one operation name another that is made of it, and the other's arguments.

    Args:
        name: the operation's name.
        of: that of the operation inside.
        arguments: the names of the arguments by those inside.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        expected, *came = re.split("(, got )", str(error), maxsplit=1)  # what came is the user's own text
        for inside, argument in arguments.items():
            expected = re.sub(rf"(?<![\w.]){inside}\b", argument, expected)
        raise type(error)("".join((expected.replace(f"{of}:", f"{name}:", 1), *came))) from None


def _index(value: Any) -> int:
    if isinstance(value, (bool, np.bool_)):
        raise TypeError
    return operator.index(value)
