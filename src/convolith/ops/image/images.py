"""What the functions on images share: one image or a batch, either data format, and checks of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convolith.defaults import image_data_format
from convolith.ops.shape import reshape, transpose
from convolith.ops.window import LIMIT, operand


def in_batch(
    name: str,
    data_format: str | None,
    function: Callable[[Any], Any],
    images: Any,
    rank: int = 2,
    argument: str = "images",
) -> Any:
    """Do `function`, which takes and gives (n, ..., c), on a batch or a single image in any data format.

    Args:
        name: the operation's name, for the messages.
        data_format: "channels_last", None for the same, or "channels_first".
        function: function of a batch with the channels last.
        images: array or tensor of `rank` spatial axes, one of channels and perhaps one of the batch.
        rank: the number of spatial axes.
        argument: what the images are called, for the messages.

    Raises:
        TypeError: if images is None.
        ValueError: if it has another number of axes, or the data format is another.
    """
    images = operand(name, argument, images)
    if images.ndim not in (rank + 1, rank + 2):
        raise ValueError(
            f"{name}: {argument} must have {rank + 1} axes (a single one) or {rank + 2} (a batch), "
            f"came shape {images.shape}"
        )
    data_format = checked_data_format(name, data_format)
    single = images.ndim == rank + 1
    batch = reshape(images, (1, *images.shape)) if single else images
    if data_format == "channels_first":
        result = transpose(function(transpose(batch, (0, *range(2, rank + 2), 1))), (0, rank + 1, *range(1, rank + 1)))
    else:
        result = function(batch)
    return reshape(result, result.shape[1:]) if single else result


def checked_data_format(name: str, data_format: str | None) -> str:
    """Give one of the two, the default for None; another is a ValueError."""
    if data_format is None:
        return image_data_format()
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(f'{name}: data_format must be "channels_last" or "channels_first", came {data_format!r}')
    return data_format


def each_axis(name: str, argument: str, value: Any, rank: int) -> tuple[int, ...]:
    """Make one integer of at least 1 for each spatial axis, of an integer or of as many.

    Raises:
        TypeError: if it is neither an integer nor a sequence.
        ValueError: if it is not that many integers, or one is below 1 or not below LIMIT.
    """
    values = (value,) * rank if isinstance(value, (int, np.integer)) else value
    if not isinstance(values, (tuple, list, np.ndarray)):
        raise TypeError(f"{name}: {argument} must be an integer or {rank} of them, came {value!r}")
    if len(values) != rank or not all(_is_integer(one) and 1 <= one < LIMIT for one in values):
        raise ValueError(
            f"{name}: {argument} must be an integer of at least 1 and below 2 ** 31, or {rank} of them, came {value!r}"
        )
    return tuple(int(one) for one in values)


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def one_of(name: str, argument: str, value: Any, choices: Sequence[str]) -> None:
    """Raise ValueError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise ValueError(f"{name}: {argument} must be one of {listed}, came {value!r}")


def number(name: str, argument: str, value: Any) -> float:
    """Return a finite number as a float.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name}: {argument} must be a number, came {value!r}")
    if not np.isfinite(value):
        raise ValueError(f"{name}: {argument} must be finite, came {value!r}")
    return float(value)
