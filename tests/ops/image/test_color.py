"""Colours, against Python's own colorsys, and their gradients."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.geometries import dtypes, seeds
from tests.ops.slopes import check_slopes


@given(seeds, dtypes, st.integers(0, 4))
def test_hsv_against_colorsys(seed, dtype, levels):
    """A few levels give greys, and two channels equally large; 0 stands for any number."""
    generator = np.random.default_rng(seed)
    images = generator.random((2, 3, 4, 3)) if levels == 0 else generator.integers(0, levels, (2, 3, 4, 3)) / 4
    images = images.astype(dtype)
    hsv = ops.image.rgb_to_hsv(images)
    expected = [colorsys.rgb_to_hsv(*map(float, pixel)) for pixel in images.reshape(-1, 3)]
    # Differences of close channels are exact; then come a division, a sum and another division.
    tolerance = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(hsv.reshape(-1, 3), expected, rtol=0, atol=tolerance)
    assert hsv.dtype == dtype
    np.testing.assert_allclose(ops.image.hsv_to_rgb(hsv), images, rtol=0, atol=4 * tolerance)
    first = ops.image.rgb_to_hsv(np.moveaxis(images, -1, 1), "channels_first")
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), hsv)


@given(seeds)
def test_rgb_of_any_hsv(seed):
    hsv = np.random.default_rng(seed).random((5, 6, 3)) * [3, 1, 2] - [1, 0, 0]  # hue may go round and round
    expected = [colorsys.hsv_to_rgb(hue % 1, s, v) for hue, s, v in hsv.reshape(-1, 3)]
    np.testing.assert_allclose(ops.image.hsv_to_rgb(hsv).reshape(-1, 3), expected, rtol=0, atol=1e-13)


def test_colours_by_hand():
    rgb = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0.5, 0.5, 0.5], [0, 0, 0]]])
    hsv = ops.image.rgb_to_hsv(rgb)[0]
    sixths = [0, 2, 4, 1, 5, 0, 0]
    np.testing.assert_allclose(hsv[:, 0] * 6, sixths, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(hsv[:, 1:].T, [[1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 0.5, 0]])


def test_gradients(generator):
    images = generator.random((1, 3, 4, 3))
    check_slopes(ops.image.rgb_to_hsv, images)
    check_slopes(ops.image.hsv_to_rgb, images)
    check_slopes(ops.image.rgb_to_grayscale, images)


def test_the_gradient_of_grey_is_finite():
    result, pullback = convolith.vjp(ops.image.rgb_to_hsv, np.array([[[0.5, 0.5, 0.5], [0, 0, 0]]]))
    assert np.isfinite(pullback(np.ones_like(result))[0]).all()


def test_grey(generator):
    images = generator.random((2, 4, 5, 3))
    np.testing.assert_allclose(
        ops.image.rgb_to_grayscale(images)[..., 0], images @ [0.2989, 0.587, 0.114], rtol=0, atol=1e-15
    )
    grey = generator.random((2, 1, 4, 5)).astype(np.float32)
    np.testing.assert_array_equal(ops.image.rgb_to_grayscale(grey, "channels_first"), grey)
    assert ops.image.rgb_to_grayscale(np.zeros((4, 5, 3), np.uint8)).shape == (4, 5, 1)


@pytest.mark.parametrize("name", ["rgb_to_hsv", "hsv_to_rgb"])
def test_what_hsv_refuses(name):
    function = getattr(ops.image, name)
    for images in (np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 4)), np.zeros((3, 2, 2))):
        with pytest.raises(ValueError, match=f"{name}: images must have 3 channels of floats, came"):
            function(images)
    with pytest.raises(ValueError, match=f"{name}: images must have 3 axes"):
        function(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        function(np.zeros((2, 2, 3)), "last")
    with pytest.raises(TypeError, match=f"{name}: images must be an array or a tensor, came None"):
        function(None)


def test_what_grey_refuses():
    with pytest.raises(ValueError, match="rgb_to_grayscale: images must have 3 channels or 1, came 2"):
        ops.image.rgb_to_grayscale(np.zeros((4, 4, 2)))
    with pytest.raises(ValueError, match="rgb_to_grayscale: data_format must be"):
        ops.image.rgb_to_grayscale(np.zeros((4, 4, 3)), "first")
    with pytest.raises(TypeError, match="rgb_to_grayscale: images must be an array or a tensor, came None"):
        ops.image.rgb_to_grayscale(None)


@given(seeds, dtypes, st.integers(0, 2))
def test_grey_of_drawn_images(seed, dtype, n):
    images = np.random.default_rng(seed).random((n, 3, 4, 3)).astype(dtype)
    exact = (images.astype(np.float64) * [0.2989, 0.587, 0.114]).sum(-1, keepdims=True)
    np.testing.assert_allclose(ops.image.rgb_to_grayscale(images), exact, rtol=8 * np.finfo(dtype).eps)
