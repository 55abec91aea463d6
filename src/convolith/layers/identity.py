"""Layers that return their inputs as they are."""

from __future__ import annotations

from typing import Any

from convolith import regularizers
from convolith.layers.layer import Layer


class Identity(Layer):
    """Returns its inputs.

    Args:
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Source:
        keras.layers.Identity.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Identity
        >>> Identity()(np.ones((1, 2), "float32")).tolist()
        [[1.0, 1.0]]
    """

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs


class ActivityRegularization(Layer):
    """Returns its inputs, and adds a penalty of their size to the loss, divided by the samples.

    Args:
        l1: factor of the sum of absolute values, >= 0.
        l2: factor of the sum of squares, >= 0.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: a factor is no number >= 0.

    Source:
        keras.layers.ActivityRegularization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import ActivityRegularization
        >>> layer = ActivityRegularization(l2=0.5)
        >>> layer(np.full((1, 2), 2, "float32")).tolist()
        [[2.0, 2.0]]
    """

    not_taken = frozenset({"activity_regularizer"})  # which it makes itself

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any):
        super().__init__(activity_regularizer=regularizers.L1L2(l1, l2), **kwargs)
        self.l1, self.l2 = float(l1 or 0), float(l2 or 0)  # None is none, as in Keras

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = {**super().get_config(), "l1": self.l1, "l2": self.l2}
        config.pop("activity_regularizer", None)
        return config
