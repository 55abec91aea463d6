"""Configurations in HDF5 files of whole models, as Keras 2 and Keras 3 write them, turned into those of ``.keras``."""

from __future__ import annotations

from typing import Any

MODELS = {"Functional", "Model", "Sequential"}
# Arguments that Keras 2 writes for layers that do not take them, with the value that says nothing.
SILENT: dict[str, dict[str, Any]] = {
    "DepthwiseConv1D": {"groups": 1},
    "DepthwiseConv2D": {"groups": 1},
    "SeparableConv1D": {"groups": 1},
    "SeparableConv2D": {"groups": 1},
}
# Those of the class that they come from, of which the layer makes no use.
UNUSED = {
    "SeparableConv1D": {"kernel_initializer", "kernel_regularizer", "kernel_constraint"},
    "SeparableConv2D": {"kernel_initializer", "kernel_regularizer", "kernel_constraint"},
    "Lambda": {"module", "function_type", "output_shape_type", "output_shape_module"},
}
RENAMED = {("LeakyReLU", "alpha"): "negative_slope", ("InputLayer", "batch_input_shape"): "batch_shape"}


def layer(item: Any) -> dict[str, Any]:
    """Turn the configuration of a layer, a model or an operation between layers.

    Args:
        item: ``{"class_name", "config"}``, within a functional model with "name" and "inbound_nodes".

    Raises:
        ValueError: it is none.
    """
    if not isinstance(item, dict) or not isinstance(item.get("config"), dict) or "class_name" not in item:
        raise ValueError(f"a layer's configuration needs class_name and config, got {item!r:.200}")
    kind, config = item["class_name"], item["config"]
    if kind in MODELS:
        made = _model(kind, config)
    elif "module" not in item and kind != "InputLayer" and "trainable" not in config:  # which all of Keras's layers say
        made = _object(kind, modern(config), "keras.src.ops")
    else:
        made = _object(kind, _arguments(kind, modern(config)), item.get("module") or "keras.layers")
    if "inbound_nodes" in item:
        made |= {"name": item.get("name") or config["name"], "inbound_nodes": item["inbound_nodes"]}
    return made


def modern(value: Any) -> Any:
    """Turn what a configuration holds: every class gets a module, and tuples become lists."""
    if isinstance(value, list):
        return [modern(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("class_name")
    if kind == "__tuple__":
        return modern(value["items"])
    if kind in ("Policy", "DTypePolicy"):
        return value["config"]["name"]
    if not isinstance(kind, str) or kind.startswith("__") or "config" not in value:
        return {key: modern(one) for key, one in value.items()}
    return _object(kind, modern(value["config"]), value.get("module") or "keras")


def _object(kind: str, config: Any, module: str) -> dict[str, Any]:
    own = ">" in kind  # a user's
    return {
        "module": "" if own else module, "class_name": kind, "config": config, "registered_name": kind if own else None
    }  # fmt: skip


def _arguments(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    silent, unused = SILENT.get(kind, {}), UNUSED.get(kind, ())
    found = {
        RENAMED.get((kind, name), name): value
        for name, value in config.items()
        if name not in unused and not (name in silent and value == silent[name])
    }
    if kind != "InputLayer":
        found.pop("batch_input_shape", None)
    if kind == "Lambda" and isinstance(found.get("function"), list):
        found["function"] = {"class_name": "__lambda__"}
    if isinstance(found.get("axis"), list) and len(found["axis"]) == 1 and kind == "BatchNormalization":
        found["axis"] = found["axis"][0]
    return found


def _model(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    given = config.get("layers")
    if not isinstance(given, list):
        raise ValueError(f"{kind} {config.get('name')!r}: its configuration lacks layers")
    made = {**modern({key: value for key, value in config.items() if key != "layers"})}
    if kind == "Sequential":
        made["layers"] = [*_start(given), *map(layer, given)]
        return _object(kind, made, "keras")
    nested = {item.get("name") for item in given if isinstance(item, dict) and item.get("class_name") in MODELS}
    made["layers"] = [layer({**item, "inbound_nodes": _calls(item, nested)}) for item in given]
    for ends in ("input_layers", "output_layers"):
        if isinstance(made.get(ends), list) and len(made[ends]) == 1 and isinstance(made[ends][0], list):
            made[ends] = made[ends][0]  # a list of one is the one
    return _object("Functional", made, "keras")


def _start(given: list[Any]) -> list[dict[str, Any]]:
    """Return the input that the first layer of a Sequential describes in its arguments."""
    first = given[0] if given and isinstance(given[0], dict) else {}
    shape = (first.get("config") or {}).get("batch_input_shape")
    if shape is None or first.get("class_name") == "InputLayer":
        return []
    name = f"{first['config'].get('name')}_input"
    return [_object("InputLayer", {"batch_shape": modern(shape), "name": name}, "keras.layers")]


def _calls(item: dict[str, Any], nested: set[Any]) -> list[Any]:
    """Return the calls of a layer; Keras 2 lists for each [layer, call, output, keywords] of all its tensors.

    Raises:
        ValueError: a call has neither form.
    """
    calls = []
    for call in item.get("inbound_nodes") or []:
        if isinstance(call, dict):
            calls.append(call)
            continue
        if not isinstance(call, list) or not all(isinstance(one, list) and len(one) in (3, 4) for one in call):
            raise ValueError(f"layer {item.get('name')!r} has a call that cannot be read: {call!r:.200}")
        tensors = [_tensor(one, nested) for one in call]
        keywords = call[0][3] if call and len(call[0]) == 4 else {}
        calls.append({"args": tensors if len(tensors) == 1 else [tensors], "kwargs": _keywords(keywords, nested)})
    return calls


def _keywords(given: Any, nested: set[Any]) -> dict[str, Any]:
    """Turn the keywords of a call, where a tensor is a list that starts with a layer's name."""
    tensors = {key for key, one in given.items() if isinstance(one, list) and one and isinstance(one[0], str)}
    return {key: _tensor(one, nested) if key in tensors else modern(one) for key, one in given.items()}


def _tensor(place: list[Any], nested: set[Any]) -> dict[str, Any]:
    name, call, output = place[:3]
    history = [name, call - (name in nested), output]  # Keras 2 counts the calls of models from 1
    return {"class_name": "__keras_tensor__", "config": {"keras_history": history}}
