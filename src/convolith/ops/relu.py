"""Relu and its gradient, which other operations take along."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.engine import activation as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.elementwise import Unary


class Relu(Unary):
    """The larger of x and 0; NaN passes through."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Clip at 0."""
        return engine.relu(inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream where the result is above 0."""
        return (ReluGradient()(upstreams[0], node.outputs[0]),)


class ReluGradient(Operation):
    """The upstream where relu's result is above 0, elsewhere 0."""

    takes_over = (0,)

    def infer(self, upstream: Spec, result: Spec) -> Spec:
        """Keep shape and dtype."""
        return upstream

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Mask."""
        return engine.relu_gradient(inputs[0], inputs[1], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Mask again; the mask itself has no slope."""
        return ReluGradient()(upstreams[0], node.inputs[1]), None


def is_rectified(operation: Operation) -> bool:
    """Tell whether an operation's first result has been through relu, so that its gradient stops where it is 0."""
    return isinstance(operation, Relu) or getattr(operation, "activation", None) == "relu"
