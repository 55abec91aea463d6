"""Models: sequential, functional and subclassed; training; saving."""

from __future__ import annotations

from typing import Any

from convolith.models.functional import Functional
from convolith.models.model import Model
from convolith.models.sequential import Sequential

__all__ = ["Functional", "Model", "Sequential", "load_model"]


def load_model(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True) -> Model:
    """Read a model from a file of ``Model.save``.

    Nothing in the file is executed: it is data only.

    Args:
        filepath: such as "lenet5.convolith".
        custom_objects: the user's own classes and functions that the model uses, by name.
        compile: whether to compile the model as it was when it was saved.

    Returns:
        the model, with weights, and the optimizer as it was.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is damaged, or no file of convolith's, or names something unknown.

    Source:
        keras.models.load_model.
    """
    from convolith.models.formats import load_model as load

    return load(filepath, custom_objects, compile)
