"""Normalisation by given moments, and how products take it into their weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convolith.engine import batch_normalization as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arithmetic import Add
from convolith.ops.reduction import sum as sum_over
from convolith.ops.relu import Relu, ReluGradient


@dataclass(frozen=True)
class Standardize(Operation):
    """(x - mean) * scale + shift, each (channels,): a normalisation by moments from elsewhere.

    Fused with what follows, `other` is added, and relu taken.
    """

    activation: str | None = None
    takes_over = (0, 4)

    def infer(self, x: Spec, mean: Spec, scale: Spec, shift: Spec, other: Spec | None = None) -> Spec:
        """Keep the shape of x."""
        check_parameters("batch_normalization", x.shape[-1], x.shape, mean=mean, scale=scale, shift=shift)
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Normalise."""
        x, mean, scale, shift, other = inputs
        shape = math.prod(x.shape[:-1]), x.shape[-1]
        added = None if other is None else other.reshape(shape)
        return engine.normalize(x.reshape(shape), mean, scale, shift, added, self.activation, outputs[0].reshape(shape))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Scale the upstream for x; sum over all rows for the others."""
        x, mean, scale, _, other = node.inputs
        assert x is not None and mean is not None and scale is not None
        upstream = ReluGradient()(upstreams[0], node.outputs[0]) if self.activation else upstreams[0]
        rows = tuple(range(x.ndim - 1))
        total = sum_over(upstream, axis=rows)
        by_scale = sum_over(upstream * (x - mean), axis=rows)
        return upstream * scale, -(total * scale), by_scale, total, None if other is None else upstream

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take along what is added, and then relu."""
        return with_reader(self, node, reader)


def with_reader(operation: Any, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
    """Join what adds its last input with an addition of what has its shape, and with relu.

    Args:
        operation: the node's, with an `activation`.
        node: the call, whose last input may be missing.
        reader: what reads it alone.

    Returns:
        The operation that does both and its inputs; None where the reader does something else.
    """
    *inputs, other = node.inputs
    if operation.activation is not None:
        return None
    if type(reader.operation) is Relu:
        return replace(operation, activation="relu"), node.inputs
    added = [tensor for tensor in reader.inputs if tensor is not node.outputs[0]]
    if (
        type(reader.operation) is Add
        and other is None
        and added[0] is not None
        and added[0].spec == reader.outputs[0].spec == node.outputs[0].spec
    ):
        return replace(operation, activation=reader.operation.activation), (*inputs, added[0])
    return None


def folded(node: Node, kernel: Any, bias: Any, reader: Node) -> tuple[Tensor, Tensor] | None:
    """Take a normalisation by given moments into the kernel and the bias of the product that it reads.

    Args:
        node: the product.
        kernel: (..., channels).
        bias: (channels,) or None.
        reader: what reads the product.

    Returns:
        The new kernel and bias; None if the reader is no normalisation, or does more.
    """
    if reader.operation != Standardize() or reader.inputs[4] is not None or reader.inputs[0] is not node.outputs[0]:
        return None
    _, mean, scale, shift, _ = reader.inputs
    assert mean is not None and scale is not None and shift is not None
    return kernel * scale, (shift - mean * scale if bias is None else (bias - mean) * scale + shift)


def check_parameters(name: str, channels: Any, shape: tuple[Any, ...], **parameters: Any) -> None:
    """Refuse parameters of a normalisation that are not one a channel.

    Args:
        name: the operation's name, for the message.
        channels: how many there are.
        shape: that of x, for the message.
        parameters: by argument, None where one is missing.

    Raises:
        ValueError: naming the operation and the argument.
    """
    for argument, spec in parameters.items():
        if spec is not None and spec.shape != (channels,):
            raise ValueError(
                f"{name}: {argument} must have shape ({channels},), one a channel of x of shape {shape}, "
                f"got {spec.shape}"
            )
