"""Shearing and tilting images at random."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import is_number
from convolith.layers.preprocessing.random_layer import factor_pair
from convolith.layers.preprocessing.random_transform import IDENTITY, RandomTransform
from convolith.ops.image.transform import CornerTransform


class RandomShear(RandomTransform):
    """Slants each image at random, around its top left corner, in training.

    Args:
        x_factor: by how many columns a row is moved against the row above, either way: the least and the largest, a
            pair in [0, 1]; one number stands for both directions.
        y_factor: by how many rows a column is moved against the column to its left, likewise.
        interpolation: "bilinear" or "nearest".
        fill_mode: what comes from outside: "reflect", "wrap", "constant" or "nearest".
        fill_value: the number of "constant".
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomShear.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomShear
        >>> image = np.arange(4.0).reshape(2, 2, 1)
        >>> shear = RandomShear(x_factor=(1, 1), fill_mode="constant", fill_value=9, seed=1)
        >>> sorted({tuple(shear(image).ravel().tolist()) for _ in range(20)})  # to the left, or to the right
        [(0.0, 1.0, 3.0, 9.0), (0.0, 1.0, 9.0, 2.0)]
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.x_factor, self.y_factor = x_factor, y_factor
        self.ranges = [self._range("x_factor", x_factor), self._range("y_factor", y_factor)]

    def _range(self, argument: str, value: Any) -> tuple[float, float]:
        if is_number(value) and 0 <= value <= 1:
            return -float(value), float(value)
        return factor_pair(self.who(), argument, value, 0)

    def change(self, images: Any) -> Any:
        """Slant both ways by numbers of one sign."""
        low, high = zip(*self.ranges, (-1.0, 1.0), strict=True)
        across, down, coin = ops.split(self.draw(images, low, high), 3, axis=1)
        sign = ops.where(ops.less(coin, 0.0), -1.0, 1.0)
        numbers = ops.multiply(ops.concatenate([across, down], axis=1), sign)
        return self.move(images, numbers, [(0, 1, 0, 0, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0, 0, 0)], IDENTITY)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "x_factor": self.x_factor, "y_factor": self.y_factor}


class RandomPerspective(RandomTransform):
    """Tilts some images, by moving three corners at random, in training.

    Args:
        factor: the probability that an image is changed: a number for at most, or a pair from which it is drawn
            uniformly, in [0, 1].
        scale: how far a corner goes at most, in twice its distance from the top left one, which stays; in [0, 1].
        interpolation: "bilinear" or "nearest".
        fill_value: what comes from outside.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, the input has not 3 or 4 axes, or an image has a single row or column.

    Source:
        keras.layers.RandomPerspective.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomPerspective
        >>> image = np.arange(9.0).reshape(3, 3, 1)
        >>> bool(np.allclose(RandomPerspective((1, 1), 0.0)(image), image))
        True
    """

    not_taken = frozenset({"fill_mode"})

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__("constant", interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor_pair(self.who(), "factor", factor, 0)
        if not is_number(scale) or not 0 <= scale <= 1:
            raise ValueError(f"{self.who()}: scale must be a number in [0, 1], got {scale!r}")
        self.scale = float(scale)

    def change(self, images: Any) -> Any:
        """Bring the corners to where they are drawn, and those of other images to where they are."""
        height, width = self.image_size(images)
        if min(height, width) < 2:
            raise ValueError(f"images must have at least 2 rows and columns, got {height} x {width}")
        far = self.scale / 2
        drawn = self.draw(images, (self.factor[0], 0, *(-far,) * 8), (self.factor[1], 1, *(far,) * 8))
        chance, coin, moved = (ops.get_item(drawn, (slice(None), part)) for part in PARTS)
        whole = CornerTransform(height, width)
        corners = whole.corners().reshape(1, 8).astype(drawn.dtype)
        moved = ops.multiply(moved, ops.cast(ops.less(coin, chance), drawn.dtype))
        transform = whole(ops.add(corners, ops.multiply(corners, moved)))
        return ops.image.affine_transform(
            images, transform, self.interpolation, "constant", self.fill_value, self.data_format
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["fill_mode"]
        return {**config, "factor": self.factor, "scale": self.scale}


PARTS = (slice(0, 1), slice(1, 2), slice(2, 10))
"""The columns of the probability, of what is compared with it, and of how far the corners go."""
