"""Objects as plain values: Keras's form of layers, models, optimizers, losses and what else has a configuration."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np

from convolith.graph.tensor import Tensor, Variable
from convolith.interop import keras_serialized
from convolith.interop.object_kinds import KINDS, Kind
from convolith.registry import name_of_own


def serialize_keras_object(obj: Any) -> Any:
    """Describe an object by plain values, in Keras's form, from which ``deserialize_keras_object`` makes an equal one.

    Args:
        obj: a layer, model, optimizer, loss, metric ...; an object of a user's own class with ``get_config``; a
            function with a name; an array, slice or bytes; None, a string or a number; or lists, tuples and dicts of
            these. Weights are no part of it.

    Returns:
        for an object a dict of "module", "class_name", "config" and "registered_name", such as {"module":
        "keras.layers", "class_name": "ReLU", ...}. What Keras lacks has the module convolith's own. Of what was built
        and compiled the dict tells that too, in "build_config" and "compile_config".

    Raises:
        ValueError: it is a lambda, a symbolic tensor, or has no configuration.

    Source:
        keras.saving.serialize_keras_object.

    Example:
        >>> from convolith import layers
        >>> from convolith.utils import serialize_keras_object
        >>> serialize_keras_object([layers.ReLU(name="r"), slice(1, 3)])[1]
        {'class_name': '__slice__', 'config': {'start': 1, 'stop': 3, 'step': None}}
    """
    if obj is None or isinstance(obj, (str, int, float, bool)):
        return obj
    if isinstance(obj, (list, tuple)):
        values = map(serialize_keras_object, obj)
        return tuple(values) if isinstance(obj, tuple) else list(values)
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        places = {name: serialize_keras_object(getattr(obj, name)) for name in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": places}
    if obj is ...:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, (np.ndarray, np.generic)) or isinstance(obj, Variable):
        return _array(np.asarray(obj))
    if isinstance(obj, Tensor):
        raise ValueError(f"serialize_keras_object: {obj!r} has no values, and comes from a graph of its own")
    if hasattr(obj, "get_config") and not isinstance(obj, type):
        return _with_state(obj)
    if callable(obj) and not isinstance(obj, type):
        return _function(obj)
    raise ValueError(f"serialize_keras_object: {obj!r:.200} of type {type(obj).__name__} has no get_config")


def _array(array: np.ndarray) -> Any:
    if not array.ndim:
        return array.item()
    return {"class_name": "__numpy__", "config": {"value": array.tolist(), "dtype": array.dtype.name}}


def _function(obj: Any) -> dict[str, Any]:
    name = getattr(obj, "__name__", "<lambda>")
    if not name.isidentifier():
        raise ValueError(f"serialize_keras_object: {obj!r} cannot be described: give it a name (def), not a lambda")
    return keras_serialized.item("builtins", "function", name_of_own(obj), "function")  # type: ignore[arg-type]


def _with_state(obj: Any) -> dict[str, Any]:
    """Return the form of an object with what it was built and compiled with."""
    found = _object(obj)
    for key, method in (("build_config", "get_build_config"), ("compile_config", "get_compile_config")):
        config = getattr(obj, method)() if hasattr(obj, method) else None
        if config:
            found[key] = serialize_keras_object(config)
    return found


def _object(obj: Any) -> dict[str, Any]:
    kind = next((one for one in KINDS if one.base is not None and isinstance(obj, one.base)), None)
    if kind is None or not type(obj).__module__.startswith("convolith."):
        config = serialize_keras_object(obj.get_config())
        return keras_serialized.item(type(obj).__module__, type(obj).__name__, config, name_of_own(type(obj)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of what Keras's form leaves out
            if kind.module == "layers":
                return keras_serialized.layer(obj)
            who = type(obj).__name__
            return keras_serialized.object_item(kind.registry.serialize(obj), f"keras.{kind.module}", who)
    except (ValueError, UserWarning):
        return _own_form(obj, kind)


def _own_form(obj: Any, kind: Kind) -> dict[str, Any]:
    """Return convolith's form, of what Keras has no counterpart of."""
    given = json.loads(json.dumps(kind.registry.serialize(obj), default=plain))
    return keras_serialized.item(f"convolith.{kind.module}", given["class_name"], given["config"])


def plain(value: Any) -> Any:
    """Turn what a configuration may hold beside JSON's own into plain values.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise ValueError(f"a configuration holds {value!r} of type {type(value).__name__}, which cannot be saved")
