"""Spreading the values of pixels over their range."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.arguments import data_format_name, is_number
from convolith.layers.layer import Layer
from convolith.layers.preprocessing.random_layer import rescaled, value_range_pair
from convolith.layers.preprocessing.random_tone import BYTES
from convolith.ops.image.clahe import clahe
from convolith.ops.image.equalize import equalize


class Spreading(Layer):
    """What the layers share: one image or a batch, in either data format."""

    def __init__(self, value_range: Any, data_format: str | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.value_range = value_range_pair(self.who(), value_range)
        self.data_format = data_format_name(self.who(), data_format)

    def change(self, images: Any) -> Any:
        """Change a batch of channels last."""
        raise NotImplementedError

    def call(self, inputs: Any) -> Any:
        """Change."""
        if inputs.ndim not in (3, 4):
            raise ValueError(f"inputs must have 3 axes (one image) or 4 (a batch), got shape {tuple(inputs.shape)}")
        images = ops.reshape(inputs, (1, *inputs.shape)) if inputs.ndim == 3 else inputs
        if self.data_format == "channels_first":
            images = ops.transpose(self.change(ops.transpose(images, (0, 2, 3, 1))), (0, 3, 1, 2))
        else:
            images = self.change(images)
        return ops.reshape(images, images.shape[1:]) if inputs.ndim == 3 else images

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "value_range": self.value_range, "data_format": self.data_format}


class AutoContrast(Spreading):
    """Spreads the values of each channel of each image from the least to the largest that there may be.

    Args:
        value_range: the least and the largest value of a pixel.
        kwargs: ``data_format``, ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.AutoContrast.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AutoContrast
        >>> AutoContrast()(np.array([[[10.0], [20.0], [60.0]]])).ravel().tolist()
        [0.0, 51.0, 255.0]
    """

    def __init__(self, value_range: Any = (0, 255), data_format: str | None = None, **kwargs: Any):
        super().__init__(value_range, data_format, **kwargs)

    def change(self, images: Any) -> Any:
        """Stretch each channel that has two values."""
        pixels = rescaled(images, self.value_range, BYTES)
        low, high = ops.min(pixels, axis=(1, 2), keepdims=True), ops.max(pixels, axis=(1, 2), keepdims=True)
        flat = ops.less_equal(high, low)
        scale = ops.divide(255.0, ops.where(flat, 1.0, ops.subtract(high, low)))
        spread = ops.clip(ops.subtract(ops.multiply(pixels, scale), ops.multiply(low, scale)), *BYTES)
        return ops.where(flat, images, rescaled(spread, BYTES, self.value_range))


class Equalization(Spreading):
    """Spreads the values of each channel, over the whole batch, so that all are about as often, in training.

    Args:
        value_range: the least and the largest value of a pixel.
        bins: classes of values that are counted.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.Equalization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Equalization
        >>> Equalization()(np.array([[[7.0], [7.0], [8.0], [90.0]]])).ravel().tolist()
        [0.0, 0.0, 128.0, 255.0]
    """

    def __init__(self, value_range: Any = (0, 255), bins: int = 256, data_format: str | None = None, **kwargs: Any):
        super().__init__(value_range, data_format, **kwargs)
        if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or bins < 2:
            raise ValueError(f"{self.who()}: bins must be an integer > 1, got {bins!r}")
        self.bins = int(bins)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Change in training, which is meant if nobody says otherwise."""
        return inputs if training is False else super().call(inputs)

    def change(self, images: Any) -> Any:
        """Equalise."""
        return rescaled(equalize(rescaled(images, self.value_range, BYTES), self.bins), BYTES, self.value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "bins": self.bins}


class ContrastLimitedAdaptiveHistogramEqualization(Spreading):
    """Spreads the values of each channel of each image by how often they are in the tiles around a pixel (CLAHE).

    Args:
        value_range: the least and the largest value of a pixel.
        clip_limit: how often one of 256 classes of values may be in a tile, in multiples of the mean; what is above is
            shared among all, so that even tiles do not become noise. Not above 0: no limit.
        tile_grid_size: how many tiles there are down and across.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.ContrastLimitedAdaptiveHistogramEqualization; Zuiderveld, "Contrast Limited Adaptive Histogram
        Equalization", Graphics Gems IV, 1994.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import ContrastLimitedAdaptiveHistogramEqualization
        >>> spread = ContrastLimitedAdaptiveHistogramEqualization(clip_limit=0, tile_grid_size=(1, 1))
        >>> spread(np.array([[[10.0], [20.0], [20.0], [60.0]]])).ravel().tolist()
        [63.75, 191.25, 191.25, 255.0]
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Any = (8, 8),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(value_range, data_format, **kwargs)
        if not is_number(clip_limit) or not np.isfinite(clip_limit):
            raise ValueError(f"{self.who()}: clip_limit must be a number, got {clip_limit!r}")
        listed = isinstance(tile_grid_size, (tuple, list)) and len(tile_grid_size) == 2
        if not listed or not all(isinstance(one, (int, np.integer)) and one > 0 for one in tile_grid_size):
            raise ValueError(f"{self.who()}: tile_grid_size must be two integers > 0, got {tile_grid_size!r}")
        self.clip_limit, self.tile_grid_size = float(clip_limit), tuple(map(int, tile_grid_size))

    def change(self, images: Any) -> Any:
        """Spread."""
        pixels = clahe(rescaled(images, self.value_range, BYTES), self.clip_limit, self.tile_grid_size)
        return rescaled(pixels, BYTES, self.value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "clip_limit": self.clip_limit, "tile_grid_size": self.tile_grid_size}
