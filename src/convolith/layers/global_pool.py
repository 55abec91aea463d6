"""Layers around ``ops.global_average_pool``, ``ops.global_max_pool`` and ``ops.global_concat_pool``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from convolith import ops
from convolith.layers.arguments import data_format_name
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.ops.arguments import flag


class BaseGlobalPool(Layer):
    """What the global poolings of every kind and rank share.

    ``rank`` is the number of spatial axes, ``pool`` the function of ``ops``. The output is (batch, channels).

    Args:
        data_format: "channels_last" (None) or "channels_first".
        keepdims: whether the output keeps the spatial axes, with size 1.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        TypeError: ``keepdims`` is neither True nor False.
        ValueError: another argument is none of these, or the input's shape does not fit.
    """

    rank: ClassVar[int]
    pool: ClassVar[Callable[..., Any]]

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = data_format_name(self.who(), data_format)
        self.keepdims = flag(self.who(), "keepdims", keepdims)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Return what each image is pooled to."""
        return type(self).pool(inputs, self.data_format, self.keepdims)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class GlobalAveragePooling1D(BaseGlobalPool):
    """Mean of each sequence (batch, steps, channels); arguments as in ``BaseGlobalPool``.

    Source:
        keras.layers.GlobalAveragePooling1D, without masks.
    """

    rank = 1
    pool = staticmethod(ops.global_average_pool)


class GlobalAveragePooling2D(BaseGlobalPool):
    """Mean of each image (batch, height, width, channels); arguments as in ``BaseGlobalPool``.

    Source:
        keras.layers.GlobalAveragePooling2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import GlobalAveragePooling2D
        >>> GlobalAveragePooling2D()(np.arange(8, dtype="float32").reshape(1, 2, 2, 2)).tolist()
        [[3.0, 4.0]]
    """

    rank = 2
    pool = staticmethod(ops.global_average_pool)


class GlobalAveragePooling3D(BaseGlobalPool):
    """Mean of each volume (batch, depth, height, width, channels); arguments as in ``BaseGlobalPool``.

    Source:
        keras.layers.GlobalAveragePooling3D.
    """

    rank = 3
    pool = staticmethod(ops.global_average_pool)


class GlobalMaxPooling1D(BaseGlobalPool):
    """Largest value of each sequence (batch, steps, channels); arguments as in ``BaseGlobalPool``.

    Source:
        keras.layers.GlobalMaxPooling1D.
    """

    rank = 1
    pool = staticmethod(ops.global_max_pool)


class GlobalMaxPooling2D(BaseGlobalPool):
    """Largest value of each image (batch, height, width, channels); arguments as in ``BaseGlobalPool``.

    Source:
        keras.layers.GlobalMaxPooling2D.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import GlobalMaxPooling2D
        >>> GlobalMaxPooling2D()(np.arange(8, dtype="float32").reshape(1, 2, 2, 2)).tolist()
        [[6.0, 7.0]]
    """

    rank = 2
    pool = staticmethod(ops.global_max_pool)


class GlobalMaxPooling3D(BaseGlobalPool):
    """Largest value of each volume (batch, depth, height, width, channels); arguments as in ``BaseGlobalPool``.

    Source:
        keras.layers.GlobalMaxPooling3D.
    """

    rank = 3
    pool = staticmethod(ops.global_max_pool)


class GlobalConcatPooling2D(BaseGlobalPool):
    """Means and then largest values of each image, 2 * channels in all; arguments as in ``BaseGlobalPool``.

    Keras has no such layer.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import GlobalConcatPooling2D
        >>> GlobalConcatPooling2D()(np.arange(8, dtype="float32").reshape(1, 2, 2, 2)).tolist()
        [[3.0, 4.0, 6.0, 7.0]]
    """

    rank = 2
    pool = staticmethod(ops.global_concat_pool)


GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
