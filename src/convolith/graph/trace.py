"""Run a function on symbolic tensors and keep what it did as a Graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from convolith.graph.recording import Recording, current
from convolith.graph.tensor import Constant, Node, Spec, Tensor, Variable


@dataclass(frozen=True)
class Graph:
    """A traced function: leaves `inputs`, results `outputs`, and the effects on Variables in their order.

    Every read of a Variable means its value before the run, or the one that `Variable.assign` has given it in the
    trace; the effects happen at the end, in order.
    `structure` is how the function nested its results: `restore` nests values of the outputs the same way.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    structure: Any = None
    effects: tuple[Node, ...] = ()

    def restore(self, values: Iterable[Any]) -> Any:
        """Nest `values`, one an output, as the traced function nested its results."""
        return _restore(self.structure, list(values))

    def flatten(self, nest: Any) -> list[Any]:
        """List what is nested as the traced function nested its results, in the order of the outputs.

        Raises:
            TypeError: if it is nested in another way.
        """
        leaves: list[Any] = []
        structure = flatten(nest, leaves)
        if structure != self.structure:
            raise TypeError(
                f"expected values nested as the results are, {self.structure} with numbers for arrays, got {structure}"
            )
        return leaves

    def nodes(self) -> list[Node]:
        """List the nodes that the outputs and effects need, in the order of recording."""
        return [*self._nodes]

    @cached_property
    def _nodes(self) -> list[Node]:
        return needed(self.outputs, self.effects)

    def written(self) -> list[Variable]:
        """List the Variables that the effects change."""
        found = [node.inputs[position] for node in self.effects for position in node.operation.writes]
        return list(dict.fromkeys([tensor for tensor in found if isinstance(tensor, Variable)]))

    def evaluate(self, *arrays: Any) -> tuple[np.ndarray, ...]:
        """Compute the outputs one node after the other, each in fresh memory; then the effects. The Plan's oracle.

        Args:
            arrays: an array for each input, of its shape and dtype.

        Returns:
            An array for each output.
        """
        written = self.written()
        values: dict[Tensor, np.ndarray] = {}
        for tensor, array in zip(self.inputs, arrays, strict=True):
            shared = any(np.may_share_memory(array, variable.value) for variable in written)
            values[tensor] = array.copy() if shared else array
        return tuple(evaluate(self.outputs, self.effects, values))


def trace(function: Callable[..., Any], *specs: Spec) -> Graph:
    """Record what `function` does with one symbolic tensor for each of `specs`.

    Args:
        function: takes tensors, and gives a tensor or a tuple, list or dict of them, nested at will.
        specs: shape and dtype of each argument; the first axis may be None, for a batch size not known yet.

    Returns:
        The Graph. Its inputs and outputs are flat tuples.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Spec
        >>> from convolith.graph.trace import trace
        >>> graph = trace(lambda x: x * 2 + 1, Spec((3,), np.dtype("float32")))
        >>> graph.evaluate(np.arange(3, dtype="float32"))
        (array([1., 3., 5.], dtype=float32),)
    """
    return record(Recording(), function, *specs)


def record(recording: Recording, function: Callable[..., Any], *specs: Spec) -> Graph:
    """Do the same with a Recording, which tells what else there is to know of the trace."""
    inputs = tuple(Tensor(Spec(tuple(spec.shape), np.dtype(spec.dtype))) for spec in specs)
    return _traced(recording, inputs, function, inputs)


def extend(graph: Graph, function: Callable[..., Any]) -> Graph:
    """Go on recording where `graph` ended: `function` gets its outputs, and gives the new graph's.

    Differentiate a fused graph this way, and append the optimizer's effects.

    Args:
        graph: the traced graph; it stays as it is.
        function: takes the graph's outputs, one by one, and gives tensors, nested at will.

    Returns:
        A Graph of the same inputs, with the effects of `graph` and then those of `function`.
    """
    recording = Recording()
    for effect in graph.effects:
        recording.change(effect)
    return _traced(recording, graph.inputs, function, graph.outputs)


def is_tracing() -> bool:
    """Tell whether a trace is in progress in this thread."""
    return current.get() is not None


def needed(outputs: Iterable[Tensor | None], effects: Iterable[Node] = ()) -> list[Node]:
    """List the nodes that compute `outputs` and `effects`, in the order of recording."""
    seen: set[Node] = set()
    waiting = [tensor.node for tensor in outputs if tensor is not None]
    waiting += effects
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [tensor.node for tensor in node.inputs if tensor is not None]
    return sorted(seen, key=attrgetter("order"))


def evaluate(outputs: Iterable[Tensor], effects: Iterable[Node], values: dict[Tensor, np.ndarray]) -> list[np.ndarray]:
    """Compute `outputs`, then `effects`, adding to `values`, which holds the inputs' and spares what it has already."""
    outputs, effects = list(outputs), list(effects)

    def value(tensor: Tensor | None) -> Any:
        if tensor is None or tensor in values:
            return None if tensor is None else values[tensor]
        if isinstance(tensor, (Variable, Constant)):
            return tensor.value
        raise ValueError(f"{tensor!r} is neither computed by this graph nor one of its inputs")

    later = set(effects)
    for node in needed(outputs, effects):
        if node not in later and any(tensor not in values for tensor in node.outputs):
            specs = tuple(tensor.spec for tensor in node.outputs)
            results = node.operation.results(specs, [value(tensor) for tensor in node.inputs])
            values.update(zip(node.outputs, results, strict=True))
    # A leaf is copied before the effects: it is the caller's own, or may change.
    computed = [value(tensor) if tensor.node is not None else value(tensor).copy() for tensor in outputs]
    for node in effects:
        arguments = [tensor.memory if isinstance(tensor, Variable) else value(tensor) for tensor in node.inputs]
        node.operation.compute((), *arguments)
        for position in node.operation.writes:
            written = node.inputs[position]
            if isinstance(written, Variable):
                written.changed()
    return computed


def flatten(nest: Any, leaves: list[Any]) -> Any:
    """Append what a nest of tuples, lists and dicts holds to `leaves`, and give the nest with their numbers instead.

    Args:
        nest: anything; None holds nothing.
        leaves: is appended to.

    Returns:
        The structure.
    """
    if nest is None:
        return None
    if isinstance(nest, dict):
        return {key: flatten(value, leaves) for key, value in nest.items()}
    if isinstance(nest, (tuple, list)):
        return _like(nest, [flatten(value, leaves) for value in nest])
    leaves.append(nest)
    return len(leaves) - 1


def _traced(recording: Recording, inputs: tuple[Tensor, ...], function: Callable[..., Any], arguments: Any) -> Graph:
    token = current.set(recording)
    try:
        result = function(*arguments)
    finally:
        current.reset(token)
    leaves: list[Any] = []
    structure = flatten(result, leaves)
    outputs = tuple(recording.known.get(leaf, leaf) if isinstance(leaf, Tensor) else Constant(leaf) for leaf in leaves)
    return Graph(inputs, outputs, structure, tuple(recording.effects))


def _restore(structure: Any, values: list[Any]) -> Any:
    if isinstance(structure, dict):
        return {key: _restore(value, values) for key, value in structure.items()}
    if isinstance(structure, (tuple, list)):
        return _like(structure, [_restore(value, values) for value in structure])
    return None if structure is None else values[structure]


def _like(nest: Any, values: list[Any]) -> Any:
    return type(nest)(*values) if hasattr(nest, "_fields") else type(nest)(values)
