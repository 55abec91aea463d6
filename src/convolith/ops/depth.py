"""Blocks of pixels into channels, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.ops.arguments import checked_data_format, one_of
from convolith.ops.shape import reshape, transpose
from convolith.ops.window import operand


def depth_to_space(x: Any, block_size: int, data_format: str | None = "channels_last", mode: str | None = None) -> Any:
    """Spread the channels of each pixel over a block of pixels: the inverse of `space_to_depth`.

    Args:
        x: array or tensor (n, h, w, b * b * c); (n, b * b * c, h, w) with data_format "channels_first".
        block_size: b, the height and width of a block, at least 2.
        data_format: "channels_last" or "channels_first".
        mode: how the channels are ordered: "DCR" as (row, column, c), or "CRD" as (c, row, column), which is torch's
            pixel_shuffle (the names are ONNX's). None is DCR for "channels_last" and CRD for "channels_first", as Keras
            on JAX and torch has it.

    Returns:
        (n, h * b, w * b, c) or (n, c, h * b, w * b), in the dtype of x.

    Raises:
        ValueError: if the shape does not fit, or an argument has no such value.
        TypeError: if x is None.

    Source:
        keras.ops.depth_to_space; Shi et al., arXiv 1609.05158, equation 4.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.depth_to_space(np.arange(4).reshape(1, 1, 1, 4), 2)[0, :, :, 0]
        array([[0, 1],
               [2, 3]])
    """
    x, first, block, mode = _checked("depth_to_space", x, block_size, data_format, mode)
    depth, height, width = x.shape[1:] if first else (x.shape[3], *x.shape[1:3])
    if depth % block**2:
        raise ValueError(
            f"depth_to_space: block_size must be such that the channels of x divide by its square, got {block} with "
            f"shape {x.shape}"
        )
    rows, columns, channels = (0, 1, 2) if mode == "DCR" else (1, 2, 0)  # their places among the parts of the depth
    parts = (block, block, depth // block**2) if mode == "DCR" else (depth // block**2, block, block)
    if first:
        blocks = reshape(x, (-1, *parts, height, width))
        order = (0, 1 + channels, 4, 1 + rows, 5, 1 + columns)
        return reshape(transpose(blocks, order), (-1, depth // block**2, height * block, width * block))
    blocks = reshape(x, (-1, height, width, *parts))
    order = (0, 1, 3 + rows, 2, 3 + columns, 3 + channels)
    return reshape(transpose(blocks, order), (-1, height * block, width * block, depth // block**2))


def space_to_depth(x: Any, block_size: int, data_format: str | None = "channels_last", mode: str | None = None) -> Any:
    """Gather each block of pixels into the channels of one: the inverse of `depth_to_space`.

    Args:
        x: array or tensor (n, h * b, w * b, c); (n, c, h * b, w * b) with data_format "channels_first".
        block_size: as in `depth_to_space`.
        data_format: as in `depth_to_space`.
        mode: as in `depth_to_space`; "CRD" is torch's pixel_unshuffle.

    Returns:
        (n, h, w, b * b * c) or (n, b * b * c, h, w), in the dtype of x.

    Raises:
        ValueError: if the shape does not fit, or an argument has no such value.
        TypeError: if x is None.

    Source:
        keras.ops.space_to_depth.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.space_to_depth(np.arange(4).reshape(1, 2, 2, 1), 2)
        array([[[[0, 1, 2, 3]]]])
    """
    x, first, block, mode = _checked("space_to_depth", x, block_size, data_format, mode)
    channels, height, width = x.shape[1:] if first else (x.shape[3], *x.shape[1:3])
    if height % block or width % block:
        raise ValueError(
            f"space_to_depth: block_size must divide height and width of x, got {block} with shape {x.shape}"
        )
    height, width = height // block, width // block
    if first:
        blocks = reshape(x, (-1, channels, height, block, width, block))
        order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
        return reshape(transpose(blocks, order), (-1, channels * block**2, height, width))
    blocks = reshape(x, (-1, height, block, width, block, channels))
    order = (0, 1, 3, 2, 4, 5) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    return reshape(transpose(blocks, order), (-1, height, width, channels * block**2))


def _checked(name: str, x: Any, block_size: Any, data_format: Any, mode: Any) -> tuple[Any, bool, int, str]:
    """Check what both functions take; give x, whether its channels come first, the size of a block, and the order."""
    x = operand(name, "x", x)
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise ValueError(f"{name}: x must have 4 axes, none of them empty but the batch, got shape {x.shape}")
    if isinstance(block_size, bool) or not isinstance(block_size, (int, np.integer)) or block_size < 2:
        raise ValueError(f"{name}: block_size must be an integer of at least 2, got {block_size!r}")
    first = checked_data_format(name, data_format) == "channels_first"
    order = ("CRD" if first else "DCR") if mode is None else mode
    one_of(name, "mode", order, ("DCR", "CRD"))
    return x, first, int(block_size), order
