"""Training in less memory: what the backward pass reads is computed again just before, instead of being kept."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from convolith.graph.arena import Paper
from convolith.graph.plan import Plan
from convolith.graph.tensor import Node, Tensor
from convolith.graph.trace import Graph, needed

OPERATIONS_A_SECOND, BYTES_A_SECOND = 2e11, 1e10
"""Of a common machine: what counts is how the two compare, which tells the cheap results from the dear ones."""
SEGMENTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
SHARES = (0.25, 0.5, 0.75, 1.0)


class NoPlan(ValueError):
    """No plan fits into a limit.

    Attributes:
        smallest: bytes that the smallest needs.
    """

    def __init__(self, limit: int, smallest: int):
        super().__init__(f"no plan fits into {limit:,} bytes: the smallest needs {smallest:,}")
        self.smallest = smallest


class Candidate(NamedTuple):
    """A graph that recomputes, how much memory its plan needs in bytes, and how long it recomputes in seconds."""

    graph: Graph
    peak: int
    extra: float
    kept: frozenset[Tensor]


def recompute(graph: Graph, limit: int) -> Graph:
    """Give a graph of the same results and effects, bit for bit, whose plan fits into a limit at little extra time.

    What takes the least time for its bytes is given up first (normalisations and activations before convolutions),
    within segments of the graph at whose borders everything is kept; then as much as fits is kept again, first what
    takes the most time for its bytes. Nothing is computed more than twice, and effects happen once.

    Args:
        graph: with gradients and effects behind its outputs, as a step of training is traced.
        limit: bytes, for all that a plan needs beside its Variables and arguments.

    Returns:
        A Graph; `graph` itself where it fits.

    Raises:
        NoPlan: if no graph that was tried fits; it says what the smallest needs.

    Source:
        Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost", arXiv 1604.06174, algorithm 3 and
        section 4.2; the time of an operation by Williams, Waterman and Patterson, "Roofline", CACM 52(4), 2009.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.recompute import recompute
        >>> from convolith.graph.tensor import Spec
        >>> from convolith.graph.trace import trace
        >>> small = trace(lambda x: x + 1, Spec((3,), np.dtype("float32")))
        >>> recompute(small, 1 << 20) is small
        True
    """
    peak = _needs(graph)
    if peak <= limit:
        return graph
    rewriter = Rewriter(graph)
    smallest = peak
    for share in SHARES:
        found = [rewriter.candidate(kept) for kept in rewriter.choices(share)]
        smallest = min([smallest, *(one.peak for one in found)])
        fitting = [one for one in found if one.peak <= limit]
        if fitting:
            return rewriter.keep_more(min(fitting, key=lambda one: one.extra), limit).graph
    raise NoPlan(limit, smallest)


class Rewriter:
    """Makes graphs that keep some results of the forward pass for the backward pass, and compute the others again.

    Args:
        graph: as for `recompute`.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.forward = needed(graph.outputs)
        self.places = {node: place for place, node in enumerate(self.forward)}
        self.backward = [node for node in graph.nodes() if node not in self.places]
        self.results = [
            tensor for node in self.forward for tensor in node.outputs if not node.operation.view and _size(tensor)
        ]
        self.price = {tensor: _seconds(node) / _size(tensor) for tensor in self.results if (node := tensor.node)}
        self.results.sort(key=lambda tensor: self.price[tensor])

    def candidate(self, kept: frozenset[Tensor]) -> Candidate:
        """Return the graph that keeps these tensors, with what it takes."""
        graph, again = self.rewrite(kept)
        return Candidate(graph, _needs(graph), sum(map(_seconds, again)), kept)

    def rewrite(self, kept: frozenset[Tensor]) -> tuple[Graph, list[Node]]:
        """Return the graph that keeps these tensors, and the nodes that it computes again."""
        new: dict[Tensor, Tensor] = {}  # by tensor, what the backward pass reads in its place
        again: list[Node] = []

        def is_left(tensor: Tensor | None) -> bool:
            return tensor is not None and tensor.node in self.places and tensor not in kept and tensor not in new

        def remake(node: Node) -> Node:
            """Record a node anew, on what stands for its inputs; nodes run in the order in which they are made."""
            inputs = tuple(
                tensor if tensor is None or tensor in kept else new.get(tensor, tensor) for tensor in node.inputs
            )
            made = Node(node.operation, inputs, tuple(tensor.spec for tensor in node.outputs))
            new.update(zip(node.outputs, made.outputs, strict=True))
            return made

        renamed: dict[Node, Node] = {}
        for node in self.backward:
            if not node.outputs and all(tensor.node is None or tensor.node in self.places for tensor in _present(node)):
                renamed[node] = node  # an effect of the forward pass, such as moving averages, happens there
                continue
            waiting = [tensor.node for tensor in node.inputs if tensor is not None and is_left(tensor)]
            while waiting:
                other = waiting[-1]
                assert other is not None
                missing = [tensor.node for tensor in other.inputs if tensor is not None and is_left(tensor)]
                if other.outputs[0] in new or not missing:
                    waiting.pop()
                    if other.outputs[0] not in new:
                        again.append(remake(other))
                waiting.extend(missing if other.outputs[0] not in new else [])
            renamed[node] = remake(node)
        return replace(self.graph, effects=tuple(renamed[node] for node in self.graph.effects)), again

    def choices(self, share: float) -> Iterator[frozenset[Tensor]]:
        """Yield sets to keep: the dearest tensors, all but a share of the bytes, and those on borders of segments."""
        total, cheap = sum(map(_size, self.results)), 0
        number = 0
        while number < len(self.results) and cheap < share * total:
            cheap += _size(self.results[number])
            number += 1
        dear, dropped = frozenset(self.results[number:]), set(self.results[:number])
        seen = set()
        for segments in SEGMENTS:
            borders = frozenset(tensor for place in self._cuts(dropped, cheap / segments) for tensor in place)
            if borders not in seen:
                seen.add(borders)
                yield dear | borders

    def _cuts(self, dropped: set[Tensor], budget: float) -> Iterator[list[Tensor]]:
        """Yield what crosses the borders of segments with about `budget` bytes of dropped tensors each.

        A border is where the fewest bytes cross, in the second half of the segment.
        """
        last_read: dict[Tensor, int] = {}
        for place, node in enumerate(self.forward):
            for tensor in _present(node):
                last_read[_base(tensor)] = place
        crossing = np.zeros(len(self.forward) + 1, np.int64)
        sizes = np.zeros(len(self.forward), np.int64)
        for tensor in self.results:
            place = self.places[tensor.node] if tensor.node else 0
            crossing[place] += _size(tensor)
            crossing[last_read.get(tensor, place)] -= _size(tensor)
            sizes[place] += _size(tensor) if tensor in dropped else 0
        crossing, sums = crossing.cumsum(), sizes.cumsum()
        start = 0
        while sums[-1] - start > budget:
            first = int(np.searchsorted(sums, start + budget / 2))
            end = max(int(np.searchsorted(sums, start + budget)), first + 1)
            border = first + int(crossing[first:end].argmin())
            start = int(sums[border])
            yield [
                tensor
                for tensor in self.results
                if tensor.node and self.places[tensor.node] <= border < last_read.get(tensor, -1)
            ]

    def keep_more(self, best: Candidate, limit: int) -> Candidate:
        """Keep as many of the dearest tensors again as fit into the limit."""
        dropped = [tensor for tensor in reversed(self.results) if tensor not in best.kept]

        def attempt(number: int) -> bool:
            nonlocal best
            one = self.candidate(best.kept | frozenset(dropped[:number]))
            if one.peak <= limit and one.extra <= best.extra:
                best = one
            return one.peak > limit

        bisect_left(range(len(dropped) + 1), True, key=attempt)
        return best


def _needs(graph: Graph) -> int:
    return Plan(graph, Paper()).needed_bytes


def _present(node: Node) -> list[Tensor]:
    return [tensor for tensor in node.inputs if tensor is not None]


def _base(tensor: Tensor) -> Tensor:
    """Give the tensor whose memory a view shows."""
    while tensor.node is not None and tensor.node.operation.view and tensor.node.inputs[0] is not None:
        tensor = tensor.node.inputs[0]
    return tensor


def _size(tensor: Tensor) -> int:
    return math.prod(size or 0 for size in tensor.shape) * tensor.dtype.itemsize


def _seconds(node: Node) -> float:
    """Estimate how long an operation takes, by what it computes and what it moves."""
    if node.operation.view:
        return 0.0
    specs = [None if tensor is None else tensor.spec for tensor in node.inputs]
    flops = node.operation.flops(specs, [tensor.spec for tensor in node.outputs])
    moved = sum(map(_size, (*_present(node), *node.outputs)))
    return flops / OPERATIONS_A_SECOND + moved / BYTES_A_SECOND
