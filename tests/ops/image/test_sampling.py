"""Sampling at coordinates and its gradients, against loops; NaN and places far out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith.ops.image.sampling import Sample, SampleAdjoint
from tests.bounds import assert_within
from tests.geometries import dtypes, seeds
from tests.ops.image.sampling_bound import Reading

INTERPOLATIONS = st.sampled_from(["nearest", "nearest_even", "bilinear", "bicubic"])
BOUNDARIES = st.sampled_from(["constant", "cut", "nearest", "wrap", "mirror", "reflect"])


def drawn(seed, dtype, rank, n=2):
    """Images, and coordinates on multiples of 1/8, a third of them outside.

    These are exact in float32: points on pixels and halfway between them, where steps are, show what is done there.
    """
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 6, rank)
    images = generator.normal(size=(n, *sizes, 2)).astype(dtype)
    points = generator.integers(1, 4, 2)
    coordinates = generator.integers(-2 * 8, 8 * (sizes + 1), (n, *points, rank)) / 8
    return images, coordinates.astype(dtype)


@given(seeds, dtypes, st.integers(0, 2), st.integers(1, 3), INTERPOLATIONS, BOUNDARIES, st.sampled_from([0.0, 2.5]))
def test_values_and_gradients(seed, dtype, n, rank, interpolation, boundary, fill):
    images, coordinates = drawn(seed, dtype, rank, n)
    result, pullback = convolith.vjp(lambda x, y: Sample(interpolation, boundary, fill)(x, y), images, coordinates)
    assert result.dtype == dtype
    reading = Reading(images, coordinates, interpolation, boundary, fill, dtype=dtype)
    assert_within(result, *reading.values)
    upstream = np.random.default_rng(seed).normal(size=result.shape).astype(dtype)
    by_images, by_coordinates = pullback(upstream)
    assert by_images.dtype == by_coordinates.dtype == dtype
    assert_within(by_images, *reading.by_images(upstream), "by images")
    assert_within(by_coordinates, *reading.by_points(upstream), "by coordinates")


@settings(max_examples=20)
@given(seeds, dtypes, st.integers(1, 2), INTERPOLATIONS, BOUNDARIES)
def test_the_gradient_of_the_gradient(seed, dtype, rank, interpolation, boundary):
    """The adjoint by the images gives to pixels what reading takes from them, so it is read to be pulled back."""
    images, coordinates = drawn(seed, dtype, rank)
    adjoint = SampleAdjoint(Sample(interpolation, boundary, 3.0), images.shape)
    values = np.random.default_rng(seed).normal(size=(*coordinates.shape[:-1], 2)).astype(dtype)
    result, pullback = convolith.vjp(lambda values, at: adjoint(values, at), values, coordinates)
    reading = Reading(images, coordinates, interpolation, boundary, dtype=dtype)
    assert_within(result, *reading.by_images(values))
    by_values, by_coordinates = pullback(images)
    assert_within(by_values, *reading.values, "by values")
    assert_within(by_coordinates, *reading.by_points(values), "by coordinates")


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
