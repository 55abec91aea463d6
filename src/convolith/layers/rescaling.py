"""Rescaling of raw images."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.layer import Layer


class Rescaling(Layer):
    """``inputs * scale + offset``: ``Rescaling(1 / 255)`` brings bytes to [0, 1].

    Args:
        scale: a number, or an array that broadcasts to the inputs (one number a channel).
        offset: likewise.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: scale or offset is neither, or the shapes do not broadcast.

    Source:
        keras.layers.Rescaling.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Rescaling
        >>> Rescaling(1 / 255)(np.array([0, 255], "uint8")).tolist()
        [0.0, 1.0]
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale, self.offset = _plain(self.who(), "scale", scale), _plain(self.who(), "offset", offset)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Scale and shift."""
        outputs = ops.multiply(inputs, self._operand(self.scale))
        return outputs if self.offset == 0 else ops.add(outputs, self._operand(self.offset))

    def _operand(self, value: Any) -> Any:
        """Return a number as it is (it takes the inputs' dtype), a list as an array of the layer's dtype."""
        return np.asarray(value, self.dtype) if isinstance(value, list) else value

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


def _plain(owner: str, argument: str, value: Any) -> Any:
    """Return a finite float, or nested lists of them: what a saved configuration can hold."""
    try:
        numbers = np.asarray(value)
    except ValueError:  # rows of several lengths
        numbers = np.asarray(None)
    if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all():
        raise ValueError(f"{owner}: {argument} must be a finite number or an array of them, got {value!r}")
    return numbers.astype(np.float64).tolist()
