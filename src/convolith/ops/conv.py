"""Convolution (cross-correlation) in one to three dimensions, and its two adjoints, operations of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from convolith.engine import conv as engine
from convolith.engine.conv_scratch import conv_scratch
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.bias import bias_gradient
from convolith.ops.conv_window import Window, conv_arguments
from convolith.ops.dense import check_activation
from convolith.ops.layout import as_came, channels_last
from convolith.ops.packed_conv import added, packed
from convolith.ops.relu import Relu, ReluGradient
from convolith.ops.standardize import folded, with_reader
from convolith.ops.window import Sizes, conv_padding, output_sizes


@dataclass(frozen=True)
class Conv(Operation):
    """Convolution of inputs (n, spatial, ci) with a kernel (window, ci / groups, co), plus bias, and relu if asked.

    Fused with an addition, `other` of the result's shape is added before relu.
    """

    window: Window
    activation: str | None = None
    takes_over = (3,)

    def infer(self, inputs: Spec, kernel: Spec, bias: Spec | None = None, other: Spec | None = None) -> Spec:
        """Check channels, groups and bias, and find the spatial sizes of the result."""
        window = self.window
        channels, (*size, depth, filters) = inputs.shape[-1], kernel.shape
        if window.groups * depth != channels:
            raise ValueError(
                f"conv: kernel of shape {kernel.shape} reads {depth} channels in each of {window.groups} groups, so "
                f"inputs must have {window.groups * depth} channels, got shape {as_came(inputs.shape)}"
            )
        if filters % window.groups or not filters:
            raise ValueError(
                f"conv: kernel must have a multiple of groups = {window.groups} filters, got shape {kernel.shape}"
            )
        if bias is not None and bias.shape != (filters,):
            raise ValueError(f"conv: bias must have shape ({filters},), one a filter, got {bias.shape}")
        spatial = output_sizes(
            "conv", "kernel", inputs.shape, size, window.strides, window.padding, window.dilation_rate
        )
        return Spec((inputs.shape[0], *spatial, filters), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Convolve."""
        images, kernel, bias, other = inputs
        geometry = self.window.geometry(images.shape, kernel.shape)
        work = partial(engine.conv, geometry, images, kernel, bias, self.activation, outputs[0])
        return added(other, outputs[0], work)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Undo the activation; then the gradients are convolutions too."""
        inputs, kernel, bias, other = node.inputs
        assert inputs is not None and kernel is not None
        upstream = ReluGradient()(upstreams[0], node.outputs[0]) if self.activation else upstreams[0]
        by_bias = None if bias is None else bias_gradient(upstream)
        by_kernel = ConvKernelGradient(self.window, kernel.shape)(inputs, upstream)
        by_inputs = ConvTranspose(self.window, inputs.shape[1:-1])(upstream, kernel, None)
        return by_inputs, by_kernel, by_bias, None if other is None else upstream

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take along a following relu, and without groups an addition of what has the result's shape."""
        if self.window.groups > 1 and type(reader.operation) is not Relu:
            return None
        return with_reader(self, node, reader)

    def fold(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take a following normalisation by given moments into kernel and bias."""
        inputs, kernel, bias, other = node.inputs
        weights = folded(node, kernel, bias, reader) if self.activation is None and other is None else None
        return None if weights is None else (self, (inputs, *weights, None))

    def settle(self, node: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Read a packed kernel, where the engine does that."""
        return packed(self.window, self.activation, *node.inputs)

    def padded(self, spatial: Sequence[Sequence[int]]) -> Conv:
        """Give the convolution of images that have no such zeros (before, after) along each axis around them yet."""
        return replace(self, window=self.window.padded(spatial))

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count a multiplication and an addition for each tap of each pixel, and what comes after."""
        after = (inputs[2] is not None) + (inputs[3] is not None) + (self.activation is not None)
        return _multiply_adds(outputs[0], inputs[1]) + after * math.prod(outputs[0].shape)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(self.window, "forward", inputs[0], inputs[1])

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[Sizes, Sizes]:
        """Give the kernel's extent and its strides."""
        return self.window.extent(inputs[1]), self.window.strides


@dataclass(frozen=True)
class ConvTranspose(Operation):
    """The adjoint of the convolution as a function of its inputs, of the spatial `sizes`; plus bias, and relu if asked.

    It takes inputs (n, spatial axes, co) and the convolution's kernel, and gives (n, sizes, ci).
    """

    window: Window
    sizes: Sizes
    activation: str | None = None

    def infer(self, inputs: Spec, kernel: Spec, bias: Spec | None = None) -> Spec:
        """Check channels, groups and bias."""
        groups, (*_, depth, channels) = self.window.groups, kernel.shape
        if inputs.shape[-1] != channels:
            raise ValueError(
                f"conv_transpose: kernel of shape {kernel.shape} reads {channels} channels, so inputs must have as "
                f"many, got shape {as_came(inputs.shape)}"
            )
        if channels % groups:
            raise ValueError(
                f"conv_transpose: inputs must have a multiple of groups = {groups} channels, got shape "
                f"{as_came(inputs.shape)}"
            )
        if bias is not None and bias.shape != (depth * groups,):
            raise ValueError(
                f"conv_transpose: bias must have shape ({depth * groups},), one a filter, got {bias.shape}"
            )
        return Spec((inputs.shape[0], *self.sizes, depth * groups), inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Convolve with the kernel turned around."""
        images, kernel, bias = inputs
        geometry = self.window.geometry(outputs[0].shape, kernel.shape)
        return engine.conv_input_gradient(geometry, images, kernel, outputs[0], bias, self.activation)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count as many as the convolution has, and what comes after."""
        after = (inputs[2] is not None) + (self.activation is not None)
        return _multiply_adds(inputs[0], inputs[1]) + after * math.prod(outputs[0].shape)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(self.window, "input_gradient", outputs[0], inputs[1])

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[Sizes, Sizes] | None:
        """Give the kernel's extent, as long as no strides spread the pixels."""
        return (self.window.extent(inputs[1]), self.window.strides) if max(self.window.strides) == 1 else None

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Undo the activation, and go the other way: it is linear in both."""
        inputs, kernel, bias = node.inputs
        assert kernel is not None
        upstream = ReluGradient()(upstreams[0], node.outputs[0]) if self.activation else upstreams[0]
        by_bias = None if bias is None else bias_gradient(upstream)
        by_kernel = ConvKernelGradient(self.window, kernel.shape)(upstream, inputs)
        return Conv(self.window)(upstream, kernel, None, None), by_kernel, by_bias

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Take a following relu along."""
        follows = type(reader.operation) is Relu and self.activation is None
        return (replace(self, activation="relu"), node.inputs) if follows else None


@dataclass(frozen=True)
class ConvKernelGradient(Operation):
    """The adjoint of the convolution as a function of its kernel, of shape `kernel_shape`."""

    window: Window
    kernel_shape: tuple[int, ...]

    def infer(self, inputs: Spec, upstream: Spec) -> Spec:
        """Give the shape of the kernel."""
        return Spec(self.kernel_shape, inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Correlate the inputs with the upstream."""
        images, upstream = inputs
        return engine.conv_kernel_gradient(
            self.window.geometry(images.shape, outputs[0].shape), images, upstream, outputs[0]
        )

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count as many as forward."""
        return _multiply_adds(inputs[1], outputs[0])

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        return _scratch(self.window, "kernel_gradient", inputs[0], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go the other way: it is linear in both."""
        inputs, upstream = node.inputs
        assert inputs is not None
        by_inputs = ConvTranspose(self.window, inputs.shape[1:-1])(upstream, upstreams[0], None)
        return by_inputs, Conv(self.window)(inputs, upstreams[0], None, None)


def _multiply_adds(result: Spec | None, kernel: Spec | None) -> int:
    """Count the operations between a convolution's result (n, spatial, co) and its kernel (window, ci / groups, co)."""
    assert result is not None and kernel is not None
    return 2 * math.prod(result.shape) * math.prod(kernel.shape[:-1])


def _scratch(window: Window, direction: str, images: Spec | None, kernel: Spec | None) -> int:
    """Give the working memory of a pass between a convolution's images (n, spatial, ci) and its kernel."""
    assert images is not None and kernel is not None
    return conv_scratch(window.geometry(images.shape, kernel.shape), direction, images.dtype.itemsize)


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
    """Convolve sequences, images or volumes with a kernel that is not turned around (cross-correlation).

    Args:
        inputs: array or tensor (n, w, ci), (n, h, w, ci) or (n, d, h, w, ci); with data_format "channels_first" the
            channels come second.
        kernel: array or tensor (kw, ci / groups, co), with kh and kd before them likewise.
        strides: pixels from one window to the next, for all axes or one an axis.
        padding: "valid", "same" (the result has ceil(size / strides) pixels, the odd zero comes after), with one
            spatial axis also "causal" (all zeros come before, and no result depends on what comes later); or the zeros
            around the image as a pair (before, after) for each axis.
        data_format: "channels_last" (the default) or "channels_first".
        dilation_rate: pixels from one kernel element to the next, for all axes or one an axis.
        groups: in how many equal parts the channels are convolved apart; 1 means as many as the kernel's shape says.
        bias: array or tensor (co,) that is added, or None.
        activation: None or "relu", done in the same pass.

    Returns:
        As `inputs` with new spatial sizes and co channels, float32 or float64; a size is
        (size + before + after - dilation_rate * (k - 1) - 1) // strides + 1.

    Raises:
        ValueError: if the shapes do not fit together, or an argument has no such value.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> images, kernel = np.ones((1, 5, 5, 3), "float32"), np.ones((3, 3, 3, 8), "float32")
        >>> ops.conv(images, kernel, strides=2, padding="same").shape
        (1, 3, 3, 8)
        >>> ops.conv(np.arange(4.0).reshape(1, 4, 1), np.ones((2, 1, 1)), padding="causal").ravel()
        array([0., 1., 3., 5.])
    """
    check_activation("conv", activation)
    inputs, kernel, steps, dilation, parts = conv_arguments(
        "conv", "channels / groups, filters", inputs, kernel, strides, dilation_rate, groups
    )

    def convolve(images: Any) -> Any:
        channels, depth = images.shape[-1], kernel.shape[-2]
        inferred = channels // depth if parts == 1 and channels % depth == 0 and channels else parts
        around = conv_padding("conv", padding, images.shape, kernel.shape, steps, dilation)
        return Conv(Window(steps, around, dilation, inferred), activation)(images, kernel, bias, None)

    return channels_last("conv", data_format, convolve, inputs)
