"""What can be called in a module of the public API, with its arguments and their defaults.

``python -m tests.against_keras.signatures`` writes those of Keras's that convolith has, too, into signatures.json.
"""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

STORED = Path(__file__).with_name("signatures.json")
MODULES = (
    "", "activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "models",
    "optimizers", "optimizers.schedules", "random", "regularizers", "saving", "utils",
)  # fmt: skip
CLASSES = ("Layer", "Loss", "Metric", "Model", "Optimizer", "Sequential")
RANKS = {"1D": 1, "2D": 2, "3D": 3}


def module(library: str, name: str) -> Any:
    """Return a module, or a class of the library's own."""
    if name in CLASSES:
        return getattr(importlib.import_module(library), name)
    return importlib.import_module(f"{library}.{name}".rstrip("."))


def public(library: str, name: str) -> dict[str, Any]:
    """Return the classes and functions of a module by name."""
    owner = module(library, name)
    found = {key: getattr(owner, key) for key in getattr(owner, "__all__", dir(owner)) if key[0] != "_"}
    return {key: value for key, value in found.items() if callable(value)}


def arguments(value: Any, rank: int | None = None, inherited: bool = False) -> dict[str, str] | None:
    """Return the arguments by name with their defaults, or None where there is no signature.

    An integer stands for as many as the rank says, as both libraries mean it.

    Args:
        value: a class or a function.
        rank: spatial axes that a layer has.
        inherited: whether those of base classes count to which a constructor passes what it does not name.
    """
    parameters: dict[str, inspect.Parameter] = {}
    for maker in _makers(value):
        try:
            own = inspect.signature(maker).parameters.values()
        except (TypeError, ValueError):
            return None
        parameters |= {one.name: one for one in own if one.name not in parameters}
        if not inherited or not any(one.kind is one.VAR_KEYWORD for one in own):
            break
    kinds = inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL
    kept = {name: one for name, one in parameters.items() if one.kind not in kinds and name not in ("self", "cls")}
    return {name: _text(one.default, rank) for name, one in kept.items()}


def _makers(value: Any) -> list[Any]:
    """Return a function itself; of a class the constructors, its own first, or what makes objects of another class."""
    if not isinstance(value, type):
        return [value]
    if value.__init__ is object.__init__ and "__new__" in vars(value):
        return [value.__new__]
    return [kind.__init__ for kind in value.__mro__ if "__init__" in vars(kind)]


def _text(default: Any, rank: int | None) -> str:
    if default is inspect.Parameter.empty:
        return "required"
    if rank and type(default) is int:
        default = (default,) * rank
    return str(default).lower() if isinstance(default, (bool, int, float)) else repr(default)


def rank_of(name: str) -> int | None:
    return next((rank for ending, rank in RANKS.items() if ending in name), None)


def table(library: str, names: dict[str, list[str]]) -> dict[str, dict[str, dict[str, str] | None]]:
    """Return the arguments of given names by module."""
    return {
        one: {name: arguments(getattr(module(library, one), name), rank_of(name)) for name in listed}
        for one, listed in names.items()
    }


def shared() -> dict[str, list[str]]:
    """Return the names that both libraries have, by module."""
    return {one: sorted(set(public("keras", one)) & set(public("convolith", one))) for one in MODULES + CLASSES}


if __name__ == "__main__":
    STORED.write_text(json.dumps(table("keras", shared()), indent=0) + "\n")
