"""What holds where nobody says otherwise: the float dtype, the order of an image's axes, and the fuzz factor."""

from __future__ import annotations

from typing import Any

FLOATS = ("float32", "float64")
DATA_FORMATS = ("channels_last", "channels_first")

_values: dict[str, Any] = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}


def floatx() -> str:
    """Return the dtype of weights and inputs that name none: "float32", or what ``set_floatx`` set.

    Source:
        keras.config.floatx.

    Example:
        >>> from convolith.config import floatx
        >>> floatx()
        'float32'
    """
    return str(_values["floatx"])


def set_floatx(value: str) -> None:
    """Set the dtype of what is made from now on and names none: layers, inputs, first weights, random numbers.

    Args:
        value: "float32" or "float64".

    Raises:
        ValueError: it is neither; convolith computes in no other dtype.

    Source:
        keras.config.set_floatx.
    """
    if value not in FLOATS:
        raise ValueError(f"set_floatx: value must be 'float32' or 'float64', got {value!r}")
    _values["floatx"] = value


def epsilon() -> float:
    """Return the small number that keeps logarithms and quotients finite: 1e-7, or what ``set_epsilon`` set.

    Source:
        keras.config.epsilon.

    Example:
        >>> from convolith.config import epsilon
        >>> epsilon()
        1e-07
    """
    return float(_values["epsilon"])


def set_epsilon(value: float) -> None:
    """Set the small number of losses, metrics, constraints and of normalisations that name none.

    It counts from a model's next batch on; what was made with the former number (the thresholds of ``AUC``, the
    operations between a functional model's layers) keeps it.

    Args:
        value: a number > 0 and < 0.5.

    Raises:
        ValueError: it is another.

    Source:
        keras.config.set_epsilon.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 0.5:
        raise ValueError(f"set_epsilon: value must be a number > 0 and < 0.5, got {value!r}")
    _values["epsilon"] = float(value)


def image_data_format() -> str:
    """Return the order of axes where none is named: "channels_last", or what ``set_image_data_format`` set.

    Source:
        keras.config.image_data_format.

    Example:
        >>> from convolith.config import image_data_format
        >>> image_data_format()
        'channels_last'
    """
    return str(_values["image_data_format"])


def set_image_data_format(data_format: str) -> None:
    """Set the order of axes of layers that are made, and functions that are called, without a ``data_format``.

    Args:
        data_format: "channels_last" (n, height, width, c), which computes faster, or "channels_first".

    Raises:
        ValueError: it is neither.

    Source:
        keras.config.set_image_data_format.
    """
    name = str(data_format).lower()
    if name not in DATA_FORMATS:
        raise ValueError(f"set_image_data_format: data_format must be one of {DATA_FORMATS}, got {data_format!r}")
    _values["image_data_format"] = name
