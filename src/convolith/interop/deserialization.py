"""From plain values back to objects: only convolith's own classes, and those that the user has named, are ever made."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import layers
from convolith.interop import keras_config
from convolith.interop.object_kinds import KINDS, Kind
from convolith.layers.build_config import build_again
from convolith.registry import ConfigMismatch, custom_object_scope, get_registered_object

WHO = "deserialize_keras_object"


def deserialize_keras_object(
    config: Any,
    custom_objects: dict[str, Any] | None = None,
    safe_mode: bool = True,
    *,
    module_objects: dict[str, Any] | None = None,
) -> Any:
    """Make an object from what ``serialize_keras_object`` (or Keras's) returned, with new weights.

    No code in it is run, and no module that it names is imported: a class or function is convolith's own, or a user's
    own that was registered or is given.

    Args:
        config: plain values. A dict with "class_name" and "config" stands for an object, if need be without "module";
            all else is gone through for such.
        custom_objects: the user's own classes and functions by name, or by "package>name".
        safe_mode: of no effect: it is always safe.
        module_objects: further classes and functions by name, looked in last; a name alone that
            is a class's here stands for an object of it.

    Raises:
        ValueError: it holds code, or names what is not known, or a configuration does not fit its class.

    Source:
        keras.saving.deserialize_keras_object.

    Example:
        >>> from convolith.saving import deserialize_keras_object
        >>> deserialize_keras_object({"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}).units
        3
    """
    known = {name: own for name, own in (module_objects or {}).items() if get_registered_object(name) is None}
    with custom_object_scope({**known, **(custom_objects or {})}):
        try:
            made = _made(config)
            of_module = isinstance(config, str) and isinstance(made, type) and made is known.get(config)
            return made() if of_module else made
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(
                f"{WHO}: this describes nothing: {config!r:.200} ({type(error).__name__}: {error})"
            ) from error


def _made(config: Any) -> Any:
    if isinstance(config, str):
        found = get_registered_object(config)
        return config if found is None else found
    if isinstance(config, (list, tuple)):
        return [_made(one) for one in config]
    if not isinstance(config, dict):
        if config is None or isinstance(config, (int, float, bool, np.ndarray)):
            return config
        raise ValueError(f"{WHO}: {config!r:.200} of type {type(config).__name__} is no plain value")
    if "class_name" not in config or "config" not in config:
        return {key: _made(value) for key, value in config.items()}
    name = config["class_name"]
    if not isinstance(name, str):
        raise ValueError(f"{WHO}: class_name must be a string, got {name!r:.200}")
    if name == "__bytes__":
        return config["config"]["value"].encode("utf-8")
    if name.startswith("__"):
        return keras_config.ours(_listed(config), WHO)
    return _function(config) if name == "function" else _object(config)


def _function(config: dict[str, Any]) -> Any:
    name = config["config"]
    if not isinstance(name, str):
        raise ValueError(f"{WHO}: a function is named by a string, got {name!r:.200}")
    found = get_registered_object(name)
    if found is None and _module(config) is not None:
        found = next((one.registry.entries[name] for one in KINDS if name in one.registry.entries), None)
        found = _operation(name) if found is None or isinstance(found, type) else found
    if not callable(found):
        raise ValueError(f"{WHO}: unknown function {name!r}: give it in custom_objects={{{name!r}: ...}}")
    return found


def _operation(name: str) -> Any:
    from convolith import ops

    return getattr(ops, name) if name in ops.__all__ else None


def _module(config: dict[str, Any]) -> str | None:
    """Return the module without the package, "" if none is given, or None for a module that is a user's."""
    package, _, rest = str(config.get("module") or "convolith").partition(".")
    return rest if package in ("keras", "convolith", "builtins") else None


def _object(config: dict[str, Any]) -> Any:
    name, given = config["class_name"], config["config"] or {}
    if not isinstance(given, dict):
        raise ValueError(f"{WHO}: the config of {name} must be a dict, got {given!r:.200}")
    own = get_registered_object(str(config.get("registered_name") or name))
    own = get_registered_object(name) if own is None else own
    module = _module(config)
    if own is not None:
        made = _of_class(own, name, given)
    elif module is None:
        raise ValueError(
            f"{WHO}: {config['module']}.{name} is not convolith's own: register it, or give it in "
            f"custom_objects={{{name!r}: ...}}"
        )
    else:
        made = _of_kind(_kind(name, module), config)
    return _as_it_was(made, config)


def _of_class(own: Any, name: str, given: dict[str, Any]) -> Any:
    """Make an object of a user's own class; a function, registered under a class's name, is returned as it is."""
    if not isinstance(own, type):
        return own
    if not hasattr(own, "from_config"):
        raise ValueError(f"{WHO}: {name} has no from_config")
    try:
        return own.from_config(given)
    except ConfigMismatch as error:
        raise ValueError(f"{WHO}: {error}") from error
    except TypeError as error:
        raise ValueError(f"{WHO}: the config of {name} does not fit it: {error}") from error


def _kind(name: str, module: str) -> Kind:
    """Return the kind that a class of convolith's is of.

    Raises:
        ValueError: there is none of that name.
    """
    named = [one for one in KINDS if module == one.module]
    for one in named or KINDS:
        try:
            if isinstance(one.registry.find(name), type):
                return one
        except ValueError:
            continue
    raise ValueError(f"{WHO}: convolith has no {name}" + (f" among its {module}" if named else ""))


def _listed(value: Any) -> Any:
    """Turn tuples within plain values into lists, as they are in a file."""
    if isinstance(value, (list, tuple)):
        return [_listed(one) for one in value]
    return {key: _listed(one) for key, one in value.items()} if isinstance(value, dict) else value


def _of_kind(kind: Kind, config: dict[str, Any]) -> Any:
    config = _listed(config)
    name, given = config["class_name"], config["config"] or {}
    form = {"class_name": name, "config": given}
    try:
        if keras_config.is_keras_s(config):
            form = keras_config.ours(config, name)
            return keras_config.layer(config) if kind.base is layers.Layer else kind.registry.get(form)
        return kind.registry.get(form)
    except ConfigMismatch as error:
        raise ValueError(f"{WHO}: {error}") from error
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{WHO}: the config of {name} does not fit it: {error}") from error


def _as_it_was(made: Any, config: dict[str, Any]) -> Any:
    """Build a layer and compile a model that were."""
    if isinstance(made, layers.Layer):
        build_again(made, config.get("build_config"))
    if config.get("compile_config") and hasattr(made, "compile_from_config"):
        made.compile_from_config(config["compile_config"])
    return made
