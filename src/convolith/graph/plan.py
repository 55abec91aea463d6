"""A graph made ready to run many times: every buffer has its place in one block of memory, every call is prepared."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from convolith.graph.arena import Arena, Memory, place
from convolith.graph.lifetimes import bytes_of, lifetimes, views
from convolith.graph.operation import Cast, Operation
from convolith.graph.prepared import Prepared, prepare, preparing
from convolith.graph.schedule import schedule
from convolith.graph.tensor import Constant, Node, Tensor, Variable
from convolith.graph.trace import Graph

LEAVES = (Variable, Constant, Prepared)
SMALL = 1 << 14
"""Bytes of an argument up to which it is copied into the arena: that costs less than to tell the calls its place."""


class Plan:
    """Runs a graph of known shapes again and again in the same memory, with the same results every time.

    What neither an output nor an effect needs is left out. What is computed of Variables alone that no effect changes
    is computed once, and again when one of them has changed. Effects run as soon as nobody else reads the old value of
    the Variables that they change. Buffers are shared by what is not in use at the same time, results take over the
    memory of inputs where the operation allows it, and views cost nothing.

    Attributes:
        peak_bytes: how much of the arena the plan needs: all it uses beyond its Variables, `prepared_bytes` and
            arguments.
        scratch_bytes: the engine's working memory, with the threads of when the plan was made; all plans of a process
            that run in turn share it.
        prepared_bytes: of what is kept from run to run because it is computed of Variables alone; plans of one arena
            share what they have in common.
        arena: the Arena it runs in.

    Args:
        graph: a traced graph (`fuse` it first); every size must be known.
        arena: where the buffers live, by default an Arena of its own. Plans of one arena run in turn.

    Raises:
        ValueError: if a batch size is not known.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> from convolith.graph.plan import Plan
        >>> from convolith.graph.tensor import Spec
        >>> from convolith.graph.trace import trace
        >>> plan = Plan(trace(lambda x: ops.relu(x * 2), Spec((3,), np.dtype("float32"))))
        >>> plan.run(np.array([-1, 0, 1], "float32"))
        (array([0., 0., 2.], dtype=float32),)
    """

    def __init__(self, graph: Graph, arena: Arena | None = None) -> None:
        self.arena = Arena() if arena is None else arena
        self._graph, self._prepared = prepare(_with_own_outputs(graph), self.arena.prepared)
        self._settled = list(dict.fromkeys([variable for one in self._prepared for variable in one.variables]))
        self._versions: list[int] = []
        self.prepared_bytes = sum(map(bytes_of, self._prepared))
        self._nodes = schedule(self._graph)
        for tensor in (*graph.inputs, *[output for node in self._nodes for output in node.outputs]):
            if None in tensor.spec.shape:
                raise ValueError(f"Plan: every size must be known, but {tensor!r} has an unknown batch size")
        self.scratch_bytes = max((_scratch(node) for node in (*self._nodes, *preparing(self._prepared))), default=0)
        self._bases = views(self._nodes)
        self._written = graph.written()
        self._overwritten = Memory(variable.memory for variable in self._written)
        self._buffers = lifetimes(self._graph, self._nodes, self._bases)
        self.peak_bytes = place([*{id(buffer): buffer for buffer in self._buffers.values()}.values()])
        self.unbind()
        with self.arena.lock:
            to_come = sum(bytes_of(one) for one in self._prepared if one.value is None)
            self.arena.reserve(self.peak_bytes, to_come + self.scratch_bytes)
            self.arena.plans.add(self)

    def run(self, *arrays: Any) -> tuple[np.ndarray, ...]:
        """Compute the outputs and do the effects.

        Args:
            arrays: an array for each input of the graph, of its shape and a dtype that casts to its own without loss.
                Large C-contiguous ones of just that dtype are read in place, others are copied into the arena. What
                shares memory with the arena or with a Variable that the graph changes is copied as well.

        Returns:
            An array for each output. They live in the arena: they are valid until one of its plans runs again.

        Raises:
            TypeError: if there are too few or too many arrays, or one has another dtype.
            ValueError: if one has another shape.
        """
        with self.arena.lock:
            versions = [variable.version for variable in self._settled]
            if versions != self._versions or not self._calls:
                for prepared in self._prepared:
                    prepared.refresh()
                self._versions = versions
            if not self._calls:
                self._bind()
            values = self._accept(arrays)
            try:
                for readers, value in zip(self._readers, values, strict=True):
                    for inputs, position in readers:
                        inputs[position] = value
                if self._again:
                    for again in self._again:
                        again()
                else:
                    self._again.extend([_first(*call) for call in self._calls])  # all or, after an error, none
            finally:  # keep no caller's array alive
                for variable in self._written:
                    variable.changed()
                for readers in self._readers:
                    for inputs, position in readers:
                        inputs[position] = None
            return self._results

    def restore(self, results: tuple[np.ndarray, ...]) -> Any:
        """Nest results of `run` as the traced function nested them."""
        return self._graph.restore(results)

    def describe(self) -> str:
        """List the calls in their order, with the place in the arena of each result, in bytes."""
        lines = [f"{len(self._nodes)} operations in {self.peak_bytes:,} bytes"]
        for step, node in enumerate(self._nodes):
            places = []
            for tensor in node.outputs:
                buffer = self._buffers[self._bases.get(tensor, tensor)]
                kind = "view at" if tensor in self._bases else "in place at" if buffer.first < step else "at"
                places.append(f"{tensor.spec} {kind} {buffer.offset:,}")
            lines.append(f"{step:4} {node.operation.name}: {', '.join(places) or 'effect'}")
        return "\n".join(lines)

    @property
    def variables(self) -> list[Variable]:
        """The Variables that it reads or changes."""
        leaves = [tensor for node in self._nodes for tensor in node.inputs if isinstance(tensor, Variable)]
        return list(dict.fromkeys([*leaves, *self._settled]))

    @property
    def needed_bytes(self) -> int:
        """All memory that the plan needs beside its Variables and arguments."""
        return self.peak_bytes + self.prepared_bytes + self.scratch_bytes

    @property
    def flops(self) -> int:
        """The floating-point operations of a run."""
        return sum(
            node.operation.flops(
                [None if tensor is None else tensor.spec for tensor in node.inputs],
                [tensor.spec for tensor in node.outputs],
            )
            for node in self._nodes
        )

    def unbind(self) -> None:
        """Let go of the arena's block; the next run takes hold of the block of then."""
        self._calls: list[tuple[Any, tuple[np.ndarray, ...], list[Any], bool]] = []
        self._again: list[Callable[[], object]] = []  # what the calls gave at the first run, to be done from then on
        self._readers: list[list[tuple[list[Any], int]]] = [[] for _ in self._graph.inputs]
        self._arguments: list[tuple[tuple[int, ...], np.dtype, np.ndarray | None, bool]] = []
        self._results: tuple[np.ndarray, ...] = ()

    def _bind(self) -> None:
        """Make the arrays in the arena's block, and with them the calls."""
        arrays: dict[Tensor | None, Any] = {None: None}
        for tensor, buffer in self._buffers.items():
            shape, dtype = tensor.spec
            arrays[tensor] = np.ndarray(shape, dtype, self.arena.block, buffer.offset)
        for view, base in self._bases.items():
            arrays[view] = arrays[base].reshape(view.shape)
        calls: list[tuple[Any, tuple[np.ndarray, ...], list[Any], bool]] = []
        numbers: dict[Tensor | None, int] = {
            tensor: number for number, tensor in enumerate(self._graph.inputs) if bytes_of(tensor) > SMALL
        }
        for node in self._nodes:
            outputs = tuple([arrays[tensor] for tensor in node.outputs])
            needed = node.operation.refuses or any([output.size for output in outputs])
            if outputs and (node.outputs[0] in self._bases or not needed):
                continue
            inputs = [_value(tensor) if isinstance(tensor, LEAVES) else arrays[tensor] for tensor in node.inputs]
            told = not numbers.keys().isdisjoint(node.inputs)
            calls.append((node.operation.compute, outputs, inputs, told))
            if told:
                for position, source in enumerate(node.inputs):
                    if source in numbers:
                        self._readers[numbers[source]].append((inputs, position))
        self._arguments = [
            (tensor.shape, tensor.dtype, arrays.get(tensor), bytes_of(tensor) > SMALL) for tensor in self._graph.inputs
        ]
        self._results = tuple(arrays[tensor] for tensor in self._graph.outputs)
        self._calls = calls  # last: it says that all is bound, even if Ctrl-C came in between

    def _accept(self, arrays: tuple[Any, ...]) -> list[np.ndarray]:
        """Check the arguments, and copy those that cannot be read in place."""
        if len(arrays) != len(self._arguments):
            raise TypeError(f"Plan.run: expected {len(self._arguments)} arrays, got {len(arrays)}")
        values: list[np.ndarray] = []
        for (shape, dtype, copy, large), value in zip(self._arguments, arrays, strict=True):
            array = value if type(value) is np.ndarray else np.asarray(value)
            if array.shape != shape:
                raise ValueError(f"Plan.run: array {len(values)} must have shape {shape}, got {array.shape}")
            if array.dtype != dtype and not np.can_cast(array.dtype, dtype, "safe"):
                raise TypeError(f"Plan.run: array {len(values)} must be {dtype}, got {array.dtype}")
            # A result of an earlier run, and a Variable's own array, would be overwritten while they are read: the one
            # by the copies of other arguments already, the other when all small arguments have been copied.
            overwritten = array.base is not None and np.may_share_memory(array, self.arena.block)
            if not overwritten and copy is not None and large:
                overwritten = self._overwritten.meets(array)
            values.append(array.copy() if overwritten else array)
        for number, (_, dtype, copy, large) in enumerate(self._arguments):
            if copy is not None:
                array = values[number]
                if not (large and array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned):
                    np.copyto(copy, array)
                    values[number] = copy
        return values


def _first(compute: Any, outputs: tuple[np.ndarray, ...], inputs: list[Any], told: bool) -> Callable[[], object]:
    """Do a call for the first time, and give what does it from then on; `told`: its inputs are others at each run."""
    again: Callable[[], object] | None = compute(outputs, *inputs)
    return (lambda: compute(outputs, *inputs)) if again is None or told else again


def _value(leaf: Any) -> np.ndarray:
    """Give a leaf's array, the one that effects write into."""
    return leaf.memory if isinstance(leaf, Variable) else leaf.value


def _with_own_outputs(graph: Graph) -> Graph:
    """Copy the outputs that are leaves: the caller's own array, or a Variable, is not a result to hand out."""
    if all(tensor.node is not None for tensor in graph.outputs):
        return graph

    def own(tensor: Tensor) -> Tensor:
        return tensor if tensor.node is not None else Node(Cast(tensor.dtype), (tensor,), (tensor.spec,)).outputs[0]

    return replace(graph, outputs=tuple(own(tensor) for tensor in graph.outputs))


def _scratch(node: Node) -> int:
    """Give the working memory that a call takes; a call without elements to write is left out."""
    if type(node.operation).scratch is Operation.scratch:
        return 0
    specs = [tensor.spec for tensor in node.outputs]
    if specs and not any([math.prod(spec.shape) for spec in specs]):
        return 0
    return node.operation.scratch([None if tensor is None else tensor.spec for tensor in node.inputs], specs)
