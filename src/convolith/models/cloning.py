"""A model of copied layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.interop.deserialization import deserialize_keras_object
from convolith.interop.serialization import serialize_keras_object
from convolith.layers import Input
from convolith.layers.layer import Layer
from convolith.layers.structure import flatten, map_structure
from convolith.models.functional import Functional
from convolith.models.sequential import Sequential
from convolith.registry import get_registered_name


def clone(model: Any, function: Callable[[Layer], Layer] | None) -> Any:
    """Make a model whose layers are what a function gives for a model's layers; see ``models.clone_model``.

    Raises:
        ValueError: a function is given, and the model is neither Sequential nor functional.
    """
    if isinstance(model, Sequential):
        copy: Any = _sequential(model, function or _again)
    elif model._graph is not None and (function is not None or not model.defines_config()):
        copy = _functional(model, function or _again)
    elif function is not None:
        raise ValueError(f"clone_model: {model.name} must be Sequential or functional, got {type(model).__name__}")
    else:
        own = {get_registered_name(type(model)): type(model)}
        return deserialize_keras_object(serialize_keras_object(model), custom_objects=own)
    if model.compiled:
        copy.compile_from_config(model.get_compile_config())
    return copy


def _again(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())


def _sequential(model: Sequential, function: Callable[[Layer], Layer]) -> Sequential:
    shape = model.input_shape if model.built else None
    layers = [function(layer) for layer in model.layers]
    start = [] if shape is None else [Input(batch_shape=shape, dtype=model.inputs[0].dtype)]
    return Sequential([*start, *layers], trainable=model.trainable, name=model.name)


def _functional(model: Any, function: Callable[[Layer], Layer]) -> Any:
    """Make a model of the same class; where its constructor takes no inputs and outputs, a ``Functional``."""
    graph = model._needs_graph()
    kept = {id(layer) for layer in graph.input_layers}
    copies = {layer: function(layer) for layer in graph.layers if id(layer) not in kept}
    names = dict(zip(graph.inputs, graph.input_names, strict=True))
    inputs = map_structure(
        lambda tensor: Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=names[tensor]), graph.input_structure
    )
    outputs = graph.run(flatten(inputs), layers=copies)
    kind = type(model) if model.takes_graph() else Functional
    made = kind(inputs, outputs, name=model.name)  # all that such a constructor must take
    made.trainable = model.trainable
    return made
