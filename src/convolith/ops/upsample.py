"""Enlarging by whole factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convolith.ops.arguments import checked_data_format
from convolith.ops.reduction import broadcast_to
from convolith.ops.shape import reshape
from convolith.ops.window import operand, per_axis


def upsample(inputs: Any, size: int | Sequence[int], data_format: str | None = None) -> Any:
    """Repeat each element along each spatial axis.

    Args:
        inputs: array or tensor (n, spatial ..., c); (n, c, spatial ...) with data_format "channels_first".
        size: how often along each axis.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The enlarged inputs, in their dtype.

    Raises:
        ValueError: if inputs have no spatial axis, or an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.upsample(np.array([1, 2]).reshape(1, 2, 1), 3).ravel()
        array([1, 1, 1, 2, 2, 2])
    """
    inputs = operand("upsample", "inputs", inputs)
    if inputs.ndim < 3 or 0 in inputs.shape[1:]:
        raise ValueError(
            f"upsample: inputs must have axes of the batch, of space and of channels, none empty but the first, "
            f"got shape {inputs.shape}"
        )
    data_format = checked_data_format("upsample", data_format)
    factors = per_axis("upsample", "size", size, inputs.ndim - 2)
    factors = (1, *factors) if data_format == "channels_first" else (*factors, 1)
    n, *sizes = inputs.shape
    apart, repeated = [], []
    for extent, factor in zip(sizes, factors, strict=True):
        apart += [extent] if factor == 1 else [extent, 1]
        repeated += [extent] if factor == 1 else [extent, factor]
    together = [extent * factor for extent, factor in zip(sizes, factors, strict=True)]
    return reshape(broadcast_to(reshape(inputs, (-1, *apart)), (n, *repeated)), (-1, *together))
