"""What code written for ``keras.backend`` asks for: the defaults, and dtypes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from convolith.config import backend
from convolith.defaults import epsilon, floatx, image_data_format, set_epsilon, set_floatx, set_image_data_format
from convolith.registry import unique_number
from convolith.utils import clear_session, is_keras_tensor, standardize_dtype

__all__ = [
    "backend", "clear_session", "device", "epsilon", "floatx", "get_uid", "image_data_format", "is_float_dtype",
    "is_int_dtype", "is_keras_tensor", "set_epsilon", "set_floatx", "set_image_data_format", "standardize_dtype",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


@contextmanager
def device(device_name: str) -> Iterator[None]:
    """Compute on a device within a ``with`` block, of which there is one: the CPU.

    Args:
        device_name: "cpu", or "cpu:0".

    Raises:
        ValueError: it is another.

    Source:
        keras.device.

    Example:
        >>> from convolith.backend import device
        >>> with device("cpu:0"):
        ...     pass
    """
    if str(device_name).lower() not in ("cpu", "cpu:0"):
        raise ValueError(f"device: convolith computes on 'cpu' alone, got {device_name!r}")
    yield


def is_float_dtype(dtype: Any) -> bool:
    """Tell whether a dtype is one of floats.

    Example:
        >>> from convolith.backend import is_float_dtype
        >>> is_float_dtype("float32"), is_float_dtype("int32")
        (True, False)
    """
    return np.dtype(dtype).kind == "f"


def is_int_dtype(dtype: Any) -> bool:
    """Tell whether a dtype is one of integers, with or without sign.

    Example:
        >>> from convolith.backend import is_int_dtype
        >>> is_int_dtype("uint8"), is_int_dtype("bool")
        (True, False)
    """
    return np.dtype(dtype).kind in "iu"


def get_uid(prefix: str = "") -> int:
    """Return how often it was asked for this prefix since ``clear_session``, from 1.

    Source:
        keras.backend.get_uid.

    Example:
        >>> from convolith.backend import get_uid
        >>> from convolith.utils import clear_session
        >>> clear_session()
        >>> get_uid("conv"), get_uid("conv")
        (1, 2)
    """
    return unique_number(prefix)
