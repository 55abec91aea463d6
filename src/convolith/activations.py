"""Activation functions, by the names that Keras gives them."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.registry import Registry, custom_object_scope

__all__ = [
    "deserialize", "get", "leaky_relu", "linear", "log_softmax", "relu", "serialize", "sigmoid", "silu", "softmax",
    "tanh",
]  # fmt: skip


def linear(x: Any) -> Any:
    """Return ``x`` as it is.

    Args:
        x: array or tensor.

    Example:
        >>> linear(2.0)
        2.0
    """
    return x


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """Cut off what is negative: max(x, 0), in its general form.

    Args:
        x: array or tensor.
        negative_slope: what negative numbers are multiplied by.
        max_value: where the result is cut off above; None for nowhere.
        threshold: 0; convolith has no other yet.

    Returns:
        array or tensor of the shape and dtype of ``x``.

    Raises:
        ValueError: ``threshold`` is not 0, or another number is negative.

    Source:
        keras.activations.relu.

    Example:
        >>> import numpy as np
        >>> relu(np.array([-2.0, 8.0]), negative_slope=0.5, max_value=6).tolist()
        [-1.0, 6.0]
    """
    if threshold != 0:
        raise ValueError(f"relu: convolith has no threshold yet, it must be 0, got {threshold!r}")
    if negative_slope < 0 or (max_value is not None and max_value < 0):
        raise ValueError(f"relu: negative_slope and max_value must be >= 0, got {negative_slope!r} and {max_value!r}")
    positive = ops.relu(x)
    if max_value is not None:
        positive = ops.minimum(positive, max_value)
    elif negative_slope:
        return ops.leaky_relu(x, negative_slope)
    return positive - ops.relu(-x) * negative_slope if negative_slope else positive


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Return x where it is positive, ``negative_slope * x`` elsewhere.

    Args:
        x: array or tensor.
        negative_slope: what negative numbers are multiplied by.

    Example:
        >>> import numpy as np
        >>> leaky_relu(np.array([-2.0, 2.0]), 0.5).tolist()
        [-1.0, 2.0]
    """
    return ops.leaky_relu(x, negative_slope=negative_slope)


def silu(x: Any) -> Any:
    """Return x * sigmoid(x), also known as swish.

    Args:
        x: array or tensor.

    Example:
        >>> import numpy as np
        >>> silu(np.zeros(1)).tolist()
        [0.0]
    """
    return ops.silu(x)


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)).

    Args:
        x: array or tensor.

    Example:
        >>> import numpy as np
        >>> sigmoid(np.zeros(1)).tolist()
        [0.5]
    """
    return ops.sigmoid(x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent.

    Args:
        x: array or tensor.

    Example:
        >>> import numpy as np
        >>> tanh(np.zeros(1)).tolist()
        [0.0]
    """
    return ops.tanh(x)


def softmax(x: Any, axis: int = -1) -> Any:
    """Return exp(x) divided by its sum along an axis: numbers in [0, 1] that sum to 1.

    Args:
        x: array or tensor.
        axis: along which the sums are 1.

    Example:
        >>> import numpy as np
        >>> softmax(np.zeros((1, 2))).tolist()
        [[0.5, 0.5]]
    """
    return ops.softmax(x, axis=axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Return the logarithm of ``softmax``, without its loss of digits.

    Args:
        x: array or tensor.
        axis: along which the exponentials sum to 1.

    Example:
        >>> import numpy as np
        >>> log_softmax(np.zeros((1, 1))).tolist()
        [[0.0]]
    """
    return ops.log_softmax(x, axis=axis)


_functions = (leaky_relu, linear, log_softmax, relu, sigmoid, silu, softmax, tanh)
REGISTRY = Registry("activation", {function.__name__: function for function in _functions} | {"swish": silu})


def get(identifier: Any) -> Any:
    """Turn a name or a function into a function; None means ``linear``.

    Raises:
        ValueError: the name is unknown, or it is no function.

    Example:
        >>> get("relu").__name__
        'relu'
    """
    if identifier is None:
        return linear
    found = REGISTRY.get(identifier)
    if not callable(found):
        raise ValueError(f"an activation must be a name or a function, got {identifier!r}")
    return found


def serialize(activation: Any) -> Any:
    """Return the name (or, of a layer, the configuration) that ``get`` turns back into the activation."""
    return REGISTRY.serialize(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a name back into an activation."""
    with custom_object_scope(custom_objects):
        return get(config)
