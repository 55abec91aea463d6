"""Transposed convolution layers: a kernel and a bias around ``ops.conv_transpose``."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import per_axis
from convolith.layers.conv import BaseConv


class BaseConvTranspose(BaseConv):
    """What the transposed convolutions of every rank share."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        groups: int = 1,
        **kwargs: Any,
    ):
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
        self.output_padding = None
        if output_padding is not None:
            owner = self.who()
            self.output_padding = per_axis(owner, "output_padding", output_padding, self.rank, least=0)
            if any(more >= step for more, step in zip(self.output_padding, self.strides, strict=True)):
                raise ValueError(
                    f"{owner}: output_padding must be smaller than strides {self.strides}, got {self.output_padding}"
                )

    def weight_shapes(self, input_shape: tuple[Any, ...], channels: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the shapes of kernel and bias."""
        return (*self.kernel_size, self.filters // self.groups, channels), (self.filters,)

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, apply the activation."""
        outputs = ops.conv_transpose(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
            groups=self.groups,
            bias=self.bias,
        )
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "output_padding": self.output_padding}


class Conv1DTranspose(BaseConvTranspose):
    """1-D transposed convolution of sequences: the adjoint of ``Conv1D``.

    Input (batch, steps, channels), output (batch, new steps, filters); with ``data_format="channels_first"`` the
    channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer, or a tuple of one, as ``strides``, ``output_padding`` and ``dilation_rate``.
        strides: steps of the output from one step of the input to the next.
        padding: "valid", "same" (upper or lower case), or beyond Keras what is cut off: ((before, after),).
        output_padding: steps that are added at the end, smaller than ``strides``; None as ``ops.conv_transpose`` says.
        data_format: "channels_last" (None) or "channels_first".
        dilation_rate: steps from one element of the kernel to the next.
        kwargs: and all other arguments, in ``Conv2DTranspose``'s order and meaning; the kernel is
            (kernel_size, filters / groups, channels).

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Conv1DTranspose.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Conv1DTranspose
        >>> Conv1DTranspose(4, 3, strides=2)(np.zeros((2, 8, 3), "float32")).shape
        (2, 17, 4)
    """

    rank = 1


class Conv2DTranspose(BaseConvTranspose):
    """2-D transposed convolution of images: the adjoint of ``Conv2D``.

    Input (batch, height, width, channels), output (batch, new height, new width, filters); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer or a pair.
        strides: an integer or a pair.
        padding: "valid", "same" (upper or lower case), or beyond Keras what is cut off: ((top, bottom), (left, right)).
        output_padding: an integer or a pair, smaller than ``strides``; None as ``ops.conv_transpose`` says.
        data_format: "channels_last" (None) or "channels_first".
        dilation_rate: an integer or a pair.
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the kernel (*kernel_size, filters / groups, channels).
        bias_initializer: first values of the bias (filters,).
        kernel_regularizer: as of ``Conv2D``.
        bias_regularizer: as of ``Conv2D``.
        activity_regularizer: as of ``Conv2D``.
        kernel_constraint: as of ``Conv2D``.
        bias_constraint: as of ``Conv2D``.
        groups: number of groups that channels and filters are split into (beyond Keras).
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Conv2DTranspose.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Conv2DTranspose
        >>> Conv2DTranspose(4, 2, strides=2, activation="relu")(np.zeros((2, 8, 8, 3), "float32")).shape
        (2, 16, 16, 4)
    """

    rank = 2


class Conv3DTranspose(BaseConvTranspose):
    """3-D transposed convolution of volumes: the adjoint of ``Conv3D``.

    Input (batch, depth, height, width, channels), output (batch, new depth, new height, new width, filters); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer or three, as ``strides``, ``output_padding`` and ``dilation_rate``.
        strides: pixels of the output from one pixel of the input to the next.
        padding: "valid", "same" (upper or lower case), or beyond Keras what is cut off, three pairs (before, after).
        data_format: "channels_last" (None) or "channels_first"; here before ``output_padding``, as Keras has it.
        output_padding: pixels that are added at the end, smaller than ``strides``; None as ``ops.conv_transpose`` says.
        dilation_rate: pixels from one element of the kernel to the next.
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the kernel (*kernel_size, filters / groups, channels).
        bias_initializer: first values of the bias (filters,).
        kernel_regularizer: as of ``Conv2D``.
        bias_regularizer: as of ``Conv2D``.
        activity_regularizer: as of ``Conv2D``.
        kernel_constraint: as of ``Conv2D``.
        bias_constraint: as of ``Conv2D``.
        groups: number of groups that channels and filters are split into (beyond Keras).
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Conv3DTranspose.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Conv3DTranspose
        >>> Conv3DTranspose(4, 2, strides=2)(np.zeros((1, 2, 3, 4, 3), "float32")).shape
        (1, 4, 6, 8, 4)
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        output_padding: Any = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        groups: int = 1,
        **kwargs: Any,
    ):
        super().__init__(
            filters, kernel_size, strides, padding, output_padding, data_format, dilation_rate, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, groups, **kwargs,
        )  # fmt: skip


Convolution1DTranspose = Conv1DTranspose
Convolution2DTranspose = Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
