"""Local response normalisation and its gradient for every remainder of a vector, window and exponent."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.engine import dispatch
from convolith.engine import local_response_normalization as engine
from tests.bounds import assert_within, sides
from tests.running_error import Rounded, gradients

WINDOWS = [(0, 0), (1, 0), (2, 2), (3, 2), (5, 5), (100, 90)]
BETAS = [0.5, 0.75, 1.0, 0.6, 1.25, 0.0, -0.5]


def check(x, upstream, before, after, bias, alpha, beta):
    """Compare the result and the gradient with the definition, within the bound that it carries along."""
    source = Rounded(x, dtype=x.dtype.type)
    wanted = source * ((source * source).window_sum(before, after) * alpha + bias).power(-beta)
    exact = wanted, *gradients(wanted, upstream, [source])
    for found, other in zip(both(x, upstream, before, after, bias, alpha, beta), exact, strict=True):
        assert_within(found, other.value, sides(x.dtype) * other.error)


def both(x, upstream, *numbers):
    result, slopes = np.full_like(x, np.nan), np.full_like(x, np.nan)
    engine.normalize_response(x, *numbers, result)
    engine.normalize_response_gradient(upstream, x, *numbers, slopes)
    return result, slopes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("window", WINDOWS)
def test_every_remainder(isa, dtype, window, generator):
    for channels in range(1, 36):
        x, upstream = (generator.standard_normal((3, channels)).astype(dtype) for _ in range(2))
        check(x, upstream, *window, 1.5, 0.3, BETAS[channels % len(BETAS)])


def test_many_pixels_in_place_and_threads(isa, threads, generator):
    """Blocks of pixels, in any number of threads, in memory of their own or not, give the same bits."""
    x, upstream = (generator.standard_normal((901, 37)).astype(np.float32) for _ in range(2))
    numbers = 2, 2, 2.0, 1e-2, 0.75
    expected = [array.tobytes() for array in both(x, upstream, *numbers)]
    check(x, upstream, *numbers)
    for count in (1, 2, 3):
        threads(count)
        result, slopes = x.copy(), upstream.copy()
        engine.normalize_response_gradient(slopes, x, *numbers, slopes)
        engine.normalize_response(result, *numbers, result)
        assert [result.tobytes(), slopes.tobytes()] == expected


@pytest.mark.parametrize("beta", BETAS)
def test_strong_and_weak_responses(isa, beta):
    """Numbers whose squares lie far apart: the power's error grows with the strength's logarithm only.

    That and the exponential are within a unit, of two roundings; beta and its product are rounded, the strength twice.
    """
    x = np.array([[1e-15, 1.0, 1e4, 1e9, 3e14]], np.float32).T
    check(x, np.ones_like(x), 0, 0, 1.0, 0.5, beta)
    strength = 1 + 0.5 * x.astype(np.float64) ** 2
    exact, roundings = x * strength**-beta, 4 * abs(beta) * (np.log(strength) + 1) + 4
    assert_within(both(x, x, 0, 0, 1.0, 0.5, beta)[0], exact, 1.01 * 2**-24 * roundings * exact)


def test_nothing_to_do():
    empty = np.empty((0, 5), np.float32)
    engine.normalize_response(empty, 1, 1, 1.0, 1.0, 0.5, empty)
    engine.normalize_response_gradient(empty, empty, 1, 1, 1.0, 1.0, 0.5, empty)
    assert engine.normalize_response_scratch(0, 5, 1, 1, True, 4) == 0


def test_what_is_done_again_goes_by_the_instruction_set_of_then():
    before, x = dispatch.isa(), np.random.default_rng(1).standard_normal((4, 37)).astype(np.float32)
    out, wanted = np.empty_like(x), np.empty_like(x)
    try:
        for first in dispatch.available_isas():
            dispatch.use_isa(first)
            again = engine.normalize_response(x, 2, 2, 1.0, 0.5, 0.75, out)
            for then in dispatch.available_isas():
                dispatch.use_isa(then)
                engine.normalize_response(x, 2, 2, 1.0, 0.5, 0.75, wanted)
                out[...] = 0
                again()
                np.testing.assert_array_equal(out, wanted)
    finally:
        dispatch.use_isa(before)
