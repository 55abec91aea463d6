"""Pooling layers around ``ops.max_pool`` and ``ops.average_pool``."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import data_format_name, padding_argument, per_axis
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer


class BasePool(Layer):
    """What the poolings of every kind and rank share; ``rank`` is the number of spatial axes."""

    rank: int

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: Any = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        owner = self.who()
        self.pool_size = per_axis(owner, "pool_size", pool_size, self.rank)
        self.strides = self.pool_size if strides is None else per_axis(owner, "strides", strides, self.rank)
        self.padding = padding_argument(owner, padding, self.rank)
        self.data_format = data_format_name(owner, data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
        }


class MaxPooling2D(BasePool):
    """Largest value of each window, channel by channel.

    Input (batch, height, width, channels), output with the height and width of the windows.

    Args:
        pool_size: an integer or a pair.
        strides: an integer or a pair; None takes ``pool_size``.
        padding: "valid", "same" (upper or lower case), or beyond Keras explicit ((top, bottom), (left, right)).
        data_format: "channels_last" (None) or "channels_first".
        name: None takes ``max_pooling2d`` with a number.
        kwargs: ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.MaxPooling2D.

    Example:
        >>> import numpy as np
        >>> MaxPooling2D()(np.arange(16, dtype="float32").reshape(1, 4, 4, 1)).ravel().tolist()
        [5.0, 7.0, 13.0, 15.0]
    """

    rank = 2

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: Any = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)

    def call(self, inputs: Any) -> Any:
        """Return the largest values."""
        return ops.max_pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)


class AveragePooling2D(BasePool):
    """Mean of each window, channel by channel; with "same" padding, over the real elements only.

    Input (batch, height, width, channels), output with the height and width of the windows.

    Args:
        pool_size: an integer or a pair.
        strides: an integer or a pair; None takes ``pool_size``.
        padding: "valid", "same" (upper or lower case), or beyond Keras explicit ((top, bottom), (left, right)).
        data_format: "channels_last" (None) or "channels_first".
        name: None takes ``average_pooling2d`` with a number.
        count_include_pad: whether explicit padding counts as zeros in the mean (beyond Keras).
        kwargs: ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.AveragePooling2D.

    Example:
        >>> import numpy as np
        >>> AveragePooling2D()(np.arange(16, dtype="float32").reshape(1, 4, 4, 1)).ravel().tolist()
        [2.5, 4.5, 10.5, 12.5]
    """

    rank = 2

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: Any = "valid",
        data_format: str | None = None,
        name: str | None = None,
        count_include_pad: bool = False,
        **kwargs: Any,
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)
        self.count_include_pad = bool(count_include_pad)

    def call(self, inputs: Any) -> Any:
        """Return the means."""
        return ops.average_pool(
            inputs,
            self.pool_size,
            self.strides,
            self.padding,
            self.data_format,
            count_include_pad=self.count_include_pad,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "count_include_pad": self.count_include_pad}


MaxPool2D = MaxPooling2D
AvgPool2D = AveragePooling2D
