"""Gradients against what the function grows by along a line, which is exactly the integral of the gradient.

The line is short, and the integral taken by Gauss's rule of `POINTS` points. The rule errs by at most

    64 / 15 M r^(-2 POINTS) / (1 - r^-2)

if the integrand is analytic and at most M within the ellipse around the line whose half axes add up to r of its halves
(Trefethen, Approximation Theory and Approximation Practice, theorem 19.3). Where nothing is singular within eight
halves, r is 15.9 and that is below 2^-61 M: what is left are roundings, those of `roundings` operations in a row. A
test's arrays keep this distance from kinks, poles and branches, and their functions have no terms that are larger than
what goes in and comes out. This may be the tested side's: a wrong number is off by far more than its own roundoff.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import convolith
from convolith import ops
from tests.bounds import gamma

POINTS = 8
REACH = 2.0**-9
"""What an element moves by at most, from the middle of the line to its ends."""
ROUNDINGS = 64
"""A function of the library is within four units in the last place, a sum here is of less than 50 numbers."""


def check_slopes(function: Callable, *arrays: np.ndarray, roundings: int = ROUNDINGS) -> None:
    """Compare vjp's gradients by all float64 arrays, for a random upstream, with what the function grows by."""
    numbers = np.random.default_rng(sum(array.size for array in arrays))
    steps = [
        REACH * numbers.uniform(0.5, 1, array.shape) * numbers.choice([-1, 1], array.shape)
        if array.dtype == np.float64
        else np.zeros_like(array)
        for array in arrays
    ]
    ends = [[np.asarray(array + sign * step) for array, step in zip(arrays, steps, strict=True)] for sign in (-1, 1)]
    halves = [(upper - lower) / 2 for lower, upper in zip(*ends, strict=True)]  # as rounded
    before, after = (np.asarray(function(*end)) for end in ends)
    upstream = numbers.normal(size=before.shape)
    rest, size = np.sum((after - before) * upstream), abs(upstream).sum() * largest(before, after, *arrays)
    for place, weight in zip(*np.polynomial.legendre.leggauss(POINTS), strict=True):
        along = [
            np.asarray(array + place * half) if array.dtype == np.float64 else array
            for array, half in zip(arrays, halves, strict=True)
        ]
        result, pullback = convolith.vjp(function, *along)
        np.testing.assert_array_equal(result, function(*along))
        found = pullback(upstream)
        assert len(found) == len(arrays)
        for array, half, gradient in zip(arrays, halves, found, strict=True):
            if array.dtype == np.float64:
                assert gradient.shape == array.shape and gradient.dtype == np.float64
                rest -= weight * np.sum(gradient * half)
                size += weight * abs(half).sum() * largest(gradient, upstream)
    allowed = 2 * gamma(roundings, np.float64) * size
    assert abs(rest) <= allowed, f"the function grows by {rest:.3g} more than the gradients say, allowed {allowed:.3g}"


def largest(*arrays: np.ndarray) -> float:
    """The largest magnitude, of 1 at least."""
    return max(1.0, *(float(abs(array).max(initial=0)) for array in arrays if array.dtype.kind == "f"))


def check_second_slopes(function: Callable, *arrays: np.ndarray) -> None:
    """The same of vjp's gradients by all arrays, as functions of these and of the upstream."""
    upstream = np.random.default_rng(7).normal(size=np.shape(function(*arrays)))

    def pulled_back(upstream, *arrays):
        return ops.concatenate([ops.ravel(slopes) for slopes in convolith.vjp(function, *arrays)[1](upstream)])

    check_slopes(pulled_back, upstream, *arrays)
