"""Activations as layers of their own."""

from __future__ import annotations

from typing import Any

from convolith import activations
from convolith.layers.arguments import finite_number
from convolith.layers.layer import Layer
from convolith.layers.rules import object_named


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
        >>> from convolith.layers import Activation
        >>> Activation("relu")(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = object_named(self.who(), "activation", activation)

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
        threshold: from where on inputs are kept.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: a number is negative, not finite or None (but ``max_value``).

    Source:
        keras.layers.ReLU.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import ReLU
        >>> ReLU(max_value=6)(np.array([-1.0, 9.0])).tolist()
        [0.0, 6.0]
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else finite_number(self.who(), "max_value", max_value)
        self.negative_slope = finite_number(self.who(), "negative_slope", negative_slope)
        self.threshold = finite_number(self.who(), "threshold", threshold)

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


class LeakyReLU(Layer):
    """The inputs where they are positive, ``negative_slope`` times them elsewhere.

    Args:
        negative_slope: what negative numbers are multiplied by.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: the slope is no finite number >= 0.

    Source:
        keras.layers.LeakyReLU.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import LeakyReLU
        >>> LeakyReLU(negative_slope=0.5)(np.array([-2.0, 3.0])).tolist()
        [-1.0, 3.0]
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any):
        super().__init__(**kwargs)
        self.negative_slope = finite_number(self.who(), "negative_slope", negative_slope)

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.leaky_relu(inputs, self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(Layer):
    """The inputs where they are positive, ``alpha * (exp(inputs) - 1)`` elsewhere.

    Args:
        alpha: the outputs stay above its negative.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: alpha is no finite number >= 0.

    Source:
        keras.layers.ELU.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import ELU
        >>> ELU()(np.array([-1000.0, 3.0])).tolist()
        [-1.0, 3.0]
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = finite_number(self.who(), "alpha", alpha)

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "alpha": self.alpha}
