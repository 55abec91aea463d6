"""Depthwise convolution layers: a kernel and a bias around ``ops.depthwise_conv``."""

from __future__ import annotations

from typing import Any

from convolith import activations, ops
from convolith.layers.arguments import channels_axis, data_format_name, padding_argument, per_axis, positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.rules import object_named, rules_config, rules_for, set_rules
from convolith.ops.arguments import flag


class BaseDepthwiseConv(Layer):
    """What the depthwise convolutions of one and two spatial axes share; ``rank`` is the number of axes."""

    rank: int

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        owner, rank = self.who(), self.rank
        set_rules(
            self,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
        )
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
        """Make kernel (*kernel_size, channels, depth_multiplier) and bias (channels * depth_multiplier,).

        Raises:
            ValueError: the channels are unknown.
        """
        axis = channels_axis(self.data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.input_spec.check(tuple(input_shape))
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(f"expected a known number of channels, got shape {input_shape}")
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            name="kernel",
            **rules_for(self, "depthwise"),
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(channels * self.depth_multiplier,), name="bias", **rules_for(self, "bias")
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def call(self, inputs: Any) -> Any:
        """Convolve each channel, add the bias, apply the activation."""
        outputs = ops.depthwise_conv(
            inputs,
            self.kernel,
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
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "depth_multiplier": self.depth_multiplier,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **rules_config(self),
        }


class DepthwiseConv1D(BaseDepthwiseConv):
    """1-D depthwise convolution of sequences: each channel has kernels of its own.

    Input (batch, steps, channels), output (batch, new steps, channels * depth_multiplier); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        kernel_size: an integer, or a tuple of one.
        strides: an integer, or a tuple of one.
        padding: "valid", "same" (upper or lower case), or beyond Keras explicit ((before, after),).
        depth_multiplier: number of output channels of each input channel, which follow each other.
        data_format: "channels_last" (None) or "channels_first".
        dilation_rate: an integer, or a tuple of one.
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        depthwise_initializer: first values of the kernel (*kernel_size, channels, depth_multiplier).
        bias_initializer: first values of the bias (channels * depth_multiplier,).
        depthwise_regularizer: a name, an object or a function of it that is added to the loss; or None.
        bias_regularizer: likewise.
        activity_regularizer: the same of the outputs, divided by the samples.
        depthwise_constraint: a name, an object or a function that each step of training ends with; or None.
        bias_constraint: likewise.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.DepthwiseConv1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import DepthwiseConv1D
        >>> DepthwiseConv1D(3, depth_multiplier=2)(np.zeros((2, 8, 3), "float32")).shape
        (2, 6, 6)
    """

    rank = 1


class DepthwiseConv2D(BaseDepthwiseConv):
    """2-D depthwise convolution of images: each channel has kernels of its own.

    Input (batch, height, width, channels), output (batch, new height, new width, channels * depth_multiplier); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        kernel_size: an integer or a pair.
        strides: an integer or a pair.
        padding: "valid", "same" (upper or lower case), or beyond Keras explicit ((top, bottom), (left, right)).
        depth_multiplier: number of output channels of each input channel, which follow each other.
        data_format: "channels_last" (None) or "channels_first".
        dilation_rate: an integer or a pair.
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        depthwise_initializer: first values of the kernel (*kernel_size, channels, depth_multiplier).
        bias_initializer: first values of the bias (channels * depth_multiplier,).
        depthwise_regularizer: a name, an object or a function of it that is added to the loss; or None.
        bias_regularizer: likewise.
        activity_regularizer: the same of the outputs, divided by the samples.
        depthwise_constraint: a name, an object or a function that each step of training ends with; or None.
        bias_constraint: likewise.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.DepthwiseConv2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import DepthwiseConv2D
        >>> DepthwiseConv2D(3, activation="relu", padding="same")(np.zeros((2, 8, 8, 3), "float32")).shape
        (2, 8, 8, 3)
    """

    rank = 2
