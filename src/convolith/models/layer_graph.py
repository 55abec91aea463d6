"""The layers and operations between a functional model's inputs and outputs, and how to go through them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Union

import numpy as np

from convolith import ops
from convolith.graph.tensor import Constant, Node, Tensor
from convolith.layers.call import LayerCall, is_symbolic
from convolith.layers.input import InputLayer
from convolith.layers.layer import Layer
from convolith.layers.structure import flatten, map_structure, ordered_keys

Step = Union[LayerCall, Node]  # noqa: UP007  (a runtime alias, for Python 3.10's sake in annotations of attributes)


class LayerGraph:
    """What lies between inputs and outputs.

    Args:
        inputs: symbolic tensors, in lists or dicts as the model shall take them.
        outputs: symbolic tensors that were computed from them, in lists or dicts as the model shall return them.

    Attributes:
        operations: layers and recorded operations without repetition, in Keras's order: those farthest from the outputs
            first.
        layers: the layers among them.
        steps: calls of layers and recorded operations, in an order in which they can run.

    Raises:
        ValueError: something is no symbolic tensor, an output does not come from the inputs, or two layers have the
            same name.
    """

    def __init__(self, inputs: Any, outputs: Any):
        self.input_structure, self.output_structure = inputs, outputs
        self.inputs: list[Tensor] = flatten(inputs)
        self.outputs: list[Tensor] = flatten(outputs)
        for role, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            for tensor in tensors:
                if not is_symbolic(tensor):
                    raise ValueError(f"{role} of a model must be symbolic tensors (see Input), got {tensor!r}")
        self.steps: list[Step] = []
        self._first_seen: dict[Any, int] = {}
        self._walk()
        self.input_layers = [_input_layer(tensor) for tensor in self.inputs]
        self.operations = self._ordered()
        self.layers: list[Layer] = [owner for owner in self.operations if isinstance(owner, Layer)]
        names = [layer.name for layer in self.layers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"layers of a model must have different names, got {name!r} {names.count(name)} times")

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [layer.name for layer in self.input_layers]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers (or operations) that give the outputs."""
        steps = map(step_of, self.outputs)
        return [step.operation.name if isinstance(step, Node) else step.layer.name for step in steps if step]

    @property
    def result_names(self) -> list[str]:
        """Names by which ``compile`` and labels may name the outputs: a dict's keys, else ``output_names``."""
        return result_names(self.output_structure) or self.output_names

    def sources(self, step: Step) -> list[Tensor]:
        """Return the symbolic tensors that a step reads."""
        return [
            tensor
            for tensor in step.inputs
            if isinstance(tensor, Tensor) and is_symbolic(tensor) and not isinstance(tensor, Constant)
        ]

    def _walk(self) -> None:
        """Fill ``steps`` depth first from the outputs, without recursion: networks are deep."""
        given, done = set(self.inputs), set()
        waiting: list[tuple[Tensor, bool]] = [(tensor, False) for tensor in reversed(self.outputs)]
        while waiting:
            tensor, sources_done = waiting.pop()
            step = step_of(tensor)
            if tensor in given:
                self._first_seen.setdefault(_owner(step), len(self._first_seen))
                continue
            if step is None or (isinstance(step, LayerCall) and isinstance(step.layer, InputLayer)):
                raise ValueError(
                    f"graph disconnected: {tensor!r} is needed for the outputs but is not among the inputs"
                )
            if step in done:
                continue
            if sources_done:
                done.add(step)
                self.steps.append(step)
                continue
            self._first_seen.setdefault(_owner(step), len(self._first_seen))
            waiting.append((tensor, True))
            waiting.extend((source, False) for source in reversed(self.sources(step)))

    def _ordered(self) -> list[Layer | Node]:
        """Sort layers and operations as Keras does: by distance from the outputs, then by when they were found."""
        distance: dict[Step, int] = {}
        owner_distance: dict[Any, int] = defaultdict(int)
        made_by = {tensor: step for step in self.steps for tensor in _results(step)}
        for tensor, layer in zip(self.inputs, self.input_layers, strict=True):
            owner_distance[layer] = 0
            self._first_seen.setdefault(layer, -1)
            made_by.pop(tensor, None)
        for step in reversed(self.steps):
            owner = _owner(step)
            own = max(distance.get(step, 0), owner_distance[owner])
            distance[step] = owner_distance[owner] = own
            for source in self.sources(step):
                if source in made_by:
                    distance[made_by[source]] = max(own + 1, distance.get(made_by[source], 0))
                else:
                    layer = self.input_layers[self.inputs.index(source)]
                    owner_distance[layer] = max(own + 1, owner_distance[layer])
        return sorted(owner_distance, key=lambda owner: (-owner_distance[owner], self._first_seen[owner]))

    def copy_calls(self, memo: dict[int, Any]) -> None:
        """Begin a deep copy with the calls, first to last: each then finds its inputs copied, however many there are.

        The copied layers know the copied calls, as theirs.
        """
        for step in (*filter(None, map(step_of, self.inputs)), *self.steps):
            copied = deepcopy(step, memo)
            if isinstance(copied, LayerCall) and copied not in copied.layer._calls:
                copied.layer._calls.append(copied)

    def arguments(self, inputs: Any) -> list[Any]:
        """Return the values for the inputs, one each, from a value, a list or a dict by name.

        Raises:
            ValueError: their number, names or shapes do not fit.
        """
        values = self.by_input(inputs)
        return [
            fitted(value, tensor.shape, name)
            for value, tensor, name in zip(values, self.inputs, self.input_names, strict=True)
        ]

    def by_input(self, inputs: Any) -> list[Any]:
        """Return the values for the inputs, one each, from a value, a list or a dict by name.

        Raises:
            ValueError: their number or names do not fit.
        """
        if isinstance(inputs, dict):
            keys = ordered_keys(self.input_structure) if isinstance(self.input_structure, dict) else self.input_names
            if set(keys) - set(inputs):
                raise ValueError(f"expected inputs named {keys}, got {list(inputs)}")
            return [inputs[key] for key in keys]
        values = flatten(inputs) if not isinstance(inputs, np.ndarray) else [inputs]
        if len(values) != len(self.inputs):
            raise ValueError(f"expected {len(self.inputs)} inputs {self.input_names}, got {len(values)}")
        return values

    def run(
        self,
        inputs: Any,
        watch: Callable[[Step, list[Any]], None] | None = None,
        layers: dict[Layer, Layer] | None = None,
    ) -> Any:
        """Compute the outputs, nested as the model returns them.

        Args:
            inputs: arrays or tensors, as ``arguments`` takes them.
            watch: a function that sees each step and its results.
            layers: which layer to call in another's place.
        """
        values: dict[Tensor, Any] = dict(zip(self.inputs, self.arguments(inputs), strict=True))

        def value(leaf: Any) -> Any:
            if isinstance(leaf, Constant):
                return leaf.value
            return values[leaf] if is_symbolic(leaf) else leaf

        for step in self.steps:
            if isinstance(step, LayerCall):
                layer = step.layer if layers is None else layers.get(step.layer, step.layer)
                arguments = {key: map_structure(value, item) for key, item in step.kwargs.items()}
                results = flatten(layer(*map_structure(value, step.args), **arguments))
            else:
                result = step.operation(*(value(tensor) for tensor in step.inputs))
                results = list(result) if isinstance(result, tuple) else [result]
            values.update(zip(_results(step), results, strict=True))
            if watch is not None:
                watch(step, results)
        return map_structure(value, self.output_structure)


def result_names(outputs: Any) -> list[str]:
    """Return the keys of a dict of outputs; an empty list where they are no flat dict."""
    if isinstance(outputs, dict) and not any(isinstance(item, (list, tuple, dict)) for item in outputs.values()):
        return ordered_keys(outputs)
    return []


def fitted(value: Any, expected: tuple[int | None, ...], name: str) -> Any:
    """Return ``value`` if it has the expected shape; a missing last axis of 1 is added, as Keras does.

    Raises:
        ValueError: its shape is another.
    """
    if not isinstance(value, (np.ndarray, Tensor)):
        value = np.asarray(value)
    shape = given = tuple(value.shape)
    if len(shape) == len(expected) - 1 and expected[-1] == 1:
        shape = (*shape, 1)
        value = ops.reshape(value, (-1, *shape[1:])) if isinstance(value, Tensor) else value.reshape(shape)
    if not _fits(shape, expected):
        sample = _fits(given, expected[1:]) or (expected[-1] == 1 and _fits(given, expected[1:-1]))
        hint = "; one sample needs the axis of a batch, too: x[None], or batch() of a Dataset" if sample else ""
        raise ValueError(f"input {name!r} must have shape {expected}, got {given}{hint}")
    return value


def _fits(shape: tuple[int | None, ...], expected: tuple[int | None, ...]) -> bool:
    return len(shape) == len(expected) and all(
        wanted is None or size in (wanted, None) for size, wanted in zip(shape, expected, strict=True)
    )


def step_of(tensor: Tensor) -> Step | None:
    """Return what computed a tensor: the call of a layer, or a recorded operation."""
    return tensor.layer_call or tensor.node


def _results(step: Step) -> list[Tensor]:
    return flatten(step.outputs)


def _owner(step: Step | None) -> Any:
    """What the order of layers is about: the layer of a call, and each operation for itself."""
    return step.layer if isinstance(step, LayerCall) else step


def _input_layer(tensor: Tensor) -> InputLayer:
    """The layer that stands for an input; a new one where the tensor is a result within another model."""
    call = tensor.layer_call
    if call is not None and isinstance(call.layer, InputLayer):
        return call.layer
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype)
