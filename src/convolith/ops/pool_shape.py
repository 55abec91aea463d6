"""The shapes of poolings without pooling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convolith.graph.tensor import Spec, Tensor
from convolith.ops.arguments import batch_shape, naming
from convolith.ops.pool import max_pool


def pool_output_shape(
    input_shape: Sequence[int | None],
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> tuple[int | None, ...]:
    """Give the shape of the result of `max_pool`, `average_pool`, `min_pool` and `lp_pool`.

    Args:
        input_shape: the inputs' shape; None for the batch stays None.
        pool_size: as in `max_pool`.
        strides: as in `max_pool`.
        padding: as in `max_pool`.
        data_format: as in `max_pool`.
        dilation_rate: as in `max_pool`.
        ceil_mode: as in `max_pool`.

    Returns:
        A tuple of integers.

    Raises:
        ValueError: where `max_pool` does.
        TypeError: where `max_pool` does.

    Source:
        Dumoulin and Visin, arXiv 1603.07285, relationship 15.

    Example:
        >>> from convolith import ops
        >>> ops.pool_output_shape((None, 112, 112, 64), 3, strides=2, padding="same")
        (None, 56, 56, 64)
    """
    name = "pool_output_shape"
    images = Tensor(Spec(batch_shape(name, "input_shape", input_shape), np.dtype(np.float32)))
    with naming(name, "max_pool", inputs="input_shape"):
        return max_pool(images, pool_size, strides, padding, data_format, dilation_rate, ceil_mode).shape
