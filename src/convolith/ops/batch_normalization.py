"""Batch normalisation: channels brought to mean 0 and variance 1, over a batch, or over each of its images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import batch_normalization as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import one_axis, positive
from convolith.ops.conversion import float_operand
from convolith.ops.exponential import sqrt
from convolith.ops.layout import as_came, axis_last
from convolith.ops.reduction import broadcast_to
from convolith.ops.shape import reshape
from convolith.ops.standardize import Standardize, check_parameters, with_reader


def _groups(shape: tuple[int, ...], images: bool) -> tuple[tuple[int, int, int], tuple[int, int]]:
    """Give the shape as (groups, rows, channels), each image a group or all of them one; and (groups, channels)."""
    groups, channels = shape[0] if images else 1, shape[-1]
    return (groups, math.prod(shape[1:-1] if images else shape[:-1]), channels), (groups, channels)


@dataclass(frozen=True)
class NormalizeBatch(Operation):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, and the mean and the variance that it finds.

    Fused with what follows, `other` is added, and relu taken.
    """

    epsilon: float
    images: bool
    activation: str | None = None
    takes_over = (3, 0)

    def infer(
        self, x: Spec, gamma: Spec | None = None, beta: Spec | None = None, other: Spec | None = None
    ) -> tuple[Spec, ...]:
        """Give the shape of x, and (channels,), or (batch, channels) where each image has moments of its own."""
        name = "instance_normalization" if self.images else self.name
        shape = as_came(x.shape)
        if len(shape) < (3 if self.images else 2) or 0 in x.shape[self.images : -1]:
            raise ValueError(f"{name}: x must have elements beside its channels, got shape {shape}")
        if self.images and math.prod(x.shape[1:-1]) == 1:
            raise ValueError(f"{name}: x must have more than one element an image and channel, got shape {shape}")
        check_parameters(name, x.shape[-1], shape, gamma=gamma, beta=beta)
        moments = Spec((x.shape[0], x.shape[-1]) if self.images else x.shape[-1:], x.dtype)
        return x, moments, moments

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Find the moments, then normalise."""
        x, gamma, beta, other = inputs
        y, mean, variance = outputs
        shape, moments = _groups(x.shape, self.images)
        return engine.normalize_batch(
            x.reshape(shape),
            gamma,
            beta,
            None if other is None else other.reshape(shape),
            self.epsilon,
            self.activation,
            mean.reshape(moments),
            variance.reshape(moments),
            y.reshape(shape),
        )

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(inputs[0], self.images, False)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Let the moments follow x; what comes to the moments themselves goes to each element alike."""
        x, gamma, beta, other = node.inputs
        assert x is not None
        y, mean, variance = node.outputs
        upstream, by_mean, by_variance = upstreams
        dx, d_gamma, d_beta, d_other = None, None, None, upstream
        if upstream is not None:
            inputs = x, mean, variance, upstream
            fields = self.epsilon, self.images, self.activation
            if other is not None and self.activation:
                d_other, dx, d_gamma, d_beta = NormalizeBatchAddGradient(*fields)(*inputs, y, gamma)
            else:
                shift = beta if self.activation else None
                dx, d_gamma, d_beta = NormalizeBatchGradient(*fields)(*inputs, gamma, shift)
        count = math.prod(x.shape[1:-1] if self.images else x.shape[:-1])
        kept = (-1, *(1,) * (x.ndim - 2), x.shape[-1])
        if by_mean is not None:
            share = broadcast_to(reshape(by_mean, kept) / count, x.shape)
            dx = share if dx is None else dx + share
        if by_variance is not None:
            share = (x - reshape(mean, kept)) * (reshape(by_variance, kept) * (2 / count))
            dx = share if dx is None else dx + share
        return dx, None if gamma is None else d_gamma, None if beta is None else d_beta, d_other

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take along what is added, and then relu."""
        return with_reader(self, node, reader)


@dataclass(frozen=True)
class NormalizeBatchGradient(Operation):
    """The gradient of normalised x by x, gamma and beta, whose moments are x's own.

    With n elements a channel and s = 1 / sqrt(variance + epsilon): dx = gamma * s * (upstream - mean(upstream)
    - (x - mean) * s^2 * mean(upstream * (x - mean))). After relu, upstream counts where the result is above 0, which
    is computed again, as that costs less than to read it.
    """

    epsilon: float
    images: bool
    activation: str | None = None
    takes_over = (3, 0)
    by_inputs = 0  # which result is the gradient by x

    def infer(
        self,
        x: Spec,
        mean: Spec,
        variance: Spec,
        upstream: Spec,
        gamma: Spec | None = None,
        beta: Spec | None = None,
    ) -> tuple[Spec, ...]:
        """Give the shapes of x, gamma and beta."""
        parameter = Spec(x.shape[-1:], x.dtype)
        return x, parameter, parameter

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Sum over the rows, then spread."""
        x, mean, variance, upstream, gamma, beta = inputs
        shape, moments = _groups(x.shape, self.images)
        dx, d_gamma, d_beta = outputs
        return engine.normalize_batch_gradient(
            x.reshape(shape),
            mean.reshape(moments),
            variance.reshape(moments),
            upstream.reshape(shape),
            gamma,
            beta,
            self.epsilon,
            self.activation,
            None,
            None,
            dx.reshape(shape),
            d_gamma,
            d_beta,
        )

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(inputs[0], self.images, True)


class NormalizeBatchAddGradient(NormalizeBatchGradient):
    """The same where something was added before relu: first the gradient by that, then by x, gamma and beta."""

    takes_over = (3, 4)
    by_inputs = 1

    def infer(  # type: ignore[override]
        self, x: Spec, mean: Spec, variance: Spec, upstream: Spec, result: Spec, gamma: Spec | None = None
    ) -> tuple[Spec, ...]:
        """Give the shapes of x, x, gamma and beta."""
        parameter = Spec(x.shape[-1:], x.dtype)
        return x, x, parameter, parameter

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Mask and sum over the rows, then spread."""
        x, mean, variance, upstream, result, gamma = inputs
        masked, dx, d_gamma, d_beta = outputs
        shape, moments = _groups(x.shape, self.images)
        engine.normalize_batch_gradient(
            x.reshape(shape),
            mean.reshape(moments),
            variance.reshape(moments),
            upstream.reshape(shape),
            gamma,
            None,
            self.epsilon,
            self.activation,
            result.reshape(shape),
            masked.reshape(shape),
            dx.reshape(shape),
            d_gamma,
            d_beta,
        )


def _scratch(x: Spec | None, images: bool, gradient: bool) -> int:
    assert x is not None
    return engine.normalize_batch_scratch(*_groups(x.shape, images)[0], gradient, x.dtype.itemsize)


def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Any:
    """Normalise by given moments: (x - mean) / sqrt(variance + epsilon) * scale + offset.

    Args:
        x: array or tensor with at least two axes.
        mean: (channels,), what is taken off.
        variance: (channels,), at least 0.
        axis: the axis of the channels.
        offset: (channels,) or None for 0.
        scale: (channels,) or None for 1.
        epsilon: what is added to the variance, above 0.

    Returns:
        The shape of x, and its dtype where the parameters have it.

    Raises:
        ValueError: if x has no such axis, a parameter has another shape, or epsilon is not above 0.

    Source:
        Ioffe and Szegedy, arXiv 1502.03167, algorithm 2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.batch_normalization(np.array([[1.0], [3.0]], "float32"), [2.0], [0.75], axis=-1, epsilon=0.25).tolist()
        [[-1.0], [1.0]]
    """
    name = "batch_normalization"
    x, epsilon = float_operand(name, "x", x), positive(name, "epsilon", epsilon)
    mean, variance = float_operand(name, "mean", mean), float_operand(name, "variance", variance)
    scale, offset = (
        None if value is None else float_operand(name, argument, value)
        for argument, value in (("scale", scale), ("offset", offset))
    )
    channels = x.shape[one_axis(name, axis, x.shape)]
    check_parameters(name, channels, x.shape, mean=mean, variance=variance, offset=offset, scale=scale)
    factor = (1.0 if scale is None else scale) / sqrt(variance + epsilon)
    shift = factor * 0.0 if offset is None else offset
    return axis_last(name, axis, x, lambda images: Standardize()(images, mean, factor, shift, None))


def normalize_batch(x: Any, gamma: Any = None, beta: Any = None, axis: int = -1, epsilon: float = 1e-3) -> Any:
    """Normalise by the moments of x itself over all axes but `axis`: batch normalisation in training.

    Args:
        x: array or tensor with at least two axes.
        gamma: (channels,), the factor; None for 1.
        beta: (channels,), the shift; None for 0.
        axis: the axis of the channels.
        epsilon: what is added to the variance, above 0.

    Returns:
        The normalised x, the mean and the biased variance, these of shape (channels,).

    Raises:
        ValueError: if there is at most one element a channel, which would always become 0 (where the batch size is
            known), x has no such axis, a parameter has another shape, or epsilon is not above 0.

    Source:
        Ioffe and Szegedy, arXiv 1502.03167, algorithm 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> y, mean, variance = ops.normalize_batch(np.array([[1.0], [3.0]], "float32"), epsilon=1e-9)
        >>> y.tolist(), mean.tolist(), variance.tolist()
        ([[-1.0], [1.0]], [2.0], [1.0])
    """
    name = "normalize_batch"
    x = float_operand(name, "x", x)
    channels = x.shape[one_axis(name, axis, x.shape)]
    if x.ndim > 1 and None not in x.shape and math.prod(x.shape) == channels > 0:
        raise ValueError(f"{name}: x must have more than one element a channel, got shape {x.shape}")
    return normalize(name, x, gamma, beta, axis, epsilon, images=False)


def normalize(name: str, x: Any, gamma: Any, beta: Any, axis: Any, epsilon: Any, images: bool) -> Any:
    """Do what `normalize_batch` says, over each of the images for itself if asked; `name` is for the messages."""
    x, epsilon = float_operand(name, "x", x), positive(name, "epsilon", epsilon)
    if one_axis(name, axis, x.shape) == 0 and images:
        raise ValueError(f"{name}: axis must not be the batch's, got {axis}")
    gamma, beta = (
        None if value is None else float_operand(name, argument, value)
        for argument, value in (("gamma", gamma), ("beta", beta))
    )
    moments: list[Any] = []

    def of_last_axis(last: Any) -> Any:
        result, *moments[:] = NormalizeBatch(epsilon, images)(last, gamma, beta, None)
        return result

    return axis_last(name, axis, x, of_last_axis), *moments
