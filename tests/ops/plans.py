"""What a function of arrays gives eagerly, and by a Plan: values and gradients must be the same, run after run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import convolith
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec
from convolith.graph.trace import Graph, extend, flatten, trace


def check_in_plan(function: Callable, *arrays: np.ndarray) -> None:
    """Compare a Plan's results and gradients by all floats, for upstreams of ones, with vjp's, in two runs."""
    arrays = tuple(np.asarray(array) for array in arrays)
    result, pullback = convolith.vjp(function, *arrays)
    values: list[Any] = []
    structure = flatten(result, values)
    upstreams = [np.ones_like(value) for value in values]
    expected = [*values, *(one for one in pullback(_nest(structure, upstreams)) if one is not None)]
    graph = fuse(trace(function, *(Spec(array.shape, array.dtype) for array in arrays)))

    def backward(*outputs):
        found = gradients(outputs, upstreams, graph.inputs)
        zeros = [np.zeros(array.shape, array.dtype) for array in arrays]
        pairs = zip(found, zeros, strict=True)
        return [*outputs, *(zero if one is None else one for one, zero in pairs if zero.dtype.kind == "f")]

    extended = extend(graph, backward)
    plan = Plan(Graph(extended.inputs, extended.outputs, extended.structure, extended.effects))
    for _ in range(2):
        for computed, wanted in zip(plan.run(*arrays), expected, strict=True):
            np.testing.assert_array_equal(computed, wanted, strict=True)


def operations(function: Callable, *arrays: np.ndarray) -> list[str]:
    """Name the operations of a function's fused graph in their order."""
    graph = fuse(trace(function, *(Spec(array.shape, array.dtype) for array in arrays)))
    return [node.operation.name for node in graph.nodes()]


def _nest(structure: Any, leaves: list[Any]) -> Any:
    if isinstance(structure, (list, tuple)):
        return type(structure)(_nest(item, leaves) for item in structure)
    return leaves[structure]
