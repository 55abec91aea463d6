"""Convolution layers: a kernel and a bias around ``ops.conv``."""

from __future__ import annotations

from typing import Any

from convolith import activations, ops
from convolith.layers.arguments import channels_axis, data_format_name, padding_argument, per_axis, positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.rules import object_named, rules_config, rules_for, set_rules
from convolith.ops.arguments import flag


class BaseConv(Layer):
    """What the convolutions of every kind and rank share; ``rank`` is the number of spatial axes."""

    rank: int
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        owner, rank = self.who(), self.rank
        self.filters = positive_integer(owner, "filters", filters)
        self.groups = positive_integer(owner, "groups", groups)
        self.kernel_size = per_axis(owner, "kernel_size", kernel_size, rank)
        self.strides = per_axis(owner, "strides", strides, rank)
        self.dilation_rate = per_axis(owner, "dilation_rate", dilation_rate, rank)
        self.padding = padding_argument(owner, padding, rank, self.paddings)
        self.data_format = data_format_name(owner, data_format)
        self.activation = object_named(owner, "activation", activation)
        self.use_bias = flag(owner, "use_bias", use_bias)
        set_rules(
            self,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        if self.filters % self.groups:
            raise ValueError(f"{owner}: filters must be a multiple of groups, got {self.filters} and {self.groups}")
        self.input_spec = InputSpec(ndim=rank + 2)

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the bias, of the shapes that ``weight_shapes`` gives.

        Raises:
            ValueError: the channels are unknown or no multiple of ``groups``.
        """
        axis = channels_axis(self.data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.input_spec.check(tuple(input_shape))
        channels = input_shape[axis]
        if channels is None or channels % self.groups:
            raise ValueError(f"expected channels that are a multiple of groups {self.groups}, got shape {input_shape}")
        kernel_shape, bias_shape = self.weight_shapes(tuple(input_shape), channels)
        self.kernel = self.add_weight(shape=kernel_shape, name="kernel", **rules_for(self, "kernel"))
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=bias_shape, name="bias", **rules_for(self, "bias"))
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})

    def weight_shapes(self, input_shape: tuple[Any, ...], channels: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the shapes of kernel and bias."""
        return (*self.kernel_size, channels // self.groups, self.filters), (self.filters,)

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, apply the activation."""
        outputs = ops.conv(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
            groups=self.groups,
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
            "groups": self.groups,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            **rules_config(self),
        }


class Conv1D(BaseConv):
    """1-D convolution (cross-correlation) of sequences.

    Input (batch, steps, channels), output (batch, new steps, filters); with ``data_format="channels_first"`` the
    channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer, or a tuple of one, as ``strides`` and ``dilation_rate``.
        strides: steps from one window to the next.
        padding: "valid", "same", "causal" (upper or lower case; the last one never looks ahead), or beyond Keras
            explicit ((before, after),).
        dilation_rate: steps from one element of the kernel to the next.
        kwargs: and all other arguments, in ``Conv2D``'s order and meaning; the kernel is
            (kernel_size, channels / groups, filters).

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Conv1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Conv1D
        >>> Conv1D(4, 3, padding="causal")(np.zeros((2, 8, 3), "float32")).shape
        (2, 8, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class Conv2D(BaseConv):
    """2-D convolution (cross-correlation) of images.

    Input (batch, height, width, channels), output (batch, new height, new width, filters); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer or a pair.
        strides: an integer or a pair.
        padding: "valid", "same" (upper or lower case), or beyond Keras explicit ((top, bottom), (left, right)).
        data_format: "channels_last" (None) or "channels_first".
        dilation_rate: an integer or a pair.
        groups: number of groups that channels and filters are split into.
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the kernel (*kernel_size, channels / groups, filters).
        bias_initializer: first values of the bias (filters,).
        kernel_regularizer: a name, an object or a function of the kernel that is added to the loss; or None.
        bias_regularizer: the same of the bias.
        activity_regularizer: the same of the outputs, divided by the samples.
        kernel_constraint: a name, an object or a function that each step of training ends with; or None.
        bias_constraint: the same for the bias.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Conv2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Conv2D
        >>> Conv2D(4, 3, activation="relu", padding="same")(np.zeros((2, 8, 8, 3), "float32")).shape
        (2, 8, 8, 4)
    """

    rank = 2


class Conv3D(BaseConv):
    """3-D convolution (cross-correlation) of volumes.

    Input (batch, depth, height, width, channels), output (batch, new depth, new height, new width, filters); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer or three, as ``strides`` and ``dilation_rate``.
        strides: pixels from one window to the next.
        padding: "valid", "same" (upper or lower case), or beyond Keras three explicit pairs (before, after).
        kwargs: and all other arguments, in ``Conv2D``'s order and meaning; the kernel is
            (*kernel_size, channels / groups, filters).

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Conv3D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Conv3D
        >>> Conv3D(4, 3, padding="same")(np.zeros((1, 4, 5, 6, 3), "float32")).shape
        (1, 4, 5, 6, 4)
    """

    rank = 3


Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
