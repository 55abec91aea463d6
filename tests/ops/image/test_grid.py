"""grid_sample against torch, map_coordinates against loops; both: what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.geometries import seeds
from tests.ops.slopes import check_slopes
from tests.reference import sample as reference

MODES = [
    (rank, mode, padding_mode, align_corners)
    for rank, mode, padding_mode, align_corners in itertools.product(
        (2, 3), ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (False, True)
    )
    if rank == 2 or mode != "bicubic"  # torch has none of three axes
]


@pytest.mark.torch
@pytest.mark.parametrize(("rank", "mode", "padding_mode", "align_corners"), MODES)
def test_grid_sample_against_torch(rank, mode, padding_mode, align_corners, generator):
    torch = pytest.importorskip("torch")
    images = generator.normal(size=(2, *(5, 4, 3)[:rank], 3))
    grid = generator.uniform(-1.7, 1.7, size=(2, *(3, 4, 5)[:rank], rank))
    upstream = generator.normal(size=(*grid.shape[:-1], 3))
    result, pullback = convolith.vjp(
        lambda x, y: ops.image.grid_sample(x, y, mode, padding_mode, align_corners), images, grid
    )
    their_images = torch.tensor(np.moveaxis(images, -1, 1)).requires_grad_()
    their_grid = torch.tensor(grid).requires_grad_()
    theirs = torch.nn.functional.grid_sample(
        their_images, their_grid, mode=mode, padding_mode=padding_mode, align_corners=align_corners
    )
    theirs.backward(torch.tensor(np.moveaxis(upstream, -1, 1)))
    by_images, by_grid = pullback(upstream)
    np.testing.assert_allclose(np.moveaxis(result, -1, 1), theirs.detach().numpy(), rtol=0, atol=1e-13)
    np.testing.assert_allclose(np.moveaxis(by_images, -1, 1), their_images.grad.numpy(), rtol=0, atol=1e-13)
    np.testing.assert_allclose(by_grid, their_grid.grad.numpy(), rtol=0, atol=1e-12)


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
    with pytest.raises(ValueError, match=r"grid_sample: images must have 4 or 5 axes.*came shapes"):
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
        with pytest.raises(TypeError, match=r"grid_sample: (images|grid) must be an array or a tensor, came None"):
            ops.image.grid_sample(*arguments)


@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "wrap", "mirror", "reflect"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("shape", [(5,), (4, 3), (2, 3, 4), (2, 1, 3, 2)])
def test_map_coordinates(shape, order, fill_mode, generator):
    array = generator.normal(size=shape)
    coordinates = generator.uniform(-3, 6, size=(len(shape), 3, 2))
    result = ops.image.map_coordinates(array, coordinates, order, fill_mode, 0.5)
    exact = reference.sample(
        array[None, ..., None],
        np.moveaxis(coordinates, 0, -1)[None],
        "bilinear" if order else "nearest",
        fill_mode,
        0.5,
    )
    assert result.shape == (3, 2)
    np.testing.assert_allclose(result, exact[0, ..., 0], rtol=0, atol=1e-13)


def test_the_gradients_of_map_coordinates(generator):
    array, coordinates = generator.normal(size=(3, 4)), generator.uniform(-1, 4, (2, 5))
    check_slopes(lambda x, y: ops.image.map_coordinates(x, y, 1, "mirror"), array, coordinates)


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
    with pytest.raises(ValueError, match="map_coordinates: order must be 0 or 1, came 3"):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 3)
    with pytest.raises(ValueError, match='map_coordinates: fill_mode must be one of "constant"'):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 1, "edge")
    with pytest.raises(TypeError, match="map_coordinates: fill_value must be a number, came None"):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 1, fill_value=None)
    with pytest.raises(ValueError, match="map_coordinates: fill_value must be finite"):
        ops.image.map_coordinates(array, np.zeros((2, 1)), 1, fill_value=np.nan)
    for arguments in ((None, np.zeros((2, 1))), (array, None)):
        with pytest.raises(TypeError, match=r"map_coordinates: \w+ must be an array or a tensor, came None"):
            ops.image.map_coordinates(*arguments, 1)


@given(
    seeds, st.integers(1, 3), st.sampled_from(["constant", "nearest", "wrap", "mirror", "reflect"]), st.integers(0, 1)
)
def test_map_coordinates_of_drawn_arrays(seed, rank, fill_mode, order):
    numbers = np.random.default_rng(seed)
    array = numbers.normal(size=numbers.integers(1, 5, rank))
    coordinates = numbers.uniform(-3, 6, (rank, *numbers.integers(0, 4, 2)))
    result = ops.image.map_coordinates(array, coordinates, order, fill_mode, 0.5)
    points = np.moveaxis(coordinates, 0, -1)[None]
    kind = "bilinear" if order else "nearest"
    exact = reference.sample(array[None, ..., None], points, kind, fill_mode, 0.5)[0, ..., 0]
    np.testing.assert_allclose(result, exact, rtol=0, atol=1e-12)


@given(seeds, st.sampled_from(["bilinear", "nearest", "bicubic"]), st.booleans())
def test_grid_sample_of_drawn_grids(seed, mode, aligned):
    numbers = np.random.default_rng(seed)
    sizes = numbers.integers(1, 5, 2)
    images, grid = numbers.normal(size=(2, *sizes, 2)), numbers.uniform(-1.5, 1.5, (2, 3, 2, 2))
    result = ops.image.grid_sample(images, grid, mode, "border", aligned)
    places = (grid[..., ::-1] + 1) / 2
    points = np.clip(places * (sizes - 1) if aligned else places * sizes - 0.5, -9, 9)
    if mode != "bicubic":  # whose neighbours, not whose place, are kept inside
        points = np.clip(points, 0, sizes - 1)
    exact = reference.sample(images, points, "nearest_even" if mode == "nearest" else mode, "nearest")
    np.testing.assert_allclose(result, exact, rtol=0, atol=1e-11)
