"""Optimizer steps of large matrices, whose gradient is a product that is nowhere written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import dense as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor, Variable
from convolith.ops.dense_rows import multiply_adds, rows_of, scratch
from convolith.ops.update_rule import FusedRule


@dataclass(frozen=True)
class DenseStep(Operation):
    """A step along inputs transposed @ upstream, which stand in the gradient's place."""

    rule: FusedRule
    writes = (0, 4, 5, 6)
    keeps = (1, 2, 3)

    @property
    def name(self) -> str:
        """The step's."""
        return f"dense_{self.rule.name}"

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Step in place."""
        kernel, points, upstream, numbers, *slots = inputs
        present = [slot for slot in slots if slot is not None]
        return engine.dense_update(self.rule.kernel, numbers, kernel, rows_of(points), rows_of(upstream), present)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count the product that stands in the gradient's place."""
        return multiply_adds(inputs[2], inputs[0])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return scratch("kernel_gradient", inputs[1], inputs[0])


def stepped(node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
    """Join the gradient of a matrix with the step that alone reads it, where writing it is what takes the time.

    Args:
        node: a product of inputs transposed and upstream.
        reader: what reads it.

    Returns:
        The step and its inputs; None if the reader is another one, or the matrix is small.
    """
    rule = reader.operation
    points, upstream = node.inputs
    assert points is not None and upstream is not None
    # A Variable may move before the step, which is an effect, has read it.
    moves = isinstance(points, Variable) or isinstance(upstream, Variable)
    if not isinstance(rule, FusedRule) or moves or None in points.shape:
        return None
    parameter, _, *rest = reader.inputs
    rows, features = math.prod(points.shape[:-1]), points.shape[-1]
    if not engine.streams_gradient(rows, features, upstream.shape[-1], points.dtype.itemsize):
        return None
    return DenseStep(rule), (parameter, points, upstream, *rest)
