"""A model of copied layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.layers import Input
from convolith.layers.layer import Layer
from convolith.layers.structure import flatten, map_structure
from convolith.models.functional import Functional
from convolith.models.sequential import Sequential


def clone(model: Any, function: Callable[[Layer], Layer]) -> Any:
    """Make a model whose layers are what a function gives for a model's layers; see ``models.clone_model``.

    Raises:
        ValueError: the model is neither Sequential nor functional.
    """
    if isinstance(model, Sequential):
        shape = model.input_shape if model.built else None
        layers = [function(layer) for layer in model.layers]
        start = [] if shape is None else [Input(batch_shape=shape, dtype=model.inputs[0].dtype)]
        return Sequential([*start, *layers], trainable=model.trainable, name=model.name)
    if not isinstance(model, Functional):
        raise ValueError(f"clone_model: {model.name} must be Sequential or functional, got {type(model).__name__}")
    graph = model._needs_graph()
    kept = {id(layer) for layer in graph.input_layers}
    copies = {layer: function(layer) for layer in graph.layers if id(layer) not in kept}
    names = dict(zip(graph.inputs, graph.input_names, strict=True))
    inputs = map_structure(
        lambda tensor: Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=names[tensor]), graph.input_structure
    )
    outputs = graph.run(flatten(inputs), layers=copies)
    return Functional(inputs, outputs, name=model.name, trainable=model.trainable)
