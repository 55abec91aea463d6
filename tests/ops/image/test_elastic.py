"""Elastic deformation: the points against loops on the same normal numbers, and the pixels read there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Tensor
from convolith.graph.trace import trace
from convolith.ops.image.draw import stream
from convolith.ops.image.elastic import elastic_points
from convolith.random import SeedGenerator
from tests.geometries import seeds
from tests.ops.slopes import check_slopes


def smoothed(field, sigma):
    """In a Gaussian window of the odd size at or above 6 sigma, as Keras has it."""
    size = int(6 * sigma) | 1
    bell = [math.exp(-0.5 * ((place - size // 2) / sigma) ** 2) for place in range(size)]
    wide = np.pad(field, size // 2)
    out = np.zeros_like(field)
    for y, x in np.ndindex(field.shape):
        out[y, x] = np.sum(wide[y : y + size, x : x + size] * np.outer(bell, bell)) / sum(bell) ** 2
    return out


@settings(max_examples=25)
@given(seeds, st.tuples(st.integers(1, 9), st.integers(1, 9)), st.floats(0.05, 3), st.floats(-5, 20))
def test_points(seed, size, sigma, alpha):
    state = np.array([seed, 2], np.uint64)
    images = np.zeros((2, *size, 3))
    points = elastic_points(images, np.array([[alpha, sigma], [1.0, 0.4]]), state)
    assert points.shape == (2, *size, 2) and points.dtype == np.float64
    noise = stream(state, 0).standard_normal((2, 2, *size))
    for found, fields, (far, wide) in zip(points, noise, ((alpha, sigma), (1.0, 0.4)), strict=True):
        for axis, field in enumerate(fields):
            expected = np.indices(size)[axis] + far * smoothed(field * wide, wide)
            np.testing.assert_allclose(found[..., axis], expected, rtol=0, atol=1e-11)
    same = elastic_points(images.astype(np.float32), np.array([[alpha, sigma]]), state)
    assert same.dtype == np.float32


@settings(max_examples=25)
@given(
    seeds,
    st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 2)),
    st.sampled_from(["nearest", "bilinear"]),
    st.sampled_from(["constant", "nearest", "wrap", "reflect", "mirror"]),
)
def test_pixels(seed, shape, interpolation, fill_mode):
    images = np.random.default_rng(seed).normal(size=(2, *shape))
    found = ops.image.elastic_transform(images, 3.0, 0.8, interpolation, fill_mode, 7.0, seed)
    points = elastic_points(images, np.array([[3.0, 0.8]]), np.array([seed, 0], np.uint64))
    for image, at, result in zip(images, points, found, strict=True):
        for channel in range(shape[2]):
            expected = ops.image.map_coordinates(
                image[..., channel], np.moveaxis(at, -1, 0), int(interpolation == "bilinear"), fill_mode, 7.0
            )
            np.testing.assert_allclose(result[..., channel], expected, rtol=0, atol=1e-12)
    first = ops.image.elastic_transform(
        np.moveaxis(images, -1, 1), 3.0, 0.8, interpolation, fill_mode, 7.0, seed, "channels_first"
    )
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), found)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_gradients(generator, data_format):
    images = generator.normal(size=(2, 4, 5, 3))
    check_slopes(lambda x: ops.image.elastic_transform(x, 2.0, 0.7, seed=3, data_format=data_format), images)


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
        ({"sigma": -1}, ValueError, "sigma must not be negative, came -1"),
        ({"alpha": None}, TypeError, "alpha must be a number, came None"),
        ({"alpha": math.inf}, ValueError, "alpha must be finite, came inf"),
        ({"interpolation": "area"}, ValueError, 'interpolation must be one of "nearest"'),
        ({"fill_mode": "zeros"}, ValueError, 'fill_mode must be one of "constant"'),
        ({"fill_value": "0"}, TypeError, "fill_value must be a number, came '0'"),
        ({"seed": -1}, ValueError, "seed must be None or an integer >= 0, got -1"),
        ({"data_format": "last"}, ValueError, "data_format must be"),
    ]:
        with pytest.raises(kind, match=f"elastic_transform: {message}"):
            ops.image.elastic_transform(image, **arguments)
    with pytest.raises(ValueError, match="elastic_transform: images must have 3 axes"):
        ops.image.elastic_transform(image[0])
    with pytest.raises(TypeError, match="elastic_transform: images must be an array or a tensor, came None"):
        ops.image.elastic_transform(None)
    with pytest.raises(ValueError, match="state must be"):
        elastic_points(image[None], np.ones((1, 2)), np.zeros(2))
