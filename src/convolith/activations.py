"""Activation functions, by the names that Keras gives them; those of convolith.ops, some with other defaults."""

from __future__ import annotations

import math
from typing import Any

from convolith import ops
from convolith.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    mish,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
)
from convolith.ops.activation import rectifier
from convolith.ops.piecewise import finite
from convolith.registry import Registry, custom_object_scope

__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu",
    "serialize", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


hard_swish = hard_silu
swish = silu


def linear(x: Any) -> Any:
    """Return ``x`` as it is.

    Args:
        x: array or tensor.

    Example:
        >>> from convolith.activations import linear
        >>> linear(2.0)
        2.0
    """
    return x


def exponential(x: Any) -> Any:
    """Return e ** x.

    Args:
        x: array or tensor.

    Example:
        >>> import numpy as np
        >>> from convolith.activations import exponential
        >>> exponential(np.zeros(1)).tolist()
        [1.0]
    """
    return ops.exp(x)


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """Cut off what is negative: max(x, 0), in its general form.

    Up to ``threshold`` it is ``negative_slope * (x - threshold)``, above that x, and from ``max_value`` on that.

    Args:
        x: array or tensor.
        negative_slope: the slope up to the threshold.
        max_value: where the result is cut off above; None for nowhere.
        threshold: from where on x is kept.

    Returns:
        array or tensor of the shape of ``x``, float32 or float64.

    Raises:
        ValueError: a number is negative or not finite.

    Source:
        keras.activations.relu.

    Example:
        >>> import numpy as np
        >>> from convolith.activations import relu
        >>> relu(np.array([-2.0, 8.0]), negative_slope=0.5, max_value=6).tolist()
        [-1.0, 6.0]
    """
    slope = finite("relu", "negative_slope", negative_slope, least=0.0)
    top = math.inf if max_value is None else finite("relu", "max_value", max_value, least=0.0)
    return rectifier(x, slope, top, finite("relu", "threshold", threshold, least=0.0))


def gelu(x: Any, approximate: bool = False) -> Any:
    """Return ``ops.gelu``, by default the function itself and not the one close to it.

    Args:
        x: array or tensor.
        approximate: as in ``ops.gelu``.

    Example:
        >>> import numpy as np
        >>> from convolith.activations import gelu
        >>> gelu(np.ones(1)).round(6).tolist()
        [0.841345]
    """
    return ops.gelu(x, approximate)


_functions = (
    celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, linear,
    log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign,
    sparse_plus, sparse_sigmoid, sparsemax, squareplus, tanh, tanh_shrink, threshold,
)  # fmt: skip
REGISTRY = Registry(
    "activation",
    {function.__name__: function for function in _functions} | {"hard_swish": hard_swish, "swish": swish},
)


def get(identifier: Any) -> Any:
    """Turn a name or a function into a function; None means ``linear``.

    Raises:
        ValueError: the name is unknown, or it is no function.

    Example:
        >>> from convolith.activations import get
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
