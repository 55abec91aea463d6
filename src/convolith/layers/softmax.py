"""Softmax as a layer of its own."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from convolith import activations
from convolith.layers.layer import Layer


class Softmax(Layer):
    """Numbers in [0, 1] that sum to 1 along an axis.

    Args:
        axis: along which the sums are 1.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: the axis is no integer, or the input has no such axis.

    Source:
        keras.layers.Softmax.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Softmax
        >>> Softmax()(np.zeros((1, 2))).tolist()
        [[0.5, 0.5]]
    """

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
            raise ValueError(f"{self.who()}: axis must be an integer, got {axis!r}")
        self.axis = index(axis)

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis}
