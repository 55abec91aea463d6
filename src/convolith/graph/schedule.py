"""The order in which a plan's nodes run."""

from __future__ import annotations

import heapq
from collections import defaultdict

from convolith.graph.arena import ALIGNMENT
from convolith.graph.lifetimes import bytes_of
from convolith.graph.tensor import Constant, Node, Tensor, Variable
from convolith.graph.trace import Graph


def schedule(graph: Graph) -> list[Node]:
    """Order the nodes that the outputs and effects need: as recorded, but each effect as early as it may run.

    That is when its inputs are there, the others have read the Variables that it changes, and the effects before it
    that concern the same Variables are done. A gradient dies young that way, right after it was computed. What
    Variables alone tell in a few numbers comes first: the learning rate, which all effects of training wait for.

    Args:
        graph: a traced graph.

    Returns:
        The nodes.
    """
    nodes = graph.nodes()
    effects = set(graph.effects)
    before = {
        node: {tensor.node for tensor in node.inputs if tensor is not None and tensor.node is not None}
        for node in nodes
    }
    touching: defaultdict[Tensor, list[Node]] = defaultdict(list)  # by Variable: who reads or writes it so far
    writing: defaultdict[Tensor, list[Node]] = defaultdict(list)
    for node in nodes:
        if node not in effects:
            for tensor in node.inputs:
                if isinstance(tensor, Variable):
                    touching[tensor].append(node)
    for effect in graph.effects:
        for position, tensor in enumerate(effect.inputs):
            if isinstance(tensor, Variable):
                writes = position in effect.operation.writes
                before[effect].update(touching[tensor] if writes else writing[tensor])
        for position, tensor in enumerate(effect.inputs):
            if isinstance(tensor, Variable):
                touching[tensor].append(effect)
                if position in effect.operation.writes:
                    writing[tensor].append(effect)

    after: defaultdict[Node, list[Node]] = defaultdict(list)
    for node, earlier in before.items():
        for other in earlier:
            after[other].append(node)
    missing = {node: len(earlier) for node, earlier in before.items()}
    few = _few_numbers(nodes)
    ranks = {node: 0 if node in effects else 1 if node in few else 2 for node in nodes}
    ready = [(ranks[node], node.order, node) for node in nodes if not missing[node]]
    heapq.heapify(ready)
    order: list[Node] = []
    while ready:
        *_, node = heapq.heappop(ready)
        order.append(node)
        for other in after[node]:
            missing[other] -= 1
            if not missing[other]:
                heapq.heappush(ready, (ranks[other], other.order, other))
    return order


def _few_numbers(nodes: list[Node]) -> set[Node]:
    """Find the nodes that read nothing but Variables and constants, and give no more bytes than a cache line has."""
    found: set[Node] = set()
    for node in nodes:
        known = all(
            tensor is None or isinstance(tensor, (Variable, Constant)) or tensor.node in found for tensor in node.inputs
        )
        if known and node.outputs and sum(map(bytes_of, node.outputs)) <= ALIGNMENT:
            found.add(node)
    return found
