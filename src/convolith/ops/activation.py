"""Rectifiers: relu and its relatives, whose kinks and slopes are arguments or weights."""

from __future__ import annotations

import math
from typing import Any

from convolith.ops.arithmetic import multiply
from convolith.ops.conversion import float_numbers
from convolith.ops.elementwise import broadcast
from convolith.ops.piecewise import Pieces, finite
from convolith.ops.relu import Relu


def relu(x: Any) -> Any:
    """Take the larger of x and 0 elementwise; NaN passes through.

    Args:
        x: array or tensor of any shape.

    Returns:
        The same shape, float32 or float64.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.relu(np.array([-1, 0, 2], "float32"))
        array([0., 0., 2.], dtype=float32)
    """
    return Relu()(x)


def relu6(x: Any) -> Any:
    """Take min(max(x, 0), 6) elementwise; argument as in `relu`.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.relu6(np.array([-1, 2, 7], "float32"))
        array([0., 2., 6.], dtype=float32)
    """
    x = float_numbers("relu6", "x", x)
    return rectifier(x, max_value=6.0)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Take x where it is positive and negative_slope * x elsewhere.

    Args:
        x: array or tensor of any shape.
        negative_slope: a number, at least 0.

    Returns:
        The same shape, float32 or float64.

    Raises:
        ValueError: if negative_slope is not a finite number of at least 0.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.leaky_relu(np.array([-2, 3], "float32"), 0.5)
        array([-1.,  3.], dtype=float32)
    """
    x = float_numbers("leaky_relu", "x", x)
    return rectifier(x, finite("leaky_relu", "negative_slope", negative_slope, least=0.0))


def rectifier(x: Any, negative_slope: float = 0.0, max_value: float = math.inf, threshold: float = 0.0) -> Any:
    """Take negative_slope * (x - threshold) up to the threshold, then x, and max_value from there on.

    Args:
        x: array or tensor of any shape.
        negative_slope: a number, at least 0.
        max_value: what the result is cut off at; infinity for nothing.
        threshold: a number; one above max_value leaves nothing of x itself.

    Returns:
        The same shape, float32 or float64.
    """
    if negative_slope == threshold == 0 and max_value == math.inf:
        return relu(x)
    below = (negative_slope, 0.0 - negative_slope * threshold)
    above = (1.0, 0.0) if max_value == math.inf else (0.0, max_value)
    return Pieces(threshold, max(threshold, max_value), below, (1.0, 0.0), above)(x)


def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """Take x where it is above the threshold, and default_value elsewhere.

    Args:
        x: array or tensor of any shape.
        threshold: a number.
        default_value: a number.

    Returns:
        The same shape, float32 or float64; NaN passes through.

    Raises:
        ValueError: if a number is not finite.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.threshold(np.array([-1, 1, 3], "float32"), 1.0, -5.0)
        array([-5., -5.,  3.], dtype=float32)
    """
    x = float_numbers("threshold", "x", x)
    default_value = finite("threshold", "default_value", default_value)
    threshold = finite("threshold", "threshold", threshold)
    return Pieces(threshold, math.inf, (0.0, default_value), (1.0, 0.0), (1.0, 0.0))(x)


def prelu(x: Any, alpha: Any) -> Any:
    """Take x where it is positive and alpha * x elsewhere, where alpha is learned.

    Args:
        x: array or tensor of any shape.
        alpha: array or tensor that broadcasts to the shape of x.

    Returns:
        The same shape, float32 or float64.

    Raises:
        ValueError: if the shapes do not broadcast.

    Source: He et al., "Delving Deep into Rectifiers", arXiv 1502.01852, equation 1.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.prelu(np.array([[-2, -2], [1, 3]], "float32"), np.array([0.5, 0.25], "float32"))
        array([[-1. , -0.5],
               [ 1. ,  3. ]], dtype=float32)
    """
    x = float_numbers("prelu", "x", x)
    alpha = float_numbers("prelu", "alpha", alpha)
    shape, slopes = getattr(x, "shape", ()), getattr(alpha, "shape", ())
    if broadcast("prelu", x=shape, alpha=slopes) != shape:
        raise ValueError(f"prelu: alpha must broadcast to x of shape {shape}, got shape {slopes}")
    negative_part = Pieces(0.0, math.inf, (1.0, 0.0), (0.0, 0.0), (0.0, 0.0))(x)
    return relu(x) + multiply(alpha, negative_part)
