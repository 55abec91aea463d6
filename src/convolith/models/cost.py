"""What a batch costs: floating-point operations, how much of an image a pixel sees, and memory."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np

from convolith.graph.arena import Paper
from convolith.graph.plan import Plan
from convolith.graph.recompute import NoPlan
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.graph.trace import needed, trace
from convolith.layers.call import inside_call
from convolith.layers.structure import map_structure
from convolith.models.layer_graph import LayerGraph
from convolith.models.objective import Objective
from convolith.models.samples import Layout

EVERYTHING = math.inf


class Field(NamedTuple):
    """How much of the input a pixel sees, and how far apart two neighbours' views are; down and across, in pixels."""

    size: tuple[float, float]
    step: tuple[float, float]


WHOLE = Field((EVERYTHING, EVERYTHING), (EVERYTHING, EVERYTHING))
POINT = Field((1, 1), (1, 1))


class LayerCost(NamedTuple):
    """Floating-point operations of a layer (or an operation between layers), and the field of its last result."""

    flops: int
    field: Field | None  # None where the result is no image


def layer_costs(graph: LayerGraph, batch_size: int) -> dict[Any, LayerCost]:
    """Count the operations of each layer of a graph for a batch, outside of training, and find the fields.

    Args:
        graph: of a model.
        batch_size: samples.

    Returns:
        by layer, or by operation between layers.

    Source:
        Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill, 2019.
    """
    flops: dict[Any, int] = defaultdict(int)
    fields: dict[Tensor, Field] = {}
    found: dict[Any, Field | None] = {layer: None for layer in graph.input_layers}
    seen: set[Node] = set()
    reached: set[Tensor] = set()  # what depends on the inputs: the rest, such as scales made of weights, sees nothing

    def watch(step: Any, results: list[Any]) -> None:
        owner = step if isinstance(step, Node) else step.layer
        for node in needed([result for result in results if isinstance(result, Tensor)]):
            if node not in seen:
                seen.add(node)
                inputs = [None if tensor is None else tensor.spec for tensor in node.inputs]
                flops[owner] += node.operation.flops(inputs, [tensor.spec for tensor in node.outputs])
                if reached.intersection(node.inputs):
                    reached.update(node.outputs)
                    fields.update((tensor, _field(node, tensor, fields)) for tensor in node.outputs)
        last = results[-1]
        found[owner] = fields.get(last, POINT) if last.ndim == 4 else None

    def forward(*tensors: Tensor) -> Any:
        reached.update(tensors)
        numbers = iter(tensors)
        with inside_call(False):
            return graph.run(map_structure(lambda _: next(numbers), graph.input_structure), watch)

    trace(forward, *_specs(graph.inputs, batch_size))
    return {owner: LayerCost(flops[owner], field) for owner, field in found.items()}


def _field(node: Node, result: Tensor, fields: dict[Tensor, Field]) -> Field:
    """Return what a pixel of a result sees: through a window, at its own place, or everything."""
    footprint = node.operation.footprint([None if tensor is None else tensor.spec for tensor in node.inputs])
    if footprint is not None and len(footprint[0]) == 2 and node.inputs[0] is not None:
        before = fields.get(node.inputs[0], POINT)
        extent, strides = footprint
        size = tuple(
            seen + (wide - 1) * step for seen, wide, step in zip(before.size, extent, before.step, strict=True)
        )
        step = tuple(step * stride for step, stride in zip(before.step, strides, strict=True))
        return Field((size[0], size[1]), (step[0], step[1]))
    images = [tensor for tensor in node.inputs if tensor is not None and (tensor in fields or tensor.ndim == 4)]
    same_place = result.ndim == 4 and all(
        tensor.ndim == 4 and tensor.shape[1:3] in (result.shape[1:3], (1, 1)) for tensor in images
    )
    if not same_place:
        return WHOLE
    views = [fields.get(tensor, POINT) for tensor in images] or [POINT]
    pairs = [tuple(max(view[part][axis] for view in views) for axis in (0, 1)) for part in (0, 1)]
    return Field((pairs[0][0], pairs[0][1]), (pairs[1][0], pairs[1][1]))


class Memory(NamedTuple):
    """What a process takes to run a plan again and again, in bytes.

    Attributes:
        variables: weights and, in training, what the optimizer keeps of them.
        plan: activations, gradients and what is prepared of the weights.
        scratch: working memory of the engine.
        objects: the most that Python's own objects, which are layers, graphs and plans, and the gaps between arrays
            are expected to take; an estimate, measured on the networks of ``applications`` (`benchmarks.memory`).
    """

    variables: int
    plan: int
    scratch: int
    objects: int

    @property
    def arrays(self) -> int:
        """All but the objects, which is known exactly."""
        return self.variables + self.plan + self.scratch


def memory_of(model: Any, plan: Plan) -> Memory:
    """Return what a plan of a model takes, with all that the model keeps."""
    held = dict.fromkeys([*model.variables, *plan.variables])
    variables, of_plan = sum(one.memory.nbytes for one in held), plan.peak_bytes + plan.prepared_bytes
    arrays = variables + of_plan + plan.scratch_bytes
    # What was freed between arrays that stay is not always given back: less than a large kernel, or little in all.
    gaps = min(12 << 20, arrays // 12) + arrays // 100
    a_layer = 16 << 10 if model.memory_limit is None else 48 << 10  # the plans that did not keep to the limit, too
    return Memory(variables, of_plan, plan.scratch_bytes, (1 << 20) + a_layer * _number_of_layers(model) + gaps)


def _number_of_layers(layer: Any) -> int:
    """Count a layer and all within."""
    return 1 + sum(map(_number_of_layers, layer.sublayers()))


def predict_plan(model: Any, batch_size: int) -> Plan:
    """Return the plan of a prediction, which must not run."""
    graph = model._graph
    return model.planner.make("predict", _layout(graph), _specs(graph.inputs, batch_size), None, Paper())


def train_plan(model: Any, batch_size: int) -> Plan | None:
    """Return the plan of a step of training, which must not run; None where no losses were compiled."""
    if model.compile_arguments is None or model.loss is None:
        return None
    graph = model._graph
    objective = Objective(graph.outputs, graph.result_names, **model.compile_arguments)
    labels = [_label_example(loss, output) for loss, output in zip(objective.losses, graph.outputs, strict=True)]
    objective.prepare(labels if len(labels) > 1 else labels[0], "summary")
    there = tuple(label is not None for label in labels)
    layout = _layout(graph)._replace(labelled=there, weighted=(False,) * len(labels))
    label_specs = tuple(Spec((batch_size, *label.shape[1:]), label.dtype) for label in labels if label is not None)
    specs = _specs(graph.inputs, batch_size) + label_specs
    return model.planner.make("train", layout, specs, objective, Paper(), _optimizer_on_paper(model))


def largest_batch(model: Any, layout: Layout, specs: tuple[Spec, ...], objective: Objective, limit: float) -> int:
    """Return how many samples a step of training may take so that its plan needs no more than a limit.

    Args:
        model: the model.
        layout: what the arrays of a batch are.
        specs: of a batch that is too large.
        objective: losses and metrics.
        limit: bytes.

    Returns:
        a number of samples; 0 where not even one fits.
    """

    def fitting(specs: tuple[Spec, ...]) -> bool:
        try:
            plan = model.planner.make("train", layout, specs, objective, Paper(), _optimizer_on_paper(model))
        except NoPlan:  # so many do not keep to the model's own limit
            return False
        return plan.needed_bytes <= limit

    fits, too_many = 0, int(specs[0].shape[0])
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        smaller = tuple(Spec((middle, *spec.shape[1:]), spec.dtype) for spec in specs)
        fits, too_many = (middle, too_many) if fitting(smaller) else (fits, middle)
    return fits


def _optimizer_on_paper(model: Any) -> Any:
    """Make an optimizer like the model's, whose slots take no memory."""
    optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    optimizer.build(model.planner.trained_weights(), filled=False)
    return optimizer


def _specs(tensors: list[Tensor], batch_size: int) -> tuple[Spec, ...]:
    return tuple(Spec((batch_size, *tensor.shape[1:]), tensor.dtype) for tensor in tensors)


def _layout(graph: LayerGraph) -> Layout:
    numbers = iter(range(len(graph.inputs)))
    return Layout(map_structure(lambda _: next(numbers), graph.input_structure), len(graph.inputs))


def _label_example(loss: Any, output: Tensor) -> np.ndarray | None:
    """One sample's label of the shape and dtype that a loss takes."""
    if loss is None:
        return None
    classes = loss.labels == "classes"
    shape = output.shape[1:-1] if classes else output.shape[1:]
    return np.zeros((1, *shape), np.int64 if classes else output.dtype)
