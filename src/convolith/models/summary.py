"""The table that ``Model.summary`` prints, in Keras's layout."""

from __future__ import annotations

import math
import re
import shutil
from typing import Any

import numpy as np

from convolith.graph.tensor import Node, Variable
from convolith.interop import keras_optimizer
from convolith.layers.layer import Layer
from convolith.layers.structure import flatten, map_structure
from convolith.models.cost import LayerCost, layer_costs, memory_of, predict_plan, train_plan
from convolith.models.layer_graph import LayerGraph, step_of

SINGLE = Variable(np.zeros((), np.float32), trainable=False)


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
    costs: dict[Any, LayerCost] = {}
    if batch_size is not None:
        costs = layer_costs(model._graph, _checked_batch(model, batch_size))
        header = [*header, "FLOPs", "Receptive field"]
        shares, length = [0.72 * share for share in shares] + [0.84, 1.0], length + 28
    length = line_length or min(length, shutil.get_terminal_size().columns - 4)
    alignments = ["<", "<", ">", *("<" if connected else ""), *("^" if show_trainable else "")]
    alignments += [">", ">"] if batch_size is not None else []
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
            cells += _cost_cells(costs.get(owner)) if batch_size is not None else []
            table.append(cells)
    lines = [f'Model: "{model.name}"', *_draw(header, table, alignments, _widths(shares, length)), *_totals(model)]
    if batch_size is not None:
        lines += _batch_totals(model, batch_size)
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
            known = owner.get_build_config()
            if known is None:  # it was neither built nor called
                return "?"
            find, several = owner.compute_output_shape, known.get("shapes_dict")
            outputs = [find(**several) if several else find(owner._build_shape)]
        except (ValueError, TypeError, NotImplementedError):  # it takes more than one argument
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
        kept = keras_optimizer.variables(model.optimizer, model.trainable_weights)
        # Its numbers of steps and learning rates have four bytes in Keras.
        groups["Optimizer"] = [variable if variable.shape else SINGLE for variable in kept]
    everything = {"Total": [variable for group in groups.values() for variable in group]}
    return [
        f" {name} params: {sum(variable.value.size for variable in group):,}"
        f" ({readable_size(sum(variable.value.nbytes for variable in group))})"
        for name, group in (everything | groups).items()
    ]


def readable_count(count: float) -> str:
    """Return a number of operations with three digits, in thousands (K), millions (M) and so on."""
    for unit in ("", " K", " M", " G", " T"):
        if count < 999.5:
            return f"{count:.3g}{unit}"
        count /= 1000
    return f"{count:.3g} P"


def _checked_batch(model: Any, batch_size: Any) -> int:
    if model._graph is None:
        raise ValueError(f"{model.name}: summary needs a model with known inputs to plan a batch; build it first")
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"{model.name}: summary: batch_size must be an integer >= 1, got {batch_size!r}")
    return batch_size


def _cost_cells(cost: LayerCost | None) -> list[str]:
    """Return operations and receptive field of a layer; the rows of layers within layers have none of their own."""
    if cost is None:
        return ["", ""]
    if cost.field is None:
        return [readable_count(cost.flops), "-"]
    down, across = cost.field.size
    return [readable_count(cost.flops), "all" if math.inf in cost.field.size else f"{down:.0f}x{across:.0f}"]


def _batch_totals(model: Any, batch_size: int) -> list[str]:
    """Plan a batch, without allocating, and tell its operations and its peak memory."""
    lines = []
    for what, plan in (("inference", predict_plan(model, batch_size)), ("training", train_plan(model, batch_size))):
        if plan is None:
            lines.append(f" Peak memory of {what}, batch size {batch_size}: known after compile")
            continue
        lines.append(f" FLOPs of {what}, batch size {batch_size}: {readable_count(plan.flops)}")
        memory = memory_of(model, plan)
        sizes = (memory.plan + memory.scratch, memory.arrays, memory.objects)
        beside, everything, objects = map(readable_size, sizes)
        kept = "the weights" if what == "inference" else "weights and optimizer"
        lines.append(
            f" Peak memory of {what}, batch size {batch_size}: {beside} beside {kept}, {everything} in all, "
            f"and up to {objects} of Python's objects"
        )
    return lines
