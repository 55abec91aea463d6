"""Dropout around ``ops.dropout``."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.layer import Layer
from convolith.layers.weights import only_none
from convolith.ops.dropout import advance
from convolith.random import checked_seed, new_seed


class Dropout(Layer):
    """Sets a random share of the inputs to 0 in training and scales the others up, so that the expected sum stays.

    Outside of training it returns its inputs.

    Args:
        rate: the share, in [0, 1].
        noise_shape: None; convolith drops every element by itself.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.layers.Dropout.

    Example:
        >>> x = np.ones((1, 4), "float32")
        >>> Dropout(0.5)(x).tolist()
        [[1.0, 1.0, 1.0, 1.0]]
        >>> sorted(set(Dropout(0.5, seed=1)(np.ones((1, 100), "float32"), training=True).ravel().tolist()))
        [0.0, 2.0]
    """

    def __init__(self, rate: float, noise_shape: None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        only_none(self.who(), noise_shape=noise_shape)
        if isinstance(rate, bool) or not isinstance(rate, (int, float, np.number)) or not 0 <= rate <= 1:
            raise ValueError(f"{self.who()}: rate must be a number in [0, 1], got {rate!r}")
        self.rate = float(rate)
        self.seed = checked_seed(seed, self.who())
        self.state = self.add_state(np.array([new_seed() if self.seed is None else self.seed, 0], np.uint64), "state")
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Drop in training; each call draws anew, and the backward pass of it drops the same elements."""
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return ops.multiply(inputs, 0.0)
        outputs = ops.dropout(inputs, self.rate, self.state)
        advance(self.state)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "noise_shape": None, "seed": self.seed}
