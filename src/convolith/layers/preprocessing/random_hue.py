"""Hue and saturation at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith import ops
from convolith.defaults import epsilon
from convolith.layers.preprocessing.random_layer import RandomFactorLayer, rescaled


class RandomHue(RandomFactorLayer):
    """Turns the hue of each RGB image by a random angle either way, in training.

    Args:
        factor: half turns of the colour circle that it goes at least and at most, in [0, 1]; one number stands for from
            0 on.
        value_range: the least and the largest value of a pixel.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomHue.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomHue
        >>> RandomHue((1, 1))(np.array([[[255.0, 0, 0]]])).round(3).tolist()  # red becomes cyan
        [[[0.0, 255.0, 255.0]]]
    """

    LEAST = 0

    def change(self, images: Any) -> Any:
        """Move the hue around the circle."""
        factor, coin = self.drawn_columns(images, self.factor, (-1.0, 1.0))
        turn = ops.multiply(factor, ops.where(ops.less(coin, 0.0), -0.5, 0.5))

        def turned(hue: Any) -> Any:
            hue = ops.add(hue, turn)
            hue = ops.where(ops.greater(hue, 1.0), ops.subtract(hue, 1.0), hue)
            return ops.where(ops.less(hue, 0.0), ops.add(hue, 1.0), hue)

        shares = in_hsv(rescaled(images, self.value_range, (0.0, 1.0)), 0, turned, self.data_format)
        return rescaled(ops.clip(shares, 0.0, 1.0), (0.0, 1.0), self.value_range)


class RandomSaturation(RandomFactorLayer):
    """Multiplies the saturation of each RGB image by a random number, in training.

    Args:
        factor: from 0, which gives grey, over 0.5, which leaves the image, to 1, which gives the purest colours: the
            saturation is multiplied by factor / (1 - factor). A pair in [-1, 1], or a number for -factor to factor;
            below 0 it counts as 0.
        value_range: the least and the largest saturation, to which it is clipped; as in Keras, the result is not.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomSaturation.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomSaturation
        >>> RandomSaturation((0, 0))(np.array([[[200.0, 100, 50]]])).tolist()
        [[[200.0, 200.0, 200.0]]]
    """

    def change(self, images: Any) -> Any:
        """Scale the saturation."""
        (factor,) = self.drawn_columns(images, self.factor)
        scale = ops.divide(factor, ops.add(ops.subtract(1.0, factor), epsilon()))
        least, most = self.value_range

        def scaled(saturation: Any) -> Any:
            return ops.clip(ops.multiply(saturation, scale), least, most)

        return in_hsv(images, 1, scaled, self.data_format)


def in_hsv(images: Any, channel: int, function: Callable[[Any], Any], data_format: str) -> Any:
    """Change one of hue, saturation and value of RGB images."""
    axis = 1 if data_format == "channels_first" else 3
    channels = ops.split(ops.image.rgb_to_hsv(images, data_format), 3, axis=axis)
    channels[channel] = function(channels[channel])
    return ops.image.hsv_to_rgb(ops.concatenate(channels, axis=axis), data_format)
