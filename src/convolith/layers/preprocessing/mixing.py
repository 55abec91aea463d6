"""Mixing the images of a batch, and their labels, with one another at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.preprocessing.random_layer import RandomImageLayer, factor_pair
from convolith.ops.arguments import positive
from convolith.ops.dropout import advance
from convolith.ops.image.mix import mix


class Mixing(RandomImageLayer):
    """What both layers share: labels are averaged by the same weights as images, those of one image stay."""

    def change(self, images: Any) -> Any:
        """Mix images without labels."""
        return self.change_with_labels(images, None)[0]

    def mixed_labels(self, labels: Any, weights: Any, partners: Any) -> Any:
        """Average one-hot labels (n, ...), or numbers (n,), with those of the partners."""
        if labels is None:
            return None
        labels = labels if hasattr(labels, "ndim") else np.asarray(labels)
        if labels.ndim == 0 or labels.shape[0] != weights.shape[0]:
            raise ValueError(
                f"labels must be as many as the images, {weights.shape[0]}, got shape {tuple(labels.shape)}"
            )
        others = ops.take(labels, partners, axis=0)
        share = ops.reshape(weights, (-1, *(1,) * (labels.ndim - 1)))
        return ops.add(ops.multiply(share, labels), ops.multiply(ops.subtract(1.0, share), others))

    def call_with_labels(self, inputs: Any, labels: Any, training: bool | None) -> tuple[Any, Any]:
        """Leave the labels of a single image, which has no partner."""
        if inputs.ndim != 3:
            return super().call_with_labels(inputs, labels, training)
        return super().call_with_labels(inputs, None, training)[0], labels


class MixUp(Mixing):
    """Averages each image, and its label, with another of the batch, in training.

    Called with a dict of "images" and one-hot "labels" it gives both.

    Args:
        alpha: above 0, of the distribution Beta(alpha, alpha) that the weights come from: near 0 they are near 0 or 1.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, the input has not 3 or 4 axes, or labels are not as many as images.

    Source:
        keras.layers.MixUp; Zhang et al., "mixup: Beyond Empirical Risk Minimization", arXiv 1710.09412.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import MixUp
        >>> mixed = MixUp(seed=1)({"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)})
        >>> mixed["labels"].sum(axis=1).tolist()
        [1.0, 1.0]
    """

    def __init__(self, alpha: float = 0.2, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(seed, data_format, **kwargs)
        self.alpha = positive(self.who(), "alpha", alpha)

    def change_with_labels(self, images: Any, labels: Any) -> tuple[Any, Any]:
        """Average with the partners."""
        weights, partners = mix(images, (self.alpha, self.alpha), self.state)
        share = ops.reshape(weights, (-1, 1, 1, 1))
        others = ops.take(images, partners, axis=0)
        mixed = ops.add(ops.multiply(share, images), ops.multiply(ops.subtract(1.0, share), others))
        return mixed, self.mixed_labels(labels, weights, partners)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "alpha": self.alpha}


class CutMix(Mixing):
    """Overwrites a box of each image by that of another of the batch, and averages labels by the areas, in training.

    Called with a dict of "images" and one-hot "labels" it gives both.

    Args:
        factor: of the distribution Beta(factor, factor) that the kept share of the area comes from: a pair in [0, 1]
            from which it is drawn, once a call, or a number for from 0 on.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" or "channels_first"; None is ``config.image_data_format()``.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, the input has not 3 or 4 axes, or labels are not as many as images.

    Source:
        keras.layers.CutMix; Yun et al., "CutMix", arXiv 1905.04899.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import CutMix
        >>> mixed = CutMix(seed=1)({"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)})
        >>> mixed["labels"].sum(axis=1).round(6).tolist()
        [1.0, 1.0]
    """

    def __init__(self, factor: Any = 1.0, seed: int | None = None, data_format: str | None = None, **kwargs: Any):
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_pair(self.who(), "factor", factor, 0)

    def change_with_labels(self, images: Any, labels: Any) -> tuple[Any, Any]:
        """Draw boxes, and take what lies in them from the partners."""
        low, high = self.factor
        weights, partners = mix(images, (low + 1e-6, high + 1e-6), self.state)
        advance(self.state)
        side = ops.sqrt(ops.subtract(1.0, ops.reshape(weights, (-1, 1, 1, 1))))
        inside, area = [], 1.0
        for axis, (size, start) in enumerate(
            zip(self.image_size(images), self.drawn_columns(images, (0.0, 1.0), (0.0, 1.0)), strict=True),
            2 if self.data_format == "channels_first" else 1,
        ):
            length = ops.multiply(side, float(size))
            first = ops.multiply(start, ops.subtract(float(size), length))
            last = ops.add(first, length)
            places = np.arange(size, dtype=weights.dtype).reshape([-1 if axis == place else 1 for place in range(4)])
            inside.append(ops.logical_and(ops.greater_equal(places, first), ops.less(places, last)))
            area = ops.multiply(area, ops.divide(ops.subtract(last, first), float(size)))
        mixed = ops.where(ops.logical_and(*inside), ops.take(images, partners, axis=0), images)
        return mixed, self.mixed_labels(labels, ops.reshape(ops.subtract(1.0, area), (-1,)), partners)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "factor": self.factor}
