"""Normalisation of each element of a batch by itself: over axes, over groups of channels, to unit length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from convolith.defaults import epsilon as default_epsilon
from convolith.ops.arguments import axes, integer, integers, numbered, one_axis, positive
from convolith.ops.arithmetic import absolute, maximum, square
from convolith.ops.batch_normalization import normalize as normalize_channels
from convolith.ops.conversion import float_operand
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
        gamma: the factor, of the axes' shape in the order that x has them; None for 1.
        beta: the shift, of the same shape; None for 0.
        axis: the axis or axes that moments are taken over.
        epsilon: what is added to the variance, above 0; None for `config.epsilon()`.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: if x has no such axis, a parameter has another shape, or epsilon is not above 0.

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
    over = numbered(name, integers(name, "axis", axis), x.shape, least=1)
    gamma, beta = _along(name, x.shape, over, gamma=gamma, beta=beta)
    centred = x - mean(x, over, keepdims=True)
    return _scaled(centred / sqrt(mean(square(centred), over, keepdims=True) + least), gamma, beta)


def rms_normalization(x: Any, scale: Any = None, axis: int | Sequence[int] = -1, epsilon: float | None = None) -> Any:
    """Divide by the root of the mean of squares over axes: x / sqrt(mean(x^2) + epsilon) * scale.

    Args:
        x: array or tensor.
        scale: of the axes' shape in the order that x has them; None for 1.
        axis: the axis or axes that the mean is taken over.
        epsilon: what is added to the mean, above 0; None for `config.epsilon()`.

    Returns:
        The shape and dtype of x.

    Raises:
        ValueError: if x has no such axis, scale has another shape, or epsilon is not above 0.

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
    over = numbered(name, integers(name, "axis", axis), x.shape, least=1)
    (scale,) = _along(name, x.shape, over, scale=scale)
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
        ValueError: if x has no such axis, the groups do not divide the channels, a group has one element, which would
            always become 0, or epsilon is not above 0.
        TypeError: if groups is no integer.

    Source:
        Wu and He, arXiv 1803.08494, equation 7.
    """
    name = "group_normalization"
    x, groups = float_operand(name, "x", x), integer(name, "groups", groups)
    if groups == x.shape[one_axis(name, axis, x.shape)] == math.prod(x.shape[1:]):
        raise ValueError(f"{name}: x must have more than one element a group, got shape {x.shape} and {groups} groups")
    return normalize_groups(name, x, groups, gamma, beta, axis, epsilon)


def normalize_groups(name: str, x: Any, groups: Any, gamma: Any, beta: Any, axis: Any, epsilon: Any) -> Any:
    """Do what `group_normalization` says, also where a group has one element; `name` is for the messages."""
    x = float_operand(name, "x", x)
    epsilon = positive(name, "epsilon", epsilon)
    groups = integer(name, "groups", groups)
    place = one_axis(name, axis, x.shape)
    if place == 0:
        raise ValueError(f"{name}: axis must not be the batch's, got {axis} and shape {x.shape}")
    channels = x.shape[place]
    if 0 in x.shape[1:]:
        raise ValueError(f"{name}: x must have elements to take a mean of, got shape {x.shape}")
    if groups < 1 or channels % groups:
        raise ValueError(f"{name}: groups must divide the {channels} channels of x of shape {x.shape}, got {groups}")
    gamma, beta = (
        None if value is None else float_operand(name, argument, value)
        for argument, value in (("gamma", gamma), ("beta", beta))
    )
    check_parameters(name, channels, x.shape, gamma=gamma, beta=beta)
    if groups == channels and math.prod(x.shape[1:]) > channels:
        return normalize_channels(name, x, gamma, beta, axis, epsilon, images=True)[0]

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


def _along(name: str, shape: tuple[Any, ...], over: tuple[int, ...], **parameters: Any) -> list[Any]:
    """Give parameters of the axes' shape the other axes of x, too, with size 1; None stays."""
    wanted = tuple(shape[axis] for axis in sorted(over))
    found = []
    for argument, value in parameters.items():
        if value is not None:
            value = float_operand(name, argument, value)
            if value.shape != wanted:
                raise ValueError(
                    f"{name}: {argument} must have shape {wanted}, that of the axes {over} of x of shape {shape}, "
                    f"got {value.shape}"
                )
            value = reshape(value, [size if axis in over else 1 for axis, size in enumerate(shape)])
        found.append(value)
    return found


def _scaled(x: Any, factor: Any, shift: Any) -> Any:
    """Multiply by the factor and add the shift; None leaves x as it is."""
    x = x if factor is None else x * factor
    return x if shift is None else x + shift
