"""Keras's ``keras.saving``: reading and writing models, and what makes a user's own classes known to files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convolith.models import load_model, save_model
from convolith.registry import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    registered_name,
)

if TYPE_CHECKING:
    from convolith.interop.deserialization import deserialize_keras_object
    from convolith.interop.serialization import serialize_keras_object

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "load_model", "load_weights", "register_keras_serializable",
    "registered_name", "save_model", "save_weights", "serialize_keras_object",
]  # fmt: skip

CustomObjectScope = custom_object_scope

_ELSEWHERE = {  # imported when asked for
    "deserialize_keras_object": "convolith.interop.deserialization",
    "serialize_keras_object": "convolith.interop.serialization",
}


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module 'convolith.saving' has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write a model's weights, as ``model.save_weights`` does.

    Source:
        keras.saving.save_weights.
    """
    model.save_weights(filepath, overwrite)


def load_weights(model: Any, filepath: Any) -> None:
    """Read weights into a model, as ``model.load_weights`` does.

    Source:
        keras.saving.load_weights.
    """
    model.load_weights(filepath)
