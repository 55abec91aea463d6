"""Batch and instance normalisation: channels brought to mean 0 and variance 1, over a batch or over each image."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import batch_normalization as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.exponential import sqrt
from convolith.ops.reduction import broadcast_to
from convolith.ops.reduction import sum as sum_over
from convolith.ops.shape import reshape, transpose
from convolith.ops.window import operand


def _grouped(array: np.ndarray, images: bool) -> np.ndarray:
    """View an array with the channels last as (groups, rows, channels): each image a group, or all of them one."""
    groups = array.shape[0] if images else 1
    return array.reshape(groups, math.prod(array.shape[1:-1] if images else array.shape[:-1]), array.shape[-1])


def _check_parameters(name: str, channels: Any, **parameters: Spec | None) -> None:
    for argument, spec in parameters.items():
        if spec is not None and spec.shape != (channels,):
            raise ValueError(f"{name}: {argument} must have the shape ({channels},) of the channels, came {spec.shape}")


@dataclass(frozen=True)
class NormalizeBatch(Operation):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, and the mean and the variance that it finds."""

    epsilon: float
    images: bool

    def infer(self, x: Spec, gamma: Spec | None = None, beta: Spec | None = None) -> tuple[Spec, ...]:
        """Give the shape of x, and (channels,), or (batch, channels) where each image has moments of its own."""
        if len(x.shape) < (3 if self.images else 2) or 0 in x.shape[self.images : -1]:
            raise ValueError(
                f"{self.name}: x must have elements to take a mean of before its channels, came shape {x.shape}"
            )
        _check_parameters(self.name, x.shape[-1], gamma=gamma, beta=beta)
        moments = Spec((x.shape[0], x.shape[-1]) if self.images else x.shape[-1:], x.dtype)
        return x, moments, moments

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Find the moments, then normalise."""
        x, gamma, beta = inputs
        y, mean, variance = outputs
        grouped = _grouped(x, self.images)
        moments = grouped.shape[0], grouped.shape[2]
        engine.moments(grouped, mean.reshape(moments), variance.reshape(moments))
        scale = 1 / np.sqrt(variance.reshape(moments).astype(np.float64) + self.epsilon)
        if gamma is not None:
            scale *= gamma
        shift = np.zeros(moments, x.dtype)
        if beta is not None:
            shift += beta
        engine.normalize(grouped, mean.reshape(moments), scale.astype(x.dtype), shift, y.reshape(grouped.shape))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Let the moments follow x; what comes to the moments themselves goes to each element alike."""
        x, gamma, beta = node.inputs
        assert x is not None
        _, mean, variance = node.outputs
        upstream, by_mean, by_variance = upstreams
        dx, d_gamma, d_beta = None, None, None
        if upstream is not None:
            dx, d_gamma, d_beta = NormalizeBatchGradient(self.epsilon, self.images)(x, mean, variance, upstream, gamma)
        count = math.prod(x.shape[1:-1] if self.images else x.shape[:-1])
        kept = (-1, *(1,) * (x.ndim - 2), x.shape[-1])
        if by_mean is not None:
            share = broadcast_to(reshape(by_mean, kept) / count, x.shape)
            dx = share if dx is None else dx + share
        if by_variance is not None:
            share = (x - reshape(mean, kept)) * (reshape(by_variance, kept) * (2 / count))
            dx = share if dx is None else dx + share
        return dx, None if gamma is None else d_gamma, None if beta is None else d_beta


@dataclass(frozen=True)
class NormalizeBatchGradient(Operation):
    """The gradient of normalised x by x, gamma and beta, whose moments are x's own.

    With n elements a channel and s = 1 / sqrt(variance + epsilon): dx = gamma * s * (upstream - mean(upstream)
    - (x - mean) * s^2 * mean(upstream * (x - mean))).
    """

    epsilon: float
    images: bool

    def infer(self, x: Spec, mean: Spec, variance: Spec, upstream: Spec, gamma: Spec | None = None) -> tuple[Spec, ...]:
        """Give the shapes of x, gamma and beta."""
        parameter = Spec(x.shape[-1:], x.dtype)
        return x, parameter, parameter

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Sum over the rows, then spread."""
        x, mean, variance, upstream, gamma = inputs
        dx, d_gamma, d_beta = outputs
        grouped, slope = _grouped(x, self.images), _grouped(upstream, self.images)
        groups, rows, channels = grouped.shape
        mean = mean.reshape(groups, channels)
        sums, products = np.empty_like(mean), np.empty_like(mean)
        engine.normalize_sums(grouped, mean, slope, sums, products)
        inverse = 1 / np.sqrt(variance.reshape(groups, channels).astype(np.float64) + self.epsilon)
        d_gamma[...] = (products * inverse).sum(axis=0)
        d_beta[...] = sums.sum(axis=0, dtype=np.float64)
        scale = inverse if gamma is None else inverse * gamma
        by_x, shift = -scale * inverse**2 * products / rows, -scale * sums / rows
        scale, by_x, shift = (one.astype(x.dtype) for one in (scale, by_x, shift))
        engine.normalize_gradient(grouped, mean, slope, scale, by_x, shift, dx.reshape(grouped.shape))


class Standardize(Operation):
    """(x - mean) * scale + shift, each (channels,): a normalisation by moments from elsewhere."""

    takes_over = (0,)

    def infer(self, x: Spec, mean: Spec, scale: Spec, shift: Spec) -> Spec:
        """Keep the shape of x."""
        _check_parameters("batch_normalization", x.shape[-1], mean=mean, scale=scale, shift=shift)
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Normalise."""
        x, mean, scale, shift = inputs
        grouped = _grouped(x, images=False)
        engine.normalize(grouped, mean[None], scale[None], shift[None], outputs[0].reshape(grouped.shape))

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Scale the upstream for x; sum over all rows for the others."""
        x, mean, scale, _ = node.inputs
        assert x is not None and mean is not None and scale is not None
        rows = tuple(range(x.ndim - 1))
        total = sum_over(upstreams[0], axis=rows)
        return upstreams[0] * scale, -(total * scale), sum_over(upstreams[0] * (x - mean), axis=rows), total


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
        The shape and dtype of x.

    Raises:
        ValueError: if x has no such axis, a parameter has another shape, or epsilon is not above 0.

    Source:
        Ioffe and Szegedy, arXiv 1502.03167, algorithm 2.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.batch_normalization(np.array([[1.0], [3.0]], "float32"), [2.0], [1.0], axis=-1, epsilon=1e-9).tolist()
        [[-1.0], [1.0]]
    """
    name = "batch_normalization"
    x, epsilon = operand(name, "x", x), positive(name, "epsilon", epsilon)
    mean, variance = operand(name, "mean", mean), operand(name, "variance", variance)
    _check_parameters(name, x.shape[channel_axis(name, axis, x.ndim)], variance=variance)
    factor = (1.0 if scale is None else operand(name, "scale", scale)) / sqrt(variance + epsilon)
    shift = factor * 0.0 if offset is None else operand(name, "offset", offset)
    return _channels_to_the_end(name, axis, x, lambda images: Standardize()(images, mean, factor, shift))


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
        ValueError: if there is nothing to take a mean of, x has no such axis, a parameter has another shape, or epsilon
            is not above 0.

    Source:
        Ioffe and Szegedy, arXiv 1502.03167, algorithm 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> y, mean, variance = ops.normalize_batch(np.array([[1.0], [3.0]], "float32"), epsilon=1e-9)
        >>> y.tolist(), mean.tolist(), variance.tolist()
        ([[-1.0], [1.0]], [2.0], [1.0])
    """
    return _normalize("normalize_batch", x, gamma, beta, axis, epsilon, images=False)


def instance_normalization(x: Any, gamma: Any = None, beta: Any = None, axis: int = -1, epsilon: float = 1e-3) -> Any:
    """Normalise each channel of each image by its own moments.

    Args:
        x: array or tensor (batch, ..., channels) with at least three axes.
        gamma: as in `normalize_batch`.
        beta: as in `normalize_batch`.
        axis: as in `normalize_batch`, but not 0.
        epsilon: as in `normalize_batch`.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: as `normalize_batch` does.

    Source:
        Ulyanov, Vedaldi and Lempitsky, arXiv 1607.08022, equation 2.
    """
    return _normalize("instance_normalization", x, gamma, beta, axis, epsilon, images=True)[0]


def _normalize(name: str, x: Any, gamma: Any, beta: Any, axis: Any, epsilon: Any, images: bool) -> Any:
    x, epsilon = operand(name, "x", x), positive(name, "epsilon", epsilon)
    if channel_axis(name, axis, x.ndim) == 0 and images:
        raise ValueError(f"{name}: axis must not be the batch's, came {axis}")
    moments: list[Any] = []

    def normalize(last: Any) -> Any:
        result, *moments[:] = NormalizeBatch(epsilon, images)(last, gamma, beta)
        return result

    return _channels_to_the_end(name, axis, x, normalize), *moments


def _channels_to_the_end(name: str, axis: int, x: Any, function: Callable[[Any], Any]) -> Any:
    """Call the function, which keeps shapes, with the axis transposed to the end, and transpose its result back."""
    place = channel_axis(name, axis, x.ndim)
    if place == x.ndim - 1:
        return function(x)
    order = [*(other for other in range(x.ndim) if other != place), place]
    return transpose(function(transpose(x, order)), [order.index(one) for one in range(x.ndim)])


def channel_axis(name: str, axis: Any, rank: int) -> int:
    """Make an axis one of 0 to rank - 1.

    Raises:
        TypeError: if it is no integer.
        ValueError: if there is no such axis.
    """
    number = operator.index(axis)
    if not -rank <= number < rank:
        raise ValueError(f"{name}: axis must be one of the {rank} axes of x, came {axis}")
    return number % rank


def positive(name: str, argument: str, value: Any) -> float:
    """Make a float of a number above 0.

    Raises:
        ValueError: if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < math.inf:
        raise ValueError(f"{name}: {argument} must be a number above 0, came {value!r}")
    return float(value)
