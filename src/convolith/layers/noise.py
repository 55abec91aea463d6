"""Gaussian noise in training: added to the inputs, or multiplied with them."""

from __future__ import annotations

import math
from typing import Any

from convolith import ops
from convolith.layers.arguments import finite_number
from convolith.layers.dropout import RandomLayer
from convolith.ops.dropout import advance
from convolith.ops.random import normal_like


class GaussianNoise(RandomLayer):
    """Adds normal numbers of mean 0 in training; outside of it, it returns its inputs.

    Args:
        stddev: their standard deviation, in [0, 1].
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.layers.GaussianNoise.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import GaussianNoise
        >>> x = np.zeros((100, 100), "float32")
        >>> bool(abs(GaussianNoise(0.5, seed=1)(x, training=True).std() - 0.5) < 0.02)
        True
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any):
        super().__init__(seed, **kwargs)
        self.stddev = finite_number(self.who(), "stddev", stddev, most=1)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Add in training; each call draws anew."""
        if not training or self.stddev == 0:
            return inputs
        noise = normal_like(inputs, self.state)
        advance(self.state)
        return ops.add(inputs, ops.multiply(noise, self.stddev))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "stddev": self.stddev}


class GaussianDropout(RandomLayer):
    """Multiplies with normal numbers of mean 1 in training; outside of it, it returns its inputs.

    Their standard deviation sqrt(rate / (1 - rate)) is that of what ``Dropout`` multiplies with.

    Args:
        rate: in [0, 1).
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.layers.GaussianDropout; Srivastava et al., "Dropout", JMLR 15, 2014, section 10.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import GaussianDropout
        >>> x = np.ones((100, 100), "float32")
        >>> bool(abs(GaussianDropout(0.5, seed=1)(x, training=True).std() - 1) < 0.04)
        True
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(seed, **kwargs)
        self.rate = finite_number(self.who(), "rate", rate, below=1)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Multiply in training; each call draws anew, and the backward pass of it has the same numbers."""
        if not training or self.rate == 0:
            return inputs
        noise = normal_like(inputs, self.state)
        advance(self.state)
        return ops.multiply(inputs, ops.add(ops.multiply(noise, math.sqrt(self.rate / (1 - self.rate))), 1.0))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate}
