"""Flipping, turning, zooming and shifting images at random, through ``ops.image.affine_transform``."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from convolith import ops
from convolith.layers.arguments import is_number
from convolith.layers.preprocessing.random_layer import RandomImageLayer, factor_range

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")
FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")

# Places in a transform (a0, a1, a2, b0, b1, b2, c0, c1), as affine_transform takes it.
IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0)


class RandomTransform(RandomImageLayer):
    """What the layers share that move pixels: how they interpolate, and what they put where nothing is."""

    FILL_MODES: ClassVar[tuple[str, ...]] = FILL_MODES

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        seed: int | None,
        fill_value: float,
        data_format: str | None,
        **kwargs: Any,
    ):
        super().__init__(seed, data_format, **kwargs)
        if fill_mode not in self.FILL_MODES:
            raise ValueError(f"{self.who()}: fill_mode must be one of {self.FILL_MODES}, got {fill_mode!r}")
        if interpolation not in INTERPOLATIONS:
            raise ValueError(f"{self.who()}: interpolation must be one of {INTERPOLATIONS}, got {interpolation!r}")
        if not is_number(fill_value):
            raise ValueError(f"{self.who()}: fill_value must be a number, got {fill_value!r}")
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, float(fill_value)

    def move(self, images: Any, numbers: Any, rows: Any, base: Any) -> Any:
        """Transform each image by ``base`` plus its numbers (batch, k) times ``rows`` (k, 8)."""
        dtype = np.result_type(numbers.dtype, np.float32)
        transform = ops.dense(numbers, np.array(rows, dtype), np.array(base, dtype))
        return ops.image.affine_transform(
            images, transform, self.interpolation, self.fill_mode, self.fill_value, self.data_format
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "fill_mode": self.fill_mode,
            "interpolation": self.interpolation,
            "fill_value": self.fill_value,
        }


class RandomFlip(RandomTransform):
    """Flips every second image, at random, in training.

    Args:
        mode: "horizontal" swaps left and right, "vertical" top and bottom, "horizontal_and_vertical" both together.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomFlip.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomFlip
        >>> x = np.arange(3, dtype="float32").reshape(1, 3, 1)
        >>> flip = RandomFlip("horizontal", seed=1)
        >>> sorted({tuple(flip(x).ravel().tolist()) for _ in range(20)})
        [(0.0, 1.0, 2.0), (2.0, 1.0, 0.0)]
    """

    not_taken = frozenset({"fill_mode", "fill_value", "interpolation"})  # as nothing lies between pixels or outside

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__("constant", "nearest", seed, 0.0, data_format, **kwargs)
        if mode not in FLIPS:
            raise ValueError(f"{self.who()}: mode must be one of {FLIPS}, got {mode!r}")
        self.mode = mode

    def change(self, images: Any) -> Any:
        """Read the flipped ones from the other end."""
        height, width = self.image_size(images)
        row = [0] * 8
        if "horizontal" in self.mode:
            row[0], row[2] = -2, width - 1
        if "vertical" in self.mode:
            row[4], row[5] = -2, height - 1
        return self.move(images, self.draw(images, (0,), (2,), integers=True), [row], IDENTITY)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        for fixed in ("fill_mode", "interpolation", "fill_value"):
            del config[fixed]
        return {**config, "mode": self.mode}


class RandomRotation(RandomTransform):
    """Turns each image by a random angle around its middle, in training.

    Args:
        factor: the least and largest angle in turns, from -1 to 1, positive ones counter-clockwise; one number
            stands for both directions.
        fill_mode: what comes from outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: None takes one from ``utils.set_random_seed``'s generator.
        fill_value: the number of "constant".
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomRotation.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomRotation
        >>> quarter = RandomRotation((0.25, 0.25))(np.arange(4.0).reshape(2, 2, 1))
        >>> quarter[..., 0].round(6).tolist()
        [[1.0, 3.0], [0.0, 2.0]]
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.factor = factor_range(self.who(), "factor", factor, -1)

    def change(self, images: Any) -> Any:
        """Turn, with the middle of the image staying where it is."""
        height, width = self.image_size(images)
        x, y = (width - 1) / 2, (height - 1) / 2
        angle = ops.multiply(self.draw(images, self.factor[:1], self.factor[1:]), 2 * math.pi)
        by_cosine, by_sine = (1, 0, -x, 0, 1, -y, 0, 0), (0, -1, y, 1, 0, -x, 0, 0)
        numbers = ops.concatenate([ops.cos(angle), ops.sin(angle)], axis=-1)
        return self.move(images, numbers, [by_cosine, by_sine], (0, 0, x, 0, 0, y, 0, 0))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "factor": self.factor}


class RandomZoom(RandomTransform):
    """Zooms each image in or out at random around its middle, in training.

    Args:
        height_factor: the least and largest change of the height that is seen, above -1 and up to 1: -0.2 zooms in to
            0.8 of it, 0.2 out to 1.2; one number stands for both directions.
        width_factor: the same across; None changes both by the same number.
        fill_mode: what comes from outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: None takes one from ``utils.set_random_seed``'s generator.
        fill_value: the number of "constant".
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomZoom.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomZoom
        >>> RandomZoom((-0.5, -0.5), (0, 0))(np.arange(3.0).reshape(3, 1, 1)).ravel().tolist()
        [0.5, 1.0, 1.5]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        above = math.nextafter(-1, 0)
        self.height_factor = factor_range(self.who(), "height_factor", height_factor, above)
        self.width_factor = None
        if width_factor is not None:
            self.width_factor = factor_range(self.who(), "width_factor", width_factor, above)

    def change(self, images: Any) -> Any:
        """Scale, with the middle of the image staying where it is."""
        height, width = self.image_size(images)
        down, across = (0, 0, 0, 0, 1, -(height - 1) / 2, 0, 0), (1, 0, -(width - 1) / 2, 0, 0, 0, 0, 0)
        base = np.array([0, 0, (width - 1) / 2, 0, 0, (height - 1) / 2, 0, 0])
        if self.width_factor is None:
            rows, factors = [np.add(down, across)], [self.height_factor]
        else:
            rows, factors = [down, across], [self.height_factor, self.width_factor]
        low, high = zip(*factors, strict=True)
        numbers = ops.add(self.draw(images, low, high), 1)
        return self.move(images, numbers, rows, base)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}


class RandomTranslation(RandomTransform):
    """Shifts each image at random, in training.

    Args:
        height_factor: the least and largest shift down, in heights of the image from -1 to 1; one number stands for
            both directions.
        width_factor: the same to the right, in widths.
        fill_mode: what comes from outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: None takes one from ``utils.set_random_seed``'s generator.
        fill_value: the number of "constant".
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomTranslation.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomTranslation
        >>> RandomTranslation((0.5, 0.5), 0, "constant")(np.ones((4, 1, 1), "float32")).ravel().tolist()
        [0.0, 0.0, 1.0, 1.0]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **kwargs)
        self.height_factor = factor_range(self.who(), "height_factor", height_factor, -1)
        self.width_factor = factor_range(self.who(), "width_factor", width_factor, -1)

    def change(self, images: Any) -> Any:
        """Shift."""
        height, width = self.image_size(images)
        low, high = zip(self.height_factor, self.width_factor, strict=True)
        rows = [(0, 0, 0, 0, 0, -height, 0, 0), (0, 0, -width, 0, 0, 0, 0, 0)]
        return self.move(images, self.draw(images, low, high), rows, IDENTITY)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "height_factor": self.height_factor, "width_factor": self.width_factor}
