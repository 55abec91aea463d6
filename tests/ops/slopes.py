"""Gradients against central differences in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import convolith

STEP = np.cbrt(np.finfo(np.float64).eps)
# A central difference errs by STEP^2 / 6 times the third derivative and by eps / STEP times the values, both some 1e-11
# for values and derivatives of about 1; a sum of some hundred such terms stays far below this.
TOLERANCE = 1e-7


def check_slopes(function: Callable, *arrays: np.ndarray) -> None:
    """Compare vjp's gradients by all float64 arrays, for a random upstream, with differences of the function."""
    result, pullback = convolith.vjp(function, *arrays)
    np.testing.assert_array_equal(result, function(*arrays))
    upstream = np.random.default_rng(result.size).normal(size=result.shape)
    found = pullback(upstream)
    assert len(found) == len(arrays)
    for number, (array, gradient) in enumerate(zip(arrays, found, strict=True)):
        if array.dtype != np.float64:
            continue
        assert gradient.shape == array.shape and gradient.dtype == np.float64
        for place in np.ndindex(array.shape):
            values = []
            for sign in (1, -1):
                moved = [other.copy() for other in arrays]
                moved[number][place] += sign * STEP
                values.append(np.sum(function(*moved) * upstream))
            slope = (values[0] - values[1]) / (2 * STEP)
            scale = max(1.0, abs(slope))
            assert abs(gradient[place] - slope) <= TOLERANCE * scale, (number, place, gradient[place], slope)


def check_second_slopes(function: Callable, x: np.ndarray) -> None:
    """Compare the gradient of vjp's gradient of a function of one float64 array with differences."""

    def pulled_back(x):
        result, pullback = convolith.vjp(function, x)
        return pullback(result * x)[0]

    check_slopes(pulled_back, x)
