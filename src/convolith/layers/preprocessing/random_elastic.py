"""Elastic deformation at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.preprocessing.random_layer import factor_pair, value_range_pair
from convolith.layers.preprocessing.random_transform import FILL_MODES, RandomTransform
from convolith.ops.dropout import advance
from convolith.ops.image.elastic import deform


class RandomElasticTransform(RandomTransform):
    """Moves the pixels of some images at random, and neighbours alike, in training.

    Args:
        factor: the probability that an image is changed: a number for at most, or a pair from which it is drawn
            uniformly, in [0, 1].
        scale: how far pixels move: the field is smoothed by a window whose standard deviation is scale / 20 of the
            shorter side, and multiplied by scale / 10 of the longer one; a pair in [0, 1], or a number for from 0 on.
        interpolation: "bilinear" or "nearest".
        fill_mode: what comes from outside: "reflect", "wrap", "constant", "nearest" or "mirror".
        fill_value: the number of "constant".
        value_range: the least and the largest value of a pixel, to which the result is clipped.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomElasticTransform; ``ops.image.elastic_transform``.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomElasticTransform
        >>> image = np.arange(64.0).reshape(8, 8, 1)
        >>> bool((RandomElasticTransform((1, 1), (1, 1))(image) != image).any())
        True
    """

    FILL_MODES = (*FILL_MODES, "mirror")

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor_pair(self.who(), "factor", factor, 0)
        self.scale = factor_pair(self.who(), "scale", scale, 0)
        self.value_range = value_range_pair(self.who(), value_range)

    def change(self, images: Any) -> Any:
        """Move the pixels of those that are chosen."""
        size = self.image_size(images)
        chance, coin, scale = self.drawn_columns(images, self.factor, (0.0, 1.0), self.scale)
        advance(self.state)  # the field is of other numbers
        strengths = ops.multiply(ops.reshape(scale, (-1, 1)), np.array([[0.1 * max(size), 0.05 * min(size)]]))
        moved = deform(
            images, strengths, self.state, self.interpolation, self.fill_mode, self.fill_value, self.data_format
        )
        return ops.clip(ops.where(ops.less(coin, chance), moved, images), *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"factor": self.factor, "scale": self.scale, "value_range": self.value_range}
        return {**super().get_config(), **own}
