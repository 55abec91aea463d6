"""Erasing a box of each image at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.arguments import is_number
from convolith.layers.preprocessing.random_layer import RandomImageLayer, factor_range, value_range_pair
from convolith.ops.image.erase import erase


class RandomErasing(RandomImageLayer):
    """Overwrites a box of some images, in training.

    Args:
        factor: the probability that an image is changed: a number for at most, or a pair from which it is drawn
            uniformly, in [0, 1].
        scale: the square of the box's height, in heights of the image, and of its width, in widths: a pair in [0, 1].
        fill_value: a number or one for each channel; None draws normal noise times the upper end of value_range.
        value_range: what the fill is clipped to.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomErasing; Zhong et al., Random Erasing Data Augmentation, arXiv 1708.04896.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomErasing
        >>> erasing = RandomErasing((1, 1), (1, 1), fill_value=3.0)
        >>> erasing(np.zeros((1, 2, 2, 1))).ravel().tolist()
        [3.0, 3.0, 3.0, 3.0]
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_range(self.who(), "factor", factor, 0)
        self.scale = factor_range(self.who(), "scale", scale, 0)
        self.value_range = value_range_pair(self.who(), value_range)
        listed = isinstance(fill_value, (tuple, list))
        if fill_value is not None and not all(map(is_number, fill_value if listed else (fill_value,))):
            raise ValueError(f"{self.who()}: fill_value must be None, a number or one a channel, got {fill_value!r}")
        self.fill_value = tuple(fill_value) if listed else fill_value

    def change(self, images: Any) -> Any:
        """Draw boxes, which are empty where an image stays as it is, and overwrite them."""
        height, width = self.image_size(images)
        (low, high), (rare, often) = self.scale, self.factor
        drawn = self.draw(images, (low, low, 0, 0, rare, 0), (high, high, 1, 1, often, 1))
        scales, starts, chance, coin = (ops.get_item(drawn, (slice(None), part)) for part in PARTS)
        chosen = ops.cast(ops.less(coin, chance), drawn.dtype)
        extent = np.array([height, width], drawn.dtype)
        sizes = ops.multiply(ops.sqrt(scales), extent)
        first = ops.multiply(starts, ops.subtract(extent, sizes))
        last = ops.multiply(ops.add(first, sizes), chosen)  # at 0 the box ends before it begins
        corners = [
            ops.get_item(ends, (slice(None), slice(axis, axis + 1))) for axis in (0, 1) for ends in (first, last)
        ]
        fill = self.fill_value if self.fill_value is None or isinstance(self.fill_value, tuple) else (self.fill_value,)
        channels_first = self.data_format == "channels_first"
        batch = ops.transpose(images, (0, 2, 3, 1)) if channels_first else images
        erased = erase(batch, ops.concatenate(corners, axis=1), self.state, fill, self.value_range)
        return ops.transpose(erased, (0, 3, 1, 2)) if channels_first else erased

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = {"factor": self.factor, "scale": self.scale, "fill_value": self.fill_value}
        return {**super().get_config(), **config, "value_range": self.value_range}


PARTS = (slice(0, 2), slice(2, 4), slice(4, 5), slice(5, 6))
"""The columns of the scales, of where the boxes start, of the probability and of what is compared with it."""
