"""What a function of each element does far from 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import convolith


def check_limits(
    function: Callable[[Any], Any], low: float, high: float, slope: float = 1.0, infinities: bool = False
) -> None:
    """Compare the function with its limits at large numbers; NaN must pass, and gradients must be numbers.

    A warning is an error in all tests, so no step may overflow.

    Args:
        function: of an array.
        low: its limit at minus infinity; -inf of one that is nearly slope * x there.
        high: its limit at plus infinity, likewise.
        slope: of one that has no limit.
        infinities: whether infinity itself is tried, too.
    """
    for dtype in (np.float32, np.float64):
        for scale in (1e4, np.finfo(dtype).max / 8, *([np.inf] if infinities else [])):
            x = np.array([-scale, scale, np.nan], dtype)
            result, pullback = convolith.vjp(function, x)
            expected = [slope * at if np.isinf(limit) else limit for at, limit in zip(x, (low, high), strict=False)]
            # At 10^4 softsign and squareplus are 10^-4 from their limits, tanh_shrink 10^-4 of x.
            np.testing.assert_allclose(result[:2], expected, rtol=1.001e-4, atol=1.001e-4, err_msg=f"at {x}")
            assert np.isnan(result[2])
            assert not np.isnan(pullback(np.ones_like(x))[0][:2]).any(), f"gradient at {x}"
