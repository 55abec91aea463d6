"""Checks of the arguments that several layers share; every error names the layer and the argument."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convolith.defaults import floatx, image_data_format
from convolith.layers.building import arguments_of
from convolith.ops.arguments import is_finite


def positive_integer(owner: str, argument: str, value: Any) -> int:
    """Return ``value`` as an int >= 1.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{owner}: {argument} must be an integer >= 1, got {value!r}")
    return int(value)


def axis_number(owner: str, argument: str, value: Any) -> int:
    """Return ``value`` as an int, negative from the end.

    Raises:
        ValueError: it is no integer.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{owner}: {argument} must be an integer, got {value!r}")
    return int(value)


def finite_number(owner: str, argument: str, value: Any, most: float = math.inf, below: float = math.inf) -> float:
    """Return ``value`` as a float, finite and >= 0, and <= ``most`` and < ``below`` where these are given.

    Raises:
        ValueError: it is none.
    """
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0 <= value <= most or not value < below:
        expected = f"a number in [0, {below:g})" if most == math.inf else f"a number in [0, {most:g}]"
        if most == below == math.inf:
            expected = "a finite number >= 0"
        raise ValueError(f"{owner}: {argument} must be {expected}, got {value!r}")
    return float(value)


def per_axis(owner: str, argument: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """Return one integer >= ``least`` a spatial axis, from an integer for all or a sequence.

    Raises:
        ValueError: it is neither.
    """
    values = value if isinstance(value, (tuple, list)) else (value,) * rank
    if len(values) != rank or any(
        isinstance(item, bool) or not isinstance(item, (int, np.integer)) or item < least for item in values
    ):
        several = "a tuple of one" if rank == 1 else f"{rank} of them"
        raise ValueError(f"{owner}: {argument} must be an integer >= {least} or {several}, got {value!r}")
    return tuple(int(item) for item in values)


def padding_argument(owner: str, padding: Any, rank: int, names: tuple[str, ...] = ("valid", "same")) -> Any:
    """Return one of the names or ((before, after), ...) with one pair a spatial axis.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(padding, str) and padding.lower() in names:
        return padding.lower()
    if isinstance(padding, (tuple, list)) and len(padding) == rank:
        pairs = [tuple(pair) if isinstance(pair, (tuple, list)) else () for pair in padding]
        if all(
            len(pair) == 2 and all(isinstance(side, (int, np.integer)) and side >= 0 for side in pair) for pair in pairs
        ):
            return tuple((int(before), int(after)) for before, after in pairs)
    raise ValueError(
        f"{owner}: padding must be {', '.join(map(repr, names))} or {rank} pairs (before, after) of integers >= 0, "
        f"got {padding!r}"
    )


def pairs_per_axis(owner: str, argument: str, value: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """Return ((before, after), ...) of integers >= 0, from an integer for all, one an axis, or the pairs.

    Raises:
        ValueError: it is none of these.
    """
    values = value if isinstance(value, (tuple, list)) else (value,) * rank
    pairs = [tuple(one) if isinstance(one, (tuple, list)) else (one, one) for one in values]
    if len(pairs) != rank or not all(len(one) == 2 and all(map(_is_natural, one)) for one in pairs):
        raise ValueError(
            f"{owner}: {argument} must be an integer >= 0, {rank} of them or {rank} pairs of them, got {value!r}"
        )
    return tuple((int(before), int(after)) for before, after in pairs)


def _is_natural(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and bool(value >= 0)


def data_format_name(owner: str, data_format: Any) -> str:
    """Return "channels_last" or "channels_first"; None is ``config.image_data_format()``.

    Raises:
        ValueError: it is neither.
    """
    name = image_data_format() if data_format is None else str(data_format).lower()
    if name not in ("channels_last", "channels_first"):
        raise ValueError(f"{owner}: data_format must be 'channels_last' or 'channels_first', got {data_format!r}")
    return name


def channels_axis(data_format: str) -> int:
    """Return the axis of the channels."""
    return -1 if data_format == "channels_last" else 1


def is_number(value: Any) -> bool:
    """Tell a finite real number."""
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return real and is_finite(value)


def arguments_by_name(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the arguments of ``function(self, *args, **kwargs)`` by name, and whether it takes any keyword."""
    import inspect

    signature = inspect.signature(function)
    bound = dict(signature.bind(None, *args, **kwargs).arguments)
    bound.pop(next(iter(signature.parameters)))
    rest = [name for name, item in signature.parameters.items() if item.kind is inspect.Parameter.VAR_KEYWORD]
    for name in rest:
        bound.update(bound.pop(name, {}))
    return bound, bool(rest)


def float_name(dtype: Any, owner: str) -> str:
    """Return "float32" or "float64" for what names one."""
    if dtype is None:
        return floatx()
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name not in ("float32", "float64"):
        raise ValueError(f"{owner}: dtype must be 'float32' or 'float64', got {dtype!r}")
    return name


def shape_argument(shape: Any, owner: str) -> tuple[int, ...]:
    """Return a shape without batch as a tuple."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if not all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes):
        raise ValueError(f"{owner}: input_shape must be of integers > 0, got {shape!r}")
    return tuple(int(size) for size in sizes)


def named(layer: Any, arguments: dict[str, Any]) -> str:
    """Name a class of layers, with the name among the arguments where there is one, for a message."""
    return layer.__name__ if arguments.get("name") is None else f"{layer.__name__} {arguments['name']!r}"


def keywords_taken(layer: Any) -> set[str]:
    """Return the names of all arguments that a class of layers and its bases take."""
    taken = {"input_shape", "input_dim", "learning_rate_multiplier"}
    taken.update(*(arguments_of(vars(base).get("__init__", object)) for base in layer.__mro__))
    return taken - layer.not_taken
