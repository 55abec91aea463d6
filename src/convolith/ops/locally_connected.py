"""Locally connected product: a convolution whose kernel is another one at each pixel of the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from convolith.ops.conv import Conv
from convolith.ops.conv_window import Window
from convolith.ops.conversion import float_operand
from convolith.ops.dense import check_activation
from convolith.ops.image.patches import ExtractPatches
from convolith.ops.layout import as_came, channels_last
from convolith.ops.shape import reshape, transpose
from convolith.ops.window import output_sizes, per_axis, resolve_padding


def locally_connected(
    inputs: Any,
    kernel: Any,
    kernel_size: int | Sequence[int],
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    bias: Any = None,
    activation: str | None = None,
) -> Any:
    """Multiply the window at each pixel by a kernel of its own.

    Args:
        inputs: array or tensor (n, w, ci), (n, h, w, ci) or (n, d, h, w, ci); with data_format "channels_first" the
            channels come second.
        kernel: array or tensor (pixels of the result, elements of a window * ci, co): the pixels row by row, the
            elements too, with the channels last in both data formats.
        kernel_size: the window, an integer for all axes or one an axis.
        strides: pixels from one window to the next, likewise.
        padding: "valid", "same", or the zeros around the image as a pair (before, after) for each axis.
        data_format: "channels_last" (the default) or "channels_first".
        bias: array or tensor (spatial sizes of the result, co) that is added, or None.
        activation: None or "relu", done in the same pass.

    Returns:
        As `inputs` with new spatial sizes, those of `conv`, and co channels; float32 or float64.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        Keras 2, keras.layers.LocallyConnected2D.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> kernel = np.array([[1.0, 0], [0, 1], [1, 1]]).reshape(3, 2, 1)
        >>> ops.locally_connected(np.arange(4.0).reshape(1, 4, 1), kernel, 2).ravel()
        array([0., 2., 5.])
    """
    name = "locally_connected"
    check_activation(name, activation)
    inputs, kernel = float_operand(name, "inputs", inputs), float_operand(name, "kernel", kernel)
    rank = inputs.ndim - 2
    if not 1 <= rank <= 3:
        raise ValueError(
            f"{name}: inputs must have 3, 4 or 5 axes (batch, spatial, channels), got shape {inputs.shape}"
        )
    size, steps = per_axis(name, "kernel_size", kernel_size, rank), per_axis(name, "strides", strides, rank)
    dense = (1,) * rank

    def connect(images: Any) -> Any:
        around = resolve_padding(name, padding, images.shape[1:-1], size, steps, dense)
        counts = output_sizes(name, "kernel_size", images.shape, size, steps, around, dense)
        pixels, elements = math.prod(counts), math.prod(size) * images.shape[-1]
        if kernel.ndim != 3 or kernel.shape[:2] != (pixels, elements) or not kernel.shape[2]:
            raise ValueError(
                f"{name}: kernel must have shape ({pixels}, {elements}, filters) for inputs of shape "
                f"{as_came(images.shape)}, kernel_size {size} and strides {steps}, got {kernel.shape}"
            )
        filters = kernel.shape[2]
        shift = None if bias is None else float_operand(name, "bias", bias)
        if shift is not None and tuple(shift.shape) != (*counts, filters):
            raise ValueError(f"{name}: bias must have shape {(*counts, filters)}, got {tuple(shift.shape)}")
        # Each pixel of the result is a group of a convolution whose one pixel holds all the patches.
        before = tuple(first for first, _ in around)
        patches = ExtractPatches(images.shape[1:-1], size, steps, dense, before, counts)(images)
        groups = reshape(transpose(kernel, (1, 0, 2)), (1, elements, pixels * filters))
        shift = None if shift is None else reshape(shift, (pixels * filters,))
        line = reshape(patches, (-1, 1, pixels * elements))
        product = Conv(Window((1,), ((0, 0),), (1,), pixels), activation)(line, groups, shift, None)
        return reshape(product, (-1, *counts, filters))

    return channels_last(name, data_format, connect, inputs)
