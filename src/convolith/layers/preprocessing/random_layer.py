"""The base of the layers that change images at random, each by itself, in training only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from convolith import ops
from convolith.graph.trace import is_tracing
from convolith.layers.arguments import data_format_name, is_number
from convolith.layers.call import is_symbolic
from convolith.layers.layer import Layer
from convolith.ops.dropout import advance
from convolith.ops.image.draw import draw
from convolith.random import checked_seed, new_seed


class RandomImageLayer(Layer):
    """Draws numbers for each image, from its seed and the number of calls before, and changes the image by them.

    ``training`` is true if nobody says otherwise, as in Keras. Takes a batch of images, or one image, or a dict of
    "images" and "labels".

    Args:
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" (None) or "channels_first".
        kwargs: ``name``, ``dtype``, ``input_shape``.
    """

    def __init__(self, seed: int | None = None, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed = checked_seed(seed, self.who())
        self.data_format = data_format_name(self.who(), data_format)
        self.state = self.add_state(np.array([new_seed() if self.seed is None else self.seed, 0], np.uint64), "state")
        self.built = True

    def change(self, images: Any) -> Any:
        """Change a batch at random."""
        raise NotImplementedError

    def change_with_labels(self, images: Any, labels: Any) -> tuple[Any, Any]:
        """Change a batch at random, and its labels where images are mixed."""
        return self.change(images), labels

    def leave(self, images: Any) -> Any:
        """Give what a batch becomes outside of training."""
        return images

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Change in training; each call draws anew.

        Args:
            inputs: images, or a dict of "images" and "labels", which is returned with both changed.
            training: whether to change.
        """
        if isinstance(inputs, dict):
            if not {"images"} <= set(inputs) <= {"images", "labels"}:
                raise ValueError(f"inputs must be images or a dict of 'images' and 'labels', got {list(inputs)}")
            images, labels = self.call_with_labels(inputs["images"], inputs.get("labels"), training)
            return {"images": images, **({"labels": labels} if "labels" in inputs else {})}
        return self.call_with_labels(inputs, None, training)[0]

    def call_with_labels(self, inputs: Any, labels: Any, training: bool | None) -> tuple[Any, Any]:
        """Do the same for images, or one of them, and labels or None."""
        if inputs.ndim not in (3, 4):
            raise ValueError(f"inputs must have 3 axes (one image) or 4 (a batch), got shape {tuple(inputs.shape)}")
        if training is None:  # a model under construction only asks for the shape
            training = is_tracing() or not is_symbolic(inputs)
        single = inputs.ndim == 3
        images = ops.reshape(inputs, (1, *inputs.shape)) if single else inputs
        if training:
            images, labels = self.change_with_labels(images, labels)
            advance(self.state)
        else:
            images = self.leave(images)
        return ops.reshape(images, images.shape[1:]) if single else images, labels

    def draw(self, images: Any, low: Sequence[float], high: Sequence[float], integers: bool = False) -> Any:
        """Draw (batch, columns), one column for each of ``low`` and ``high``."""
        return draw(images, tuple(low), tuple(high), self.state, integers)

    def drawn_columns(self, images: Any, *ranges: tuple[float, float], integers: bool = False) -> list[Any]:
        """Draw from ranges (low, high) for each image, and give each range's numbers as (batch, 1, 1, 1)."""
        low, high = zip(*ranges, strict=True)
        drawn = self.draw(images, low, high, integers)
        return [ops.reshape(column, (-1, 1, 1, 1)) for column in ops.split(drawn, len(ranges), axis=1)]

    def chosen(self, images: Any, factor: tuple[float, float]) -> Any:
        """Draw which images are changed, each with a probability drawn from a range: bools (batch, 1, 1, 1)."""
        chance, coin = self.drawn_columns(images, factor, (0.0, 1.0))
        return ops.less(coin, chance)

    def image_size(self, images: Any) -> tuple[int, int]:
        """Return height and width of a batch."""
        height, width = images.shape[2:] if self.data_format == "channels_first" else images.shape[1:3]
        return height, width

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "seed": self.seed, "data_format": self.data_format}


class RandomFactorLayer(RandomImageLayer):
    """Changes images whose pixels have a range of values by a factor that is drawn from a range.

    Args:
        factor: a pair, or one number, as ``factor_pair`` takes it from ``LEAST`` to ``MOST``.
        value_range: the least and the largest value of a pixel.
        data_format: as of ``RandomImageLayer``.
        seed: likewise.
        kwargs: ``name``, ``dtype``, ``input_shape``.
    """

    LEAST: ClassVar[float] = -1.0
    MOST: ClassVar[float] = 1.0

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed, data_format, **kwargs)
        self.factor: tuple[float, float] = factor_pair(self.who(), "factor", factor, self.LEAST, self.MOST)
        self.value_range = value_range_pair(self.who(), value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "factor": self.factor, "value_range": self.value_range}


def factor_range(owner: str, argument: str, value: Any, least: float, most: float = 1.0) -> tuple[float, float]:
    """Return (lower, upper) from two numbers in [least, most], or from one that stands for both directions.

    Raises:
        ValueError: it is neither.
    """
    single = is_number(value)
    values = (-abs(value), abs(value)) if single else value
    if single and least == 0:
        values = (0.0, value)
    listed = isinstance(values, (tuple, list)) and len(values) == 2 and all(map(is_number, values))
    if not listed or not all(least <= one <= most for one in values):
        raise ValueError(f"{owner}: {argument} must be a number or a pair of them in [{least}, {most}], got {value!r}")
    return float(min(values)), float(max(values))


def factor_pair(owner: str, argument: str, value: Any, least: float = -1.0, most: float = 1.0) -> tuple[float, float]:
    """Return (lower, upper) as Keras does for a number f: from -f, or the least that is allowed, to f.

    Raises:
        ValueError: it is neither a number nor a pair in [least, most].
    """
    if is_number(value) and least <= value <= most:
        return max(-abs(float(value)), float(least)), abs(float(value))
    return factor_range(owner, argument, value, least, most)


def rescaled(images: Any, source: tuple[float, float], target: tuple[float, float]) -> Any:
    """Bring pixels from a range of values to another."""
    if source == target:
        return images
    share = ops.divide(ops.subtract(images, source[0]), source[1] - source[0])
    return ops.add(ops.multiply(share, target[1] - target[0]), target[0])


def value_range_pair(owner: str, value: Any) -> tuple[float, float]:
    """Return the least and the largest value of a pixel.

    Raises:
        ValueError: it is no pair of numbers, or they are the same.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2 or not all(map(is_number, value)):
        raise ValueError(f"{owner}: value_range must be a pair of numbers, got {value!r}")
    if value[0] == value[1]:
        raise ValueError(f"{owner}: value_range must have two ends, got {value!r}")
    return float(min(value)), float(max(value))
