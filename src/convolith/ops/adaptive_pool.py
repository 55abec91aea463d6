"""Pooling to a given number of pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convolith.ops.layout import channels_last
from convolith.ops.pool import AveragePool, MaxPool
from convolith.ops.pool_windows import AdaptiveWindow, images_of
from convolith.ops.window import per_axis


def adaptive_average_pool(inputs: Any, output_size: int | Sequence[int], data_format: str | None = None) -> Any:
    """Take the means of as many windows as the result shall have pixels.

    Pixel o of an axis of size s is the mean from floor(o * s / output_size) to ceil((o + 1) * s / output_size), the
    latter not included, so that windows may overlap and differ by a pixel; as in torch and Keras.

    Args:
        inputs: array or tensor (n, w, c), (n, h, w, c) or (n, d, h, w, c); (n, c, ...) with data_format
            "channels_first".
        output_size: the result's pixels along each spatial axis, an integer for all or one for each.
        data_format: "channels_last" (the default) or "channels_first".

    Returns:
        The means in the data format, float32 or float64.

    Raises:
        ValueError: if there is nothing to pool, or an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.adaptive_average_pool(np.array([[[3.0], [1.0], [2.0]]]), 2)[0, :, 0]
        array([2. , 1.5])
    """
    return to_size("adaptive_average_pool", AveragePool, inputs, output_size, data_format)


def adaptive_max_pool(inputs: Any, output_size: int | Sequence[int], data_format: str | None = None) -> Any:
    """Take the largest of as many windows as the result shall have pixels; arguments as in `adaptive_average_pool`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.adaptive_max_pool(np.array([[[3.0], [1.0], [2.0]]]), 2)[0, :, 0]
        array([3., 2.])
    """
    return to_size("adaptive_max_pool", MaxPool, inputs, output_size, data_format)


def to_size(
    name: str,
    operation: Callable[[AdaptiveWindow], Callable[[Any], Any]],
    inputs: Any,
    output_size: Any,
    data_format: str | None,
) -> Any:
    """Check the arguments, and pool.

    Args:
        name: the operation's name, for the messages.
        operation: gives, for the windows, what pools images (n, spatial axes, c).
        inputs: as in `adaptive_average_pool`, like the others.

    Raises:
        ValueError: as in `adaptive_average_pool`.
        TypeError: likewise.
    """
    inputs = images_of(name, inputs)
    windows = AdaptiveWindow(per_axis(name, "output_size", output_size, inputs.ndim - 2))

    def pool(images: Any) -> Any:
        windows.output_sizes(name, images.shape)
        return operation(windows)(images)

    return channels_last(name, data_format, pool, inputs)
