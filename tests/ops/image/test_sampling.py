"""Sampling at coordinates, against loops, and by itself: adjoint, slopes, NaN and places far out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith.ops.image.sampling import Sample, SampleAdjoint
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds
from tests.ops.slopes import check_slopes
from tests.reference import sample as reference

INTERPOLATIONS = st.sampled_from(["nearest", "nearest_even", "bilinear", "bicubic"])
BOUNDARIES = st.sampled_from(["constant", "cut", "nearest", "wrap", "mirror", "reflect"])


def drawn(seed, dtype, rank, n=2):
    """Images and coordinates on multiples of 1/8, which float32 holds exactly; a third of them outside."""
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 6, rank)
    images = generator.normal(size=(n, *sizes, 2)).astype(dtype)
    points = generator.integers(1, 4, 2)
    coordinates = generator.integers(-2 * 8, 8 * (sizes + 1), (n, *points, rank)) / 8
    return images, coordinates.astype(dtype)


@given(seeds, dtypes, st.integers(1, 3), INTERPOLATIONS, BOUNDARIES, st.sampled_from([0.0, 2.5]))
def test_values(seed, dtype, rank, interpolation, boundary, fill):
    images, coordinates = drawn(seed, dtype, rank)
    result = Sample(interpolation, boundary, fill)(images, coordinates)
    exact = reference.sample(images.astype(float), coordinates.astype(float), interpolation, boundary, fill)
    assert result.dtype == dtype
    # The weights' magnitudes along an axis sum to at most 2; a weight takes some ten roundings, the sum 4 ** rank.
    largest = max(abs(images).max(), fill) * 2**rank
    assert_within(result, exact, sides(dtype) * gamma(10 * rank + 4**rank, dtype) * 4 * largest)


@given(seeds, st.integers(1, 3), INTERPOLATIONS, BOUNDARIES)
def test_the_gradient_by_the_images_is_the_adjoint(seed, rank, interpolation, boundary):
    images, coordinates = drawn(seed, np.float64, rank)
    sample = Sample(interpolation, boundary)
    result = sample(images, coordinates)
    upstream = np.random.default_rng(seed).normal(size=result.shape)
    back = SampleAdjoint(sample, images.shape)(upstream, coordinates)
    scale = np.sum(abs(images)) * np.sum(abs(upstream)) * 8
    assert abs(np.sum(result * upstream) - np.sum(images * back)) <= gamma(1000, np.float64) * scale


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("boundary", ["constant", "cut", "nearest", "wrap", "mirror", "reflect"])
def test_slopes(interpolation, boundary, generator):
    images = generator.normal(size=(2, 3, 4, 2))
    coordinates = generator.uniform(-2, 5, (2, 3, 2))
    check_slopes(lambda x, y: Sample(interpolation, boundary, 0.5)(x, y), images, coordinates)


def test_the_adjoint_has_slopes_too(generator):
    coordinates, values = generator.uniform(-1, 4, (2, 5, 2)), generator.normal(size=(2, 5, 2))
    adjoint = SampleAdjoint(Sample("bilinear", "constant", 3.0), (2, 4, 3, 2))
    check_slopes(lambda values, coordinates: adjoint(values, coordinates), values, coordinates)


def test_the_second_derivative_by_coordinates_is_refused(generator):
    def slope(coordinates):
        result, pullback = convolith.vjp(lambda c: Sample("bilinear", "nearest")(np.ones((1, 3, 1)), c), coordinates)
        return pullback(result)[0]

    result, pullback = convolith.vjp(slope, generator.uniform(0, 2, (1, 4, 1)))
    with pytest.raises(NotImplementedError, match="sample_slope has no gradient"):
        pullback(result)


def test_a_nan_among_the_coordinates_gives_nan_there_only():
    images = np.arange(4.0).reshape(1, 4, 1)
    result = Sample("bilinear", "constant")(images, np.array([[[np.nan], [1.5]]]))
    np.testing.assert_array_equal(result[0, :, 0], [np.nan, 1.5])


@pytest.mark.parametrize(("boundary", "expected"), [("constant", [7, 7]), ("nearest", [0, 3]), ("cut", [7, 7])])
def test_places_infinitely_far(boundary, expected):
    images = np.arange(4, dtype=np.float32).reshape(1, 4, 1)
    far = np.array([[[-np.inf], [np.inf]]], np.float32)
    np.testing.assert_array_equal(Sample("bilinear", boundary, 7.0)(images, far)[0, :, 0], expected)


def test_a_nan_outside_does_not_count():
    """The neighbour of the edge is `fill`, whatever pixel stands for it in memory."""
    images = np.array([np.nan, 1, 2, 3]).reshape(1, 4, 1)
    result = Sample("bilinear", "constant", 0.0)(images, np.array([[[3.5]]]))
    assert result[0, 0, 0] == 1.5


def test_an_empty_batch():
    images, coordinates = np.zeros((0, 3, 3, 2)), np.zeros((0, 4, 2))
    result, pullback = convolith.vjp(lambda x, y: Sample("bilinear", "wrap")(x, y), images, coordinates)
    assert result.shape == (0, 4, 2)
    assert [gradient.shape for gradient in pullback(result)] == [images.shape, coordinates.shape]
