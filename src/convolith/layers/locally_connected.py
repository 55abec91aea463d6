"""Locally connected layers: a kernel and a bias of its own at each pixel, around ``ops.locally_connected``."""

from __future__ import annotations

import math
from typing import Any

from convolith import ops
from convolith.layers.conv import BaseConv


class BaseLocallyConnected(BaseConv):
    """What the locally connected layers of every rank share."""

    not_taken = frozenset({"dilation_rate", "groups"})  # which the convolutions below take

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: Any = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ):
        super().__init__(
            filters, kernel_size, strides, padding, data_format, 1, 1, activation, use_bias, kernel_initializer,
            bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
            bias_constraint, **kwargs,
        )  # fmt: skip
        if implementation != 1:
            raise ValueError(
                f"{self.who()}: implementation must be 1, the others differ in their weights, got {implementation!r}"
            )

    def weight_shapes(self, input_shape: tuple[Any, ...], channels: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the shapes of kernel and bias."""
        kernel_shape = (*self.kernel_size, channels, self.filters)
        shape = ops.conv_output_shape(input_shape, kernel_shape, self.strides, self.padding, self.data_format)
        sizes = shape[1:-1] if self.data_format == "channels_last" else shape[2:]
        pixels = math.prod(sizes)  # type: ignore[arg-type]
        return (pixels, math.prod(self.kernel_size) * channels, self.filters), (*sizes, self.filters)  # type: ignore

    def call(self, inputs: Any) -> Any:
        """Multiply, add the bias, apply the activation."""
        outputs = ops.locally_connected(
            inputs, self.kernel, self.kernel_size, self.strides, self.padding, self.data_format, self.bias
        )
        return self.activation(outputs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        return {name: value for name, value in config.items() if name not in ("groups", "dilation_rate")}


class LocallyConnected1D(BaseLocallyConnected):
    """1-D convolution of sequences with another kernel at each step of the output.

    Input (batch, steps, channels), output (batch, new steps, filters); with ``data_format="channels_first"`` the
    channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer, or a tuple of one, as ``strides``.
        strides: steps from one window to the next.
        padding: "valid", or beyond Keras "same" and explicit ((before, after),).
        kwargs: and all other arguments, in ``LocallyConnected2D``'s order and meaning; the kernel is
            (new steps, kernel_size * channels, filters).

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        Keras 2, keras.layers.LocallyConnected1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import LocallyConnected1D
        >>> LocallyConnected1D(4, 3)(np.zeros((2, 8, 3), "float32")).shape
        (2, 6, 4)
    """

    rank = 1


class LocallyConnected2D(BaseLocallyConnected):
    """2-D convolution of images with another kernel at each pixel of the output.

    Input (batch, height, width, channels), output (batch, new height, new width, filters); with
    ``data_format="channels_first"`` the channels come after the batch in both.

    Args:
        filters: number of output channels.
        kernel_size: an integer or a pair.
        strides: an integer or a pair.
        padding: "valid", or beyond Keras "same" and explicit ((top, bottom), (left, right)).
        data_format: "channels_last" (None) or "channels_first".
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the kernel (new height * new width, kernel's height * width * channels,
            filters).
        bias_initializer: first values of the bias (new height, new width, filters).
        kernel_regularizer: as of ``Conv2D``.
        bias_regularizer: as of ``Conv2D``.
        activity_regularizer: as of ``Conv2D``.
        kernel_constraint: as of ``Conv2D``.
        bias_constraint: as of ``Conv2D``.
        implementation: 1, Keras's first.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        Keras 2, keras.layers.LocallyConnected2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import LocallyConnected2D
        >>> LocallyConnected2D(4, 3, activation="relu")(np.zeros((2, 8, 8, 3), "float32")).shape
        (2, 6, 6, 4)
    """

    rank = 2
