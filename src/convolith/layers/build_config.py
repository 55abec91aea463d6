"""What a layer was built for, as part of its configuration: Keras's ``build_config``."""

from __future__ import annotations

from typing import Any

from convolith.layers.layer import Layer
from convolith.registry import Registry

METHODS = ("get_build_config", "build_from_config")


def builds_itself(layer: Layer) -> bool:
    """Tell whether a user's own class says what its layers were built for, or takes that back."""
    owners = [next(base for base in type(layer).__mro__ if name in vars(base)) for name in METHODS]
    return any(owner.__module__.partition(".")[0] != "convolith" for owner in owners)


def build_again(layer: Layer, config: Any) -> None:
    """Build a layer that is not built by what its ``get_build_config`` returned, if it returned anything."""
    if config and not layer.built:
        layer.build_from_config(config)
        layer.built = layer.built or builds_itself(layer)  # by whatever means


class LayerRegistry(Registry):
    """The layers by name; where a user's own class has its way of building, its configurations say what for.

    All others are built when they are called.
    """

    def get(self, identifier: Any) -> Any:
        """Do as ``Registry.get``, and build what builds itself as it was."""
        made = super().get(identifier)
        if isinstance(identifier, dict) and isinstance(made, Layer) and builds_itself(made):
            build_again(made, identifier.get("build_config"))
        return made

    def serialize(self, value: Any) -> Any:
        """Do as ``Registry.serialize``, with "build_config" for what builds itself."""
        found = super().serialize(value)
        config = value.get_build_config() if isinstance(value, Layer) and builds_itself(value) else None
        return {**found, "build_config": config} if config else found
