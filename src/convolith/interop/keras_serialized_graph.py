"""Functional models as Keras 3 writes them: the layers and operations, each with its calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import layers
from convolith.graph.tensor import Constant, Tensor, Variable
from convolith.interop import keras_operations, keras_padding, keras_serialized
from convolith.interop.keras_config import PLAIN
from convolith.interop.keras_graph import counts_from_one
from convolith.interop.keras_serialized import item
from convolith.layers.call import LayerCall
from convolith.layers.input import InputLayer
from convolith.layers.structure import flatten, map_structure
from convolith.registry import snake_case


def functional(model: Any) -> dict[str, Any]:
    """Turn a functional model into the configuration from which Keras makes it.

    Raises:
        ValueError: Keras lacks a layer or operation in it, or the meaning of an argument; the text names them.
    """
    written = _Written(model._needs_graph())
    config = {
        "name": model.name,
        "trainable": model.trainable,
        "layers": written.items(),
        "input_layers": map_structure(written.end, written.graph.input_structure),
        "output_layers": map_structure(written.end, written.graph.output_structure),
    }
    name = layers.REGISTRY.name_of(type(model))
    if name == "Functional":
        return item("keras.src.models.functional", name, config, name)
    return keras_serialized.object_item({"class_name": name, "config": config}, "", model.who())


class _Written:
    """A graph's layers and operations under their names, and the places of its tensors among their results."""

    def __init__(self, graph: Any):
        self.graph = graph
        self.names: dict[Any, str] = {layer: layer.name for layer in graph.layers}
        taken = set(self.names.values())
        for node in graph.operations:
            if node not in self.names:
                self.names[node] = keras_padding.free(snake_case(type(node.operation).__name__), taken)
        self.borders = {layer: keras_padding.border(layer, taken) for layer in graph.layers}
        self.calls: dict[Any, list[Any]] = {owner: [] for owner in self.names}
        self.places: dict[Tensor, list[Any]] = {}
        for tensor, layer in zip(graph.inputs, graph.input_layers, strict=True):
            self.places[tensor] = [layer.name, 0, 0]
        for step in graph.steps:
            owner = step.layer if isinstance(step, LayerCall) else step
            for number, tensor in enumerate(flatten(step.outputs)):
                self.places.setdefault(tensor, [self.names[owner], len(self.calls[owner]), number])
            self.calls[owner].append(step)

    def items(self) -> list[dict[str, Any]]:
        """Return the configurations, each with its calls."""
        found = []
        for owner in self.graph.operations:
            name = self.names[owner]
            if isinstance(owner, InputLayer):
                found.append(_called(item("keras.layers", "InputLayer", owner.get_config()), name, []))
            elif isinstance(owner, layers.Layer):
                found += self._layer(owner, name)
            else:
                module, kind, attributes, call = keras_operations.operation(owner)
                inputs = [self.value(one, f"operation {owner.operation.name!r}") for one in owner.inputs]
                own = item(module, kind, {"name": name, **attributes}, kind)
                found.append(_called(own, name, [call(inputs)]))
        return found

    def _layer(self, layer: Any, name: str) -> list[dict[str, Any]]:
        who = f"a call of {layer.who()}"
        calls: list[dict[str, Any]] = [
            {
                "args": [self.value(one, who) for one in call.args],
                "kwargs": {key: self.value(one, who) for key, one in call.kwargs.items()},
            }
            for call in self.calls[layer]
        ]
        own = keras_serialized.layer(layer, bordered=True)
        border = self.borders[layer]
        if border is None:
            return [_called(own, name, calls)]
        zeros = border["config"]["name"]
        behind = []
        for number, (call, step) in enumerate(zip(calls, self.calls[layer], strict=True)):
            (inputs,) = step.inputs
            tensor = _tensor(keras_padding.bordered(layer, inputs.shape), inputs.dtype.name, [zeros, number, 0])
            behind.append({**call, "args": [tensor, *call["args"][1:]]})
        before = [{"args": call["args"][:1], "kwargs": {}} for call in calls]
        return [_called(border, zeros, before), _called(own, name, behind)]

    def value(self, value: Any, who: str) -> Any:
        """Turn an argument of a call into Keras's form.

        Raises:
            ValueError: it is something that Keras cannot read.
        """
        if isinstance(value, Constant):
            value = value.value
        if isinstance(value, Tensor) and not isinstance(value, Variable):
            return _tensor(list(value.shape), value.dtype.name, self.places[value])
        if isinstance(value, (list, tuple)):
            return [self.value(one, who) for one in value]
        if isinstance(value, dict):
            return {key: self.value(one, who) for key, one in value.items()}
        if isinstance(value, (np.ndarray, np.generic)):
            if value.ndim == 0:
                return value.item()
            return {"class_name": "__numpy__", "config": {"value": value.tolist(), "dtype": value.dtype.name}}
        if isinstance(value, PLAIN):
            return value
        raise ValueError(f"{who} has the argument {value!r}, which cannot be written for Keras")

    def end(self, tensor: Tensor) -> list[Any]:
        """Return the place of an input or output; here Keras counts the calls of a functional model from 1."""
        name, call, output = self.places[tensor]
        step = tensor.layer_call
        inner = step is not None and counts_from_one(step.layer)
        return [name, call + inner, output]


def _called(own: dict[str, Any], name: str, calls: list[Any]) -> dict[str, Any]:
    return {**own, "name": name, "inbound_nodes": calls}


def _tensor(shape: list[Any], dtype: str, place: list[Any]) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"shape": shape, "dtype": dtype, "keras_history": place}}
