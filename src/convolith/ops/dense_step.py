"""Optimizer steps of large matrices, whose gradient is a product that is nowhere written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import dense as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor, Variable
from convolith.ops.dense_rows import multiply_adds, rows_of, scratch
from convolith.ops.update import AdamStep, SGDStep


@dataclass(frozen=True)
class DenseSGDStep(Operation):
    """`SGDStep` along inputs transposed @ upstream, which stand in the gradient's place."""

    step: SGDStep
    writes = (0, 3)
    keeps = (1, 2, 4)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Step in place."""
        kernel, points, upstream, velocity, learning_rate = inputs
        rates = float(learning_rate), self.step.momentum, self.step.nesterov
        engine.dense_sgd(kernel, rows_of(points), rows_of(upstream), velocity, *rates)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count the product that stands in the gradient's place."""
        return multiply_adds(inputs[2], inputs[0])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return scratch("kernel_gradient", inputs[1], inputs[0])


@dataclass(frozen=True)
class DenseAdamStep(Operation):
    """`AdamStep` likewise."""

    step: AdamStep
    writes = (0, 3, 4)
    keeps = (1, 2, 5, 6)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Step in place."""
        kernel, points, upstream, first_moment, second_moment, learning_rate, iterations = inputs
        rates = float(learning_rate), self.step.beta_1, self.step.beta_2, self.step.epsilon
        moments = first_moment, second_moment
        engine.dense_adam(kernel, rows_of(points), rows_of(upstream), *moments, *rates, int(iterations) + 1)

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
    step = {SGDStep: DenseSGDStep, AdamStep: DenseAdamStep}.get(type(reader.operation))
    points, upstream = node.inputs
    assert points is not None and upstream is not None
    # A Variable may move before the step, which is an effect, has read it.
    if step is None or None in points.shape or isinstance(points, Variable) or isinstance(upstream, Variable):
        return None
    parameter, _, *rest = reader.inputs
    rows, features = math.prod(points.shape[:-1]), points.shape[-1]
    if not engine.streams_gradient(rows, features, upstream.shape[-1], points.dtype.itemsize):
        return None
    return step(reader.operation), (parameter, points, upstream, *rest)
