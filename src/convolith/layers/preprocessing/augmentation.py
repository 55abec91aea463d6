"""Changes of many kinds, drawn for each batch: RandAugment and AugMix."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.layer import Layer
from convolith.layers.preprocessing.histogram import AutoContrast, Equalization
from convolith.layers.preprocessing.random_color import RandomBrightness, RandomContrast
from convolith.layers.preprocessing.random_filter import RandomSharpness
from convolith.layers.preprocessing.random_grayscale import RandomColorDegeneration
from convolith.layers.preprocessing.random_layer import RandomFactorLayer, RandomImageLayer
from convolith.layers.preprocessing.random_projection import RandomShear
from convolith.layers.preprocessing.random_tone import RandomPosterization, Solarization
from convolith.layers.preprocessing.random_transform import INTERPOLATIONS, RandomRotation, RandomTranslation
from convolith.ops.arguments import flag, positive
from convolith.ops.image.drawn import by_draw


class Augmentation(RandomFactorLayer):
    """What both layers share: the changes that there are, and that a batch goes through those that are drawn alone.

    Args:
        factor: as ``factor_pair`` takes it, from 0 to 1.
        interpolation: of the changes that move pixels.
        value_range: as of ``RandomFactorLayer``.
        data_format: likewise.
        seed: likewise.
        kwargs: ``name``, ``dtype``, ``input_shape``.
    """

    LEAST = 0

    def __init__(
        self,
        factor: Any,
        interpolation: str,
        value_range: Any,
        data_format: str | None,
        seed: int | None,
        **kwargs: Any,
    ):
        super().__init__(factor, value_range, data_format, seed, **kwargs)
        if interpolation not in INTERPOLATIONS:
            raise ValueError(f"{self.who()}: interpolation must be one of {INTERPOLATIONS}, got {interpolation!r}")
        self.interpolation = interpolation
        moving: dict[str, Any] = {"interpolation": interpolation, "data_format": self.data_format}
        toning: dict[str, Any] = {"value_range": self.value_range, "data_format": self.data_format}
        self.kinds: list[Callable[..., Layer]] = [
            partial(RandomShear, self.factor, self.factor, **moving),
            partial(RandomTranslation, self.factor, self.factor, **moving),
            partial(RandomRotation, self.factor, **moving),
            partial(RandomPosterization, max(1, int(8 * self.factor[1])), **toning),
            partial(Solarization, self.factor, self.factor, **toning),
            partial(_unseeded, AutoContrast, **toning),
            partial(_unseeded, Equalization, **toning),
            partial(RandomBrightness, self.factor, **toning),
            partial(RandomColorDegeneration, self.factor, **toning),
            partial(RandomContrast, self.factor, **toning),
            partial(RandomSharpness, self.factor, **toning),
        ]

    def change(self, images: Any) -> Any:
        """Draw the changes, and do them."""
        return by_draw(self.augmented, images, self.state)

    def augmented(self, images: Any, numbers: np.random.Generator) -> Any:
        """Change a batch by the numbers of a generator."""
        raise NotImplementedError

    def apply(self, kind: int, images: Any, numbers: np.random.Generator) -> Any:
        """Do one change, by a seed that is drawn."""
        layer = self.kinds[kind](seed=int(numbers.integers(2**63)), name=f"{self.name}_{kind}")
        return layer.change(images) if isinstance(layer, RandomImageLayer) else layer.call(images)

    def count(self, argument: str, value: Any) -> int:
        """Return a number of changes or chains.

        Raises:
            ValueError: it is no integer >= 1.
        """
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{self.who()}: {argument} must be an integer >= 1, got {value!r}")
        return int(value)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "interpolation": self.interpolation}


class RandAugment(Augmentation):
    """Does a few changes, one after the other, drawn for each batch out of eleven kinds, in training.

    They are shear, translation, rotation, posterization, solarization, automatic contrast, equalization, brightness,
    towards grey, contrast and sharpness, each with numbers of its own for each image.

    Args:
        value_range: the least and the largest value of a pixel.
        num_ops: how many changes.
        factor: how strong: what the layers of these changes get, a pair in [0, 1] or a number for from 0 on.
        interpolation: "bilinear" or "nearest".
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandAugment; Cubuk et al., "RandAugment", arXiv 1909.13719.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandAugment
        >>> image = np.arange(192.0).reshape(8, 8, 3)
        >>> augment = RandAugment(seed=1)
        >>> [bool((augment(image) != image).any()) for _ in range(3)]
        [True, True, True]
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(factor, interpolation, value_range, data_format, seed, **kwargs)
        self.num_ops = self.count("num_ops", num_ops)

    def augmented(self, images: Any, numbers: np.random.Generator) -> Any:
        """Do one after the other."""
        for kind in numbers.integers(len(self.kinds), size=self.num_ops).tolist():
            images = self.apply(kind, images, numbers)
        return images

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "num_ops": self.num_ops}


class AugMix(Augmentation):
    """Averages a batch with chains of changes of itself, drawn for each batch, in training.

    A chain is a few changes one after the other, each of the kinds of ``RandAugment`` or none; the weights of the
    chains, and that of the batch itself, are drawn too.

    Args:
        value_range: the least and the largest value of a pixel, to which the result is clipped.
        num_chains: how many chains.
        chain_depth: how many changes there are in a chain at most.
        factor: how strong: what the layers of these changes get, a pair in [0, 1] or a number for from 0 on.
        alpha: above 0, of the distributions of the weights, Dirichlet(alpha, ...) and Beta(alpha, alpha).
        all_ops: whether brightness, towards grey, contrast and sharpness are among the changes.
        interpolation: "bilinear" or "nearest".
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.AugMix; Hendrycks et al., "AugMix", arXiv 1912.02781.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AugMix
        >>> image = np.arange(192.0).reshape(8, 8, 3)
        >>> mixed = AugMix(seed=1)(image)
        >>> mixed.shape, bool(mixed.min() >= 0), bool(mixed.max() <= 255)
        ((8, 8, 3), True, True)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Any = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(factor, interpolation, value_range, data_format, seed, **kwargs)
        self.num_chains = self.count("num_chains", num_chains)
        self.chain_depth = self.count("chain_depth", chain_depth)
        self.alpha, self.all_ops = positive(self.who(), "alpha", alpha), flag(self.who(), "all_ops", all_ops)
        if not self.all_ops:
            del self.kinds[7:]

    def augmented(self, images: Any, numbers: np.random.Generator) -> Any:
        """Average."""
        share, total = float(numbers.beta(self.alpha, self.alpha)), 0.0
        for weight in numbers.dirichlet([self.alpha] * self.num_chains).tolist():
            chain = images
            for kind in numbers.integers(len(self.kinds) + 1, size=self.chain_depth).tolist():
                chain = self.apply(kind, chain, numbers) if kind < len(self.kinds) else chain
            total = ops.add(total, ops.multiply(chain, weight * (1 - share)))
        return ops.clip(ops.add(ops.multiply(images, share), total), *self.value_range)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"num_chains": self.num_chains, "chain_depth": self.chain_depth, "alpha": self.alpha}
        return {**super().get_config(), **own, "all_ops": self.all_ops}


def _unseeded(kind: Callable[..., Layer], seed: int, **arguments: Any) -> Layer:
    """Make a layer that draws nothing."""
    return kind(**arguments)
