"""Functions that turn the elements along an axis into a distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convolith.engine import cross_entropy as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import one_axis
from convolith.ops.conversion import operand
from convolith.ops.exponential import exp
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import transpose


class Softmax(Operation):
    """e ** x divided by its sum over the last axis."""

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Normalise each row."""
        classes = inputs[0].shape[-1]
        return engine.softmax(inputs[0].reshape(-1, classes), outputs[0].reshape(-1, classes))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give result * (upstream - sum of upstream * result)."""
        (result,) = node.outputs
        weighted = upstreams[0] * result
        return (weighted - result * sum_of(weighted, axis=-1, keepdims=True),)


class LogSoftmax(Operation):
    """The logarithm of softmax over the last axis, also where softmax itself is too small for a float."""

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Subtract from x its largest, and add the logarithm of softmax's largest, which is never small."""
        (x,), (out,) = inputs, outputs
        classes = x.shape[-1]
        engine.softmax(x.reshape(-1, classes), out.reshape(-1, classes))
        normaliser = np.log(out.max(axis=-1, keepdims=True))
        np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
        np.add(out, normaliser, out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give upstream - softmax * sum of upstream."""
        total = sum_of(upstreams[0], axis=-1, keepdims=True)
        return (upstreams[0] - exp(node.outputs[0]) * total,)


class Sparsemax(Operation):
    """The point of the probability simplex that is nearest to x, over the last axis."""

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Lower each row by what leaves 1 above 0."""
        (x,), (out,) = inputs, outputs
        with np.errstate(over="ignore"):
            np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
        np.maximum(out, -1, out=out)  # lower ones are 0 in any case
        falling = np.sort(out, axis=-1)[..., ::-1]
        excess = falling.cumsum(axis=-1)
        excess -= 1
        size = np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
        kept = np.count_nonzero(size * falling > excess, axis=-1, keepdims=True)
        kept = np.maximum(kept, 1)  # none is counted where there is NaN, which then goes into the whole row
        np.subtract(out, np.take_along_axis(excess, kept - 1, axis=-1) / kept, out=out)
        np.maximum(out, 0, out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Subtract from the upstream its mean over the support."""
        return (SparsemaxGradient()(upstreams[0], node.outputs[0]),)


class SparsemaxGradient(Operation):
    """The upstream less its mean, both over the elements where the result of sparsemax is positive; elsewhere 0."""

    def infer(self, upstream: Spec, result: Spec) -> Spec:
        """Keep shape and dtype."""
        return upstream

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Project."""
        (upstream, result), (out,) = inputs, outputs
        support = result > 0
        total = np.sum(upstream, axis=-1, keepdims=True, where=support)
        np.subtract(upstream, total / np.maximum(support.sum(axis=-1, keepdims=True), 1, dtype=out.dtype), out=out)
        np.copyto(out, 0, where=~support)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Project again: it is its own adjoint."""
        return SparsemaxGradient()(upstreams[0], node.inputs[1]), None


def softmax(x: Any, axis: int = -1) -> Any:
    """Divide e ** x by its sum over one axis; large x do not overflow.

    Args:
        x: array or tensor of at least one axis.
        axis: the axis whose elements become positive and sum to 1.

    Returns:
        The same shape, float32 or float64.

    Raises:
        ValueError: if x has no such axis.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.softmax(np.array([0, 0], "float32"))
        array([0.5, 0.5], dtype=float32)
    """
    return along("softmax", axis, Softmax(), x)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Take the logarithm of `softmax`, exact also where that is almost 0; arguments as in `softmax`."""
    return along("log_softmax", axis, LogSoftmax(), x)


def sparsemax(x: Any, axis: int = -1) -> Any:
    """Take the distribution over one axis that is nearest to x: unlike `softmax`, it has zeros; arguments as there.

    It sums to 1, as in the paper; in Keras 3.15, which adds up cumulative sums, it mostly does not.

    Raises:
        ValueError: if x has no such axis.

    Source: Martins and Astudillo, arXiv 1602.02068, algorithm 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sparsemax(np.array([1, 0.5, -1], "float32"))
        array([0.75, 0.25, 0.  ], dtype=float32)
    """
    return along("sparsemax", axis, Sparsemax(), x)


def along(name: str, axis: int, operation: Callable[[Any], Any], x: Any) -> Any:
    """Do what works on the last axis on another one, by transposing there and back.

    Args:
        name: the function's name, for the messages.
        axis: the axis, negative from the end.
        operation: function of x that keeps its shape.
        x: array or tensor of at least one axis.

    Raises:
        ValueError: if x has no such axis.
        TypeError: if it is no integer, or x holds no real numbers.
    """
    x = operand(name, "x", x)
    place = one_axis(name, axis, x.shape)
    if place == x.ndim - 1:
        return operation(x)
    order = list(range(x.ndim))
    order[place], order[-1] = order[-1], order[place]
    return transpose(operation(transpose(x, order)), order)
