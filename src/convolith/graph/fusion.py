"""Join operations that can be done in one pass over memory, such as convolution and relu."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from convolith.graph.tensor import Node, Tensor
from convolith.graph.trace import Graph


def fuse(graph: Graph) -> Graph:
    """Replace each operation and its only reader by one, where the operation knows how (`Operation.fuse`).

    Gradients that were recorded before stay right: they read the reader's result, which the joined operation gives.

    Args:
        graph: a traced graph; it stays as it is.

    Returns:
        A Graph of the same inputs, Variables and effects, that computes the same.
    """
    nodes = graph.nodes()
    readers = Counter(tensor for node in nodes for tensor in node.inputs if tensor is not None)
    readers.update(graph.outputs)
    new: dict[Tensor, Tensor] = {tensor: tensor for node in nodes for tensor in node.inputs if tensor is not None}
    new.update({tensor: tensor for tensor in graph.outputs})
    nodes_new: dict[Node, Node] = {}
    for node in nodes:
        operation = node.operation
        inputs = tuple(None if tensor is None else new[tensor] for tensor in node.inputs)
        present = [tensor for tensor in node.inputs if tensor is not None]
        producer = new[present[0]].node if len(present) == 1 and readers[present[0]] == 1 else None
        joined = producer.operation.fuse(operation) if producer is not None else None
        if producer is not None and joined is not None:
            operation, inputs = joined, producer.inputs
        nodes_new[node] = Node(operation, inputs, tuple(tensor.spec for tensor in node.outputs))
        new.update(zip(node.outputs, nodes_new[node].outputs, strict=True))
    outputs, effects = tuple(new[tensor] for tensor in graph.outputs), tuple(nodes_new[node] for node in graph.effects)
    return replace(graph, outputs=outputs, effects=effects)
