"""Activation functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convolith.engine import activation as engine
from convolith.engine import cross_entropy as engine_rows
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arithmetic import maximum, multiply, square
from convolith.ops.elementwise import Unary
from convolith.ops.exponential import exp
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import transpose


class Relu(Unary):
    """The larger of x and 0; NaN passes through."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Clip at 0."""
        engine.relu(inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pass the upstream where the result is above 0."""
        return (ReluGradient()(upstreams[0], node.outputs[0]),)


class ReluGradient(Operation):
    """The upstream where relu's result is above 0, elsewhere 0."""

    takes_over = (0,)

    def infer(self, upstream: Spec, result: Spec) -> Spec:
        """Keep shape and dtype."""
        return upstream

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Mask."""
        engine.relu_gradient(inputs[0], inputs[1], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Mask again; the mask itself has no slope."""
        return ReluGradient()(upstreams[0], node.inputs[1]), None


class Sigmoid(Unary):
    """1 / (1 + e ** -x)."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Go step by step in the result's own memory."""
        (out,) = outputs
        with np.errstate(over="ignore"):  # e ** -x is infinite for very negative x, and then the result 0 is right
            np.exp(np.negative(inputs[0], out=out), out=out)
        np.reciprocal(np.add(out, 1, out=out), out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by result * (1 - result)."""
        (result,) = node.outputs
        return (upstreams[0] * (result * (1 - result)),)


class Tanh(Unary):
    """The hyperbolic tangent."""

    function = np.tanh

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Multiply by 1 - result ** 2."""
        return (upstreams[0] * (1 - square(node.outputs[0])),)


class Softmax(Operation):
    """e ** x divided by its sum over the last axis."""

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Normalise each row."""
        classes = inputs[0].shape[-1]
        engine_rows.softmax(inputs[0].reshape(-1, classes), outputs[0].reshape(-1, classes))

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
        engine_rows.softmax(x.reshape(-1, classes), out.reshape(-1, classes))
        normaliser = np.log(out.max(axis=-1, keepdims=True))
        np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
        np.add(out, normaliser, out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give upstream - softmax * sum of upstream."""
        total = sum_of(upstreams[0], axis=-1, keepdims=True)
        return (upstreams[0] - exp(node.outputs[0]) * total,)


def relu(x: Any) -> Any:
    """Take the larger of x and 0 elementwise; NaN passes through.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.relu(np.array([-1, 0, 2], "float32"))
        array([0., 0., 2.], dtype=float32)
    """
    return Relu()(x)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Take x where it is positive and negative_slope * x elsewhere.

    Args:
        x: array or tensor of any shape.
        negative_slope: from 0 to 1.

    Returns:
        The same shape, float32 or float64.

    Raises:
        ValueError: if negative_slope is not from 0 to 1.
    """
    if not 0 <= negative_slope <= 1:
        raise ValueError(f"leaky_relu: negative_slope must be from 0 to 1, came {negative_slope}")
    if negative_slope == 0:
        return relu(x)  # 0 * infinity is no number
    return maximum(x, multiply(x, float(negative_slope)))


def sigmoid(x: Any) -> Any:
    """Take 1 / (1 + e ** -x) elementwise; argument as in `relu`."""
    return Sigmoid()(x)


def silu(x: Any) -> Any:
    """Take x * sigmoid(x) elementwise (also called swish); argument as in `relu`."""
    return multiply(x, sigmoid(x))


def tanh(x: Any) -> Any:
    """Take the hyperbolic tangent elementwise; argument as in `relu`."""
    return Tanh()(x)


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
    return along(axis, Softmax(), x)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Take the logarithm of `softmax`, exact also where that is almost 0; arguments as in `softmax`."""
    return along(axis, LogSoftmax(), x)


def along(axis: int, operation: Operation | Callable[[Any], Any], x: Any) -> Any:
    """Do what works on the last axis on another one, by transposing there and back.

    Args:
        axis: the axis, negative from the end.
        operation: function of x that keeps its shape.
        x: array or tensor of at least one axis.

    Raises:
        ValueError: if x has no such axis.
    """
    rank = x.ndim if isinstance(x, Tensor) else np.ndim(x)
    if not -rank <= axis < rank:
        name = operation.name if isinstance(operation, Operation) else "axis"
        raise ValueError(f"{name}: axis must name one of the {rank} axes of x, came {axis}")
    if axis % rank == rank - 1:
        return operation(x)
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    return transpose(operation(transpose(x, order)), order)
