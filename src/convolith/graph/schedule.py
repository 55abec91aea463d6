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
    effects = set(graph.effects)
    computing = [node for node in graph.nodes() if node not in effects]
    missing, behind = _waiting(computing, graph.effects)
    few = _few_numbers(computing)
    rest = iter([*few, *[node for node in computing if node not in few]])
    ready = [(effect.order, effect) for effect in graph.effects if not missing[effect]]
    heapq.heapify(ready)
    order: list[Node] = []
    while (node := heapq.heappop(ready)[1] if ready else next(rest, None)) is not None:
        order.append(node)
        for effect in behind[node]:
            missing[effect] -= 1
            if not missing[effect]:
                heapq.heappush(ready, (effect.order, effect))
    return order


def _waiting(computing: list[Node], effects: tuple[Node, ...]) -> tuple[dict[Node, int], defaultdict[Node, list[Node]]]:
    """Tell for how many nodes each effect waits, and the effects that wait for a node."""
    touching: defaultdict[Tensor, list[Node]] = defaultdict(list)  # by Variable: who reads or writes it so far
    writing: defaultdict[Tensor, list[Node]] = defaultdict(list)
    for node in computing:
        for tensor in node.inputs:
            if isinstance(tensor, Variable):
                touching[tensor].append(node)
    missing: dict[Node, int] = {}
    behind: defaultdict[Node, list[Node]] = defaultdict(list)
    for effect in effects:
        before = {tensor.node for tensor in effect.inputs if tensor is not None and tensor.node is not None}
        pairs = [(tensor, position) for position, tensor in enumerate(effect.inputs) if isinstance(tensor, Variable)]
        for tensor, position in pairs:
            before.update((touching if position in effect.operation.writes else writing)[tensor])
        for tensor, position in pairs:
            touching[tensor].append(effect)
            if position in effect.operation.writes:
                writing[tensor].append(effect)
        missing[effect] = len(before)
        for node in before:
            behind[node].append(effect)
    return missing, behind


def _few_numbers(nodes: list[Node]) -> dict[Node, None]:
    """Find the nodes that read nothing but Variables and constants, and give no more bytes than a cache line has."""
    found: dict[Node, None] = {}
    for node in nodes:
        known = all(
            tensor is None or tensor.node in found or isinstance(tensor, (Variable, Constant)) for tensor in node.inputs
        )
        if known and node.outputs and sum(map(bytes_of, node.outputs)) <= ALIGNMENT:
            found[node] = None
    return found
