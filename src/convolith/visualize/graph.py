"""A model's layers and what flows between them, drawn by Graphviz through pydot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from convolith.files import replace
from convolith.graph.tensor import Node
from convolith.layers.weights import only_none
from convolith.models.layer_graph import step_of
from convolith.models.summary import operation_names, shape_text, type_name

DIRECTIONS = ("TB", "BT", "LR", "RL")


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Any:
    """Describe a model for Graphviz.

    Args:
        model: a Sequential or functional model that is built, or any other model, whose layers are put in a row.
        show_shapes: whether to show the shapes that come out of the layers.
        show_dtype: whether to show the weights' dtype.
        show_layer_names: whether to show the layers' names beside their classes.
        rankdir: "TB" (from top to bottom), "BT", "LR" or "RL".
        expand_nested: False; a model within the model is one box.
        dpi: dots an inch of pictures.
        subgraph: False.
        show_layer_activations: whether to show the activation functions.
        show_trainable: whether to show which layers are trained.
        splines: how Graphviz draws the lines, such as "ortho", "curved" or "polyline".

    Returns:
        a pydot.Dot.

    Raises:
        ImportError: pydot is not installed.
        ValueError: the model is not built, or ``rankdir`` is none of these.

    Source:
        keras.utils.model_to_dot.
    """
    if rankdir not in DIRECTIONS:
        raise ValueError(f"model_to_dot: rankdir must be one of {DIRECTIONS}, got {rankdir!r}")
    only_none("model_to_dot", expand_nested=expand_nested or None, subgraph=subgraph or None)
    if not model.built:
        raise ValueError(f"model_to_dot: {model.name} is not built; call it, or build(input_shape), first")
    pydot = _pydot()
    dot = pydot.Dot(model.name, graph_type="digraph", rankdir=rankdir, dpi=str(dpi), splines=splines)
    dot.set_node_defaults(shape="box", fontname="Helvetica")
    graph = model._graph
    owners = list(model.layers) if graph is None else list(graph.operations)
    names = operation_names(graph) if graph is not None else {}
    keys = {owner: f"n{number}" for number, owner in enumerate(owners)}
    for owner, key in keys.items():
        lines = [f"{names.get(owner) or owner.name} ({type_name(owner)})" if show_layer_names else type_name(owner)]
        activation = getattr(owner, "activation", None)
        if show_layer_activations and activation is not None:
            lines.append(f"activation: {getattr(activation, '__name__', activation)}")
        if show_dtype:
            lines.append(f"dtype: {owner.outputs[0].dtype if isinstance(owner, Node) else owner.dtype}")
        if show_shapes:
            lines.append(f"output: {shape_text(owner)}")
        if show_trainable and not isinstance(owner, Node) and owner.weights:
            lines.append("trainable" if owner.trainable else "frozen")
        dot.add_node(pydot.Node(key, label='"' + "\\n".join(lines).replace('"', "'") + '"'))
    edges = zip(owners, owners[1:], strict=False) if graph is None else _edges(graph)
    for start, end in dict.fromkeys(edges):
        dot.add_edge(pydot.Edge(keys[start], keys[end]))
    return dot


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> None:
    """Draw a model into a file.

    Args:
        model: as the others for ``model_to_dot``.
        to_file: where to write, under a temporary name first; the ending says how: .png, .svg, .pdf, or .dot for
            Graphviz's own text, which needs no Graphviz.
        show_shapes: as for ``model_to_dot``, like those that follow.
        show_dtype: likewise.
        show_layer_names: likewise.
        rankdir: likewise.
        expand_nested: likewise.
        dpi: likewise.
        show_layer_activations: likewise.
        show_trainable: likewise.
        splines: likewise.

    Raises:
        ImportError: pydot, or the program ``dot`` of Graphviz, is not installed.
        ValueError: the model is not built, the ending is missing, or an argument is none of these.

    Source:
        keras.utils.plot_model.

    Example:
        >>> from convolith.applications import LeNet5
        >>> from convolith.visualize import plot_model
        >>> plot_model(LeNet5(), "model.svg", show_shapes=True)  # doctest: +SKIP
    """
    path = Path(to_file)
    kind = path.suffix[1:].lower()
    if not kind:
        raise ValueError(f"plot_model: to_file needs an ending such as .png, got {str(to_file)!r}")
    dot = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
    )
    try:
        data = dot.to_string().encode() if kind == "dot" else dot.create(format=kind)
    except FileNotFoundError:
        raise ImportError("plot_model draws with the program dot: install Graphviz (https://graphviz.org)") from None
    replace(path, lambda temporary: temporary.write_bytes(data))


def _edges(graph: Any) -> list[tuple[Any, Any]]:
    """Return pairs of layers (or operations) of which the second reads the first."""
    inputs = dict(zip(graph.inputs, graph.input_layers, strict=True))
    pairs = []
    for step in graph.steps:
        for tensor in graph.sources(step):
            source = None if tensor in inputs else step_of(tensor)
            pairs.append((inputs[tensor] if source is None else _owner(source), _owner(step)))
    return pairs


def _owner(step: Any) -> Any:
    return step if isinstance(step, Node) else step.layer


def _pydot() -> Any:
    try:
        import pydot
    except ImportError:
        raise ImportError('drawing a model needs pydot: pip install "convolith[graph]", and Graphviz') from None
    return pydot
