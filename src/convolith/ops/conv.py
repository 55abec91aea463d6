"""Convolution (cross-correlation) of images, and its two gradients, which are operations of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from convolith.engine import conv as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.activation import Relu, ReluGradient
from convolith.ops.dense import check_activation
from convolith.ops.reduction import sum as sum_of
from convolith.ops.window import Padding, Sizes, channels_last, operand, output_sizes, per_axis, resolve_padding

geometry = lru_cache(maxsize=256)(engine.ConvGeometry)
"""The engine's description of a convolution, which is made once for the same shapes."""


@dataclass(frozen=True)
class Window:
    """How the kernel moves: what a convolution and its gradients have in common."""

    strides: Sizes
    padding: Padding
    dilation_rate: Sizes
    groups: int

    def geometry(self, inputs: tuple[int, ...], kernel: tuple[int, ...]) -> engine.ConvGeometry:
        """Describe the convolution of concrete shapes to the engine."""
        return geometry(inputs, kernel, self.strides, self.padding, self.dilation_rate, self.groups)


@dataclass(frozen=True)
class Conv(Operation):
    """Convolution of inputs (n, h, w, ci) with a kernel (kh, kw, ci / groups, co), plus bias, and relu if asked."""

    window: Window
    activation: str | None = None

    def infer(self, inputs: Spec, kernel: Spec, bias: Spec | None = None) -> Spec:
        """Check channels, groups and bias, and find the height and width of the result."""
        window = self.window
        channels, (*size, depth, filters) = inputs.shape[3], kernel.shape
        if window.groups * depth != channels:
            raise ValueError(
                f"conv: kernel of shape {kernel.shape} reads {depth} channels in each of {window.groups} groups, so "
                f"inputs must have {window.groups * depth} channels, came shape {inputs.shape}"
            )
        if filters % window.groups or not filters:
            raise ValueError(
                f"conv: kernel must have a multiple of groups = {window.groups} filters, came shape {kernel.shape}"
            )
        if bias is not None and bias.shape != (filters,):
            raise ValueError(f"conv: bias must have shape ({filters},), one a filter, came {bias.shape}")
        spatial = output_sizes(
            "conv", "kernel", inputs.shape, size, window.strides, window.padding, window.dilation_rate
        )
        return Spec((inputs.shape[0], *spatial, filters), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Convolve."""
        images, kernel, bias = inputs
        engine.conv(self.window.geometry(images.shape, kernel.shape), images, kernel, bias, self.activation, outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Undo the activation; then the gradients are convolutions too."""
        inputs, kernel, bias = node.inputs
        assert inputs is not None and kernel is not None
        upstream = ReluGradient()(upstreams[0], node.outputs[0]) if self.activation else upstreams[0]
        by_bias = None if bias is None else sum_of(upstream, axis=(0, 1, 2))
        by_kernel = ConvKernelGradient(self.window, kernel.shape)(inputs, upstream)
        return ConvInputGradient(self.window, inputs.shape)(upstream, kernel), by_kernel, by_bias

    def fuse(self, consumer: Operation) -> Operation | None:
        """Take a following relu along."""
        return replace(self, activation="relu") if type(consumer) is Relu and self.activation is None else None

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count a multiplication and an addition for each tap of each pixel, and what comes after."""
        after = (inputs[2] is not None) + (self.activation is not None)
        return _multiply_adds(outputs[0], inputs[1]) + after * math.prod(outputs[0].shape)

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[Sizes, Sizes]:
        """Give the kernel's extent and its strides."""
        assert inputs[1] is not None
        sizes = zip(inputs[1].shape[:-2], self.window.dilation_rate, strict=True)
        return tuple(step * (size - 1) + 1 for size, step in sizes), self.window.strides


@dataclass(frozen=True)
class ConvInputGradient(Operation):
    """The adjoint of the convolution as a function of its inputs, of shape `inputs_shape`."""

    window: Window
    inputs_shape: tuple[Any, ...]

    def infer(self, upstream: Spec, kernel: Spec) -> Spec:
        """Give the shape of the inputs."""
        return Spec(self.inputs_shape, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Convolve with the kernel turned around."""
        upstream, kernel = inputs
        engine.conv_input_gradient(self.window.geometry(outputs[0].shape, kernel.shape), upstream, kernel, outputs[0])

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count as many as forward."""
        return _multiply_adds(inputs[0], inputs[1])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: it is linear in both."""
        upstream, kernel = node.inputs
        assert kernel is not None
        by_kernel = ConvKernelGradient(self.window, kernel.shape)(upstreams[0], upstream)
        return Conv(self.window)(upstreams[0], kernel, None), by_kernel


@dataclass(frozen=True)
class ConvKernelGradient(Operation):
    """The adjoint of the convolution as a function of its kernel, of shape `kernel_shape`."""

    window: Window
    kernel_shape: tuple[int, ...]

    def infer(self, inputs: Spec, upstream: Spec) -> Spec:
        """Give the shape of the kernel."""
        return Spec(self.kernel_shape, inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Correlate the inputs with the upstream."""
        images, upstream = inputs
        engine.conv_kernel_gradient(self.window.geometry(images.shape, outputs[0].shape), images, upstream, outputs[0])

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count as many as forward."""
        return _multiply_adds(inputs[1], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: it is linear in both."""
        inputs, upstream = node.inputs
        assert inputs is not None
        by_inputs = ConvInputGradient(self.window, inputs.shape)(upstream, upstreams[0])
        return by_inputs, Conv(self.window)(inputs, upstreams[0], None)


def _multiply_adds(result: Spec | None, kernel: Spec | None) -> int:
    """Count the operations between a convolution's result (n, oh, ow, co) and its kernel (kh, kw, ci / groups, co)."""
    assert result is not None and kernel is not None
    return 2 * math.prod(result.shape) * math.prod(kernel.shape[:3])


def conv(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    groups: int = 1,
    bias: Any = None,
    activation: str | None = None,
) -> Any:
    """Convolve images with a kernel that is not turned around (cross-correlation, as in every framework).

    Args:
        inputs: array or tensor (n, h, w, ci); (n, ci, h, w) with data_format "channels_first".
        kernel: array or tensor (kh, kw, ci / groups, co).
        strides: pixels from one window to the next, down and across.
        padding: "valid", "same" (the result has ceil(size / strides) pixels, the odd zero row or column comes after),
            or the zeros around the image as ((top, bottom), (left, right)).
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one kernel element to the next, down and across.
        groups: in how many equal parts the channels are convolved apart; 1 means as many as the kernel's shape says.
        bias: array or tensor (co,) that is added, or None.
        activation: None or "relu", done in the same pass.

    Returns:
        (n, oh, ow, co) in the data format, float32 or float64; oh is
        (h + top + bottom - dilation_rate * (kh - 1) - 1) // strides + 1.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> images, kernel = np.ones((1, 5, 5, 3), "float32"), np.ones((3, 3, 3, 8), "float32")
        >>> ops.conv(images, kernel, strides=2, padding="same").shape
        (1, 3, 3, 8)
    """
    check_activation("conv", activation)
    inputs, kernel = operand("conv", "inputs", inputs), operand("conv", "kernel", kernel)
    if inputs.ndim != 4:
        raise ValueError(f"conv: inputs must have 4 axes (batch, height, width, channels), came shape {inputs.shape}")
    if kernel.ndim != 4 or 0 in kernel.shape:
        raise ValueError(
            f"conv: kernel must have 4 axes (height, width, channels / groups, filters), none of them empty, "
            f"came shape {kernel.shape}"
        )
    steps, dilation = per_axis("conv", "strides", strides, 2), per_axis("conv", "dilation_rate", dilation_rate, 2)
    if not isinstance(groups, (int, np.integer)) or groups < 1:
        raise ValueError(f"conv: groups must be a positive integer, came {groups!r}")

    def convolve(images: Any) -> Any:
        channels, depth = images.shape[3], kernel.shape[2]
        parts = channels // depth if groups == 1 and channels % depth == 0 and channels else int(groups)
        around = resolve_padding("conv", padding, images.shape[1:3], kernel.shape[:2], steps, dilation)
        return Conv(Window(steps, around, dilation, parts), activation)(images, kernel, bias)

    return channels_last("conv", data_format, convolve, inputs)
