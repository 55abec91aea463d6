"""Keras 3's configurations of layers, models and what they are compiled with, turned into convolith's; data only."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from convolith import layers
from convolith.layers.layer import Layer

PLAIN = (str, int, float, bool, type(None))
OF_NUMBERS = {"__numpy__", "__tensor__"}


def is_keras_s(item: dict[str, Any]) -> bool:
    """Tell whether a configuration is of a class or function of Keras's own, not of a user's."""
    return str(item.get("module") or "").split(".")[0] in ("keras", "builtins")


def found_name(item: dict[str, Any], name: str) -> str:
    """Return the name under which a class or function is looked up; a user's is never taken for convolith's own."""
    if is_keras_s(item):
        return name
    registered = item.get("registered_name")
    if registered and ">" in registered:
        return registered
    return f"{item.get('module') or '__main__'}.{name}"


def ours(value: Any, who: str) -> Any:
    """Turn a value within a configuration of Keras's into what convolith's constructors take.

    Args:
        value: of JSON.
        who: has it, for the messages.

    Raises:
        ValueError: it stands for code, or for what convolith does not have.
    """
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, list):
        return [ours(item, who) for item in value]
    if "class_name" not in value:
        return {key: ours(item, who) for key, item in value.items()}
    kind, config = value["class_name"], value.get("config")
    if kind == "__lambda__":
        raise ValueError(f"{who} holds the code of a lambda, which is never run: make the model without it")
    if kind == "function":
        return found_name(value, str(config))
    if kind in OF_NUMBERS:
        return np.asarray(config["value"], _number_dtype(config["dtype"], who))
    if kind == "DTypePolicy":
        return config["name"]
    if kind == "__slice__":
        return slice(*(ours(config[key], who) for key in ("start", "stop", "step")))
    if kind == "__ellipsis__":
        return ...
    if kind.startswith("__"):
        raise ValueError(f"{who} holds a {kind}, which has no counterpart in convolith")
    inner = {key: ours(item, who) for key, item in (config or {}).items()}
    inner = {key: item for key, item in inner.items() if not (key.endswith("_axes") and item is None)}  # initializers'
    return {**_built(value), "class_name": found_name(value, kind), "config": inner}


def layer(item: dict[str, Any]) -> Layer:
    """Make a layer or model, with new weights.

    Args:
        item: ``{"module", "class_name", "config", "registered_name", ...}``.

    Raises:
        ValueError: convolith does not have the class, or an argument of it; the text names both.
    """
    kind, config = item.get("class_name"), item.get("config")
    if not isinstance(kind, str) or not isinstance(config, dict):
        raise ValueError(f"a layer's configuration needs class_name and config, got {item!r:.200}")
    who = f"{kind} {config.get('name')!r}"
    if is_keras_s(item) and kind in ("Functional", "Model"):
        from convolith.interop.keras_graph import functional

        return functional(config)
    if is_keras_s(item) and kind == "Sequential":
        return _sequential(config)
    if not is_keras_s(item) and _reads_itself(found_name(item, kind)):
        return layers.REGISTRY.get({**_built(item), "class_name": found_name(item, kind), "config": config})
    if not is_keras_s(item) and {"layers", "input_layers", "output_layers"} <= set(config):
        from convolith.interop.keras_graph import functional, takes_graph

        made = layers.REGISTRY.find(found_name(item, kind))
        if takes_graph(made):
            return functional(config, made)
    arguments = {key: ours(value, who) for key, value in config.items()}
    if is_keras_s(item):
        try:
            made = layers.REGISTRY.find(kind)
        except ValueError:
            raise ValueError(f"{who}: convolith has no layer {kind}") from None
        arguments = _accepted(who, made, arguments)
    return layers.REGISTRY.get({**_built(item), "class_name": found_name(item, kind), "config": arguments})


def _built(item: dict[str, Any]) -> dict[str, Any]:
    """Return what a layer of a user's own was built for, as part of its configuration."""
    return {"build_config": item["build_config"]} if item.get("build_config") and not is_keras_s(item) else {}


def _reads_itself(name: str) -> bool:
    """Tell whether a user's class has a ``from_config`` of its own, which expects what its ``get_config`` gave."""
    made = layers.REGISTRY.find(name)
    bases = made.__mro__ if isinstance(made, type) else ()
    return any("from_config" in vars(base) for base in bases if base.__module__.split(".")[0] != "convolith")


def _sequential(config: dict[str, Any]) -> Layer:
    made = [layer(item) for item in config.get("layers") or []]
    kind = layers.REGISTRY.find("Sequential")
    model = kind(made, trainable=config.get("trainable", True), name=config.get("name"))
    shape = config.get("build_input_shape")
    if not model.built and shape and made:
        model.build(tuple(shape))
    return model


def _accepted(who: str, kind: type, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that a class takes; Keras's others may only be off.

    Raises:
        ValueError: one is not.
    """
    names = argument_names(kind)
    for name, value in arguments.items():
        if name not in names and value not in (None, False):
            raise ValueError(f"{who}: convolith has no argument {name}, which is {value!r}")
    return {name: value for name, value in arguments.items() if name in names}


def argument_names(kind: type) -> set[str]:
    """Return the names of a constructor's arguments, those that it hands on to its bases' too."""
    names: set[str] = set()
    for base in kind.__mro__:
        if "__init__" in vars(base):
            parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
            names |= {one.name for one in parameters if one.kind is not one.VAR_KEYWORD}
            if not any(one.kind is one.VAR_KEYWORD for one in parameters):
                break
    return names - {"self"}


def _number_dtype(name: Any, who: str) -> np.dtype:
    """Return the dtype of an array within a configuration.

    Raises:
        ValueError: it is none of numbers.
    """
    try:
        dtype = np.dtype(name)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "biuf":
        raise ValueError(f"{who} holds an array of dtype {name!r}; there must be numbers in it")
    return dtype
