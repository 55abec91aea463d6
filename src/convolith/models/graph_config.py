"""A functional model's graph as plain values, and back: what ``get_config`` and saving need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from convolith import layers as layers_module
from convolith.graph.operation import Operation
from convolith.graph.tensor import Constant, Node, Tensor, Variable
from convolith.layers.call import LayerCall
from convolith.layers.input import InputLayer
from convolith.layers.structure import flatten
from convolith.models.layer_graph import LayerGraph

PLAIN = (str, int, float, bool, type(None))


def graph_to_config(graph: LayerGraph) -> dict[str, Any]:
    """Describe layers, calls, inputs and outputs; a tensor becomes ``{"input": i}`` or ``{"step": s, "output": o}``.

    Raises:
        ValueError: an operation between the layers, or an argument of a call, cannot be saved.
    """
    references: dict[Tensor, dict[str, int]] = {tensor: {"input": i} for i, tensor in enumerate(graph.inputs)}
    steps = []
    for number, step in enumerate(graph.steps):
        steps.append(_step_to_config(step, references))
        for index, tensor in enumerate(flatten(step.outputs)):
            references.setdefault(tensor, {"step": number, "output": index})
    ordered = [layer for layer in graph.layers if not isinstance(layer, InputLayer)]
    return {
        "layers": [layers_module.serialize(layer) for layer in ordered],
        "input_layers": [layer.get_config() for layer in graph.input_layers],
        "steps": steps,
        "inputs": _encode(graph.input_structure, references, "inputs"),
        "outputs": _encode(graph.output_structure, references, "outputs"),
    }


def model_of_graph(kind: Any, config: dict[str, Any]) -> Any:
    """Make a model of a class that takes inputs and outputs, from what ``Model.get_config`` returned.

    Raises:
        ValueError: the configuration is incomplete or wrong.
    """
    try:
        inputs, outputs = _ends(config)
        made = kind(inputs, outputs, name=config["name"])  # all that such a constructor must take
        made.trainable = config["trainable"]
        return made
    except (KeyError, IndexError) as error:
        raise ValueError(f"the configuration of a functional model is incomplete or wrong: {error!r}") from error


def _ends(config: dict[str, Any]) -> tuple[Any, Any]:
    """Make the layers anew, call them as before, and return (inputs, outputs) for a model."""
    inputs = [InputLayer.from_config(item).output for item in config["input_layers"]]
    made = {layer.name: layer for layer in map(layers_module.REGISTRY.get, config["layers"])}
    results: list[list[Tensor]] = []
    for item in config["steps"]:
        args = _decode(item.get("args", []), inputs, results)
        kwargs = {} if "operation" in item else _decode(item["kwargs"], inputs, results)
        # What reads arrays alone would compute here and now, as much as a file pleases.
        if not any(isinstance(value, Tensor) for value in flatten([args, kwargs])):
            raise ValueError(f"{item.get('operation') or item.get('layer')!r} is called on no tensor")
        if "operation" in item:
            attributes = {key: _attribute_from_config(value) for key, value in item["attributes"].items()}
            outputs = _operation_class(item["operation"])(**attributes)(*args)
        else:
            outputs = made[item["layer"]](*args, **kwargs)
        results.append(flatten(outputs))
    return _decode(config["inputs"], inputs, results), _decode(config["outputs"], inputs, results)


def _step_to_config(step: LayerCall | Node, references: dict[Tensor, dict[str, int]]) -> dict[str, Any]:
    if isinstance(step, LayerCall):
        who = f"a call of {step.layer.who()}"
        args, kwargs = _encode(list(step.args), references, who), _encode(step.kwargs, references, who)
        return {"layer": step.layer.name, "args": args, "kwargs": kwargs}
    operation, who = step.operation, f"operation {step.operation.name!r}"
    attributes = {item.name: getattr(operation, item.name) for item in fields(operation)}
    return {
        "operation": type(operation).__name__,
        "attributes": {key: _attribute_to_config(value, who) for key, value in attributes.items()},
        "args": _encode(list(step.inputs), references, who),
    }


def _encode(value: Any, references: dict[Tensor, dict[str, int]], who: str) -> Any:
    """Replace tensors in nested values by references, and arrays by lists."""
    if isinstance(value, Constant):
        value = value.value
    if isinstance(value, Tensor) and not isinstance(value, Variable):
        return {"tensor": references[value]}
    if isinstance(value, (list, tuple)):
        return [_encode(item, references, who) for item in value]
    if isinstance(value, dict):
        return {"dict": {key: _encode(item, references, who) for key, item in value.items()}}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.name}
    if isinstance(value, PLAIN):
        return value
    raise ValueError(f"{who} has the argument {value!r}, which cannot be saved; put it into a Layer of your own")


def _decode(value: Any, inputs: list[Tensor], results: list[list[Tensor]]) -> Any:
    """Undo ``_encode``."""
    if isinstance(value, list):
        return [_decode(item, inputs, results) for item in value]
    if not isinstance(value, dict):
        return value
    if "dict" in value:
        return {key: _decode(item, inputs, results) for key, item in value["dict"].items()}
    if "array" in value:
        return np.asarray(value["array"], np.dtype(value["dtype"]))
    reference = value["tensor"]
    return inputs[reference["input"]] if "input" in reference else results[reference["step"]][reference["output"]]


def _attribute_to_config(value: Any, who: str) -> Any:
    """Describe an operation's attribute: a plain value, a tuple of them, or a dtype."""
    if isinstance(value, (tuple, list)):
        return [_attribute_to_config(item, who) for item in value]
    if isinstance(value, np.dtype):
        return {"dtype": value.name}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return value
    raise ValueError(f"{who} between layers cannot be saved; put it into a Layer of your own")


def _attribute_from_config(value: Any) -> Any:
    """Undo ``_attribute_to_config``."""
    if isinstance(value, list):
        return tuple(_attribute_from_config(item) for item in value)
    return np.dtype(value["dtype"]) if isinstance(value, dict) else value


def _operations(base: type[Operation]) -> Iterator[type[Operation]]:
    for operation in base.__subclasses__():
        yield operation
        yield from _operations(operation)


def _operation_class(name: str) -> type[Operation]:
    """Return convolith's own operation of that name; no other code can be named by a file.

    Raises:
        ValueError: there is none.
    """
    for operation in _operations(Operation):
        if operation.__name__ == name and operation.__module__.startswith("convolith."):
            return operation
    raise ValueError(f"unknown operation {name!r}")
