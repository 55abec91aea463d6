"""The peak signal-to-noise ratio: how close two signals are."""

from __future__ import annotations

import math
from typing import Any

from convolith.ops.arguments import positive
from convolith.ops.arithmetic import multiply, square, subtract
from convolith.ops.comparison import equal
from convolith.ops.conversion import float_operand
from convolith.ops.exponential import log10
from convolith.ops.reduction import mean
from convolith.ops.where import where


def psnr(x1: Any, x2: Any, max_val: float) -> Any:
    """Measure in decibels how far two signals are apart: 10 log10(max_val ** 2 / mean((x1 - x2) ** 2)).

    Differentiable by both; where they are the same, the slope counts as 0.

    Args:
        x1: array or tensor of any shape.
        x2: array or tensor of the same shape.
        max_val: the largest value that an element can have, above 0.

    Returns:
        One number for all elements together, float32 or float64; infinity for the same signals.

    Raises:
        ValueError: if the shapes are not the same, or max_val is no number above 0.
        TypeError: if x1 or x2 holds no real numbers.

    Source:
        keras.ops.psnr; Huynh-Thu and Ghanbari, "Scope of validity of PSNR in image/video quality assessment", 2008.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> float(ops.psnr(np.array([0.0, 255]), np.array([25.5, 229.5]), 255).round(6))  # both off by a tenth
        20.0
    """
    x1, x2 = float_operand("psnr", "x1", x1), float_operand("psnr", "x2", x2)
    if tuple(x1.shape) != tuple(x2.shape):
        raise ValueError(f"psnr: x1 and x2 must have the same shape, got {tuple(x1.shape)} and {tuple(x2.shape)}")
    peak = 20 * math.log10(positive("psnr", "max_val", max_val))
    error = mean(square(subtract(x1, x2)))
    same = equal(error, 0)
    return where(same, math.inf, subtract(peak, multiply(10.0, log10(where(same, 1.0, error)))))
