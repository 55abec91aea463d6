"""Resizing and cutting out the middle of images."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import data_format_name, is_number, positive_integer
from convolith.layers.layer import Layer
from convolith.ops.arguments import flag
from convolith.ops.image.resize import INTERPOLATIONS


class BaseResizing(Layer):
    """What the layers share that give images another size."""

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.height = positive_integer(self.who(), "height", height)
        self.width = positive_integer(self.who(), "width", width)
        self.data_format = data_format_name(self.who(), data_format)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = {"height": self.height, "width": self.width, "data_format": self.data_format}
        return {**super().get_config(), **config}


class Resizing(BaseResizing):
    """Images in another size: (batch, h, w, channels) to (batch, height, width, channels), or one image.

    Args:
        height: in pixels.
        width: in pixels.
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: cut to the aspect ratio of the result first, around the middle.
        pad_to_aspect_ratio: pad to it first.
        fill_mode: "constant", for the padding.
        fill_value: the number that pads.
        antialias: whether the filters are widened by the factor of shrinking.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.Resizing.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Resizing
        >>> Resizing(1, 4)(np.array([[[0.0], [4.0]]])).ravel().tolist()
        [0.0, 1.0, 3.0, 4.0]
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(height, width, data_format, **kwargs)
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(f"{self.who()}: interpolation must be one of {INTERPOLATIONS}, got {interpolation!r}")
        self.crop_to_aspect_ratio = flag(self.who(), "crop_to_aspect_ratio", crop_to_aspect_ratio)
        self.pad_to_aspect_ratio = flag(self.who(), "pad_to_aspect_ratio", pad_to_aspect_ratio)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError(f"{self.who()}: only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be True")
        if fill_mode != "constant":
            raise ValueError(f"{self.who()}: fill_mode must be 'constant', got {fill_mode!r}")
        if not is_number(fill_value):
            raise ValueError(f"{self.who()}: fill_value must be a number, got {fill_value!r}")
        self.fill_mode, self.fill_value = fill_mode, float(fill_value)
        self.antialias = flag(self.who(), "antialias", antialias)

    def call(self, inputs: Any) -> Any:
        """Resize."""
        return ops.image.resize(
            inputs,
            (self.height, self.width),
            self.interpolation,
            self.antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            self.fill_mode,
            self.fill_value,
            self.data_format,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "interpolation": self.interpolation,
            "crop_to_aspect_ratio": self.crop_to_aspect_ratio,
            "pad_to_aspect_ratio": self.pad_to_aspect_ratio,
            "fill_mode": self.fill_mode,
            "fill_value": self.fill_value,
            "antialias": self.antialias,
        }


class CenterCrop(BaseResizing):
    """The middle of images; smaller ones are cut to the aspect ratio and resized.

    Args:
        height: in pixels.
        width: in pixels.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.CenterCrop.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import CenterCrop
        >>> CenterCrop(1, 2)(np.arange(12.0).reshape(3, 4, 1)).ravel().tolist()
        [5.0, 6.0]
    """

    def call(self, inputs: Any) -> Any:
        """Cut out."""
        return center_crop(inputs, self.height, self.width, self.data_format)


def center_crop(images: Any, height: int, width: int, data_format: str) -> Any:
    """Give the middle of images, or their largest part of the same aspect ratio, resized."""
    sizes = tuple(images.shape[-2:] if data_format == "channels_first" else images.shape[-3:-1])
    if len(sizes) < 2 or sizes[0] < height or sizes[1] < width:
        return ops.image.resize(images, (height, width), crop_to_aspect_ratio=True, data_format=data_format)
    top, left = (sizes[0] - height) // 2, (sizes[1] - width) // 2
    return ops.image.crop_images(images, top, left, target_height=height, target_width=width, data_format=data_format)
