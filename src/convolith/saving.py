"""Keras's ``keras.saving``: reading models, and what makes a user's own classes and functions known to files."""

from __future__ import annotations

from convolith.models import load_model
from convolith.registry import custom_object_scope, register_keras_serializable, registered_name

__all__ = ["CustomObjectScope", "custom_object_scope", "load_model", "register_keras_serializable", "registered_name"]

CustomObjectScope = custom_object_scope
