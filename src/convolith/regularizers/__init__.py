"""Penalties on weights (and outputs) that training adds to the loss."""

from __future__ import annotations

from typing import Any

from convolith.registry import Registry, custom_object_scope, snake_case
from convolith.regularizers.regularizer import L1, L1L2, L2, OrthogonalRegularizer, Regularizer

__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer",
    "deserialize", "get", "l1", "l1_l2", "l2", "orthogonal_regularizer", "serialize",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer  # Keras's other names

_classes: list[Any] = [L1, L1L2, L2, OrthogonalRegularizer]
REGISTRY = Registry(
    "regularizer", {snake_case(entry.__name__): entry for entry in _classes} | {"l1_l2": L1L2, "l1l2": L1L2}
)


def get(identifier: Any) -> Any:
    """Turn a name, a configuration or a class into a regularizer; None and callables come back as they are.

    Raises:
        ValueError: the name is unknown, or it is none of these.

    Example:
        >>> from convolith.regularizers import get
        >>> get("l2").l2
        0.01
    """
    found = REGISTRY.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a regularizer must be a name, a configuration or a callable, got {identifier!r}")
    return found


def serialize(regularizer: Any) -> Any:
    """Return the configuration that ``get`` turns back into the regularizer."""
    return REGISTRY.serialize(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a configuration back into a regularizer."""
    with custom_object_scope(custom_objects):
        return get(config)
