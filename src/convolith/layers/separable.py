"""Separable convolution layers: two kernels and a bias around ``ops.separable_conv``."""

from __future__ import annotations

from typing import Any

from convolith import activations, ops
from convolith.layers.arguments import channels_axis, data_format_name, padding_argument, per_axis, positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.rules import object_named, rules_config, rules_for, set_rules
from convolith.ops.arguments import flag


class BaseSeparableConv(Layer):
    """What the separable convolutions of one and two spatial axes share; ``rank`` is the number of axes."""

    rank: int

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        owner, rank = self.who(), self.rank
        set_rules(
            self,
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
        )
        self.filters = positive_integer(owner, "filters", filters)
        self.depth_multiplier = positive_integer(owner, "depth_multiplier", depth_multiplier)
        self.kernel_size = per_axis(owner, "kernel_size", kernel_size, rank)
        self.strides = per_axis(owner, "strides", strides, rank)
        self.dilation_rate = per_axis(owner, "dilation_rate", dilation_rate, rank)
        self.padding = padding_argument(owner, padding, rank)
        self.data_format = data_format_name(owner, data_format)
        self.activation = object_named(self.who(), "activation", activation)
        self.use_bias = flag(owner, "use_bias", use_bias)
        self.input_spec = InputSpec(ndim=rank + 2)

    def build(self, input_shape: Any) -> None:
        """Make depthwise_kernel (*kernel_size, channels, depth_multiplier), pointwise_kernel, of size 1 in space, and
        bias (filters,).

        Raises:
            ValueError: the channels are unknown.
        """
        axis = channels_axis(self.data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.input_spec.check(tuple(input_shape))
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(f"expected a known number of channels, got shape {input_shape}")
        self.depthwise_kernel = self.add_weight(
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            name="depthwise_kernel",
            **rules_for(self, "depthwise"),
        )
        self.pointwise_kernel = self.add_weight(
            shape=(*(1 for _ in self.kernel_size), channels * self.depth_multiplier, self.filters),
            name="pointwise_kernel",
            **rules_for(self, "pointwise"),
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), name="bias", **rules_for(self, "bias"))
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def call(self, inputs: Any) -> Any:
        """Convolve each channel, then all channels pixel by pixel, add the bias, apply the activation."""
        outputs = ops.separable_conv(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
            bias=self.bias,
        )
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "depth_multiplier": self.depth_multiplier,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **rules_config(self),
        }


class SeparableConv1D(BaseSeparableConv):
    """1-D separable convolution of sequences: each channel with kernels of its own, then all channels step by step.

    Input (batch, steps, channels), output (batch, new steps, filters); with ``data_format="channels_first"`` the
    channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer, or a tuple of one.
        strides: an integer, or a tuple of one.
        padding: "valid", "same" (upper or lower case), or beyond Keras explicit ((before, after),).
        data_format: "channels_last" (None) or "channels_first".
        dilation_rate: an integer, or a tuple of one.
        depth_multiplier: number of channels between the two steps of each input channel.
        activation: a name, a function or None; it comes after both steps.
        use_bias: whether a bias is added, after both steps.
        depthwise_initializer: first values of depthwise_kernel (*kernel_size, channels, depth_multiplier).
        pointwise_initializer: first values of pointwise_kernel (1, channels * depth_multiplier, filters).
        bias_initializer: first values of the bias (filters,).
        depthwise_regularizer: a name, an object or a function of it that is added to the loss; or None.
        pointwise_regularizer: likewise.
        bias_regularizer: likewise.
        activity_regularizer: the same of the outputs, divided by the samples.
        depthwise_constraint: a name, an object or a function that each step of training ends with; or None.
        pointwise_constraint: likewise.
        bias_constraint: likewise.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.SeparableConv1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import SeparableConv1D
        >>> SeparableConv1D(4, 3)(np.zeros((2, 8, 3), "float32")).shape
        (2, 6, 4)
    """

    rank = 1


class SeparableConv2D(BaseSeparableConv):
    """2-D separable convolution of images: each channel with kernels of its own, then all channels pixel by pixel.

    Input (batch, height, width, channels), output (batch, new height, new width, filters); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer or a pair.
        strides: an integer or a pair.
        padding: "valid", "same" (upper or lower case), or beyond Keras explicit ((top, bottom), (left, right)).
        data_format: "channels_last" (None) or "channels_first".
        dilation_rate: an integer or a pair.
        depth_multiplier: number of channels between the two steps of each input channel.
        activation: a name, a function or None; it comes after both steps.
        use_bias: whether a bias is added, after both steps.
        depthwise_initializer: first values of depthwise_kernel (*kernel_size, channels, depth_multiplier).
        pointwise_initializer: first values of pointwise_kernel (1, 1, channels * depth_multiplier, filters).
        bias_initializer: first values of the bias (filters,).
        depthwise_regularizer: a name, an object or a function of it that is added to the loss; or None.
        pointwise_regularizer: likewise.
        bias_regularizer: likewise.
        activity_regularizer: the same of the outputs, divided by the samples.
        depthwise_constraint: a name, an object or a function that each step of training ends with; or None.
        pointwise_constraint: likewise.
        bias_constraint: likewise.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.SeparableConv2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import SeparableConv2D
        >>> SeparableConv2D(4, 3, activation="relu", padding="same")(np.zeros((2, 8, 8, 3), "float32")).shape
        (2, 8, 8, 4)
    """

    rank = 2


SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D
