"""Up-sampling layers around ``ops.upsample`` and ``ops.image.resize``."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import data_format_name, per_axis, positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class BaseUpSampling(Layer):
    """What the up-samplings of every rank share: whole factors, and the repetition of elements."""

    rank: int

    def __init__(self, size: Any, data_format: str | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.size: Any = per_axis(self.who(), "size", size, self.rank)
        self.data_format = data_format_name(self.who(), data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Repeat."""
        return ops.upsample(inputs, self.size, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}


class UpSampling1D(BaseUpSampling):
    """Each step repeated: (batch, steps, channels) to (batch, steps * size, channels).

    Args:
        size: how often, an integer.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.UpSampling1D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import UpSampling1D
        >>> UpSampling1D(2)(np.array([[[1.0], [2.0]]])).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0]
    """

    not_taken = frozenset({"data_format"})  # as there is one axis alone to grow
    rank = 1

    def __init__(self, size: Any = 2, **kwargs: Any):
        super().__init__(size, None, **kwargs)
        positive_integer(self.who(), "size", size)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["data_format"]
        return {**config, "size": self.size[0]}


class UpSampling2D(BaseUpSampling):
    """Images enlarged by whole factors.

    Input (batch, height, width, channels), output (batch, height * size[0], width * size[1], channels).

    Args:
        size: an integer or a pair.
        data_format: "channels_last" (None) or "channels_first".
        interpolation: "nearest", which repeats the pixels, "bilinear", "bicubic", "lanczos3" or "lanczos5".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.UpSampling2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import UpSampling2D
        >>> UpSampling2D((1, 2))(np.array([[1.0], [2.0]]).reshape(1, 2, 1, 1))[0, :, :, 0].tolist()
        [[1.0, 1.0], [2.0, 2.0]]
    """

    rank = 2

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ):
        super().__init__(size, data_format, **kwargs)
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(f"{self.who()}: interpolation must be one of {INTERPOLATIONS}, got {interpolation!r}")

    def call(self, inputs: Any) -> Any:
        """Repeat or interpolate."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        first = 2 if self.data_format == "channels_first" else 1
        size = [inputs.shape[first + axis] * factor for axis, factor in enumerate(self.size)]
        return ops.image.resize(inputs, size, self.interpolation, data_format=self.data_format)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "interpolation": self.interpolation}


class UpSampling3D(BaseUpSampling):
    """Volumes enlarged by whole factors, each element repeated.

    Args:
        size: an integer or three.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.UpSampling3D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import UpSampling3D
        >>> UpSampling3D()(np.zeros((1, 2, 3, 4, 5), "float32")).shape
        (1, 4, 6, 8, 5)
    """

    rank = 3

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any):
        super().__init__(size, data_format, **kwargs)
