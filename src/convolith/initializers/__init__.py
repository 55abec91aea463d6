"""First values of weights, as in Keras: names, arguments, distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.initializers.constant import Constant, Initializer, Ones, Zeros
from convolith.initializers.matrix import Identity, Orthogonal
from convolith.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from convolith.registry import Registry, custom_object_scope, snake_case

glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
zeros, ones, variance_scaling = Zeros, Ones, VarianceScaling
identity = IdentityInitializer = Identity
orthogonal = OrthogonalInitializer = Orthogonal

__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "IdentityInitializer",
    "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "OrthogonalInitializer", "RandomNormal",
    "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "deserialize", "get", "glorot_normal",
    "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_normal", "lecun_uniform", "ones", "orthogonal",
    "random_normal", "random_uniform", "serialize", "truncated_normal", "variance_scaling", "zeros",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


_classes: list[Any] = [
    Zeros, Ones, Constant, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling, GlorotUniform, GlorotNormal,
    HeUniform, HeNormal, LecunUniform, LecunNormal, Identity, Orthogonal,
]  # fmt: skip
REGISTRY = Registry(
    "initializer",
    {snake_case(entry.__name__): entry for entry in _classes}
    | {"zero": Zeros, "one": Ones, "uniform": RandomUniform, "normal": RandomNormal},
)


def get(identifier: Any) -> Any:
    """Turn a name, a configuration, a class, an array or a callable (shape, dtype) -> array into an initializer.

    Raises:
        ValueError: it is none of these, or the name is unknown.

    Example:
        >>> from convolith.initializers import get
        >>> type(get("he_normal")).__name__
        'HeNormal'
    """
    found = Constant(identifier) if isinstance(identifier, np.ndarray) else REGISTRY.get(identifier)
    if found is not None and not callable(found):
        raise ValueError(f"an initializer must be a name, a configuration or a callable, got {identifier!r}")
    return found


def serialize(initializer: Any) -> Any:
    """Return the configuration that ``get`` turns back into the initializer."""
    return REGISTRY.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a configuration back into an initializer."""
    with custom_object_scope(custom_objects):
        return REGISTRY.get(config)
