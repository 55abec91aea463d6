"""Transposed convolution: the adjoint of the convolution with the same arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convolith.ops.conv import ConvTranspose
from convolith.ops.conv_window import Window, conv_arguments
from convolith.ops.dense import check_activation
from convolith.ops.layout import channels_last
from convolith.ops.window import per_axis, transposed_sizes


def conv_transpose(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    groups: int = 1,
    bias: Any = None,
    activation: str | None = None,
) -> Any:
    """Add up the kernel, scaled by each pixel and shifted by strides: the adjoint of `conv` with the same arguments.

    Args:
        inputs: array or tensor (n, w, ci), (n, h, w, ci) or (n, d, h, w, ci); with data_format "channels_first" the
            channels come second.
        kernel: array or tensor (kw, co / groups, ci), with kh and kd before them likewise.
        strides: pixels of the result from one pixel of the inputs to the next, for all axes or one an axis.
        padding: "valid", "same", or what is cut off the result as a pair (before, after) for each axis: the padding of
            the convolution whose adjoint this is.
        output_padding: pixels that are added at the end, for all axes or one an axis, smaller than strides. None adds
            none to an explicit padding, and makes a size of size * strides with "same", of at least that with "valid".
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one kernel element to the next, for all axes or one an axis.
        groups: in how many equal parts the channels are convolved apart.
        bias: array or tensor (co,) that is added, or None.
        activation: None or "relu", done in the same pass.

    Returns:
        As `inputs` with new spatial sizes and co channels, float32 or float64. With the kernel's extent
        e = dilation_rate * (k - 1) + 1, a size is (size - 1) * strides + e - before - after + output_padding; without
        output_padding it is (size - 1) * strides + max(e, strides) with "valid", size * strides with "same"; with both,
        "same" makes (size - 1) * strides + e % 2 + output_padding.

    Raises:
        ValueError: if the shapes do not fit together, the result would have no pixels, or an argument has no such
            value.
        TypeError: if an argument is of another type.

    Source:
        Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285, chapter 4; the
        sizes are those of keras.ops.conv_transpose.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.conv_transpose(np.array([1.0, 2.0]).reshape(1, 2, 1), np.array([1.0, 10.0]).reshape(2, 1, 1)).ravel()
        array([ 1., 12., 20.])
    """
    check_activation("conv_transpose", activation)
    inputs, kernel, steps, dilation, parts = conv_arguments(
        "conv_transpose", "filters / groups, channels", inputs, kernel, strides, dilation_rate, groups
    )
    more = None
    if output_padding is not None:
        more = per_axis("conv_transpose", "output_padding", output_padding, inputs.ndim - 2, least=0)

    def convolve(images: Any) -> Any:
        sizes, around = transposed_sizes(
            "conv_transpose", images.shape, kernel.shape[:-2], steps, padding, dilation, more
        )
        return ConvTranspose(Window(steps, around, dilation, parts), sizes, activation)(images, kernel, bias)

    return channels_last("conv_transpose", data_format, convolve, inputs)
