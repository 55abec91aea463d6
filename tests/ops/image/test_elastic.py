"""Elastic deformation: points against loops on the same normal numbers, pixels read there, and their gradient."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Tensor
from convolith.graph.trace import trace
from convolith.ops.image.draw import stream
from convolith.ops.image.elastic import elastic_points
from convolith.random import SeedGenerator
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, seeds
from tests.ops.image.sampling_bound import Reading


def smoothed(field, sigma):
    """In a Gaussian window of the odd size at or above 6 sigma, as Keras has it."""
    size = int(6 * sigma) | 1
    bell = [math.exp(-0.5 * ((place - size // 2) / sigma) ** 2) for place in range(size)]
    window, wide = np.outer(bell, bell) / sum(bell) ** 2, np.pad(field, size // 2)
    out = np.zeros_like(field)
    for y, x in np.ndindex(field.shape):
        out[y, x] = np.sum(wide[y : y + size, x : x + size] * window)
    return out


def roundings(size):
    """How far noise may be off that is smoothed over so many pixels, relative to what it is added up from.

    Noise times sigma is one rounding. A weight of the window, along each axis, is off by 50: in the exponent, at most
    4.5, five, so that the exponential is off by 23 and its own two; as much again in the sum of all, and the quotient.
    Its product and the sum follow, of no more than twice the size's pixels; at last alpha and the place.
    """
    return gamma(2 * (53 + 2 * size) + 4, np.float64)


def drawn_points(state, n, size, strengths, dtype):
    """Where pixels are read, and how far off that may be, on both sides; what float32 has no number for is lost."""
    points, shift = np.empty((2, n, *size, 2))
    noise = stream(state, 0).standard_normal((n, 2, *size))
    for image, (alpha, sigma) in enumerate(np.broadcast_to(strengths, (n, 2))):
        for axis, field in enumerate(noise[image]):
            moved = alpha * smoothed(field * sigma, sigma) if sigma else 0
            far = abs(alpha) * smoothed(abs(field) * sigma, sigma) if sigma else 0
            points[image, ..., axis] = np.indices(size)[axis] + moved
            shift[image, ..., axis] = 2 * roundings(max(size)) * (np.indices(size)[axis] + far)
    return points, shift + gamma(1, dtype) * (abs(points) + shift) + np.finfo(dtype).tiny


@settings(max_examples=25)
@given(
    seeds,
    dtypes,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.floats(0.05, 3) | st.floats(3, 6),
    st.floats(-5, 20),
)
def test_points(seed, dtype, size, sigma, alpha):
    """The window may be wider than the images."""
    state, strengths = np.array([seed, 2], np.uint64), np.array([[alpha, sigma], [1.0, 0.4]])
    points = elastic_points(np.zeros((2, *size, 3), dtype), strengths, state)
    assert points.dtype == dtype
    assert_within(points, *drawn_points(state, 2, size, strengths, dtype))


@pytest.mark.parametrize("sigma", [1e9, 1e300])
def test_an_absurd_sigma_takes_no_longer(sigma):
    """All weights on the images are the same: one over the sum of all, the normal distribution within three sigma.

    The window ends within a pixel of that, where a weight is 0.0111, which is less than a hundredth of the sum / sigma.
    """
    state = np.array([7, 0], np.uint64)
    points = elastic_points(np.zeros((1, 5, 4, 1)), np.array([[1e3 * sigma, sigma]]), state)
    total = math.sqrt(2 * math.pi) * math.erf(3 / math.sqrt(2))  # times sigma
    noise = 1e3 * stream(state, 0).standard_normal((2, 5, 4)) / total**2
    expected = np.indices((5, 4)) + noise.sum(axis=(1, 2))[:, None, None]
    relative = 2 * 0.01 / sigma + roundings(5)
    allowed = relative * abs(noise).sum(axis=(1, 2))[:, None, None] + gamma(2, np.float64) * abs(expected)
    assert_within(points[0], np.moveaxis(expected, 0, -1), np.moveaxis(allowed, 0, -1))


@settings(max_examples=25)
@given(
    seeds,
    dtypes,
    st.integers(0, 2),
    st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 2)),
    st.sampled_from(["nearest", "bilinear", "bicubic"]),
    st.sampled_from(["constant", "nearest", "wrap", "reflect", "mirror"]),
    st.booleans(),
)
def test_values_and_gradients(seed, dtype, n, shape, interpolation, fill_mode, first):
    images = np.random.default_rng(seed).normal(size=(n, *shape)).astype(dtype)

    def function(images):
        arguments = 3.0, 0.8, interpolation, fill_mode, 7.0, seed
        if not first:
            return ops.image.elastic_transform(images, *arguments)
        moved = ops.image.elastic_transform(ops.transpose(images, (0, 3, 1, 2)), *arguments, "channels_first")
        return ops.transpose(moved, (0, 2, 3, 1))

    result, pullback = convolith.vjp(function, images)
    assert result.dtype == dtype
    points, shift = drawn_points(np.array([seed, 0], np.uint64), n, shape[:2], np.array([[3.0, 0.8]]), dtype)
    reading = Reading(images, points, interpolation, fill_mode, 7.0, shift, dtype)
    assume(interpolation != "nearest" or reading.settled)
    assert_within(result, *reading.values)
    upstream = np.random.default_rng(seed).normal(size=result.shape).astype(dtype)
    assert_within(pullback(upstream)[0], *reading.by_images(upstream), "by images")


def test_seeds_and_traces(generator):
    images = generator.normal(size=(3, 6, 5, 2)).astype(np.float32)
    once = ops.image.elastic_transform(images, seed=3)
    np.testing.assert_array_equal(ops.image.elastic_transform(images, seed=3), once)
    assert once.dtype == np.float32 and (ops.image.elastic_transform(images, seed=4) != once).any()
    assert (ops.image.elastic_transform(images) != ops.image.elastic_transform(images)).any()
    assert (once[0] - images[0] != once[1] - images[1]).any()
    stream, again = SeedGenerator(5), SeedGenerator(5)
    plan = Plan(trace(lambda x: ops.image.elastic_transform(x, seed=stream), Spec(images.shape, images.dtype)))
    for _ in range(3):
        np.testing.assert_array_equal(plan.run(images)[0], ops.image.elastic_transform(images, seed=again))
    with pytest.raises(TypeError, match="elastic_transform: in a traced model, seed must be a SeedGenerator"):
        convolith.vjp(ops.image.elastic_transform, images)
    unknown = Tensor(Spec((None, 6, 5, 2), np.dtype(np.float32)))
    assert ops.image.elastic_transform(unknown, seed=3).shape == (None, 6, 5, 2)


def test_no_strength_moves_nothing(generator):
    images = generator.normal(size=(2, 4, 5, 1))
    for strength in ({"alpha": 0}, {"sigma": 0}):
        np.testing.assert_array_equal(ops.image.elastic_transform(images, **strength), images)
    single = ops.image.elastic_transform(images[0], seed=3)
    np.testing.assert_array_equal(single, ops.image.elastic_transform(images[:1], seed=3)[0])


def test_what_is_refused():
    image = np.zeros((4, 4, 1))
    for arguments, kind, message in [
        ({"sigma": -1}, ValueError, r"sigma must not be negative, nor above 1e\+300, got -1"),
        ({"sigma": 1e301}, ValueError, r"sigma must not be negative, nor above 1e\+300, got 1e\+301"),
        ({"alpha": None}, TypeError, "alpha must be a number, got None"),
        ({"alpha": math.inf}, ValueError, "alpha must be finite, got inf"),
        ({"interpolation": "area"}, ValueError, 'interpolation must be one of "nearest"'),
        ({"fill_mode": "zeros"}, ValueError, 'fill_mode must be one of "constant"'),
        ({"fill_value": "0"}, TypeError, "fill_value must be a number, got '0'"),
        ({"seed": -1}, ValueError, "seed must be None or an integer >= 0, got -1"),
        ({"data_format": "last"}, ValueError, "data_format must be"),
    ]:
        with pytest.raises(kind, match=f"elastic_transform: {message}"):
            ops.image.elastic_transform(image, **arguments)
    with pytest.raises(ValueError, match="elastic_transform: images must have 3 axes"):
        ops.image.elastic_transform(image[0])
    with pytest.raises(TypeError, match="elastic_transform: images must be an array or a tensor, got None"):
        ops.image.elastic_transform(None)
    with pytest.raises(ValueError, match="state must be"):
        elastic_points(image[None], np.ones((1, 2)), np.zeros(2))
