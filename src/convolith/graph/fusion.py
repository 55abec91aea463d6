"""Join operations that can be done in one pass over memory, such as convolution and relu."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from convolith.graph.prepared import settled
from convolith.graph.recording import Recording, current
from convolith.graph.tensor import Node, Tensor, Variable
from convolith.graph.trace import Graph


def fuse(graph: Graph, changing: Iterable[Variable] = ()) -> Graph:
    """Replace an operation and the only reader of its first result by one, where it knows how (`Operation.fuse`).

    Where all else that the two read is settled, the reader may be folded into that (`Operation.fold`). What was joined
    may be joined with its own reader again. Gradients that were recorded before stay right: they read the reader's
    result, which the joined operation gives.

    Args:
        graph: a traced graph; it stays as it is.
        changing: Variables that what will be appended to the graph changes, such as those that are trained.

    Returns:
        A Graph of the same inputs, Variables and effects, that computes the same.
    """
    token = current.set(Recording())  # folding records operations, on Variables too
    try:
        return _fuse(graph, {*graph.written(), *changing})
    finally:
        current.reset(token)


def _fuse(graph: Graph, changing: set[Variable]) -> Graph:
    nodes, effects = graph.nodes(), set(graph.effects)
    still = settled(nodes, changing)
    readers = Counter([tensor for node in nodes for tensor in node.inputs])
    readers.update(graph.outputs)
    new: dict[Tensor | None, Tensor] = {}  # the tensors that stand for those of the old graph,
    old: dict[Tensor, Tensor] = {}  # and back
    read: set[Tensor | None] = set()  # of the new ones, by what comes before the node at hand

    def alone(node: Node) -> bool:
        """Tell whether the first result has one reader, and the others have none yet, so that they may come later."""
        return readers[old[node.outputs[0]]] == 1 and read.isdisjoint(node.outputs[1:])

    def is_settled(tensors: Iterable[Tensor | None]) -> bool:
        """Tell whether tensors of the new graph stay the same from run to run."""
        return all(tensor is None or old.get(tensor, tensor) in still for tensor in tensors)

    def join(reader: Node) -> tuple[Node, Node] | None:
        """Give what produces an input, and what does both."""
        for tensor in reader.inputs:
            producer = None if tensor is None or tensor.index else tensor.node
            if (
                producer is not None
                and producer.operation.joins
                and tensor in old
                and alone(producer)
                and (reader.outputs or len(producer.outputs) == 1)
            ):
                joined = producer.operation.fuse(producer, reader)
                rest = (*producer.inputs[1:], *(other for other in reader.inputs if other is not tensor))
                if joined is None and is_settled(rest):
                    joined = producer.operation.fold(producer, reader)
                    still.update(tensor for tensor in (joined or (None, ()))[1][1:] if tensor is not None)
                if joined is not None:
                    specs = (tensor.spec for tensor in (*reader.outputs, *producer.outputs[1:]))
                    return producer, Node(*joined, tuple(specs))
        return None

    # Effects come last, as nothing reads them: what they read may move behind them.
    renamed: dict[Node, Node] = {}
    for node in (*(node for node in nodes if node not in effects), *graph.effects):
        made, results = node, [*node.outputs]
        if renamed:  # from the first that is joined on all are made anew, to keep their order
            inputs = tuple([new.get(tensor, tensor) for tensor in node.inputs])
            made = Node(node.operation, inputs, tuple([tensor.spec for tensor in node.outputs]))
        while (pair := join(made)) is not None:
            results += [old[tensor] for tensor in pair[0].outputs[1:]]
            made = pair[1]
        if made is not node:
            renamed[node] = made
            new.update(zip(results, made.outputs, strict=True))
        old.update(zip(made.outputs, results, strict=True))
        read.update(made.inputs)
    if not renamed:
        return graph
    outputs = tuple(new.get(tensor, tensor) for tensor in graph.outputs)
    return replace(graph, outputs=outputs, effects=tuple(renamed.get(node, node) for node in graph.effects))
