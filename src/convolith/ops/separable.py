"""Separable convolution: each channel with kernels of its own, then a product of the channels at each pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convolith.ops.arguments import naming
from convolith.ops.conversion import float_operand
from convolith.ops.dense import check_activation, dense
from convolith.ops.depthwise import check_channels, depthwise_conv
from convolith.ops.layout import channels_last
from convolith.ops.shape import reshape


def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    bias: Any = None,
    activation: str | None = None,
) -> Any:
    """Convolve depthwise, then with a kernel of one pixel.

    Args:
        inputs: as in `depthwise_conv`.
        depthwise_kernel: as the kernel of `depthwise_conv`.
        pointwise_kernel: array or tensor (1, 1, c * m, co), with a 1 for each spatial axis.
        strides: as in `depthwise_conv`.
        padding: as in `depthwise_conv`.
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: as in `depthwise_conv`.
        bias: array or tensor (co,) that is added at the end, or None.
        activation: None or "relu", done in the same pass.

    Returns:
        As `inputs` with new spatial sizes and co channels, float32 or float64, sizes as in `conv`.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", arXiv 1610.02357;
        keras.ops.separable_conv.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> images, depthwise = np.ones((1, 5, 5, 3), "float32"), np.ones((3, 3, 3, 1), "float32")
        >>> ops.separable_conv(images, depthwise, np.ones((1, 1, 3, 8), "float32")).shape
        (1, 3, 3, 8)
    """
    name = "separable_conv"
    check_activation(name, activation)
    inputs = float_operand(name, "inputs", inputs)
    depthwise_kernel = float_operand(name, "depthwise_kernel", depthwise_kernel)
    pointwise_kernel = float_operand(name, "pointwise_kernel", pointwise_kernel)
    check_channels(name, "depthwise_kernel", inputs, depthwise_kernel, data_format)
    (*size, channels, multiplier) = depthwise_kernel.shape
    expected = (*(1 for _ in size), channels * multiplier)
    if pointwise_kernel.shape[:-1] != expected or 0 in pointwise_kernel.shape:
        raise ValueError(
            f"{name}: pointwise_kernel must have shape ({', '.join(map(str, expected))}, filters), as depthwise_kernel "
            f"has shape {depthwise_kernel.shape}, got {pointwise_kernel.shape}"
        )
    filters = pointwise_kernel.shape[-1]
    bias = None if bias is None else float_operand(name, "bias", bias)
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"{name}: bias must have shape ({filters},), one a filter, got {bias.shape}")

    def convolve(images: Any) -> Any:
        with naming(name, "depthwise_conv", kernel="depthwise_kernel"):
            hidden = depthwise_conv(images, depthwise_kernel, strides, padding, "channels_last", dilation_rate)
        return dense(hidden, reshape(pointwise_kernel, (-1, filters)), bias, activation)

    return channels_last(name, data_format, convolve, inputs)
