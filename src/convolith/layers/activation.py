"""Activations as layers of their own."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from convolith import activations
from convolith.layers.layer import Layer


class Activation(Layer):
    """Any activation function.

    Args:
        activation: a name or a function.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: the name is unknown.

    Source:
        keras.layers.Activation.

    Example:
        >>> import numpy as np
        >>> Activation("relu")(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class ReLU(Layer):
    """max(x, 0), in its general form.

    Args:
        max_value: where the result is cut off above; None for nowhere.
        negative_slope: what negative numbers are multiplied by.
        threshold: 0; convolith has no other yet.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: a number is negative or None (but ``max_value``), or ``threshold`` is not 0.

    Source:
        keras.layers.ReLU.

    Example:
        >>> import numpy as np
        >>> ReLU(max_value=6)(np.array([-1.0, 9.0])).tolist()
        [0.0, 6.0]
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ):
        super().__init__(**kwargs)
        if max_value is not None and not max_value >= 0:
            raise ValueError(f"{self.who()}: max_value must be None or a number >= 0, got {max_value!r}")
        if negative_slope is None or not negative_slope >= 0:
            raise ValueError(f"{self.who()}: negative_slope must be a number >= 0, got {negative_slope!r}")
        if threshold != 0:
            raise ValueError(f"{self.who()}: convolith has no threshold yet, it must be 0, got {threshold!r}")
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


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
