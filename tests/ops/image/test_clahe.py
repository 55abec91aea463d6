"""Contrast limited adaptive histogram equalisation against a definition in loops over pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith.graph.tensor import Spec, Tensor
from convolith.ops.image.clahe import clahe
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, seeds


def definition(image, limit, grid):
    """Of one channel (h, w): what each level becomes in each tile, then the four tiles around each pixel.

    And the least share of a tile's pixels that is above its lowest level, which is divided by.
    """
    levels = np.clip(image, 0, 255).astype(int)
    sides = [-(-size // count) for size, count in zip(image.shape, grid, strict=True)]
    wide = np.pad(
        levels,
        [(0, side * count - size) for side, count, size in zip(sides, grid, image.shape, strict=True)],
        "symmetric",
    )
    maps, shares = {}, [1.0]
    for row, column in np.ndindex(*grid):
        tile = wide[row * sides[0] : (row + 1) * sides[0], column * sides[1] : (column + 1) * sides[1]]
        counts = np.array([(tile == level).sum() for level in range(256)], float)
        if limit > 0:
            most = limit * tile.size / 256
            counts = np.minimum(counts, most) + np.maximum(counts - most, 0).sum() / 256
        below = np.cumsum(counts)
        room = tile.size - below[0]
        shares += [room / tile.size] if room else []
        maps[row, column] = np.clip((below - below[0]) * 255 / (room or 1), 0, 255)
    out = np.zeros(image.shape)
    for y, x in np.ndindex(*image.shape):
        down, across = y / sides[0] - 0.5, x / sides[1] - 0.5
        top, left = int(np.floor(down)), int(np.floor(across))
        for row, by_row in ((top, 1 - (down - top)), (top + 1, down - top)):
            for column, by_column in ((left, 1 - (across - left)), (left + 1, across - left)):
                tile = min(max(row, 0), grid[0] - 1), min(max(column, 0), grid[1] - 1)
                out[y, x] += by_row * by_column * maps[tile][levels[y, x]]
    return out, min(shares)


def how_far(share, grid):
    """How far interpolated levels may be off, in float64, on both sides.

    What is above the limit is added up over 256 levels, and so is what is below each level: 523 roundings at most,
    relative to a tile's pixels. What a level becomes is a quotient of two differences of these, and at most 255. Places
    among the tiles are off by four roundings; four products of a level with two weights are added up.
    """
    weights = 2 * gamma(4, np.float64) * (max(grid) + 1)
    return 2 * 255 * (3 * gamma(523, np.float64) / share + 4 * weights + gamma(6, np.float64))


@settings(max_examples=25)
@given(
    seeds,
    dtypes,
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 2)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.sampled_from([0.0, 0.5, 4.0, 40.0, -1.0]),
)
def test_values(seed, dtype, shape, grid, limit):
    images = np.random.default_rng(seed).choice([-3.0, 0.0, 17.5, 18.0, 99.0, 254.9, 255.0, 300.0], (2, *shape))
    found = clahe(images.astype(dtype), limit, grid)
    assert found.dtype == dtype
    for image, result in zip(images, found, strict=True):
        for channel in range(shape[2]):
            expected, share = definition(image[..., channel], limit, grid)
            off = how_far(share, grid)
            assert_within(result[..., channel], expected, off + gamma(1, dtype) * (expected + off))


def test_no_slopes_empty_batches_and_tensors():
    images = np.arange(32.0).reshape(2, 4, 4, 1)
    _, pullback = convolith.vjp(lambda x: clahe(x, 4.0, (2, 2)), images)
    np.testing.assert_array_equal(pullback(images)[0], np.zeros_like(images))
    assert clahe(images[:0], 4.0, (2, 2)).shape == (0, 4, 4, 1)
    unknown = Tensor(Spec((None, 4, 4, 3), np.dtype(np.float32)))
    assert clahe(unknown, 4.0, (2, 2)).shape == (None, 4, 4, 3)


def test_even_images_stay_calm():
    """A tile of noise of few levels is spread over the whole range without a limit, and hardly with one."""
    image = np.random.default_rng(1).choice([100.0, 101.0], (1, 32, 32, 1))
    assert np.ptp(clahe(image, 0.0, (2, 2))) > 100 > 10 > np.ptp(clahe(image, 1.0, (2, 2)))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("value_range", [(0, 255), (0, 1)])
@pytest.mark.parametrize("limit", [4.0, 0.0])
def test_the_layer_is_keras_s(keras, data_format, value_range, limit):
    # Tiles of 256 pixels, since on torch Keras cuts the limit to an integer, and one row and one column too few, since
    # there it repeats the last ones, and mirrors elsewhere.
    images = np.random.default_rng(3).integers(0, 256, (2, 31, 47, 3)).astype(np.float32)
    images[..., 1] = images[..., 1] // 16  # most of them 0 to 15
    if value_range == (0, 1):  # not at the border of two levels
        images = (images.clip(0, 254) + np.float32(0.5)) / np.float32(255)
    if data_format == "channels_first":
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    ours, theirs = (
        library.layers.ContrastLimitedAdaptiveHistogramEqualization(value_range, limit, (2, 3), data_format)
        for library in (convolith, keras)
    )
    expected = keras.ops.convert_to_numpy(theirs(images))
    # In tiles of 256 pixels, sums of counts are multiples of 1 / 256 and exact in float32, and so are weights of 1/32.
    # Keras rounds a quotient and two products and sums, we once; both may multiply by a range and divide by one.
    relative = gamma(5 + 1 + 2 * 2)
    assert_within(ours(images), expected.astype(np.float64), relative * expected)
    single = keras.ops.convert_to_numpy(theirs(images[0]))
    assert_within(ours(images[0]), single.astype(np.float64), relative * single)


def test_the_layer_s_configuration_and_errors():
    family = convolith.layers.ContrastLimitedAdaptiveHistogramEqualization
    layer = family((0, 1), 3, (2, 4), "channels_first")
    again = family.from_config(layer.get_config())
    assert again.get_config() == layer.get_config() and again.tile_grid_size == (2, 4)
    for arguments, message in [
        ({"clip_limit": None}, "clip_limit must be a number, got None"),
        ({"clip_limit": np.nan}, "clip_limit must be a number, got nan"),
        ({"tile_grid_size": 8}, "tile_grid_size must be two integers > 0, got 8"),
        ({"tile_grid_size": (8, 0)}, "tile_grid_size must be two integers > 0"),
        ({"tile_grid_size": (8, 2.0)}, "tile_grid_size must be two integers > 0"),
        ({"value_range": (1, 1)}, "value_range must have two ends"),
    ]:
        with pytest.raises(ValueError, match=message):
            family(**arguments)
    with pytest.raises(ValueError, match="inputs must have 3 axes"):
        layer(np.zeros((2, 2)))
