"""How far a float32 (or float64) result may lie from the exact one, derived from the length of its reduction.

A result that is a sum of n products is computed with at most n rounded multiplications and n rounded additions (the
bias's among them), so each product passes through at most n roundings on its way into the result, whatever the order
of the sum and whether or not multiplication and addition are fused. Each rounding multiplies by (1 + d), |d| <= u,
with u the unit roundoff (2^-24 in float32). So (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
lemma 3.1 and equation 3.5)

    |computed - exact| <= gamma(n + 1) * sum |a_i| |b_i|,      gamma(n) = n * u / (1 - n * u),

where one more is granted for the last rounding of the result. Flushing denormals to zero loses at most the smallest
normal number (2^-126) in each of the 2 n operations, and an input that is denormal itself may count as zero: together
at most n * (2 + |a| + |b|) of them. The oracle works in float64, so its own error is 2^-29 of the bound of float32;
where the tested result is float64 too, both may be off by the bound, in opposite directions (`sides`).

Nothing here is tuned: a kernel that sums one product too few or too many differs by about 1 / n of the sum of
magnitudes, far outside as long as n is below some thousand.
"""

from __future__ import annotations

import numpy as np


def gamma(roundings: int, dtype: np.dtype | type = np.float32) -> float:
    """The relative error that a number of roundings in a row can add up to."""
    unit = np.finfo(dtype).eps / 2
    assert roundings * unit < 0.1, f"{roundings} roundings: no useful bound in {np.dtype(dtype)}"
    return roundings * unit / (1 - roundings * unit)


def sum_bound(length: int, magnitudes: np.ndarray, dtype: np.dtype | type = np.float32, largest: float = 1.0):
    """The bound of sums of `length` products whose magnitudes sum to `magnitudes`; `largest`: the largest operand."""
    flushed = 2 * length * (1 + largest) * np.finfo(dtype).tiny
    return gamma(length + 1, dtype) * np.asarray(magnitudes, np.float64) + flushed


def sides(dtype: np.dtype | type) -> int:
    """How many sides of a comparison with the oracle have an error that counts."""
    return 1 if dtype == np.float32 else 2


def assert_within(computed: np.ndarray, exact: np.ndarray, bound: np.ndarray | float, what: str = "result") -> None:
    """Fail, saying where and by how much, unless every |computed - exact| <= bound; shapes must be equal."""
    assert computed.shape == exact.shape, f"{what}: shape {computed.shape}, expected {exact.shape}"
    error = np.abs(computed.astype(np.float64) - exact)
    outside = ~(error <= bound)  # a NaN is outside
    if outside.any():
        worst = np.unravel_index(np.argmax(np.where(outside, error, -1)), error.shape)
        allowed = np.broadcast_to(bound, error.shape)[worst]
        raise AssertionError(
            f"{what}: {outside.sum()} of {error.size} outside the bound; at {tuple(map(int, worst))} computed"
            f" {computed[worst]!r}, exact {exact[worst]!r}, error {error[worst]:.3g}, allowed {allowed:.3g}"
        )
