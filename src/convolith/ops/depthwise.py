"""Depthwise convolution, where each channel has kernels of its own, and its two gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from convolith.engine import depthwise as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import checked_data_format, naming
from convolith.ops.bias import bias_gradient
from convolith.ops.conv import Conv
from convolith.ops.conv_window import Window, check_batch
from convolith.ops.conversion import float_operand
from convolith.ops.dense import check_activation
from convolith.ops.layout import channels_last
from convolith.ops.relu import Relu, ReluGradient
from convolith.ops.shape import reshape
from convolith.ops.standardize import folded
from convolith.ops.window import Padding, Sizes, conv_padding, output_sizes, per_axis

geometry = lru_cache(maxsize=256)(engine.DepthwiseGeometry)
"""The engine's description of a depthwise convolution, which is made once for the same shapes."""


@dataclass(frozen=True)
class DepthwiseWindow:
    """How the kernel moves: what a depthwise convolution and its gradients have in common."""

    strides: Sizes
    padding: Padding
    dilation_rate: Sizes

    def geometry(self, inputs: tuple[int, ...], kernel: tuple[int, ...]) -> engine.DepthwiseGeometry:
        """Describe the convolution of concrete shapes to the engine."""
        return geometry(inputs, kernel, self.strides, self.padding, self.dilation_rate)


@dataclass(frozen=True)
class DepthwiseConv(Operation):
    """Convolution of each channel of inputs (n, h, w, c) with its kernels (kh, kw, c, m), plus bias, and relu if asked.

    Channel c * m + i of the result is channel c with its kernel i.
    """

    window: DepthwiseWindow
    activation: str | None = None

    def infer(self, inputs: Spec, kernel: Spec, bias: Spec | None = None) -> Spec:
        """Check the bias, and find the height and width of the result."""
        window, (*size, channels, multiplier) = self.window, kernel.shape
        if bias is not None and bias.shape != (channels * multiplier,):
            raise ValueError(
                f"depthwise_conv: bias must have shape ({channels * multiplier},), one a channel of the result, "
                f"got {bias.shape}"
            )
        spatial = output_sizes(
            "depthwise_conv", "kernel", inputs.shape, size, window.strides, window.padding, window.dilation_rate
        )
        return Spec((inputs.shape[0], *spatial, channels * multiplier), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Convolve."""
        images, kernel, bias = inputs
        return engine.depthwise_conv(
            self.window.geometry(images.shape, kernel.shape), images, kernel, bias, self.activation, outputs[0]
        )

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(self.window, "forward", inputs[0], inputs[1])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Undo the activation; then the gradients are depthwise convolutions too."""
        inputs, kernel, bias = node.inputs
        assert inputs is not None and kernel is not None
        upstream = ReluGradient()(upstreams[0], node.outputs[0]) if self.activation else upstreams[0]
        by_bias = None if bias is None else bias_gradient(upstream)
        by_kernel = DepthwiseConvKernelGradient(self.window, kernel.shape)(inputs, upstream)
        return DepthwiseConvInputGradient(self.window, inputs.shape)(upstream, kernel), by_kernel, by_bias

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take a following relu along."""
        follows = type(reader.operation) is Relu and self.activation is None
        return (replace(self, activation="relu"), node.inputs) if follows else None

    def fold(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take a following normalisation by given moments into kernel and bias."""
        inputs, kernel, bias = node.inputs
        assert kernel is not None
        flat = reshape(kernel, (-1, kernel.shape[2] * kernel.shape[3]))
        weights = folded(node, flat, bias, reader) if self.activation is None else None
        return None if weights is None else (self, (inputs, reshape(weights[0], kernel.shape), weights[1]))


@dataclass(frozen=True)
class DepthwiseConvInputGradient(Operation):
    """The adjoint of the depthwise convolution as a function of its inputs, of shape `inputs_shape`."""

    window: DepthwiseWindow
    inputs_shape: tuple[Any, ...]

    def infer(self, upstream: Spec, kernel: Spec) -> Spec:
        """Give the shape of the inputs."""
        return Spec(self.inputs_shape, upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Convolve with the kernel turned around."""
        upstream, kernel = inputs
        return engine.depthwise_conv_input_gradient(
            self.window.geometry(outputs[0].shape, kernel.shape), upstream, kernel, outputs[0]
        )

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(self.window, "input_gradient", outputs[0], inputs[1])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: it is linear in both."""
        upstream, kernel = node.inputs
        assert kernel is not None
        by_kernel = DepthwiseConvKernelGradient(self.window, kernel.shape)(upstreams[0], upstream)
        return DepthwiseConv(self.window)(upstreams[0], kernel, None), by_kernel


@dataclass(frozen=True)
class DepthwiseConvKernelGradient(Operation):
    """The adjoint of the depthwise convolution as a function of its kernel, of shape `kernel_shape`."""

    window: DepthwiseWindow
    kernel_shape: tuple[int, ...]

    def infer(self, inputs: Spec, upstream: Spec) -> Spec:
        """Give the shape of the kernel."""
        return Spec(self.kernel_shape, inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Correlate the inputs with the upstream."""
        images, upstream = inputs
        return engine.depthwise_conv_kernel_gradient(
            self.window.geometry(images.shape, outputs[0].shape), images, upstream, outputs[0]
        )

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(self.window, "kernel_gradient", inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: it is linear in both."""
        inputs, upstream = node.inputs
        assert inputs is not None
        by_inputs = DepthwiseConvInputGradient(self.window, inputs.shape)(upstream, upstreams[0])
        return by_inputs, DepthwiseConv(self.window)(inputs, upstreams[0], None)


def _scratch(window: DepthwiseWindow, direction: str, images: Spec | None, kernel: Spec | None) -> int:
    """Give the working memory of a pass between a convolution's images (n, h, w, c) and its kernel."""
    assert images is not None and kernel is not None
    return engine.depthwise_conv_scratch(window.geometry(images.shape, kernel.shape), direction, images.dtype.itemsize)


def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str | Sequence[Sequence[int]] = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
    bias: Any = None,
    activation: str | None = None,
) -> Any:
    """Convolve each channel with kernels of its own, which are not turned around.

    Args:
        inputs: array or tensor (n, w, c), (n, h, w, c) or (n, d, h, w, c); with data_format "channels_first" the
            channels come second.
        kernel: array or tensor (kw, c, m), with kh and kd before them likewise.
        strides: pixels from one window to the next, an integer or one a spatial axis.
        padding: "valid", "same" (the result has ceil(size / strides) pixels, the odd zero row or column comes after),
            with one spatial axis also "causal"; or the zeros around the image as a pair (before, after) for each axis.
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one kernel element to the next, an integer or one a spatial axis.
        bias: array or tensor (c * m,) that is added, or None.
        activation: None or "relu", done in the same pass.

    Returns:
        As `inputs` with new spatial sizes, those of `conv`, and c * m channels, float32 or float64; channel c * m + i
        of it is channel c with its kernel i.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if an argument is of another type.

    Source:
        Definition; keras.ops.depthwise_conv.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> images, kernel = np.ones((1, 5, 5, 3), "float32"), np.ones((3, 3, 3, 2), "float32")
        >>> ops.depthwise_conv(images, kernel, strides=2, padding="same").shape
        (1, 3, 3, 6)
    """
    check_activation("depthwise_conv", activation)
    inputs = float_operand("depthwise_conv", "inputs", inputs)
    kernel = float_operand("depthwise_conv", "kernel", kernel)
    check_channels("depthwise_conv", "kernel", inputs, kernel, data_format)
    rank = inputs.ndim - 2
    steps = per_axis("depthwise_conv", "strides", strides, rank)
    rates = per_axis("depthwise_conv", "dilation_rate", dilation_rate, rank)
    bias = None if bias is None else float_operand("depthwise_conv", "bias", bias)

    def convolve(images: Any) -> Any:
        around = conv_padding("depthwise_conv", padding, images.shape, kernel.shape, steps, rates)
        if rank == 3:
            return _over_volumes(images, kernel, bias, Window(steps, around, rates, images.shape[-1]), activation)
        if rank == 2:
            return DepthwiseConv(DepthwiseWindow(steps, around, rates), activation)(images, kernel, bias)
        output_sizes("depthwise_conv", "kernel", images.shape, kernel.shape[:1], steps, around, rates)
        window = DepthwiseWindow((1, *steps), ((0, 0), *around), (1, *rates))  # the width of images of height 1
        result = DepthwiseConv(window, activation)(_with_axis(images, 1), _with_axis(kernel, 0), bias)
        return _reshaped(result, (result.shape[0], *result.shape[2:]))

    return channels_last("depthwise_conv", data_format, convolve, inputs)


def _over_volumes(images: Any, kernel: Any, bias: Any, window: Window, activation: str | None) -> Any:
    """Convolve volumes: each channel is a group of a convolution."""
    *size, channels, multiplier = kernel.shape
    filters = channels * multiplier
    with naming("depthwise_conv", "conv"):
        return Conv(window, activation)(images, reshape(kernel, (*size, 1, filters)), bias, None)


def check_channels(name: str, argument: str, inputs: Any, kernel: Any, data_format: str | None) -> None:
    """Check that inputs and a depthwise kernel have one to three spatial axes each and the same channels.

    Args:
        name: the operation's name, for the messages.
        argument: what the kernel is called there.
        inputs: array or tensor.
        kernel: array or tensor.
        data_format: of the inputs.

    Raises:
        ValueError: if not.
    """
    if inputs.ndim not in (3, 4, 5) or 0 in inputs.shape[1:]:
        raise ValueError(
            f"{name}: inputs must have 3, 4 or 5 axes (batch, one to three spatial axes, channels), none of them empty "
            f"but the batch, got shape {inputs.shape}"
        )
    check_batch(name, inputs, kernel)
    if kernel.ndim != inputs.ndim or 0 in kernel.shape:
        spatial = ", ".join(("depth", "height", "width")[5 - inputs.ndim :])
        raise ValueError(
            f"{name}: {argument} must have {inputs.ndim} axes ({spatial}, channels, multiplier), none of them empty, "
            f"for inputs of shape {inputs.shape}; got shape {kernel.shape}"
        )
    if kernel.shape[-2] != inputs.shape[1 if checked_data_format(name, data_format) == "channels_first" else -1]:
        raise ValueError(
            f"{name}: {argument} of shape {kernel.shape} has kernels for {kernel.shape[-2]} channels, so inputs must "
            f"have as many, got shape {inputs.shape}"
        )


def _with_axis(x: Any, axis: int) -> Any:
    """Give an array or tensor an axis of size 1, the height, at `axis`."""
    return _reshaped(x, (*x.shape[:axis], 1, *x.shape[axis:]))


def _reshaped(x: Any, shape: tuple[Any, ...]) -> Any:
    """View an array, or record a tensor, under another shape."""
    return x.reshape(shape) if isinstance(x, np.ndarray) else reshape(x, shape)
