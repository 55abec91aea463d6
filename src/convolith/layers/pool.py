"""Pooling layers around ``ops.max_pool``, ``ops.min_pool``, ``ops.average_pool`` and ``ops.lp_pool``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from convolith import ops
from convolith.layers.arguments import data_format_name, padding_argument, per_axis
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.ops.arguments import flag


class BasePool(Layer):
    """What the poolings of every kind and rank share.

    ``rank`` is the number of spatial axes, ``pool`` the function of ``ops``.

    Args:
        pool_size: an integer, or one a spatial axis.
        strides: likewise; None takes ``pool_size``.
        padding: "valid", "same" (upper or lower case), or beyond Keras a pair (before, after) for each spatial axis.
        data_format: "channels_last" (None) or "channels_first".
        name: None takes the class's name in small letters with a number.
        dilation_rate: beyond Keras: pixels from one element of the window to the next, one or one a spatial axis.
        ceil_mode: beyond Keras: whether a last window may reach past the end, as in torch.
        kwargs: ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        TypeError: ``ceil_mode`` is neither True nor False.
        ValueError: another argument is none of these, or the input's shape does not fit.
    """

    rank: ClassVar[int]
    pool: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: Any = "valid",
        data_format: str | None = None,
        name: str | None = None,
        *,
        dilation_rate: Any = 1,
        ceil_mode: bool = False,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        owner = self.who()
        self.pool_size = per_axis(owner, "pool_size", pool_size, self.rank)
        self.strides = self.pool_size if strides is None else per_axis(owner, "strides", strides, self.rank)
        self.padding = padding_argument(owner, padding, self.rank)
        self.data_format = data_format_name(owner, data_format)
        self.dilation_rate = per_axis(owner, "dilation_rate", dilation_rate, self.rank)
        self.ceil_mode = flag(self.who(), "ceil_mode", ceil_mode)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def pooling(self) -> dict[str, Any]:
        """Return the arguments of ``pool``."""
        return {
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "ceil_mode": self.ceil_mode,
        }

    def call(self, inputs: Any) -> Any:
        """Return the pooled images."""
        return type(self).pool(inputs, **self.pooling())

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), **self.pooling()}


class MaxPooling1D(BasePool):
    """Largest value of each window of a sequence (batch, steps, channels); arguments as in ``BasePool``.

    Source:
        keras.layers.MaxPooling1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import MaxPooling1D
        >>> MaxPooling1D()(np.array([[[1.0], [3.0], [2.0], [0.0]]])).ravel().tolist()
        [3.0, 2.0]
    """

    rank = 1
    pool = staticmethod(ops.max_pool)


class MaxPooling2D(BasePool):
    """Largest value of each window, channel by channel; arguments as in ``BasePool``.

    Input (batch, height, width, channels), output with the height and width of the windows.

    Source:
        keras.layers.MaxPooling2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import MaxPooling2D
        >>> MaxPooling2D()(np.arange(16, dtype="float32").reshape(1, 4, 4, 1)).ravel().tolist()
        [5.0, 7.0, 13.0, 15.0]
    """

    rank = 2
    pool = staticmethod(ops.max_pool)


class MaxPooling3D(BasePool):
    """Largest value of each window of volumes (batch, depth, height, width, channels); arguments as in ``BasePool``.

    Source:
        keras.layers.MaxPooling3D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import MaxPooling3D
        >>> MaxPooling3D()(np.arange(8, dtype="float32").reshape(1, 2, 2, 2, 1)).ravel().tolist()
        [7.0]
    """

    rank = 3
    pool = staticmethod(ops.max_pool)


class MinPooling2D(BasePool):
    """Smallest value of each window, channel by channel; arguments as in ``BasePool``. Keras has no such layer.

    Input (batch, height, width, channels), output with the height and width of the windows.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import MinPooling2D
        >>> MinPooling2D()(np.arange(16, dtype="float32").reshape(1, 4, 4, 1)).ravel().tolist()
        [0.0, 2.0, 8.0, 10.0]
    """

    rank = 2
    pool = staticmethod(ops.min_pool)


class LpPooling2D(BasePool):
    """Lp norm of each window, channel by channel. Keras has no such layer.

    Input (batch, height, width, channels), output with the height and width of the windows.

    Args:
        args: as in ``BasePool``.
        norm_type: p, a finite number of at least 1.
        kwargs: as in ``BasePool``.

    Raises:
        ValueError: as in ``BasePool``, and, when it is called, for another norm_type.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import LpPooling2D
        >>> LpPooling2D()(np.array([3.0, 0.0, 0.0, 4.0]).reshape(1, 2, 2, 1)).ravel().tolist()
        [5.0]
    """

    rank = 2
    pool = staticmethod(ops.lp_pool)

    def __init__(self, *args: Any, norm_type: float = 2, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.norm_type = norm_type

    def pooling(self) -> dict[str, Any]:
        """Return the arguments of ``pool``."""
        return {**super().pooling(), "norm_type": self.norm_type}


class BaseAveragePool(BasePool):
    """What the average poolings share.

    With "same" padding the mean is over the real elements only.

    Args:
        args: as in ``BasePool``.
        count_include_pad: beyond Keras: whether explicit padding counts as zeros in the mean.
        kwargs: as in ``BasePool``.

    Raises:
        TypeError: ``ceil_mode`` or ``count_include_pad`` is neither True nor False.
        ValueError: as in ``BasePool``.
    """

    pool = staticmethod(ops.average_pool)

    def __init__(self, *args: Any, count_include_pad: bool = True, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.count_include_pad = flag(self.who(), "count_include_pad", count_include_pad)

    def pooling(self) -> dict[str, Any]:
        """Return the arguments of ``pool``."""
        return {**super().pooling(), "count_include_pad": self.count_include_pad}


class AveragePooling1D(BaseAveragePool):
    """Mean of each window of a sequence (batch, steps, channels); arguments as in ``BaseAveragePool``.

    Source:
        keras.layers.AveragePooling1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AveragePooling1D
        >>> AveragePooling1D()(np.array([[[1.0], [3.0], [2.0], [0.0]]])).ravel().tolist()
        [2.0, 1.0]
    """

    rank = 1


class AveragePooling2D(BaseAveragePool):
    """Mean of each window, channel by channel; arguments as in ``BaseAveragePool``.

    Input (batch, height, width, channels), output with the height and width of the windows.

    Source:
        keras.layers.AveragePooling2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AveragePooling2D
        >>> AveragePooling2D()(np.arange(16, dtype="float32").reshape(1, 4, 4, 1)).ravel().tolist()
        [2.5, 4.5, 10.5, 12.5]
    """

    rank = 2


class AveragePooling3D(BaseAveragePool):
    """Mean of each window of volumes (batch, depth, height, width, channels); arguments as in ``BaseAveragePool``.

    Source:
        keras.layers.AveragePooling3D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AveragePooling3D
        >>> AveragePooling3D()(np.arange(8, dtype="float32").reshape(1, 2, 2, 2, 1)).ravel().tolist()
        [3.5]
    """

    rank = 3


MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
