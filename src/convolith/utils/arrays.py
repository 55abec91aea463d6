"""Arrays on their way into training: one-hot labels, norms, names of dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.defaults import floatx
from convolith.ops.arguments import integer, number, one_axis
from convolith.ops.conversion import operand


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Turn class numbers into one-hot rows.

    Args:
        x: integers in [0, num_classes), any shape; a last axis of 1 is dropped.
        num_classes: length of a row; None takes the largest label + 1.

    Returns:
        float32 array of shape ``x.shape + (num_classes,)``.

    Raises:
        TypeError: ``num_classes`` is no integer.
        ValueError: ``x`` is not of integers, or a label is outside of [0, num_classes).

    Source:
        keras.utils.to_categorical (which, unlike this, takes negative labels from the end).

    Example:
        >>> from convolith.utils import to_categorical
        >>> to_categorical([0, 2], num_classes=3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    labels = np.asarray(x)
    whole = labels.dtype.kind == "f" and bool(np.all(np.isfinite(labels) & (labels == np.floor(labels))))
    if labels.dtype.kind not in "iub" and not whole:
        raise ValueError(f"to_categorical: x must hold integers, got dtype {labels.dtype}")
    labels = labels.astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    classes = (
        int(labels.max(initial=-1)) + 1
        if num_classes is None
        else integer("to_categorical", "num_classes", num_classes)
    )
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"to_categorical: labels must be in [0, {classes}), got values from {labels.min()} to {labels.max()}"
        )
    result = np.zeros((labels.size, classes), np.float32)
    result[np.arange(labels.size), labels.ravel()] = 1
    return result.reshape(*labels.shape, classes)


def standardize_dtype(dtype: Any) -> str:
    """Return a dtype's name, the default's for None.

    Args:
        dtype: a name, type or dtype of real numbers, or None.

    Raises:
        ValueError: it is none of these.

    Source:
        keras.utils.standardize_dtype.

    Example:
        >>> from convolith.utils import standardize_dtype
        >>> standardize_dtype(float), standardize_dtype(None)
        ('float32', 'float32')
    """
    if dtype is None or dtype is float:
        return floatx()
    if dtype is int:
        return "int32"
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found.kind not in "biuf" or found.itemsize > 8:
        raise ValueError(f"standardize_dtype: dtype must be one of real numbers of at most 64 bits, got {dtype!r}")
    return found.name


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Divide an array by its norms along an axis; where a norm is 0, the elements stay.

    Args:
        x: array of numbers.
        axis: along which the norms are taken.
        order: of the norm, such as 2 for the root of the sum of squares.

    Returns:
        array of the shape of ``x``.

    Raises:
        TypeError: ``x`` holds no real numbers, the axis is no integer, or the order no number.
        ValueError: there is no such axis.

    Source:
        keras.utils.normalize.

    Example:
        >>> from convolith.utils import normalize
        >>> normalize([[3.0, 4.0]]).tolist()
        [[0.6, 0.8]]
    """
    operand("normalize", "x", x)  # which refuses what holds no numbers
    array = np.asarray(x)
    axis = one_axis("normalize", axis, array.shape)
    power = number("normalize", "order", order, infinite=True)
    norms = np.atleast_1d(np.linalg.norm(array, power, axis))
    norms[norms == 0] = 1
    return array / np.expand_dims(norms, axis)
