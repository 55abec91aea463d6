"""Pooling by a norm."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convolith.ops.arithmetic import absolute
from convolith.ops.comparison import equal
from convolith.ops.conversion import cast
from convolith.ops.exponential import power
from convolith.ops.pool import AveragePool
from convolith.ops.pool_windows import MovingWindow, over_windows


def lp_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    norm_type: float = 2,
) -> Any:
    """Take the Lp norm of each window of images: the sum of abs(x) ** p, to the power 1 / p.

    torch leaves out the magnitude, which makes a difference where p is odd.

    Args:
        inputs: images, as in `max_pool`, like the other arguments up to `norm_type`.
        pool_size: the window's size.
        strides: pixels from one window to the next.
        padding: "valid", "same" or explicit pairs.
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one element of the window to the next.
        ceil_mode: whether a last window may reach past the end.
        norm_type: p, a number of at least 1. For an infinite one there is ``max_pool(abs(x), ...)``.

    Returns:
        The norms, float32 or float64. The gradient of a window of zeros is 0.

    Raises:
        ValueError: as in `max_pool`, if a window is larger than volumes with their padding, or norm_type is none.
        TypeError: as in `max_pool`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.lp_pool(np.array([[[3.0], [-4.0]]]), 2)
        array([[[5.]]])
    """
    known = isinstance(norm_type, (int, float, np.integer, np.floating)) and not isinstance(norm_type, bool)
    if not known or not 1 <= norm_type < math.inf:
        raise ValueError(f"lp_pool: norm_type must be a finite number of at least 1, got {norm_type!r}")
    p = float(norm_type)

    def pool(window: MovingWindow) -> Callable[[Any], Any]:
        def norm(images: Any) -> Any:
            window.check_volumes("lp_pool", images.shape, window.padding)
            sums = AveragePool(window, "one")(power(absolute(images), p))
            zero = cast(
                equal(sums, 0.0), sums.dtype
            )  # there the power has no slope; 1 instead of 0 has one, and it meets zeros
            return power(sums + zero, 1 / p) - zero

        return norm

    return over_windows("lp_pool", pool, inputs, data_format, pool_size, strides, padding, dilation_rate, ceil_mode)
