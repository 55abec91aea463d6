"""Keras 3's functional models: layers and operations with the calls of each, made anew as a graph of convolith's."""

from __future__ import annotations

from typing import Any

from convolith import layers, ops
from convolith.interop import keras_config
from convolith.layers.input import InputLayer
from convolith.layers.layer import Layer
from convolith.layers.structure import flatten
from convolith.registry import snake_case


class _Unknown(Exception):
    """A tensor that is not computed yet."""


class _Part:
    """A layer or operation of the model: its calls that are to be done, and the results of those that are."""

    def __init__(self, item: dict[str, Any]):
        self.name = item.get("name") or item["config"]["name"]
        self.item = item
        nodes = item.get("inbound_nodes") or []
        if not all(isinstance(node, dict) for node in nodes):
            raise ValueError(f"layer {self.name!r} has its calls in the form of Keras 2, which is not read")
        self.calls = list(nodes)
        self.results: list[list[Any]] = []
        module = str(item.get("module") or "")
        self.layer = None if module.startswith("keras.src.ops") else keras_config.layer(item)
        if isinstance(self.layer, InputLayer):
            self.results.append([self.layer.output])

    def call(self, args: list[Any], kwargs: dict[str, Any]) -> None:
        given = {key: value for key, value in kwargs.items() if value is not None}  # such as Keras's masks
        outputs = self.layer(*args, **given) if self.layer is not None else operation(self.item, args, given)
        self.results.append(flatten(outputs))


def takes_graph(kind: Any) -> bool:
    """Tell whether a class is of models that are made from inputs and outputs."""
    return isinstance(kind, type) and getattr(kind, "takes_graph", bool)()


def counts_from_one(layer: Any) -> bool:
    """Tell the models whose calls Keras counts from 1 where a model ends: all that have a graph but ``Sequential``."""
    return getattr(layer, "_graph", None) is not None and not isinstance(layer, layers.REGISTRY.find("Sequential"))


def functional(config: dict[str, Any], kind: Any = None) -> Layer:
    """Make a functional model.

    Args:
        config: of Keras's ``Functional``.
        kind: a user's own class of such; None makes a ``Functional``.

    Raises:
        ValueError: something has no counterpart in convolith, or the calls cannot be resolved.
    """
    who = f"Functional {config.get('name')!r}"
    items, inputs, outputs = (config.get(key) for key in ("layers", "input_layers", "output_layers"))
    if not isinstance(items, list) or inputs is None or outputs is None:
        raise ValueError(f"{who}: its configuration lacks layers, input_layers or output_layers")
    parts = {part.name: part for part in map(_Part, items)}
    waiting = [part for part in parts.values() if part.calls]
    while waiting:
        before = sum(len(part.calls) for part in waiting)
        for part in waiting:
            _call(part, parts)
        waiting = [part for part in waiting if part.calls]
        if sum(len(part.calls) for part in waiting) == before:
            raise ValueError(f"{who}: these have inputs that nothing computes: {[part.name for part in waiting][:5]}")
    made = kind or layers.REGISTRY.find("Functional")
    model = made(_ends(inputs, parts, who), _ends(outputs, parts, who), name=config.get("name"))
    model.trainable = config.get("trainable") is not False
    return model


def operation(item: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Do what one of Keras's operations between layers does, by the function of its name.

    Raises:
        ValueError: convolith has no such function, or not such arguments.
    """
    kind = item["class_name"]
    name = "getitem" if kind == "GetItem" else snake_case(kind)
    who = f"operation {kind} {item['config'].get('name')!r}"
    attributes = {key: value for key, value in keras_config.ours(item["config"], who).items() if key != "name"}
    attributes = {
        key: value for key, value in attributes.items() if value is not None and (key != "dtype" or kind == "Cast")
    }
    if kind == "GetItem":
        key = args[1]
        return args[0][tuple(key) if isinstance(key, list) else key]
    function = getattr(ops, name, None)
    if name not in ops.__all__ or not callable(function):
        raise ValueError(f"{who}: convolith has no operation {name}")
    try:
        return function(*args, **attributes, **kwargs)
    except TypeError as error:
        raise ValueError(f"{who}: {error}") from error


def _call(part: _Part, parts: dict[str, _Part]) -> None:
    """Do the calls of a part whose inputs are there, in their order."""
    while part.calls:
        node = part.calls[0]
        try:
            args = _with_tensors(node["args"], parts, part.name)
            kwargs = _with_tensors(node["kwargs"], parts, part.name)
        except _Unknown:
            return
        part.call(args, kwargs)
        del part.calls[0]


def _with_tensors(value: Any, parts: dict[str, _Part], who: str) -> Any:
    """Turn the arguments of a call into ours, with tensors where they are referred to."""
    if isinstance(value, list):
        return [_with_tensors(item, parts, who) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "__keras_tensor__":
        name, call, output = value["config"]["keras_history"]
        return _tensor(name, call, output, parts, who)
    if "class_name" in value:
        return keras_config.ours(value, who)
    return {key: _with_tensors(item, parts, who) for key, item in value.items()}


def _tensor(name: str, call: int, output: int, parts: dict[str, _Part], who: str) -> Any:
    if name not in parts:
        raise ValueError(f"{who} needs a result of {name!r}, which is not there")
    results = parts[name].results
    if not 0 <= call < len(results):
        raise _Unknown
    if not 0 <= output < len(results[call]):
        raise ValueError(f"{who} needs output {output} of {name!r}, which has {len(results[call])}")
    return results[call][output]


def _ends(value: Any, parts: dict[str, _Part], who: str) -> Any:
    """Return the tensors that a model starts or ends with, nested as in its configuration."""
    if isinstance(value, dict):
        return {key: _ends(item, parts, who) for key, item in value.items()}
    if len(value) == 3 and isinstance(value[0], str):
        name, call, output = value
        # Keras counts the calls of a functional model from 1 here, and from 0 in the arguments of calls.
        offset = name in parts and counts_from_one(parts[name].layer)
        try:
            return _tensor(name, call - offset, output, parts, who)
        except _Unknown:
            raise ValueError(f"{who}: {name!r} has no call {call}") from None
    return [_ends(item, parts, who) for item in value]
