"""Towards grey at random, and all changes of colour together."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import is_number
from convolith.layers.preprocessing.random_color import RandomBrightness, RandomContrast
from convolith.layers.preprocessing.random_hue import RandomHue, RandomSaturation
from convolith.layers.preprocessing.random_layer import RandomFactorLayer, RandomImageLayer, value_range_pair


class RandomGrayscale(RandomImageLayer):
    """Makes some RGB images grey, which keep three channels, in training.

    Args:
        factor: the probability, in [0, 1].
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomGrayscale.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomGrayscale
        >>> RandomGrayscale(1.0)(np.array([[[100.0, 0, 0]]])).round(2).tolist()
        [[[29.89, 29.89, 29.89]]]
    """

    def __init__(self, factor: float = 0.5, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(seed, data_format, **kwargs)
        if not is_number(factor) or not 0 <= factor <= 1:
            raise ValueError(f"{self.who()}: factor must be a number in [0, 1], got {factor!r}")
        self.factor = float(factor)

    def change(self, images: Any) -> Any:
        """Take the grey of those that are chosen."""
        grey = ops.image.rgb_to_grayscale(images, self.data_format)
        return ops.where(self.chosen(images, (self.factor, self.factor)), grey, images)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "factor": self.factor}


class RandomColorDegeneration(RandomFactorLayer):
    """Moves each RGB image towards its grey by a random part of the way, in training.

    Args:
        factor: the part, a pair in [-1, 1], or a number for -factor to factor: 1 is grey, 0 leaves the image, below 0
            its colours become stronger.
        value_range: the least and the largest value of a pixel, to which the result is clipped.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomColorDegeneration.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomColorDegeneration
        >>> RandomColorDegeneration((1, 1))(np.array([[[100.0, 0, 0]]])).round(2).tolist()
        [[[29.89, 29.89, 29.89]]]
    """

    def change(self, images: Any) -> Any:
        """Mix with the grey."""
        (factor,) = self.drawn_columns(images, self.factor)
        grey = ops.image.rgb_to_grayscale(images, self.data_format)
        return ops.clip(ops.add(images, ops.multiply(factor, ops.subtract(grey, images))), *self.value_range)


class RandomColorJitter(RandomImageLayer):
    """Changes brightness, contrast, saturation and hue of each RGB image at random, in this order, in training.

    Args:
        value_range: the least and the largest value of a pixel.
        brightness_factor: as of ``RandomBrightness``; None leaves it.
        contrast_factor: as of ``RandomContrast``; None leaves it.
        saturation_factor: as of ``RandomSaturation``; None leaves it.
        hue_factor: as of ``RandomHue``; None leaves it.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomColorJitter.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomColorJitter
        >>> RandomColorJitter(brightness_factor=(0.2, 0.2))(np.full((1, 1, 3), 100.0)).tolist()
        [[[151.0, 151.0, 151.0]]]
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed, data_format, **kwargs)
        self.value_range = value_range_pair(self.who(), value_range)
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        factors = {
            RandomBrightness: brightness_factor,
            RandomContrast: contrast_factor,
            RandomSaturation: saturation_factor,
            RandomHue: hue_factor,
        }
        first = int(self.state.numpy()[0])  # each has a stream of its own, as one would repeat the others' numbers
        self.changes = [
            family(factor, self.value_range, seed=(first + place) % 2**64, data_format=self.data_format)
            for place, (family, factor) in enumerate(factors.items(), 1)
            if factor is not None
        ]

    def change(self, images: Any) -> Any:
        """Do one after the other."""
        for layer in self.changes:
            images = layer(images, training=True)
        return images

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "value_range": self.value_range,
            "brightness_factor": self.brightness_factor,
            "contrast_factor": self.contrast_factor,
            "saturation_factor": self.saturation_factor,
            "hue_factor": self.hue_factor,
        }
