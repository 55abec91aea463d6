"""Zero-padding layers around ``ops.pad``."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import data_format_name, pairs_per_axis
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer


class BaseZeroPadding(Layer):
    """What the zero-paddings of every rank share; ``rank`` is the number of spatial axes."""

    rank: int

    def __init__(self, padding: Any, data_format: str | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = pairs_per_axis(self.who(), "padding", padding, self.rank)
        self.data_format = data_format_name(self.who(), data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Pad."""
        none = (0, 0)
        first = self.data_format == "channels_first"
        return ops.pad(inputs, (none, none, *self.padding) if first else (none, *self.padding, none))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "padding": self.padding, "data_format": self.data_format}


class ZeroPadding1D(BaseZeroPadding):
    """Zeros before and after the steps of (batch, steps, channels).

    Args:
        padding: an integer for both ends, or a pair.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.ZeroPadding1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import ZeroPadding1D
        >>> ZeroPadding1D((1, 2))(np.ones((1, 1, 1))).ravel().tolist()
        [0.0, 1.0, 0.0, 0.0]
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any):
        # A pair is both ends of the only axis, not one number for each of two.
        around = (padding,) if isinstance(padding, (tuple, list)) else padding
        super().__init__(around, data_format, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "padding": self.padding[0]}


class ZeroPadding2D(BaseZeroPadding):
    """Zeros around images (batch, height, width, channels).

    Args:
        padding: an integer for all sides, a pair (rows, columns) for both sides each, or ((top, bottom), (left,
            right)).
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.ZeroPadding2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import ZeroPadding2D
        >>> ZeroPadding2D(((0, 1), (1, 0)))(np.ones((1, 1, 1, 1)))[0, :, :, 0].tolist()
        [[0.0, 1.0], [0.0, 0.0]]
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding3D(BaseZeroPadding):
    """Zeros around volumes (batch, depth, height, width, channels).

    Args:
        padding: an integer, three of them, or three pairs (before, after).
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.ZeroPadding3D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import ZeroPadding3D
        >>> ZeroPadding3D((1, 0, 2))(np.ones((1, 2, 2, 2, 1), "float32")).shape
        (1, 4, 2, 6, 1)
    """

    rank = 3

    def __init__(self, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any):
        super().__init__(padding, data_format, **kwargs)
