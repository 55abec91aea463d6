"""Traces that read what they have changed before, cut into parts, each a graph whose effects come at its end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from convolith.graph.operation import Cast
from convolith.graph.recording import Recording
from convolith.graph.tensor import Node, Spec, Tensor, Variable
from convolith.graph.trace import Graph, record


@dataclass(frozen=True)
class Part:
    """A part of a trace.

    Attributes:
        graph: what it does.
        inputs: what the graph's inputs stand for: inputs of the trace, and outputs of the parts before.
        outputs: what the graph's outputs stand for: what parts behind it read; of the last one the trace's outputs.
    """

    graph: Graph
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def trace_parts(function: Callable[..., Any], *specs: Spec) -> tuple[tuple[Tensor, ...], list[Part]]:
    """Record what `function` does, as `trace` does, in as many parts as it needs; mostly that is one.

    A step that trains one network and then computes with it, to train another one, has two. A gradient of what an
    earlier part computed is that of the values of then.

    Args:
        function: as for `trace`.
        specs: likewise.

    Returns:
        The trace's inputs, and its parts in their order.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.parts import trace_parts
        >>> from convolith.graph.tensor import Spec, Variable
        >>> from convolith.ops.update import assign
        >>> total = Variable(np.zeros(()))
        >>> def twice(x):
        ...     assign(total, x)
        ...     return total * 2
        >>> inputs, parts = trace_parts(twice, Spec((), np.dtype(float)))
        >>> len(parts)
        2
    """
    recording = Recording(parting=True)
    graph = record(recording, function, *specs)
    if not recording.parts:
        return graph.inputs, [Part(graph, graph.inputs, graph.outputs)]
    return graph.inputs, _cut(graph, recording)


def _cut(graph: Graph, recording: Recording) -> list[Part]:
    begins, effects, last = recording.parts, set(graph.effects), len(recording.parts)
    reads, copies = _values_of_then(graph, recording)
    nodes = sorted([*((node.order, node) for node in graph.nodes()), *copies], key=lambda pair: pair[0])
    numbers: dict[Tensor | None, int] = dict.fromkeys(graph.inputs, -1)
    numbers.update((tensor, _number(begins, order)) for order, node in nodes for tensor in node.outputs)
    inputs: list[dict[Tensor, None]] = [{} for _ in range(last + 1)]
    wanted: list[dict[Tensor, None]] = [{} for _ in range(last + 1)]
    pairs = [(tensor, _number(begins, order)) for order, node in nodes for tensor in reads.get(node, node.inputs)]
    for tensor, by in (*pairs, *((tensor, last) for tensor in graph.outputs)):
        number = numbers.get(tensor, by)  # leaves but the inputs are at hand everywhere
        if tensor is not None and number < by:
            inputs[by][tensor] = None
            if number >= 0:
                wanted[number][tensor] = None
    parts = []
    for number in range(last + 1):
        new: dict[Tensor | None, Tensor] = {tensor: Tensor(tensor.spec) for tensor in inputs[number]}
        leaves = tuple(new.values())
        own: list[Node] = []
        for _, node in (pair for pair in nodes if _number(begins, pair[0]) == number):
            arguments = (
                tensor if tensor is None else new.get(tensor, tensor) for tensor in reads.get(node, node.inputs)
            )
            made = Node(node.operation, tuple(arguments), tuple(tensor.spec for tensor in node.outputs))
            new.update(zip(node.outputs, made.outputs, strict=True))
            if node in effects:
                own.append(made)
        results = graph.outputs if number == last else tuple(wanted[number])
        structure = graph.structure if number == last else tuple(range(len(results)))
        outputs = tuple(new.get(tensor, tensor) for tensor in results)
        parts.append(Part(Graph(leaves, outputs, structure, tuple(own)), tuple(inputs[number]), results))
    return parts


def _values_of_then(
    graph: Graph, recording: Recording
) -> tuple[dict[Node, tuple[Tensor | None, ...]], list[tuple[int, Node]]]:
    """Let gradients read Variables as these were in the part of what they are the gradient of.

    Returns:
        What nodes read, where that is not their inputs; and the copies among it, with the orders of their parts' ends.
    """
    begins = recording.parts
    changes = [
        (_number(begins, node.order), node.inputs[position])
        for node in graph.effects
        for position in node.operation.writes
    ]
    firsts = [first for first, _, _ in recording.of_gradients]
    copies: dict[tuple[int, Tensor], tuple[int, Node]] = {}
    reads: dict[Node, tuple[Tensor | None, ...]] = {}

    def of_then(tensor: Tensor | None, then: int, now: int) -> Tensor | None:
        """Give what a Variable was in an earlier part, if it has changed since."""
        if not isinstance(tensor, Variable) or not any(then <= at < now and one is tensor for at, one in changes):
            return tensor
        if (then, tensor) not in copies:
            copies[then, tensor] = begins[then] - 1, Node(Cast(tensor.dtype), (tensor,), (tensor.spec,))
        return copies[then, tensor][1].outputs[0]

    for node in graph.nodes():
        found = bisect_right(firsts, node.order) - 1
        if found >= 0 and node.order < recording.of_gradients[found][1]:
            then, now = (_number(begins, order) for order in (recording.of_gradients[found][2], node.order))
            reads[node] = tuple(of_then(tensor, then, now) for tensor in node.inputs)
    return reads, list(copies.values())


def _number(begins: list[int], order: int) -> int:
    """Give the part in which something was recorded."""
    return bisect_right(begins, order)
