"""Values of pixels turned around or made coarser at random, each by itself."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.preprocessing.random_layer import (
    RandomFactorLayer,
    RandomImageLayer,
    factor_range,
    rescaled,
    value_range_pair,
)

BYTES = (0.0, 255.0)


class RandomInvert(RandomFactorLayer):
    """Subtracts some images from the largest value, in training.

    Args:
        factor: the probability that an image is changed: a number for at most, or a pair from which it is drawn
            uniformly, in [0, 1].
        value_range: the least and the largest value of a pixel.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomInvert.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomInvert
        >>> RandomInvert((1, 1))(np.array([[[255.0, 55, 0]]])).tolist()
        [[[0.0, 200.0, 255.0]]]
    """

    LEAST = 0

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def change(self, images: Any) -> Any:
        """Turn those that are chosen."""
        return ops.where(self.chosen(images, self.factor), ops.subtract(self.value_range[1], images), images)


class RandomPosterization(RandomFactorLayer):
    """Keeps only the first of the eight bits of each pixel, of a random number, in training.

    Args:
        factor: the least number of bits and the one below which it is, integers from 1 to 8, the same to fix it; one
            number stands for from 1 on.
        value_range: the least and the largest value of a pixel.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomPosterization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomPosterization
        >>> RandomPosterization((2, 2))(np.array([[[255.0], [100.0], [63.0]]])).ravel().tolist()
        [192.0, 64.0, 0.0]
    """

    LEAST, MOST = 1, 8

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(factor, value_range, data_format, seed, **kwargs)
        low, high = self.factor
        if low != int(low) or high != int(high):
            raise ValueError(f"{self.who()}: factor must be of integers from 1 to 8, got {factor!r}")
        self.factor = (int(low), int(high))

    def change(self, images: Any) -> Any:
        """Round down to a multiple of what the last bit that is kept stands for."""
        low, high = self.factor
        (bits,) = self.drawn_columns(images, (low, max(high, low + 1)), integers=True)
        step = ops.round(ops.exp2(ops.subtract(8.0, bits)))
        levels = ops.floor(ops.divide(rescaled(images, self.value_range, BYTES), step))
        return rescaled(ops.multiply(levels, step), BYTES, self.value_range)


class Solarization(RandomImageLayer):
    """Adds a random number to each image and turns its bright pixels around, in training.

    Args:
        addition_factor: what is added, in widths of value_range: a pair in [0, 1] or a number for from 0 on.
        threshold_factor: pixels that are not below it are subtracted from the largest value: likewise.
        value_range: the least and the largest value of a pixel.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``data_format``, ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.Solarization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Solarization
        >>> Solarization(threshold_factor=(0.5, 0.5))(np.array([[[255.0, 100, 200]]])).tolist()
        [[[0.0, 100.0, 55.0]]]
    """

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed, **kwargs)
        self.addition_factor = factor_range(self.who(), "addition_factor", addition_factor, 0)
        self.threshold_factor = factor_range(self.who(), "threshold_factor", threshold_factor, 0)
        self.value_range = value_range_pair(self.who(), value_range)

    def change(self, images: Any) -> Any:
        """Add, clip, and turn what is bright."""
        ranges = [(255 * low, 255 * high) for low, high in (self.addition_factor, self.threshold_factor)]
        addition, threshold = self.drawn_columns(images, *ranges)
        pixels = ops.clip(ops.add(rescaled(images, self.value_range, BYTES), addition), *BYTES)
        turned = ops.where(ops.less(pixels, threshold), pixels, ops.subtract(255.0, pixels))
        return rescaled(turned, BYTES, self.value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        factors = {"addition_factor": self.addition_factor, "threshold_factor": self.threshold_factor}
        return {**super().get_config(), **factors, "value_range": self.value_range}
