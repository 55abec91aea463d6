"""What weights are brought back to after each step of training."""

from __future__ import annotations

from typing import Any

from convolith.constraints.constraint import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from convolith.registry import Registry, custom_object_scope, snake_case

__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm",
    "deserialize", "get", "max_norm", "min_max_norm", "non_neg", "serialize", "unit_norm",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm  # Keras's other names

_classes: list[Any] = [MaxNorm, MinMaxNorm, NonNeg, UnitNorm]
REGISTRY = Registry("constraint", {snake_case(entry.__name__): entry for entry in _classes})


def get(identifier: Any) -> Any:
    """Turn a name, a configuration or a class into a constraint; None and callables come back as they are.

    Raises:
        ValueError: the name is unknown, or it is none of these.

    Example:
        >>> from convolith.constraints import get
        >>> type(get("non_neg")).__name__
        'NonNeg'
    """
    found = REGISTRY.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"a constraint must be a name, a configuration or a callable, got {identifier!r}")
    return found


def serialize(constraint: Any) -> Any:
    """Return the configuration that ``get`` turns back into the constraint."""
    return REGISTRY.serialize(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a configuration back into a constraint."""
    with custom_object_scope(custom_objects):
        return get(config)
