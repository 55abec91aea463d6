"""The dense (fully connected) product of the last axis with a matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convolith.engine import dense as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.bias import bias_gradient
from convolith.ops.dense_rows import multiply_adds, rows_of, scratch
from convolith.ops.dense_step import stepped
from convolith.ops.relu import Relu, ReluGradient
from convolith.ops.standardize import folded


@dataclass(frozen=True)
class Dense(Operation):
    """inputs @ kernel + bias, and relu if `activation` says so."""

    activation: str | None = None

    def infer(self, inputs: Spec, kernel: Spec, bias: Spec | None = None) -> Spec:
        """Check that the inner sizes agree."""
        if len(kernel.shape) != 2 or 0 in kernel.shape:
            raise ValueError(
                f"dense: kernel must have 2 axes (features, units), none of them empty, got shape {kernel.shape}"
            )
        if inputs.shape[-1:] != kernel.shape[:1]:
            raise ValueError(
                f"dense: inputs must have {kernel.shape[0]} features on the last axis, as kernel of shape "
                f"{kernel.shape} has rows; got shape {inputs.shape}"
            )
        if bias is not None and bias.shape != kernel.shape[1:]:
            raise ValueError(f"dense: bias must have shape {kernel.shape[1:]}, one a unit, got {bias.shape}")
        return Spec((*inputs.shape[:-1], kernel.shape[1]), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Multiply."""
        points, kernel, bias = inputs
        return engine.dense(rows_of(points), kernel, bias, self.activation, rows_of(outputs[0]))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Undo the activation; then each factor's gradient is the other times the upstream."""
        inputs, kernel, bias = node.inputs
        upstream = ReluGradient()(upstreams[0], node.outputs[0]) if self.activation else upstreams[0]
        by_bias = None if bias is None else bias_gradient(upstream)
        by_kernel = DenseKernelGradient()(inputs, upstream)
        return DenseInputGradient()(upstream, kernel), by_kernel, by_bias

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take a following relu along."""
        follows = type(reader.operation) is Relu and self.activation is None
        return (replace(self, activation="relu"), node.inputs) if follows else None

    def fold(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take a following normalisation by given moments into kernel and bias."""
        inputs, kernel, bias = node.inputs
        weights = folded(node, kernel, bias, reader) if self.activation is None else None
        return None if weights is None else (self, (inputs, *weights))

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count a multiplication and an addition for each entry of the kernel and each row, and what comes after."""
        after = (inputs[2] is not None) + (self.activation is not None)
        return multiply_adds(outputs[0], inputs[1]) + after * math.prod(outputs[0].shape)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return scratch("forward", inputs[0], inputs[1])


class DenseInputGradient(Operation):
    """upstream @ kernel transposed."""

    def infer(self, upstream: Spec, kernel: Spec) -> Spec:
        """Give the shape of the inputs."""
        return Spec((*upstream.shape[:-1], kernel.shape[0]), upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Multiply."""
        return engine.dense_input_gradient(rows_of(inputs[0]), inputs[1], rows_of(outputs[0]))

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count as many as forward."""
        return multiply_adds(inputs[0], inputs[1])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return scratch("input_gradient", outputs[0], inputs[1])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: it is a product too."""
        upstream, kernel = node.inputs
        return Dense()(upstreams[0], kernel, None), DenseKernelGradient()(upstreams[0], upstream)


class DenseKernelGradient(Operation):
    """inputs transposed @ upstream."""

    def infer(self, inputs: Spec, upstream: Spec) -> Spec:
        """Give the shape of the kernel."""
        return Spec((inputs.shape[-1], upstream.shape[-1]), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Multiply."""
        return engine.dense_kernel_gradient(rows_of(inputs[0]), rows_of(inputs[1]), outputs[0])

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count as many as forward."""
        return multiply_adds(inputs[1], outputs[0])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return scratch("kernel_gradient", inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: it is a product too."""
        inputs, upstream = node.inputs
        return DenseInputGradient()(upstream, upstreams[0]), Dense()(inputs, upstreams[0], None)

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take the optimizer's step along."""
        return stepped(node, reader)


def dense(inputs: Any, kernel: Any, bias: Any = None, activation: str | None = None) -> Any:
    """Multiply the last axis by a matrix, add a bias, apply an activation.

    Args:
        inputs: array or tensor (..., k).
        kernel: array or tensor (k, n).
        bias: array or tensor (n,), or None.
        activation: None or "relu".

    Returns:
        (..., n), float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, or the activation is another.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.dense(np.ones((2, 3), "float32"), np.ones((3, 1), "float32"), bias=np.ones(1, "float32"))
        array([[4.],
               [4.]], dtype=float32)
    """
    check_activation("dense", activation)
    return Dense(activation)(inputs, kernel, bias)


def check_activation(name: str, activation: str | None) -> None:
    """Refuse what the engine does not fuse."""
    if activation is not None and not (isinstance(activation, str) and activation == "relu"):
        raise ValueError(f'{name}: activation must be None or "relu" (apply others to the result), got {activation!r}')
