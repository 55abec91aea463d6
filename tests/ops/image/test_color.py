"""Colours, against Python's own colorsys, and their gradients, by the slopes of each piece."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds


def hsv_slopes(pixel):
    """The slopes of hue, saturation and value (3) by red, green and blue (3), the first of equal ones counting."""
    largest, smallest = int(np.argmax(pixel)), int(np.argmin(pixel))
    top, chroma, slopes = pixel[largest], np.ptp(pixel), np.zeros((3, 3))
    slopes[2, largest] = 1
    if chroma > 0:
        after, before = (largest + 1) % 3, (largest + 2) % 3
        sixth = (pixel[after] - pixel[before]) / (6 * chroma**2)
        slopes[0, after] += 1 / (6 * chroma)
        slopes[0, before] -= 1 / (6 * chroma)
        slopes[0, largest] -= sixth
        slopes[0, smallest] += sixth
        slopes[1, largest] += pixel[smallest] / top**2
        slopes[1, smallest] -= 1 / top
    return slopes


@given(seeds, dtypes, st.integers(0, 2), st.integers(0, 4), st.booleans())
def test_rgb_to_hsv(seed, dtype, n, levels, first):
    """Against colorsys. A few levels give greys, and two channels equally large; 0 stands for any number."""
    generator = np.random.default_rng(seed)
    shape = (n, 3, 4, 3)
    images = generator.random(shape) if levels == 0 else generator.integers(0, levels, shape) / 4
    images, upstream = images.astype(dtype), generator.normal(size=shape).astype(dtype)
    hsv, gradient = both_ways(ops.image.rgb_to_hsv, images, upstream, first)
    exact = np.array([colorsys.rgb_to_hsv(*map(float, pixel)) for pixel in images.reshape(-1, 3)]).reshape(shape)
    # Two differences and a quotient, at most 1, and a sum up to 6, of which a sixth is taken; a turn may be added.
    hue = gamma(3, dtype) / 6 + gamma(1, dtype) + gamma(2, dtype)
    bound = np.stack([np.full(shape[:-1], hue), gamma(2, dtype) * exact[..., 1], np.zeros(shape[:-1])], axis=-1)
    assert_within(hsv, exact, sides(dtype) * bound)
    doubles = images.astype(float)
    slopes = np.array([hsv_slopes(pixel) for pixel in doubles.reshape(-1, 3)]).reshape(*shape, 3)
    # Hue's share goes through seven roundings, at the largest through its product with a quotient of two differences;
    # saturation's through five; up to four of these are added up.
    chroma, value, (by_hue, by_saturation, by_value) = (
        np.ptp(doubles, axis=-1), doubles.max(axis=-1), np.moveaxis(abs(upstream), -1, 0).astype(float),
    )  # fmt: skip
    size = by_value + np.where(chroma > 0, 4 * by_hue / (6 * np.maximum(chroma, 1e-9)), 0)
    size += np.where(value > 0, 3 * by_saturation / np.maximum(value, 1e-9), 0)
    bound = sides(dtype) * gamma(12, dtype) * size[..., None]
    assert_within(gradient, np.einsum("...s,...sc->...c", upstream, slopes), bound, "gradient")


def both_ways(function, images, upstream, first):
    """The function's result and gradient, in either data format."""
    if not first:
        result, pullback = convolith.vjp(function, images)
        return result, pullback(upstream)[0]
    result, pullback = convolith.vjp(lambda x: function(x, "channels_first"), np.moveaxis(images, -1, 1))
    return np.moveaxis(result, 1, -1), np.moveaxis(pullback(np.moveaxis(upstream, -1, 1))[0], 1, -1)


# Which channel goes up or down in each sixth of the hues, by six times saturation and value a turn.
MOVES = [(1, 1), (0, -1), (2, 1), (1, -1), (0, 1), (2, -1)]


@given(seeds, dtypes, st.integers(0, 2), st.booleans())
def test_hsv_to_rgb(seed, dtype, n, first):
    """Against colorsys; hue may go round and round. It is drawn within sixths, at whose ends the slopes change."""
    generator = np.random.default_rng(seed)
    shape = (n, 3, 4, 3)
    hsv = generator.random(shape) * [0.96, 1, 2] + [0.02, 0, 0]
    hsv[..., 0] = (hsv[..., 0] + generator.integers(-6, 13, shape[:-1])) / 6
    hsv, upstream = hsv.astype(dtype), generator.normal(size=shape).astype(dtype)
    rgb, gradient = both_ways(ops.image.hsv_to_rgb, hsv, upstream, first)
    hue, saturation, value = np.moveaxis(hsv.astype(float), -1, 0)
    exact = np.array([colorsys.hsv_to_rgb(h % 1, s, v) for h, s, v in hsv.reshape(-1, 3).astype(float)]).reshape(shape)
    # What a channel lacks, at most 1, is off by the roundings of 6 hue, of up to 5 more, within 6, and from 4.
    lacking = gamma(1, dtype) * (6 * abs(hue) + 6 * abs(hue) + 5 + 6 + 4)[..., None]
    colour, value = (saturation * value)[..., None], value[..., None]
    assert_within(rgb, exact, sides(dtype) * (colour * lacking + gamma(4, dtype) * (value + colour)))
    slopes = np.zeros((*shape, 3))
    for place in np.ndindex(shape[:-1]):
        h, s, v = hsv[place].astype(float)
        channel, sign = MOVES[int(np.floor(6 * h)) % 6]
        slopes[place][channel, 0] = 6 * sign * s * v
        pure = np.array(colorsys.hsv_to_rgb(h % 1, 1, 1))
        slopes[place][:, 1], slopes[place][:, 2] = -v * (1 - pure), 1 - s * (1 - pure)
    given_size = abs(upstream).astype(float).sum(axis=-1, keepdims=True)
    bound = given_size * np.concatenate(
        [
            gamma(7, dtype) * 6 * colour,
            value * (lacking + gamma(7, dtype)),
            saturation[..., None] * lacking + gamma(7, dtype) * 2,
        ],
        axis=-1,
    )
    assert_within(gradient, np.einsum("...c,...cs->...s", upstream, slopes), sides(dtype) * bound, "gradient")


def test_colours_by_hand():
    rgb = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0.5, 0.5, 0.5], [0, 0, 0]]])
    hsv = ops.image.rgb_to_hsv(rgb)[0]
    turns = np.array([0, 2, 4, 1, 5, 0, 0]) / 6
    assert_within(hsv[:, 0], turns, gamma(2, np.float64))  # a sixth of a turn less than a whole one is rounded twice
    np.testing.assert_array_equal(hsv[:, 1:].T, [[1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 0.5, 0]])


def test_the_gradient_of_grey_is_finite():
    result, pullback = convolith.vjp(ops.image.rgb_to_hsv, np.array([[[0.5, 0.5, 0.5], [0, 0, 0]]]))
    assert np.isfinite(pullback(np.ones_like(result))[0]).all()


def test_grey_stays_and_bytes_become_it(generator):
    grey = generator.random((2, 1, 4, 5)).astype(np.float32)
    np.testing.assert_array_equal(ops.image.rgb_to_grayscale(grey, "channels_first"), grey)
    assert ops.image.rgb_to_grayscale(np.zeros((4, 5, 3), np.uint8)).shape == (4, 5, 1)


@pytest.mark.parametrize("name", ["rgb_to_hsv", "hsv_to_rgb"])
def test_what_hsv_refuses(name):
    function = getattr(ops.image, name)
    for images in (np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 4)), np.zeros((3, 2, 2))):
        with pytest.raises(ValueError, match=f"{name}: images must have 3 channels of floats, got"):
            function(images)
    with pytest.raises(ValueError, match=f"{name}: images must have 3 axes"):
        function(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        function(np.zeros((2, 2, 3)), "last")
    with pytest.raises(TypeError, match=f"{name}: images must be an array or a tensor, got None"):
        function(None)


def test_what_grey_refuses():
    with pytest.raises(ValueError, match="rgb_to_grayscale: images must have 3 channels or 1, got 2"):
        ops.image.rgb_to_grayscale(np.zeros((4, 4, 2)))
    with pytest.raises(ValueError, match="rgb_to_grayscale: data_format must be"):
        ops.image.rgb_to_grayscale(np.zeros((4, 4, 3)), "first")
    with pytest.raises(TypeError, match="rgb_to_grayscale: images must be an array or a tensor, got None"):
        ops.image.rgb_to_grayscale(None)


@given(seeds, dtypes, st.integers(0, 2), st.booleans())
def test_grey_of_drawn_images(seed, dtype, n, first):
    """Three products of weights that are rounded to the dtype."""
    generator = np.random.default_rng(seed)
    images, upstream = (generator.normal(size=(n, 3, 4, c)).astype(dtype) for c in (3, 1))
    grey, gradient = both_ways(ops.image.rgb_to_grayscale, images, upstream, first)
    weights, doubles = np.array([0.2989, 0.587, 0.114]), images.astype(float)
    bound = sides(dtype) * gamma(5, dtype) * (abs(doubles) * weights).sum(-1, keepdims=True)
    assert_within(grey, (doubles * weights).sum(-1, keepdims=True), bound)
    assert_within(gradient, upstream * weights, sides(dtype) * gamma(2, dtype) * abs(upstream) * weights, "gradient")
