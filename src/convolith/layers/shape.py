"""Layers that change shapes only."""

from __future__ import annotations

import math
from typing import Any

from convolith import ops
from convolith.layers.arguments import data_format_name
from convolith.layers.layer import Layer


class Flatten(Layer):
    """All axes but the batch in one: (batch, ...) to (batch, features).

    Args:
        data_format: "channels_last" (None), or "channels_first", whose channels are put last before.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: ``data_format`` is neither.

    Source:
        keras.layers.Flatten.

    Example:
        >>> import numpy as np
        >>> Flatten()(np.zeros((2, 4, 4, 3), "float32")).shape
        (2, 48)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = data_format_name(self.who(), data_format)

    def call(self, inputs: Any) -> Any:
        """Reshape."""
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 2:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        return ops.reshape(inputs, (-1, math.prod(inputs.shape[1:])))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "data_format": self.data_format}
