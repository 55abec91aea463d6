"""Layers and models as Keras 3's configurations, the way back of ``keras_config``; what Keras lacks is named."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from convolith import layers, ops
from convolith.interop import keras_padding
from convolith.interop.keras_config import PLAIN
from convolith.registry import is_recording

# Keras's modules of what a configuration holds, by the last word of the argument.
MODULES = {
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "layer": "keras.layers",
    "rate": "keras.optimizers.schedules",
    "optimizer": "keras.optimizers",
    "map": "keras.optimizers",
}
ABSENT = {
    "GlobalConcatPooling2D", "LocalResponseNormalization", "LocallyConnected1D", "LocallyConnected2D", "LpPooling2D",
    "MinPooling2D", "WeightNormalization",
}  # fmt: skip
# Layers that Keras keeps beside its networks.
OF_NETWORKS = {
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
    "LayerScale": "keras.src.applications.convnext",
}
OTHERWISE = {"SpectralNormalization": "Keras's overwrites its kernel, convolith's divides it in each call"}
# Arguments that Keras does not have, by the ends of the classes' names, and the value that means the same without them.
OFF: dict[str, dict[str, Any]] = {
    "Pooling1D": {"ceil_mode": False, "dilation_rate": 1},
    "Pooling2D": {"ceil_mode": False, "dilation_rate": 1},
    "Pooling3D": {"ceil_mode": False, "dilation_rate": 1},
    "Transpose": {"groups": 1},
    "Cropping1D": {"data_format": "channels_last"},
    "UpSampling1D": {"data_format": "channels_last"},
    "SpatialDropout1D": {"noise_shape": None, "data_format": "channels_last"},
    "SpatialDropout2D": {"noise_shape": None},
    "SpatialDropout3D": {"noise_shape": None},
}
# Those that change nothing: a flip leaves no gap to fill, a perspective's gets fill_value, named paddings do not count.
OF_NO_EFFECT = {
    "RandomPerspective": {"fill_mode"},
    "RandomFlip": {"fill_mode", "fill_value", "interpolation"},
    "AveragePooling1D": {"count_include_pad"},
    "AveragePooling2D": {"count_include_pad"},
    "AveragePooling3D": {"count_include_pad"},
}


def item(module: str, kind: str, config: dict[str, Any], registered: str | None = None) -> dict[str, Any]:
    """Return the form in which Keras writes an object."""
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def object_item(given: dict[str, Any], module: str, who: str) -> dict[str, Any]:
    """Turn ``{"class_name", "config"}`` into Keras's form.

    Args:
        given: of a class of Keras's name, or of a user's own.
        module: Keras's, of the first.
        who: has it, for the messages.
    """
    name, config = given["class_name"], theirs(given["config"], who)
    registered = name if ">" in name else None
    if registered is None and "." not in name:
        return item(module, name, config)
    own_module, _, plain = name.replace(">", ".").rpartition(".")
    return item(own_module, plain, config, registered or plain)


def theirs(value: Any, who: str, argument: str = "") -> Any:
    """Turn what a configuration holds into Keras's form.

    Args:
        value: nested plain values, arrays and configurations.
        who: has it, for the messages.
        argument: that it belongs to.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, str) and argument.rpartition("_")[2] in ("activation", *MODULES):
        return function(value) if "." in value or ">" in value else value
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [theirs(one, who, argument) for one in value]
    if isinstance(value, dict) and "class_name" in value and ("module" in value or value["class_name"][:2] == "__"):
        return value  # a user's own class has described it in Keras's form
    if isinstance(value, dict) and "class_name" in value:
        module = MODULES.get(argument.rpartition("_")[2], "keras.layers")
        return layer_item(value) if module == "keras.layers" else object_item(value, module, who)
    if isinstance(value, dict):
        named = "optimizer" if argument == "optimizer_map" else None  # by the paths of weights
        return {key: theirs(one, who, named or key) for key, one in value.items()}
    raise ValueError(f"{who} holds {value!r}, which cannot be written for Keras")


def nested(value: Any, module: str, who: str) -> Any:
    """Turn what a model is compiled with into Keras's form: names and configurations within lists and dicts.

    Args:
        value: of ``compile``'s arguments, serialized.
        module: Keras's, of the classes.
        who: has it, for the messages.
    """
    if isinstance(value, list):
        return [nested(one, module, who) for one in value]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: nested(one, module, who) for key, one in value.items()}
    if isinstance(value, dict):
        return object_item(value, module, who)
    return function(value) if isinstance(value, str) and ("." in value or ">" in value) else value


def function(name: str) -> dict[str, Any]:
    """Return the form of a function: one of Keras's operations, or a user's own, which ``custom_objects`` answers."""
    if name in ops.__all__:
        return item("keras.ops", "function", name, name)  # type: ignore[arg-type]
    own = name if ">" in name or is_recording() else name.rpartition(".")[2]
    return item("builtins", "function", own, "function")  # type: ignore[arg-type]


def layer(one: Any, bordered: bool = False) -> dict[str, Any]:
    """Turn a layer or model into the configuration from which Keras makes it.

    Args:
        one: the layer.
        bordered: whether what ``keras_padding.border`` gives for it is put before it.

    Raises:
        ValueError: Keras lacks the class, or the meaning of an argument; the text names them.
    """
    from convolith.interop.keras_graph import takes_graph
    from convolith.interop.keras_serialized_graph import functional

    if takes_graph(type(one)) and one.is_functional() and not one.defines_config():
        return functional(one)
    if type(one) is layers.REGISTRY.find("Sequential"):
        return sequential(one)
    given = layers.serialize(one)
    if keras_padding.explicit(one) and (bordered or keras_padding.named(one) is not None):
        padding = keras_padding.named(one) or "valid"
        given = {**given, "config": {**given["config"], "padding": padding}}
    return layer_item(given)


def layer_item(given: dict[str, Any]) -> dict[str, Any]:
    """Turn a layer's ``{"class_name", "config"}`` into Keras's form.

    Raises:
        ValueError: Keras lacks the class, or the meaning of an argument.
    """
    kind, config = given["class_name"], dict(given["config"])
    who = f"{kind} {config.get('name')!r}"
    if kind in ABSENT:
        raise ValueError(f"{who}: Keras has no layer {kind}")
    if kind in OTHERWISE:
        raise ValueError(f"{who} cannot be written for Keras: {OTHERWISE[kind]}")
    if config.pop("learning_rate_multiplier", None) is not None:
        warnings.warn(f"{who}: Keras has no learning_rate_multiplier, which is left out", stacklevel=2)
    windows = "kernel_size" in config or "pool_size" in config
    if windows and not isinstance(config.get("padding", ""), str):
        raise ValueError(f'{who}: Keras has no padding but "valid" and "same", which is {config["padding"]}')
    module = OF_NETWORKS.get(kind, "keras.layers")
    found = object_item({"class_name": kind, "config": _without_ours(kind, config, who)}, module, who)
    if kind == "Lambda":
        found["config"]["function"] = function(config["function"])
    if "build_config" in given:
        found["build_config"] = theirs(given["build_config"], who)
    return found


def sequential(model: Any) -> dict[str, Any]:
    """Turn a Sequential into the configuration from which Keras makes it.

    Raises:
        ValueError: Keras lacks something in it.
    """
    graph = model._needs_graph()
    start = item("keras.layers", "InputLayer", graph.input_layers[0].get_config())
    items = [start]
    taken = {start["config"]["name"], *(one.name for one in model.layers)}
    for one in model.layers:
        border = keras_padding.border(one, taken)
        items += [layer(one, bordered=True)] if border is None else [border, layer(one, bordered=True)]
    shape = list(model.input_shape)
    config = {"name": model.name, "trainable": model.trainable, "layers": items, "build_input_shape": shape}
    return {**item("keras", "Sequential", config), "build_config": {"input_shape": shape}}


def _without_ours(kind: str, config: dict[str, Any], who: str) -> dict[str, Any]:
    """Return the arguments without those that only convolith has.

    Raises:
        ValueError: one of these is not off.
    """
    off = next((found for ending, found in OFF.items() if kind.endswith(ending)), {})
    silent = OF_NO_EFFECT.get(kind, set())
    for name, value in config.items():
        if name in off and not _is(value, off[name]):
            raise ValueError(f"{who}: Keras has no argument {name}, which is {value!r}")
    return {name: value for name, value in config.items() if name not in off and name not in silent}


def _is(value: Any, off: Any) -> bool:
    return all(one == off for one in value) if isinstance(value, (list, tuple)) else value == off
