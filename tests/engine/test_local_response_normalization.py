"""Local response normalisation and its gradient for every remainder of a vector, window and exponent."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.engine import dispatch
from convolith.engine import local_response_normalization as engine
from tests.reference.normalization import local_response

WINDOWS = [(0, 0), (1, 0), (2, 2), (3, 2), (5, 5), (100, 90)]
BETAS = [0.5, 0.75, 1.0, 0.6, 1.25, 0.0, -0.5]


def gradient(x, upstream, before, after, bias, alpha, beta):
    """By the definition, with a matrix of what lies in whose window."""
    place = np.arange(x.shape[-1])
    inside = (place[:, None] - before <= place) & (place <= place[:, None] + after)  # [whose window, what]
    strength = bias + alpha * (x**2 @ inside.T)
    shares = upstream * x * strength ** (-beta - 1)
    return upstream * strength**-beta - 2 * alpha * beta * x * (shares @ inside)


def both(x, upstream, *numbers):
    result, slopes = np.full_like(x, np.nan), np.full_like(x, np.nan)
    engine.normalize_response(x, *numbers, result)
    engine.normalize_response_gradient(upstream, x, *numbers, slopes)
    return result, slopes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("window", WINDOWS)
def test_every_remainder(isa, dtype, window, generator):
    for channels in range(1, 36):
        numbers = *window, 1.5, 0.3, BETAS[channels % len(BETAS)]
        x, upstream = (generator.standard_normal((3, channels)).astype(dtype) for _ in range(2))
        wide = x.astype(np.float64), upstream.astype(np.float64)
        result, slopes = both(x, upstream, *numbers)
        # of a window's sum, times the exponent, and of the power and what it is multiplied with
        close = (2 * min(channels, sum(window) + 1) + 24) * np.finfo(dtype).eps
        np.testing.assert_allclose(result, local_response(wide[0], *numbers), rtol=close, atol=0)
        size = gradient(abs(wide[0]), abs(wide[1]), *window, 1.5, -0.3, 0) + abs(gradient(*wide, *numbers)) + 8
        assert (abs(slopes - gradient(*wide, *numbers)) <= close * size).all()


def test_many_pixels_in_place_and_threads(isa, threads, generator):
    """Blocks of pixels, in any number of threads, in memory of their own or not, give the same bits."""
    x, upstream = (generator.standard_normal((901, 37)).astype(np.float32) for _ in range(2))
    numbers = 2, 2, 2.0, 1e-2, 0.75
    expected = [array.tobytes() for array in both(x, upstream, *numbers)]
    np.testing.assert_allclose(both(x, upstream, *numbers)[1], gradient(x, upstream, *numbers), rtol=1e-4, atol=1e-6)
    for count in (1, 2, 3):
        threads(count)
        result, slopes = x.copy(), upstream.copy()
        engine.normalize_response_gradient(slopes, x, *numbers, slopes)
        engine.normalize_response(result, *numbers, result)
        assert [result.tobytes(), slopes.tobytes()] == expected


@pytest.mark.parametrize("beta", BETAS)
def test_strong_and_weak_responses(isa, beta):
    """Numbers whose squares lie far apart: the power's error grows with the strength's logarithm only."""
    x = np.array([[1e-15, 1.0, 1e4, 1e9, 3e14]], np.float32).T
    result, _ = both(x, np.ones_like(x), 0, 0, 1.0, 0.5, beta)
    exact = local_response(x.astype(np.float64), 0, 0, 1.0, 0.5, beta)
    np.testing.assert_allclose(result, exact, rtol=2e-5)
    np.testing.assert_allclose(result[:2], exact[:2], rtol=1e-6)


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
