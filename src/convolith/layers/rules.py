"""Arguments that name objects: activations, where weights start, what is added to the loss, what they are held to."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from convolith import activations, constraints, initializers, regularizers

WEIGHT_KINDS: dict[str, ModuleType] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}
KINDS = {"activation": activations, **WEIGHT_KINDS}


def object_named(owner: str, argument: str, value: Any) -> Any:
    """Return the object that an argument such as ``activation`` or ``kernel_initializer`` names.

    Args:
        owner: of the argument, for the message.
        argument: the argument's name, which ends with the kind of object.
        value: what came.

    Raises:
        ValueError: there is no such object; the text names the owner and the argument.
    """
    try:
        return _kind(argument).get(value)
    except ValueError as error:
        raise ValueError(f"{owner}: {argument}: {error}") from None


def set_rules(layer: Any, **rules: Any) -> None:
    """Set arguments such as ``gamma_initializer="ones"`` as a layer's attributes, names turned into objects.

    Args:
        layer: a Layer.
        rules: by the weight's name and the kind: an initializer, a regularizer or a constraint.

    Raises:
        ValueError: a name is unknown.
    """
    for name, value in rules.items():
        setattr(layer, name, object_named(layer.who(), name, value))
    layer.rules = tuple(rules)


def rules_for(layer: Any, weight: str) -> dict[str, Any]:
    """Return the rules of one weight, as ``add_weight`` takes them."""
    return {kind: getattr(layer, f"{weight}_{kind}") for kind in WEIGHT_KINDS if f"{weight}_{kind}" in layer.rules}


def rules_config(layer: Any) -> dict[str, Any]:
    """Return the configurations of all rules, by argument."""
    return {name: _kind(name).serialize(getattr(layer, name)) for name in layer.rules}


def _kind(name: str) -> ModuleType:
    return KINDS[name.rpartition("_")[2]]
