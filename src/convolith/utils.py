"""Keras's ``keras.utils``: what convolith has of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from convolith.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from convolith.defaults import floatx
from convolith.random import checked_seed, seed_everything
from convolith.registry import (
    custom_object_scope,
    forget_names,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)

if TYPE_CHECKING:
    from convolith.data import image_dataset_from_directory
    from convolith.data.py_dataset import PyDataset
    from convolith.data.py_dataset import PyDataset as Sequence
    from convolith.models.custom_step import pack_x_y_sample_weight, unpack_x_y_sample_weight
    from convolith.visualize import model_to_dot, plot_model

__all__ = [
    "CustomObjectScope", "PyDataset", "Sequence", "clear_session", "custom_object_scope", "disable_interactive_logging",
    "enable_interactive_logging", "get_custom_objects", "get_registered_name", "get_registered_object",
    "image_dataset_from_directory", "is_interactive_logging_enabled", "is_keras_tensor", "model_to_dot", "normalize",
    "pack_x_y_sample_weight", "plot_model", "register_keras_serializable", "set_random_seed", "standardize_dtype",
    "to_categorical", "unpack_x_y_sample_weight",
]  # fmt: skip

CustomObjectScope = custom_object_scope

_ELSEWHERE = {  # imported when asked for
    "PyDataset": "convolith.data.py_dataset",
    "image_dataset_from_directory": "convolith.data",
    "model_to_dot": "convolith.visualize",
    "pack_x_y_sample_weight": "convolith.models.custom_step",
    "plot_model": "convolith.visualize",
    "unpack_x_y_sample_weight": "convolith.models.custom_step",
}


def __getattr__(name: str) -> Any:
    own = "PyDataset" if name == "Sequence" else name
    if own not in _ELSEWHERE:
        raise AttributeError(f"module 'convolith.utils' has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE[own]), own)


def set_random_seed(seed: int) -> None:
    """Make everything random that follows repeatable: first weights, dropout, the order of samples.

    Python's ``random`` and NumPy's global generator are seeded too, as Keras does. The same seed gives the same
    training bit for bit, whatever the number of threads.

    Args:
        seed: an integer in [0, 2**32).

    Raises:
        ValueError: ``seed`` is not such an integer.

    Source:
        keras.utils.set_random_seed.

    Example:
        >>> set_random_seed(7)
    """
    checked = checked_seed(seed, "set_random_seed")
    if checked is None or checked >= 2**32:
        raise ValueError(f"set_random_seed: seed must be an integer in [0, 2**32), got {seed!r}")
    seed_everything(checked)


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names of layers again from the first (``conv2d``, then ``conv2d_1`` ...).

    Args:
        free_memory: of no effect: memory goes with the last reference to a model.

    Source:
        keras.utils.clear_session.

    Example:
        >>> clear_session()
    """
    forget_names()


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Turn class numbers into one-hot rows.

    Args:
        x: integers in [0, num_classes), any shape; a last axis of 1 is dropped.
        num_classes: length of a row; None takes the largest label + 1.

    Returns:
        float32 array of shape ``x.shape + (num_classes,)``.

    Raises:
        ValueError: ``x`` is not of integers, or a label is outside of [0, num_classes).

    Source:
        keras.utils.to_categorical (which, unlike this, takes negative labels from the end).

    Example:
        >>> to_categorical([0, 2], num_classes=3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    labels = np.asarray(x)
    if labels.dtype.kind not in "iub" and not (labels.dtype.kind == "f" and np.all(labels == np.floor(labels))):
        raise ValueError(f"to_categorical: x must hold integers, got dtype {labels.dtype}")
    labels = labels.astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    classes = int(labels.max(initial=-1)) + 1 if num_classes is None else int(num_classes)
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

    Source:
        keras.utils.normalize.

    Example:
        >>> normalize([[3.0, 4.0]]).tolist()
        [[0.6, 0.8]]
    """
    array = np.asarray(x)
    norms = np.atleast_1d(np.linalg.norm(array, order, axis))
    norms[norms == 0] = 1
    return array / np.expand_dims(norms, axis)


def is_keras_tensor(x: Any) -> bool:
    """Tell whether a value is a symbolic tensor, as ``Input`` gives.

    Raises:
        ValueError: it is no array either.

    Source:
        keras.utils.is_keras_tensor.

    Example:
        >>> is_keras_tensor(np.zeros(3))
        False
    """
    from convolith.layers.call import is_symbolic

    if not hasattr(x, "shape") or not hasattr(x, "dtype"):
        raise ValueError(f"is_keras_tensor: expected a tensor or an array, got {type(x).__name__}")
    return bool(is_symbolic(x))
