"""Pooling over channels: the windows move along the channels of each pixel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.ops.layout import as_came, channels_last
from convolith.ops.pool import AveragePool, MaxPool
from convolith.ops.pool_windows import MovingWindow, images_of
from convolith.ops.shape import reshape
from convolith.ops.window import per_axis


def depthwise_max_pool(inputs: Any, pool_size: int, strides: int | None = None, data_format: str | None = None) -> Any:
    """Take the largest of each window of channels, at each pixel; the first of equal ones gets the gradient.

    Args:
        inputs: array or tensor (n, one to three spatial axes, c); (n, c, ...) with data_format "channels_first".
        pool_size: channels in a window; divides c.
        strides: channels from one window to the next; divides c; by default pool_size.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The same shape but for the channels, of which there are (c - pool_size) // strides + 1; float32 or float64.

    Raises:
        ValueError: if pool_size or strides does not divide the channels, or an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.depthwise_max_pool(np.array([[[3.0, 1.0, 2.0, 4.0]]]), 2)
        array([[[3., 4.]]])
    """
    return _over_channels("depthwise_max_pool", MaxPool, inputs, pool_size, strides, data_format)


def depthwise_average_pool(
    inputs: Any, pool_size: int, strides: int | None = None, data_format: str | None = None
) -> Any:
    """Take the mean of each window of channels, at each pixel; arguments and errors as in `depthwise_max_pool`."""
    return _over_channels("depthwise_average_pool", AveragePool, inputs, pool_size, strides, data_format)


def _over_channels(
    name: str,
    operation: Callable[[MovingWindow], Callable[[Any], Any]],
    inputs: Any,
    pool_size: Any,
    strides: Any,
    data_format: str | None,
) -> Any:
    inputs = images_of(name, inputs)
    size = per_axis(name, "pool_size", pool_size, 1)
    steps = size if strides is None else per_axis(name, "strides", strides, 1)

    def pool(images: Any) -> Any:
        *pixels, channels = images.shape
        for argument, value in (("pool_size", size[0]), ("strides", steps[0])):
            if channels % value:
                raise ValueError(
                    f"{name}: {argument} must divide the channels, got {value} with inputs of shape "
                    f"{as_came(images.shape)}"
                )
        # Each pixel becomes a row of `channels` pixels with one channel.
        pooled = operation(MovingWindow(size, steps, ((0, 0),), (1,)))(reshape(images, (-1, channels, 1)))
        return reshape(pooled, (*(-1 if known is None else known for known in pixels), pooled.shape[1]))

    return channels_last(name, data_format, pool, inputs)
