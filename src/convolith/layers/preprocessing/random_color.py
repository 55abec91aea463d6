"""Contrast and brightness at random."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import is_number
from convolith.layers.preprocessing.random_layer import RandomImageLayer, factor_range, value_range_pair


class RandomContrast(RandomImageLayer):
    """Spreads or narrows each channel around its mean by a random factor, in training.

    Args:
        factor: how far the factor goes below 1 and above it, a pair in [0, 1] or a number for both: 0.2 draws from
            [0.8, 1.2).
        value_range: what the result is clipped to.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``data_format``, ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomContrast.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomContrast
        >>> RandomContrast((0.5, 0.0), seed=1)(np.full((1, 2, 2, 1), 7.0)).ravel().tolist()
        [7.0, 7.0, 7.0, 7.0]
    """

    def __init__(self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any):
        super().__init__(seed, **kwargs)
        if is_number(factor) and 0 <= factor <= 1:
            self.factor = (float(factor), float(factor))
        else:
            factor_range(self.who(), "factor", factor if isinstance(factor, (tuple, list)) else (factor,), 0)
            self.factor = (float(factor[0]), float(factor[1]))
        self.value_range = value_range_pair(self.who(), value_range)

    def change(self, images: Any) -> Any:
        """Scale the distances from the mean."""
        factor = ops.reshape(self.draw(images, (1 - self.factor[0],), (1 + self.factor[1],)), (-1, 1, 1, 1))
        space = (2, 3) if self.data_format == "channels_first" else (1, 2)
        middle = ops.mean(images, axis=space, keepdims=True)
        changed = ops.add(ops.multiply(ops.subtract(images, middle), factor), middle)
        return ops.clip(changed, *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "factor": self.factor, "value_range": self.value_range}


class RandomBrightness(RandomImageLayer):
    """Adds a random number to each image, in training.

    Args:
        factor: the least and the largest number, in widths of value_range from -1 to 1; one number stands for both
            directions.
        value_range: what the result is clipped to.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``data_format``, ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomBrightness.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomBrightness
        >>> RandomBrightness((0.5, 0.5), (0, 1))(np.array([[[0.25], [0.75]]])).ravel().tolist()
        [0.75, 1.0]
    """

    def __init__(self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any):
        super().__init__(seed, **kwargs)
        self.factor = factor_range(self.who(), "factor", factor, -1)
        self.value_range = value_range_pair(self.who(), value_range)

    def change(self, images: Any) -> Any:
        """Add and clip."""
        least, most = self.value_range
        low, high = ((most - least) * factor for factor in self.factor)
        shift = ops.reshape(self.draw(images, (low,), (high,)), (-1, 1, 1, 1))
        return ops.clip(ops.add(images, shift), least, most)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "factor": self.factor, "value_range": self.value_range}
