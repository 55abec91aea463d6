"""Cropping layers around slices."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import data_format_name, pairs_per_axis
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer


class BaseCropping(Layer):
    """What the croppings of every rank share; ``rank`` is the number of spatial axes."""

    rank: int

    def __init__(self, cropping: Any, data_format: str | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.cropping = pairs_per_axis(self.who(), "cropping", cropping, self.rank)
        self.data_format = data_format_name(self.who(), data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Cut off."""
        first = 2 if self.data_format == "channels_first" else 1
        sizes = inputs.shape[first : first + self.rank]
        if any(before + after >= size for (before, after), size in zip(self.cropping, sizes, strict=True)):
            raise ValueError(f"cropping {self.cropping} leaves nothing of inputs of shape {tuple(inputs.shape)}")
        kept = (slice(before, size - after) for (before, after), size in zip(self.cropping, sizes, strict=True))
        return ops.get_item(inputs, (*(slice(None),) * first, *kept))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "cropping": self.cropping, "data_format": self.data_format}


class Cropping1D(BaseCropping):
    """Steps cut off at both ends of (batch, steps, channels).

    Args:
        cropping: an integer for both ends, or a pair.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or nothing of the input would be left.

    Source:
        keras.layers.Cropping1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Cropping1D
        >>> Cropping1D((1, 2))(np.arange(5.0).reshape(1, 5, 1)).ravel().tolist()
        [1.0, 2.0]
    """

    not_taken = frozenset({"data_format"})  # as there is one axis alone to cut
    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any):
        # A pair is both ends of the only axis, not one number for each of two.
        around = (cropping,) if isinstance(cropping, (tuple, list)) else cropping
        super().__init__(around, None, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["data_format"]
        return {**config, "cropping": self.cropping[0]}


class Cropping2D(BaseCropping):
    """Rows and columns cut off around images (batch, height, width, channels).

    Args:
        cropping: an integer for all sides, a pair (rows, columns) for both sides each, or ((top, bottom), (left,
            right)).
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or nothing of the input would be left.

    Source:
        keras.layers.Cropping2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Cropping2D
        >>> Cropping2D(((0, 1), (1, 0)))(np.arange(6.0).reshape(1, 2, 3, 1))[0, :, :, 0].tolist()
        [[1.0, 2.0]]
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any):
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(BaseCropping):
    """Planes cut off around volumes (batch, depth, height, width, channels).

    Args:
        cropping: an integer, three of them, or three pairs (before, after).
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or nothing of the input would be left.

    Source:
        keras.layers.Cropping3D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Cropping3D
        >>> Cropping3D((1, 0, 2))(np.ones((1, 4, 2, 6, 1), "float32")).shape
        (1, 2, 2, 2, 1)
    """

    rank = 3

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any):
        super().__init__(cropping, data_format, **kwargs)
