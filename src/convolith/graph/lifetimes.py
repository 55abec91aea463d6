"""Which memory the results of a plan's nodes take: from when to when, as whose view, and in whose place."""

from __future__ import annotations

import math

from convolith.graph.arena import Buffer
from convolith.graph.tensor import Node, Tensor
from convolith.graph.trace import Graph


def bytes_of(tensor: Tensor) -> int:
    """Give the bytes of a tensor; none where the batch size is not known."""
    shape, dtype = tensor.spec
    return 0 if None in shape else math.prod(shape) * dtype.itemsize


def views(nodes: list[Node]) -> dict[Tensor, Tensor]:
    """Map each view to the tensor whose memory it shows. Views of leaves are copied: leaves move or change."""
    bases: dict[Tensor, Tensor] = {}
    for node in nodes:
        if node.operation.view and node.inputs[0] is not None:
            base = bases.get(node.inputs[0], node.inputs[0])
            if base.node is not None:
                bases[node.outputs[0]] = base
    return bases


def lifetimes(graph: Graph, nodes: list[Node], bases: dict[Tensor, Tensor]) -> dict[Tensor, Buffer]:
    """Give a buffer to each input and each result that is no view; one that takes over another's shares it.

    Args:
        graph: of the plan.
        nodes: in the order in which they run.
        bases: of ``views``.
    """
    last_read: dict[Tensor, int] = {}
    for step, node in enumerate(nodes):
        if not (node.outputs and node.outputs[0] in bases):
            for tensor in node.inputs:
                if tensor is not None:
                    last_read[bases.get(tensor, tensor)] = step
    for tensor in graph.outputs:
        last_read[bases.get(tensor, tensor)] = len(nodes)

    buffers = {tensor: Buffer(bytes_of(tensor), 0, last_read[tensor]) for tensor in graph.inputs if tensor in last_read}
    for step, node in enumerate(nodes):
        for tensor in node.outputs:
            if tensor not in bases:
                taken = _taken_over(node, step, buffers, bases) if tensor.index == 0 else None
                buffers[tensor] = Buffer(bytes_of(tensor), step, step) if taken is None else taken
                buffers[tensor].last = last_read.get(tensor, step)
    return buffers


def _taken_over(node: Node, step: int, buffers: dict[Tensor, Buffer], bases: dict[Tensor, Tensor]) -> Buffer | None:
    """Find an input's buffer that the node's first result may have: of its size, and read for the last time."""
    takes_over = node.operation.takes_over
    if not takes_over:
        return None
    inputs = [None if tensor is None else bases.get(tensor, tensor) for tensor in node.inputs]
    for position in takes_over:
        base = inputs[position]
        if base is None or base.node is None:  # a leaf is not ours
            continue
        buffer = buffers[base]
        sharing = {other for other, tensor in enumerate(inputs) if tensor is not None and buffers.get(tensor) is buffer}
        if buffer.last == step and buffer.size == bytes_of(node.outputs[0]) and sharing <= {*takes_over}:
            return buffer
    return None
