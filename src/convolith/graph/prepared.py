"""Values that depend on Variables alone: computed once, and again only when one of those has changed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, MutableMapping
from dataclasses import replace
from typing import Any

import numpy as np

from convolith.graph.arena import empty
from convolith.graph.operation import Operation
from convolith.graph.recording import Recording, current
from convolith.graph.tensor import Constant, Node, Tensor, Variable
from convolith.graph.trace import Graph, evaluate, needed

INFLATION = 8
"""How many times larger than what it is computed of a kept value may be."""


class Prepared(Tensor):
    """A leaf whose value is computed from Variables, and kept until one of them has another version.

    Args:
        tensor: what is computed, of Variables and Constants alone.
    """

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor.spec, name=tensor.name)
        self._tensor = tensor
        self.variables = leaves(tensor)
        self.value: Any = None  # an array from the first `refresh` on, which is never replaced
        self._versions: list[int] = []

    def refresh(self) -> None:
        """Bring the value up to date."""
        versions = [variable.version for variable in self.variables]
        if self.value is None or versions != self._versions:
            value = empty(self.shape, self.dtype) if self.value is None else self.value
            self._compute(value)
            self.value, self._versions = value, versions

    def _compute(self, value: np.ndarray) -> None:
        """Write the value; what it is computed of takes memory only meanwhile."""
        node = self._tensor.node
        assert node is not None
        if len(node.outputs) > 1 or node.operation.view or not value.size:
            np.copyto(value, evaluate([self._tensor], (), {})[0])
            return
        inputs = [tensor for tensor in node.inputs if tensor is not None]
        arrays = dict(zip(inputs, evaluate(inputs, (), {}), strict=True))
        node.operation.compute((value,), *(None if tensor is None else arrays[tensor] for tensor in node.inputs))


def leaves(tensor: Tensor) -> list[Variable]:
    """List the Variables that a tensor is computed of."""
    found = (leaf for node in needed([tensor]) for leaf in node.inputs if isinstance(leaf, Variable))
    return list(dict.fromkeys(found))


def preparing(values: Iterable[Prepared]) -> list[Node]:
    """List the nodes that compute kept values."""
    return needed([one._tensor for one in values])


def settled(nodes: Iterable[Node], changing: Collection[Variable]) -> set[Tensor]:
    """Find the tensors that stay the same from run to run, as long as nobody else changes a Variable.

    Args:
        nodes: in the order of recording.
        changing: the Variables that a run changes.

    Returns:
        The other Variables among the inputs, the numbers, and what is computed of them alone, if it is not much
        larger than they are: it takes memory all the time.
    """
    sizes: dict[Tensor, int] = {}  # elements of what each is computed of
    for node in nodes:
        still = node.operation.pure
        for tensor in node.inputs:
            if tensor is not None and tensor not in sizes:
                # A Constant larger than a number may be a user's own array, which may change without a word.
                if isinstance(tensor, Constant) and tensor.value.size == 1:
                    sizes[tensor] = 1
                elif isinstance(tensor, Variable) and tensor not in changing:
                    sizes[tensor] = tensor.memory.size
                else:
                    still = False
        inputs = dict.fromkeys([tensor for tensor in node.inputs if tensor is not None]) if still else {}
        if inputs:
            size = sum([sizes[tensor] for tensor in inputs])
            if sum([math.prod(tensor.spec.shape) for tensor in node.outputs]) <= INFLATION * size:
                sizes.update(dict.fromkeys(node.outputs, size))
    return set(sizes)


def prepare(graph: Graph, known: MutableMapping[Any, Prepared]) -> tuple[Graph, list[Prepared]]:
    """Replace what a run computes of settled Variables alone by leaves that keep it.

    An operation that gains from another form of a weight gives itself one that reads the result of an operation on the
    Variable (`Operation.settle`), and has that for nothing in all runs that do not train it.

    Args:
        graph: a traced graph; it stays as it is.
        known: those that there are already, by what they compute; new ones are added.

    Returns:
        The new Graph, and the leaves, each of which needs a `refresh` before a run.
    """
    token = current.set(Recording())  # settling records operations, on Variables too
    try:
        return _prepare(graph, known)
    finally:
        current.reset(token)


def _prepare(graph: Graph, known: MutableMapping[Any, Prepared]) -> tuple[Graph, list[Prepared]]:
    nodes = graph.nodes()
    still = settled(nodes, graph.written())
    forms = {
        node: form
        for node in nodes
        if node.operation.settles and still.issuperset(_weights(node.operation, node.inputs))
        if not (node.outputs and node.outputs[0] in still) and (form := node.operation.settle(node)) is not None
    }
    if not forms and all([tensor.node is None for tensor in still]):
        return graph, []
    kept: dict[Tensor, Prepared] = {}
    new: dict[Tensor, Tensor] = {}
    renamed: dict[Node, Node] = {}

    def read(tensor: Tensor) -> Tensor:
        """Give what is read in place of a tensor: the leaf that keeps it where it is settled, and no leaf itself."""
        if tensor.node is None or tensor not in still:
            return new.get(tensor, tensor)
        if tensor not in kept:
            key = _key(tensor)
            there = known.get(key)
            known[key] = kept[tensor] = Prepared(tensor) if there is None else there
        return kept[tensor]

    for node in nodes:
        if node.outputs and node.outputs[0] in still:
            continue
        operation, inputs = node.operation, node.inputs
        if node in forms:
            operation, inputs = forms[node]
            still.update(_weights(operation, inputs))
        inputs = tuple([None if tensor is None else read(tensor) for tensor in inputs])
        if not renamed and inputs == node.inputs and operation is node.operation:
            continue  # up to the first that changes, nodes stay; behind it all are made anew, to keep their order
        renamed[node] = made = Node(operation, inputs, tuple([tensor.spec for tensor in node.outputs]))
        new.update(zip(node.outputs, made.outputs, strict=True))
    if not kept:
        return graph, []
    # An output is handed out, so it is computed anew even if it is settled: nobody shall write into what is kept.
    outputs = tuple(new.get(tensor, tensor) for tensor in graph.outputs)
    changed = replace(graph, outputs=outputs, effects=tuple(renamed.get(node, node) for node in graph.effects))
    return changed, list(dict.fromkeys(kept.values()))


def _weights(operation: Operation, inputs: tuple[Tensor | None, ...]) -> list[Tensor]:
    """Give the inputs but the first and those whose memory the result may take, which are other results."""
    weights = [
        tensor for position, tensor in enumerate(inputs) if position > 0 and position not in operation.takes_over
    ]
    return [tensor for tensor in weights if tensor is not None]


def _key(tensor: Tensor) -> Any:
    """Name what is computed, so that the plans of a model, which each trace anew, have one copy."""
    if isinstance(tensor, Constant):
        return tensor.dtype, tensor.shape, tensor.value.tobytes()
    if tensor.node is None:
        return tensor
    return tensor.node.operation, tensor.index, tuple(one if one is None else _key(one) for one in tensor.node.inputs)
