"""Where a layer's weights start, what is added to the loss for them, and what they are held to."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from convolith import constraints, initializers, regularizers

KINDS: dict[str, ModuleType] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}


def set_rules(layer: Any, **rules: Any) -> None:
    """Set arguments such as ``gamma_initializer="ones"`` as a layer's attributes, names turned into objects.

    Args:
        layer: a Layer.
        rules: by the weight's name and the kind: an initializer, a regularizer or a constraint.

    Raises:
        ValueError: a name is unknown.
    """
    for name, value in rules.items():
        setattr(layer, name, _kind(name).get(value))
    layer.rules = tuple(rules)


def rules_for(layer: Any, weight: str) -> dict[str, Any]:
    """Return the rules of one weight, as ``add_weight`` takes them."""
    return {kind: getattr(layer, f"{weight}_{kind}") for kind in KINDS if f"{weight}_{kind}" in layer.rules}


def rules_config(layer: Any) -> dict[str, Any]:
    """Return the configurations of all rules, by argument."""
    return {name: _kind(name).serialize(getattr(layer, name)) for name in layer.rules}


def _kind(name: str) -> ModuleType:
    return KINDS[name.rpartition("_")[2]]
