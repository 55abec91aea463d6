"""Layers around ``ops.adaptive_average_pool`` and ``ops.adaptive_max_pool``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from convolith import ops
from convolith.layers.arguments import data_format_name, per_axis
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer


class BaseAdaptivePool(Layer):
    """What the poolings to a given size share, of either kind and every rank.

    ``rank`` is the number of spatial axes, ``pool`` the function of ``ops``.

    Args:
        output_size: the output's pixels, an integer or one a spatial axis.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.
    """

    rank: ClassVar[int]
    pool: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.output_size = per_axis(self.who(), "output_size", output_size, self.rank)
        self.data_format = data_format_name(self.who(), data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Return the pooled images."""
        return type(self).pool(inputs, self.output_size, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "output_size": self.output_size, "data_format": self.data_format}


class AdaptiveAveragePooling1D(BaseAdaptivePool):
    """Means of as many windows of a sequence as asked for; arguments as in ``BaseAdaptivePool``.

    Source:
        keras.layers.AdaptiveAveragePooling1D.
    """

    rank = 1
    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveAveragePooling2D(BaseAdaptivePool):
    """Means of as many windows of an image as asked for; arguments as in ``BaseAdaptivePool``.

    Source:
        keras.layers.AdaptiveAveragePooling2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AdaptiveAveragePooling2D
        >>> AdaptiveAveragePooling2D((1, 2))(np.arange(12, dtype="float32").reshape(1, 4, 3, 1)).ravel().tolist()
        [5.0, 6.0]
    """

    rank = 2
    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveAveragePooling3D(BaseAdaptivePool):
    """Means of as many windows of a volume as asked for; arguments as in ``BaseAdaptivePool``.

    Source:
        keras.layers.AdaptiveAveragePooling3D.
    """

    rank = 3
    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveMaxPooling1D(BaseAdaptivePool):
    """Largest values of as many windows of a sequence as asked for; arguments as in ``BaseAdaptivePool``.

    Source:
        keras.layers.AdaptiveMaxPooling1D.
    """

    rank = 1
    pool = staticmethod(ops.adaptive_max_pool)


class AdaptiveMaxPooling2D(BaseAdaptivePool):
    """Largest values of as many windows of an image as asked for; arguments as in ``BaseAdaptivePool``.

    Source:
        keras.layers.AdaptiveMaxPooling2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AdaptiveMaxPooling2D
        >>> AdaptiveMaxPooling2D((1, 2))(np.arange(12, dtype="float32").reshape(1, 4, 3, 1)).ravel().tolist()
        [10.0, 11.0]
    """

    rank = 2
    pool = staticmethod(ops.adaptive_max_pool)


class AdaptiveMaxPooling3D(BaseAdaptivePool):
    """Largest values of as many windows of a volume as asked for; arguments as in ``BaseAdaptivePool``.

    Source:
        keras.layers.AdaptiveMaxPooling3D.
    """

    rank = 3
    pool = staticmethod(ops.adaptive_max_pool)
