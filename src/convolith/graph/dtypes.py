"""Which dtypes operands have, and which one they meet in."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.defaults import floatx


def array_of(value: Any) -> np.ndarray:
    """Make an array of what is no tensor; Python's floats, also those in lists, count as `floatx`, not as float64."""
    array = np.asarray(value)
    return array if hasattr(value, "dtype") or array.dtype != np.float64 else array.astype(floatx())


def fits(integers: np.ndarray, dtype: type[np.integer]) -> bool:
    """Tell whether integers are in the range of a dtype."""
    limits = np.iinfo(dtype)
    return integers.size == 0 or bool(limits.min <= integers.min() and integers.max() <= limits.max)


def whole_number(owner: str, dtype: np.dtype, value: int) -> np.ndarray:
    """Make an array of shape () of a Python integer.

    Raises:
        OverflowError: if the dtype, one of integers, does not hold it; the message begins with `owner`.
    """
    limits = np.iinfo(dtype)
    if not limits.min <= value <= limits.max:
        raise OverflowError(f"{owner} of {dtype} holds {limits.min} to {limits.max}, got {value}")
    return np.asarray(value, dtype)


def is_float(value: Any) -> bool:
    """Tell whether an operand is a float, or an array or tensor of floats."""
    return value.dtype.kind == "f" if hasattr(value, "dtype") else type(value) is float


def common_dtype(operands: list[Any]) -> np.dtype:
    """Promote dtypes as NumPy does; a Python number counts only where they cannot hold its kind, or the integer."""
    dtypes = [value.dtype for value in operands if hasattr(value, "dtype")]
    numbers = [value for value in operands if not hasattr(value, "dtype")]
    common: np.dtype = np.result_type(*dtypes) if dtypes else np.dtype(bool)
    if any(type(number) is float for number in numbers) and common.kind != "f":
        return np.dtype(np.float32)
    integers = [number for number in numbers if type(number) is int]
    if integers and common.kind == "b":
        common = np.dtype(np.int32)
    for number in integers:
        if common.kind in "iu" and not np.iinfo(common.type).min <= number <= np.iinfo(common.type).max:
            signed = common.kind == "i" and number > 0  # what holds the negative one, holds it with a sign
            common = np.result_type(common, np.min_scalar_type(-number - 1 if signed else number))
        if common.kind == "O":
            raise TypeError(f"integers must have at most 64 bits with their sign, got {number}")
    return common
