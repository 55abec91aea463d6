"""Normalisation of each element of a batch by itself: over axes, over groups of channels, to unit length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from convolith.defaults import epsilon as default_epsilon
from convolith.ops.arguments import axes, integer, one_axis, positive
from convolith.ops.arithmetic import absolute, maximum, square
from convolith.ops.conversion import float_operand
from convolith.ops.elementwise import broadcast
from convolith.ops.exponential import power, sqrt
from convolith.ops.extremes import max as largest
from convolith.ops.layout import axis_last
from convolith.ops.reduction import mean, sum
from convolith.ops.shape import reshape
from convolith.ops.standardize import check_parameters


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> Any:
    """Normalise over axes: (x - mean) / sqrt(variance + epsilon) * gamma + beta.

    Args:
        x: array or tensor.
        gamma: what broadcasts with x, the factor; None for 1.
        beta: what broadcasts with x, the shift; None for 0.
        axis: the axis or axes that moments are taken over.
        epsilon: what is added to the variance, above 0; None for `config.epsilon()`.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: if x has no such axis, or epsilon is not above 0.

    Source:
        Ba, Kiros and Hinton, arXiv 1607.06450, equation 3.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.layer_normalization(np.array([[1.0, 3.0]], "float32"), epsilon=1e-9).tolist()
        [[-1.0, 1.0]]
    """
    name = "layer_normalization"
    x, least = float_operand(name, "x", x), positive(name, "epsilon", default_epsilon() if epsilon is None else epsilon)
    over = axes(name, axis, x.shape)
    gamma, beta = _broadcast(name, x.shape, gamma=gamma, beta=beta)
    centred = x - mean(x, over, keepdims=True)
    return _scaled(centred / sqrt(mean(square(centred), over, keepdims=True) + least), gamma, beta)


def rms_normalization(x: Any, scale: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None) -> Any:
    """Divide by the root of the mean of squares over axes: x / sqrt(mean(x^2) + epsilon) * scale.

    Args:
        x: array or tensor.
        scale: what broadcasts with x; None for 1.
        axis: the axis or axes that the mean is taken over.
        epsilon: what is added to the mean, above 0; None for `config.epsilon()`.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: if x has no such axis, or epsilon is not above 0.

    Source:
        Zhang and Sennrich, arXiv 1910.07467, equation 4.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.rms_normalization(np.array([[3.0, 4.0]], "float32")).round(4).tolist()
        [[0.8485000133514404, 1.1313999891281128]]
    """
    name = "rms_normalization"
    x = float_operand(name, "x", x)
    epsilon = positive(name, "epsilon", default_epsilon() if epsilon is None else epsilon)
    over = axes(name, axis, x.shape)
    (scale,) = _broadcast(name, x.shape, scale=scale)
    return _scaled(x / sqrt(mean(square(x), over, keepdims=True) + epsilon), scale, None)


def group_normalization(
    x: Any, groups: int, gamma: Any = None, beta: Any = None, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """Normalise each image's groups of neighbouring channels, each by the moments of all its elements.

    Args:
        x: array or tensor (batch, ..., channels) with at least two axes.
        groups: number of groups, which divides the channels.
        gamma: (channels,), the factor; None for 1.
        beta: (channels,), the shift; None for 0.
        axis: the axis of the channels, not 0.
        epsilon: what is added to the variance, above 0.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: if x has no such axis, the groups do not divide the channels, or epsilon is not above 0.
        TypeError: if groups is no integer.

    Source:
        Wu and He, arXiv 1803.08494, equation 7.
    """
    name = "group_normalization"
    x = float_operand(name, "x", x)
    epsilon = positive(name, "epsilon", epsilon)
    groups = integer(name, "groups", groups)
    place = one_axis(name, axis, x.shape)
    if place == 0:
        raise ValueError(f"{name}: axis must not be the batch's, came {axis}")
    channels = x.shape[place]
    if 0 in x.shape[1:]:
        raise ValueError(f"{name}: x must have elements to take a mean of, came shape {x.shape}")
    if groups < 1 or channels % groups:
        raise ValueError(f"{name}: groups must divide the {channels} channels of x of shape {x.shape}, came {groups}")
    gamma, beta = (
        None if value is None else float_operand(name, argument, value)
        for argument, value in (("gamma", gamma), ("beta", beta))
    )
    check_parameters(name, channels, x.shape, gamma=gamma, beta=beta)

    def of_groups(last: Any) -> Any:
        pixels = math.prod(last.shape[1:-1])
        grouped = reshape(last, (-1, pixels, groups, channels // groups))  # (n, pixels, group, channel in it)
        normal = layer_normalization(grouped, axis=(1, 3), epsilon=epsilon)
        return _scaled(reshape(normal, (-1, *last.shape[1:])), gamma, beta)

    return axis_last(name, axis, x, of_groups)


def normalize(x: Any, axis: int | Sequence[int] = -1, order: float = 2, epsilon: float | None = None) -> Any:
    """Divide by the norm along an axis, which becomes 1: x / max(norm, epsilon).

    Args:
        x: array or tensor.
        axis: the axis or axes along which norms are taken.
        order: of the norm: sum(|x|^order)^(1/order), above 0; math.inf for the largest magnitude.
        epsilon: the least that is divided by, above 0; None for `config.epsilon()`.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: if x has no such axis, or order or epsilon is not above 0.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.normalize(np.array([[3.0, 4.0]], "float32")).round(4).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    x = float_operand("normalize", "x", x)
    epsilon = positive("normalize", "epsilon", default_epsilon() if epsilon is None else epsilon)
    over = axes("normalize", axis, x.shape)
    if isinstance(order, float) and order == math.inf:
        return x / maximum(largest(absolute(x), over, keepdims=True), epsilon)
    order = positive("normalize", "order", order)
    if order == 2:  # the square is bounded from below, not the root, whose slope at 0 is infinite
        return x / sqrt(maximum(sum(square(x), over, keepdims=True), epsilon**2))
    return x / power(maximum(sum(power(absolute(x), order), over, keepdims=True), epsilon**order), 1 / order)


def _broadcast(name: str, shape: tuple[Any, ...], **parameters: Any) -> list[Any]:
    """Refuse parameters that do not broadcast to the shape of x; None and the number 1 stay as they are."""
    found = []
    for argument, value in parameters.items():
        if value is not None and not _is_one(value):
            value = float_operand(name, argument, value)
            if len(value.shape) > len(shape) or broadcast(name, x=shape, **{argument: value.shape}) != shape:
                raise ValueError(f"{name}: {argument} must broadcast to x of shape {shape}, came shape {value.shape}")
        found.append(value)
    return found


def _is_one(value: Any) -> bool:
    return isinstance(value, (int, float)) and value == 1


def _scaled(x: Any, factor: Any, shift: Any) -> Any:
    """Multiply by the factor and add the shift; None and the number 1 leave x as it is."""
    if factor is not None and not _is_one(factor):
        x = x * factor
    return x if shift is None else x + shift
