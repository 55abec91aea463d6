"""grid_sample against loops and torch, map_coordinates against loops; both: what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, seeds
from tests.ops.image.sampling_bound import Reading

MODES = st.sampled_from(["bilinear", "nearest", "bicubic"])
PADDING_MODES = st.sampled_from(["zeros", "border", "reflection"])
FILL_MODES = st.sampled_from(["constant", "nearest", "wrap", "mirror", "reflect"])


def drawn_grid(seed, dtype, n, rank, exact):
    """Images and a grid for them; `exact`: of eighths, whose products with sizes are exact, on edges and ties too."""
    numbers = np.random.default_rng(seed)
    images = numbers.normal(size=(n, *numbers.integers(1, 6, rank), 2)).astype(dtype)
    shape = (n, *numbers.integers(1, 4 if rank == 2 else 3, rank), rank)
    grid = numbers.integers(-13, 14, shape) / 8 if exact else numbers.uniform(-1.7, 1.7, shape)
    return images, grid.astype(dtype)


def reading_of(images, grid, mode, padding_mode, aligned, dtype, exact=False):
    """What is read where, and how far from each edge to the middle. A coordinate is a product and a sum."""
    sizes = np.array(images.shape[1:-1])
    spans = (sizes - 1) / 2 if aligned else sizes / 2
    turned, middles = grid[..., ::-1].astype(float), (sizes - 1) / 2
    shift = 0.0 if exact else gamma(2, dtype) * (abs(turned) * spans + middles)
    boundary = {"zeros": "constant", "border": "nearest"}.get(padding_mode, "mirror" if aligned else "reflect")
    mode = "nearest_even" if mode == "nearest" else mode
    return Reading(images, turned * spans + middles, mode, boundary, 0.0, shift, dtype), spans


def by_grid(reading, upstream, spans, dtype):
    """The gradient by the grid, which takes one more product, and its bound."""
    by_points, bound = reading.by_points(upstream)
    return (by_points * spans)[..., ::-1], (spans * (bound + gamma(1, dtype) * (abs(by_points) + bound)))[..., ::-1]


@settings(max_examples=30)
@given(seeds, dtypes, st.integers(0, 2), st.integers(2, 3), MODES, PADDING_MODES, st.booleans(), st.booleans())
def test_grid_sample(seed, dtype, n, rank, mode, padding_mode, aligned, exact):
    images, grid = drawn_grid(seed, dtype, n, rank, exact)
    result, pullback = convolith.vjp(
        lambda x, y: ops.image.grid_sample(x, y, mode, padding_mode, aligned), images, grid
    )
    reading, spans = reading_of(images, grid, mode, padding_mode, aligned, dtype, exact)
    assume(reading.settled)
    assert result.dtype == dtype
    assert_within(result, *reading.values)
    upstream = np.random.default_rng(seed).normal(size=result.shape).astype(dtype)
    gradients = pullback(upstream)
    assert_within(gradients[0], *reading.by_images(upstream), "by images")
    assert_within(gradients[1], *by_grid(reading, upstream, spans, dtype), "by grid")


@pytest.mark.torch
@settings(max_examples=30)
@given(seeds, st.integers(1, 2), st.integers(2, 3), MODES, PADDING_MODES, st.booleans())
def test_grid_sample_against_torch(torch, seed, n, rank, mode, padding_mode, aligned):
    assume(rank == 2 or mode != "bicubic")  # torch has none of three axes
    images, grid = drawn_grid(seed, np.float64, n, rank, exact=False)
    result, pullback = convolith.vjp(
        lambda x, y: ops.image.grid_sample(x, y, mode, padding_mode, aligned), images, grid
    )
    reading, spans = reading_of(images, grid, mode, padding_mode, aligned, np.float64)
    upstream = np.random.default_rng(seed).normal(size=result.shape)
    by_images, gradient = pullback(upstream)
    their_images = torch.tensor(np.moveaxis(images, -1, 1)).requires_grad_()
    their_grid = torch.tensor(grid).requires_grad_()
    theirs = torch.nn.functional.grid_sample(
        their_images, their_grid, mode=mode, padding_mode=padding_mode, align_corners=aligned
    )
    theirs.backward(torch.tensor(np.moveaxis(upstream, -1, 1)))
    for ours, other, (_, bound) in (
        (result, np.moveaxis(theirs.detach().numpy(), 1, -1), reading.values),
        (by_images, np.moveaxis(their_images.grad.numpy(), 1, -1), reading.by_images(upstream)),
        (gradient, their_grid.grad.numpy(), by_grid(reading, upstream, spans, np.float64)),
    ):
        # Either is off from the exact one; torch takes up to four times our roundings: it brings the coordinates to
        # [0, 2], folds them at the edges, and adds up products of all channels at once.
        assert_within(ours, other, 2.5 * bound)


def test_channels_first_is_the_transpose(generator):
    for rank in (2, 3):
        images = generator.normal(size=(2, *(5, 4, 3)[:rank], 3)).astype(np.float32)
        grid = generator.uniform(-1, 1, size=(2, 2, *(3, 4)[: rank - 1], rank)).astype(np.float32)
        first = ops.image.grid_sample(np.moveaxis(images, -1, 1), grid, data_format="channels_first")
        assert first.dtype == np.float32
        np.testing.assert_array_equal(np.moveaxis(first, 1, -1), ops.image.grid_sample(images, grid))


def test_the_corners_of_a_grid():
    image = np.arange(6.0).reshape(1, 2, 3, 1)
    corners = np.array([[[[-1, -1], [1, -1]], [[-1, 1], [1, 1]]]])
    aligned = ops.image.grid_sample(image, corners, align_corners=True)
    np.testing.assert_array_equal(aligned[0, :, :, 0], [[0, 2], [3, 5]])
    edges = ops.image.grid_sample(image, corners)  # a quarter of the corner's pixel, the rest is zero
    np.testing.assert_array_equal(edges[0, :, :, 0], [[0, 0.5], [0.75, 1.25]])


def test_a_grid_of_integers_is_one_of_numbers():
    image = np.arange(6.0).reshape(1, 2, 3, 1)
    grid = np.array([[[0, 0]]])
    np.testing.assert_array_equal(ops.image.grid_sample(image, grid), ops.image.grid_sample(image, grid.astype(float)))


@pytest.mark.parametrize(
    ("images", "grid"),
    [
        ((4, 4, 1), (1, 2, 2)),
        ((1, 4, 4, 1), (1, 2, 3)),
        ((1, 4, 4, 4, 1), (1, 2, 2)),
        ((2, 4, 4, 1), (1, 2, 2)),
        ((1, 4, 4, 1), (2,)),
        ((1, 0, 4, 1), (1, 2, 2)),
    ],
)
def test_shapes_that_do_not_fit_a_grid(images, grid):
    with pytest.raises(ValueError, match=r"grid_sample: images must have 4 or 5 axes.*got shapes"):
        ops.image.grid_sample(np.zeros(images), np.zeros(grid))


def test_what_grid_sample_refuses():
    image, grid = np.zeros((1, 4, 4, 1)), np.zeros((1, 2, 2))
    with pytest.raises(ValueError, match='grid_sample: mode must be one of "bilinear", "nearest", "bicubic"'):
        ops.image.grid_sample(image, grid, "linear")
    with pytest.raises(ValueError, match='grid_sample: padding_mode must be one of "zeros"'):
        ops.image.grid_sample(image, grid, padding_mode="constant")
    with pytest.raises(ValueError, match="grid_sample: data_format must be"):
        ops.image.grid_sample(image, grid, data_format="last")
    for arguments in ((None, grid), (image, None)):
        with pytest.raises(TypeError, match=r"grid_sample: (images|grid) must be an array or a tensor, got None"):
            ops.image.grid_sample(*arguments)


@settings(max_examples=30)
@given(seeds, dtypes, st.integers(1, 4), FILL_MODES, st.integers(0, 1), st.booleans())
def test_map_coordinates(seed, dtype, rank, fill_mode, order, exact):
    """What is read where is given, without any arithmetic; `exact` draws ties, edges and elements, too."""
    numbers = np.random.default_rng(seed)
    array = numbers.normal(size=numbers.integers(1, 5, rank)).astype(dtype)
    shape = (rank, *numbers.integers(0, 4, 2))
    coordinates = (numbers.integers(-12, 25, shape) / 4 if exact else numbers.uniform(-3, 6, shape)).astype(dtype)
    result, pullback = convolith.vjp(
        lambda x, y: ops.image.map_coordinates(x, y, order, fill_mode, 0.5), array, coordinates
    )
    assert result.dtype == dtype
    interpolation = "bilinear" if order else "nearest"
    points = np.moveaxis(coordinates, 0, -1)[None]
    reading = Reading(array[None, ..., None], points, interpolation, fill_mode, 0.5, dtype=dtype)
    assert_within(result[None, ..., None], *reading.values)
    upstream = numbers.normal(size=result.shape).astype(dtype)
    by_array, by_coordinates = pullback(upstream)
    upstream = upstream[None, ..., None]
    assert_within(by_array[None, ..., None], *reading.by_images(upstream), "by inputs")
    assert_within(np.moveaxis(by_coordinates, 0, -1)[None], *reading.by_points(upstream), "by coordinates")


def test_coordinates_may_be_a_list_of_arrays():
    array = np.arange(12.0).reshape(3, 4)
    result = ops.image.map_coordinates(array, [np.array([0, 2.0]), np.array([0.5, 3.0])], 1)
    np.testing.assert_array_equal(result, [0.5, 11])


def test_what_map_coordinates_refuses():
    array = np.zeros((3, 4))
    for coordinates in (np.zeros((3, 2)), np.zeros(2)):
        with pytest.raises(ValueError, match=r"map_coordinates: inputs must not be empty, and coordinates have 2 axes"):
            ops.image.map_coordinates(array, coordinates, 1)
    with pytest.raises(ValueError, match="map_coordinates: inputs must not be empty"):
        ops.image.map_coordinates(array[:0], np.zeros((2, 1)), 1)
    with pytest.raises(ValueError, match="map_coordinates: order must be 0 or 1, got 3"):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 3)
    with pytest.raises(ValueError, match='map_coordinates: fill_mode must be one of "constant"'):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 1, "edge")
    with pytest.raises(TypeError, match="map_coordinates: fill_value must be a number, got None"):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 1, fill_value=None)
    with pytest.raises(ValueError, match="map_coordinates: fill_value must be finite"):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 1, fill_value=np.nan)
    for arguments in ((None, np.zeros((2, 1))), (array, None)):
        with pytest.raises(TypeError, match=r"map_coordinates: \w+ must be an array or a tensor, got None"):
            ops.image.map_coordinates(*arguments, 1)
