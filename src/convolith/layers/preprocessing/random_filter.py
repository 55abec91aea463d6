"""Sharper or blurred at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.arguments import is_number
from convolith.layers.preprocessing.random_layer import RandomFactorLayer

SMOOTHING = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13


class RandomSharpness(RandomFactorLayer):
    """Moves each image away from its smoothed self, or towards it, by a random factor, in training.

    Args:
        factor: 0 smooths, 0.5 leaves the image, 1 sharpens; a pair in [0, 1], or a number for from 0 on.
        value_range: the least and the largest value of a pixel, to which the result is clipped.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomSharpness.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomSharpness
        >>> image = np.zeros((3, 3, 1))
        >>> image[1, 1] = 130
        >>> RandomSharpness((0, 0))(image)[..., 0].round(6).tolist()
        [[10.0, 10.0, 10.0], [10.0, 50.0, 10.0], [10.0, 10.0, 10.0]]
    """

    LEAST = 0

    def change(self, images: Any) -> Any:
        """Mix with the smoothed images."""
        (factor,) = self.drawn_columns(images, self.factor)
        smooth = ops.image.filter_images(images, SMOOTHING.astype(images.dtype), data_format=self.data_format)
        share = ops.subtract(1.0, ops.multiply(factor, 2.0))
        return ops.clip(ops.add(images, ops.multiply(share, ops.subtract(smooth, images))), *self.value_range)


class RandomGaussianBlur(RandomFactorLayer):
    """Blurs some images by a bell curve of random width, in training.

    Args:
        factor: the probability that an image is changed: a number for at most, or a pair from which it is drawn
            uniformly, in [0, 1].
        kernel_size: height and width of the window, odd; one number for both.
        sigma: the least and largest standard deviation in pixels, or one number for from 0 on; each axis has its own.
        value_range: the least and the largest value of a pixel, to which the result is clipped.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomGaussianBlur.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomGaussianBlur
        >>> image = np.zeros((3, 3, 1))
        >>> image[1, 1] = 1
        >>> RandomGaussianBlur((1, 1), 3, (1, 1))(image)[..., 0].round(4).tolist()
        [[0.0751, 0.1238, 0.0751], [0.1238, 0.2042, 0.1238], [0.0751, 0.1238, 0.0751]]
    """

    LEAST = 0

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(factor, value_range, data_format, seed, **kwargs)
        sizes = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size, kernel_size)
        whole = all(isinstance(one, (int, np.integer)) and not isinstance(one, bool) for one in sizes)
        if len(sizes) != 2 or not whole or not all(one > 0 and one % 2 for one in sizes):
            raise ValueError(f"{self.who()}: kernel_size must be an odd number > 0 or two of them, got {kernel_size!r}")
        self.kernel_size = tuple(map(int, sizes))
        pair = sigma if isinstance(sigma, (tuple, list)) else (0, sigma)
        if len(pair) != 2 or not all(is_number(one) and one >= 0 for one in pair):
            raise ValueError(f"{self.who()}: sigma must be a number >= 0 or a pair of them, got {sigma!r}")
        self.sigma = (float(min(pair)), float(max(pair)))

    def change(self, images: Any) -> Any:
        """Average along one axis, then the other, for those that are chosen."""
        chance, coin, *widths = self.drawn_columns(images, self.factor, (0.0, 1.0), self.sigma, self.sigma)
        blurred = images
        first = 2 if self.data_format == "channels_first" else 1
        for axis, size, width in zip((first, first + 1), self.kernel_size, widths, strict=True):
            blurred = self.along(blurred, axis, size, ops.add(width, 1e-6))
        return ops.clip(ops.where(ops.less(coin, chance), blurred, images), *self.value_range)

    def along(self, images: Any, axis: int, size: int, width: Any) -> Any:
        """Average along an axis by bell curves of widths (batch, 1, 1, 1); outside of the images is 0."""
        far = [abs(place - size // 2) for place in range(size)]
        weights = [ops.exp(ops.multiply(ops.square(ops.divide(float(one), width)), -0.5)) for one in far]
        padding = [(size // 2, size // 2) if place == axis else (0, 0) for place in range(4)]
        wide, length = ops.pad(images, padding), images.shape[axis]
        total: Any = 0.0
        for start, weight in enumerate(weights):
            window = [slice(None)] * axis + [slice(start, start + length)]
            total = ops.add(total, ops.multiply(ops.get_item(wide, tuple(window)), weight))
        mass: Any = 0.0
        for weight in weights:
            mass = ops.add(mass, weight)
        return ops.divide(total, mass)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "kernel_size": self.kernel_size, "sigma": self.sigma}
