"""The table that ``Model.summary`` prints, in Keras's layout."""

from __future__ import annotations

import math
import re
import shutil
from typing import Any

import numpy as np

from convolith.graph.arena import Arena
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.layers.layer import Layer
from convolith.layers.structure import flatten, map_structure
from convolith.models.layer_graph import LayerGraph, step_of
from convolith.models.objective import Objective
from convolith.models.samples import Layout


def summary_text(
    model: Any,
    line_length: int | None = None,
    positions: Any = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
    batch_size: int | None = None,
) -> str:
    """Return the whole text; arguments as for ``Model.summary``."""
    rows = _layers_in_range(model, layer_range)
    connected = model._graph is not None and type(model).__name__ != "Sequential" and _branches(model._graph)
    header, shares, length = ["Layer (type)", "Output Shape", "Param #"], [0.45, 0.80, 1.0], 88
    if connected:
        header, shares, length = [*header, "Connected to"], [0.3, 0.56, 0.74, 1.0], 108
    shares = list(positions) if positions is not None else shares
    if show_trainable:
        header, shares, length = [*header, "Trainable"], [0.9 * share for share in shares] + [1.0], length + 12
    length = line_length or min(length, shutil.get_terminal_size().columns - 4)
    alignments = ["<", "<", ">", *("<" if connected else ""), *("^" if show_trainable else "")]
    names = operation_names(model._graph) if model._graph is not None else {}
    table: list[list[str]] = []
    for item in rows:
        for owner, prefix in _nested(item, expand_nested):
            cells = [
                f"{prefix}{names.get(owner) or owner.name} ({type_name(owner)})",
                shape_text(owner),
                _count(owner),
            ]
            cells += [_connections(model._graph, owner, names)] if connected else []
            cells += [_trained_mark(owner)] if show_trainable else []
            table.append(cells)
    lines = [f'Model: "{model.name}"', *_draw(header, table, alignments, _widths(shares, length)), *_totals(model)]
    if batch_size is not None:
        lines += _memory(model, batch_size)
    return "\n".join(lines)


# The rows.


def _layers_in_range(model: Any, layer_range: Any) -> list[Any]:
    """Return layers (of graphs with branches, operations too), from the first to the last name that match."""
    graph = model._graph if type(model).__name__ != "Sequential" else None
    rows = list(graph.operations) if graph is not None else list(model.layers)
    if layer_range is None:
        return rows
    if not isinstance(layer_range, (list, tuple)) or len(layer_range) != 2:
        raise ValueError(f"{model.name}: layer_range must be two names, got {layer_range!r}")
    found = []
    for pattern in layer_range:
        places = [i for i, row in enumerate(rows) if isinstance(row, Layer) and re.fullmatch(pattern, row.name)]
        if not places:
            raise ValueError(f"{model.name}: layer_range names {pattern!r}, which no layer's name matches")
        found.append(places)
    first, last = found[0][0], found[1][-1]
    return rows[min(first, last) : max(first, last) + 1]


def _nested(item: Any, expand: bool, level: int = 0) -> list[tuple[Any, str]]:
    """Return the layer, and where asked for the layers of a model, each with what stands before its name."""
    rows = [(item, "   " * level + "└ " if level else "")]
    if expand and hasattr(item, "get_layer"):
        for layer in item.layers:
            rows += _nested(layer, expand, level + 1)
    return rows


def _branches(graph: LayerGraph) -> bool:
    """Tell a graph that is no chain: somewhere are two inputs or two readers, or a layer is called twice."""
    owners = [step if isinstance(step, Node) else step.layer for step in graph.steps]
    sources = [graph.sources(step) for step in graph.steps]
    reads = [tensor for tensors in sources for tensor in tensors]
    several = len(graph.inputs) > 1 or any(len(tensors) > 1 for tensors in sources)
    return several or len(set(owners)) < len(owners) or len(set(reads)) < len(reads)


def operation_names(graph: LayerGraph) -> dict[Any, str]:
    """Name the operations between layers: ``add``, ``add_1`` ..."""
    names: dict[Any, str] = {}
    for owner in graph.operations:
        if isinstance(owner, Node):
            same = sum(name.split("_")[0] == owner.operation.name for name in names.values())
            names[owner] = f"{owner.operation.name}_{same}" if same else owner.operation.name
    return names


def type_name(owner: Any) -> str:
    """Return the class of a layer or of an operation between layers."""
    return type(owner.operation if isinstance(owner, Node) else owner).__name__


def shape_text(owner: Any) -> str:
    """Shape of what came out of the last symbolic call; "?" if it is not known."""
    if isinstance(owner, Node):
        outputs: Any = [tensor.shape for tensor in owner.outputs]
    elif owner._calls:
        outputs = map_structure(lambda tensor: tensor.shape, owner._calls[-1].outputs)
        if isinstance(outputs, tuple) and (not outputs or not isinstance(outputs[0], (tuple, list, dict))):
            outputs = [outputs]
    elif getattr(owner, "_graph", None) is not None:
        outputs = [tensor.shape for tensor in owner.outputs]
    else:
        try:
            outputs = [owner.compute_output_shape(owner._build_shape)]
        except (ValueError, TypeError, NotImplementedError):  # it is not built, or takes more than one argument
            return "?"
    return str(outputs[0]) if isinstance(outputs, list) and len(outputs) == 1 else str(outputs)


def _count(owner: Any) -> str:
    if isinstance(owner, Node):
        return "0"
    return f"{owner.count_params():,}" if owner.built else "0 (unbuilt)"


def _trained_mark(owner: Any) -> str:
    return "-" if isinstance(owner, Node) or not owner.weights else "Y" if owner.trainable else "N"


def _connections(graph: LayerGraph, owner: Any, names: dict[Any, str]) -> str:
    """Name what a layer reads: ``layer[number of the call][number of the output]``."""
    texts = []
    for step in graph.steps:
        if owner is (step if isinstance(step, Node) else step.layer):
            for tensor in graph.sources(step):
                source = step_of(tensor)
                assert source is not None
                number = flatten(source.outputs).index(tensor)
                if isinstance(source, Node):
                    texts.append(f"{names[source]}[0][{number}]")
                else:
                    texts.append(f"{source.layer.name}[{source.layer._calls.index(source)}][{number}]")
    return ", ".join(texts) or "-"


# The drawing.


def _widths(shares: list[float], length: int) -> list[int]:
    """Return the widths of the columns' contents: by their shares, each then narrowed for the lines between."""
    ends = [int(share * length) for share in shares]
    widths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    if min(widths) < 4:
        raise ValueError(f"summary: line_length {length} is too short")
    excess = sum(widths) + 3 * len(widths) + 1 - length
    for column in range(len(widths)):
        cut = round(excess / (len(widths) - column))
        widths[column] -= cut
        excess -= cut
    return widths


def _wrap(text: str, width: int) -> list[str]:
    """Break between words; a word that is too long ends with an ellipsis."""
    indent = len(text) - len(text.lstrip())
    lines: list[str] = []
    for word in [" " * indent + text.split()[0], *text.split()[1:]]:
        word = word if len(word) <= width else word[: width - 1] + "…"
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _draw(header: list[str], rows: list[list[str]], alignments: list[str], widths: list[int]) -> list[str]:
    """Return the lines of the table."""

    def rule(left: str, line: str, between: str, right: str) -> str:
        return left + between.join(line * (width + 2) for width in widths) + right

    def row(cells: list[str], bar: str) -> list[str]:
        wrapped = [_wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
        return [
            bar
            + bar.join(
                f" {lines[number] if number < len(lines) else '':{align}{width}} "
                for lines, align, width in zip(wrapped, alignments, widths, strict=True)
            )
            + bar
            for number in range(max(map(len, wrapped)))
        ]

    lines = [rule("┏", "━", "┳", "┓"), *row(header, "┃"), rule("┡", "━", "╇", "┩")]
    for number, cells in enumerate(rows):
        lines += [rule("├", "─", "┼", "┤")] if number else []
        lines += row(cells, "│")
    return [*lines, rule("└", "─", "┴", "┘")]


# What comes below.


def readable_size(size: float) -> str:
    """Return bytes in the largest unit that leaves at least 1."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"


def _totals(model: Any) -> list[str]:
    groups = {"Trainable": model.trainable_weights, "Non-trainable": model.non_trainable_weights}
    if model.optimizer is not None and model.optimizer.built:
        groups["Optimizer"] = model.optimizer.variables
    everything = {"Total": [variable for group in groups.values() for variable in group]}
    return [
        f" {name} params: {sum(variable.value.size for variable in group):,}"
        f" ({readable_size(sum(variable.value.nbytes for variable in group))})"
        for name, group in (everything | groups).items()
    ]


def _memory(model: Any, batch_size: int) -> list[str]:
    """Plan a batch, without allocating, and tell its peak memory."""
    graph = model._graph
    if graph is None:
        raise ValueError(f"{model.name}: summary needs a model with known inputs to plan a batch; build it first")
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"{model.name}: summary: batch_size must be an integer >= 1, got {batch_size!r}")

    def specs(tensors: list[Tensor]) -> tuple[Spec, ...]:
        return tuple(Spec((batch_size, *tensor.shape[1:]), tensor.dtype) for tensor in tensors)

    numbers = iter(range(len(graph.inputs)))
    layout = Layout(map_structure(lambda _: next(numbers), graph.input_structure), len(graph.inputs))
    inputs = specs(graph.inputs)
    predict = model.planner.make("predict", layout, inputs, None, Arena()).peak_bytes
    lines = [f" Peak memory of inference, batch size {batch_size}: {readable_size(predict)} beside the weights"]
    if model.compile_arguments is None or model.loss is None:
        return [*lines, f" Peak memory of training, batch size {batch_size}: known after compile"]
    objective = Objective(graph.outputs, graph.result_names, **model.compile_arguments)
    labels = [_label_example(loss, output) for loss, output in zip(objective.losses, graph.outputs, strict=True)]
    if any(label is not None for label in labels):
        objective.prepare(labels if len(labels) > 1 else labels[0], "summary")
    layout = layout._replace(labelled=tuple(label is not None for label in labels), weighted=(False,) * len(labels))
    label_specs = tuple(Spec((batch_size, *label.shape[1:]), label.dtype) for label in labels if label is not None)
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    train = model.planner.make("train", layout, inputs + label_specs, objective, Arena(), optimizer).peak_bytes
    return [*lines, f" Peak memory of training, batch size {batch_size}: {readable_size(train)} beside the weights"]


def _label_example(loss: Any, output: Tensor) -> np.ndarray | None:
    """One sample's label of the shape and dtype that a loss takes."""
    if loss is None:
        return None
    classes = loss.labels == "classes"
    shape = output.shape[1:-1] if classes else output.shape[1:]
    return np.zeros((1, *map(int, filter(math.isfinite, shape))), np.int64 if classes else output.dtype)  # type: ignore[arg-type]
