"""Keras's ``keras.preprocessing.image``."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.utils.images import array_to_img, img_to_array, load_img, save_img

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img", "smart_resize"]


def __dir__() -> list[str]:
    return sorted(__all__)


def smart_resize(x: Any, size: Any, interpolation: str = "bilinear", data_format: str = "channels_last") -> Any:
    """Resize images undistorted: the middle of them that has the proportions of the new size.

    Args:
        x: array (height, width, channels) or (samples, height, width, channels).
        size: (height, width).
        interpolation: as for ``ops.image.resize``.
        data_format: "channels_last" or "channels_first".

    Returns:
        array of float32 of that size.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.preprocessing.image.smart_resize.

    Example:
        >>> import numpy as np
        >>> from convolith.preprocessing.image import smart_resize
        >>> smart_resize(np.zeros((8, 12, 3), "float32"), (4, 4)).shape
        (4, 4, 3)
    """
    return ops.image.resize(x, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format)
