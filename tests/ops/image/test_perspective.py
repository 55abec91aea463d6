"""Perspective transforms: the map solved in fractions, the images read there, and their gradient."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, seeds
from tests.ops.image.transform_bound import Map

RAMP = np.arange(12, dtype=np.float32).reshape(3, 4, 1)


def equations(starts, ends):
    """The matrix (8, 8) and the right side (8,) of the parameters that bring each end point back to its start."""
    rows, places = [], []
    for (x, y), (to_x, to_y) in zip(starts, ends, strict=True):
        rows += [[to_x, to_y, 1, 0, 0, 0, -x * to_x, -x * to_y], [0, 0, 0, to_x, to_y, 1, -y * to_x, -y * to_y]]
        places += [x, y]
    return np.array(rows), np.array(places)


def solved(matrix, places):
    """The exact solutions, for each column of the right side, in fractions."""
    rows = [[Fraction(float(one)) for one in row] for row in np.column_stack([matrix, places])]
    for column in range(8):
        pivot = next(row for row in range(column, 8) if rows[row][column] != 0)
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [one / rows[column][column] for one in rows[column]]
        for row in range(8):
            if row != column:
                factor = rows[row][column]
                rows[row] = [one - factor * other for one, other in zip(rows[row], rows[column], strict=True)]
    return np.array([[float(one) for one in row[8:]] for row in rows])


def factors(matrix):
    """|L| |U| of elimination that takes the largest pivot, up to the order of rows."""
    upper, lower = matrix.copy(), np.zeros((8, 8))
    for column in range(8):
        rows = [column, column + int(abs(upper[column:, column]).argmax())]
        for factor in (upper, lower):
            factor[rows] = factor[rows[::-1]]
        lower[column + 1 :, column] = upper[column + 1 :, column] / upper[column, column]
        upper[column + 1 :] -= np.outer(lower[column + 1 :, column], upper[column])
    return (abs(lower) + np.eye(8)) @ abs(np.triu(upper))


def unsure(matrix, solution, inverse, dtype):
    """How far the computed parameters may be off.

    Elimination with pivots solves another matrix exactly, which differs by up to gamma(3 n) |L| |U| (Higham, theorem
    9.4); twice the largest, as of pivots that are equal but for roundings another may be taken. Then the parameters are
    rounded to the dtype.
    """
    perturbed = gamma(3 * len(matrix), np.float64) * 2 * factors(matrix).max()
    off = abs(inverse).sum(axis=1) * perturbed * abs(solution).sum() * 1.01
    return off + gamma(1, dtype) * (abs(solution) + off)


def by_definition(images, starts, ends, interpolation, fill=0.0):
    """What images (n, h, w, c) are read as for each of their four points, or for those of all (1, 4, 2)."""
    parameters, off = np.empty((2, len(starts), 8))
    for image, points in enumerate(zip(starts, ends, strict=True)):
        matrix, places = equations(*points)
        both = solved(matrix, np.column_stack([places, np.eye(8)]))
        parameters[image], off[image] = both[:, 0], unsure(matrix, both[:, 0], both[:, 1:], images.dtype)
    return Map(parameters, *images.shape[1:3], images.dtype, off).reading(images, interpolation, "constant", fill)


@settings(max_examples=20)
@given(seeds, dtypes, st.sampled_from(["nearest", "bilinear", "bicubic"]), st.booleans(), st.booleans())
def test_values_and_gradients(seed, dtype, interpolation, shared, first):
    """Points in eighths of a pixel, of which all products are exact; near corners, so that no three are on a line."""
    generator = np.random.default_rng(seed)
    height, width = generator.integers(3, 7, 2).tolist()
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1.0]])
    n = 1 if shared else 2
    starts, ends = corners + generator.integers(-2, 3, (2, n, 4, 2)) / 8
    images = generator.normal(size=(2, height, width, 2)).astype(dtype)
    points = (starts[0], ends[0]) if shared else (starts, ends)
    data_format = "channels_first" if first else "channels_last"
    result, pullback = convolith.vjp(
        lambda x: ops.image.perspective_transform(x, *points, interpolation, 0.5, data_format),
        np.moveaxis(images, -1, 1) if first else images,
    )
    result = np.moveaxis(result, 1, -1) if first else result
    assert result.dtype == dtype
    reading = by_definition(images, starts, ends, interpolation, 0.5)
    assume(interpolation != "nearest" or reading.settled)
    assert_within(result, *reading.values)
    upstream = generator.normal(size=result.shape).astype(dtype)
    (by_images,) = pullback(np.moveaxis(upstream, -1, 1) if first else upstream)
    by_images = np.moveaxis(by_images, 1, -1) if first else by_images
    assert_within(by_images, *reading.by_images(upstream), "by images")


def test_perspective_takes_points_to_points(generator):
    images = generator.normal(size=(2, 8, 9, 1))
    starts = np.array([[1, 1], [7, 1], [1, 6], [7, 6]], float)
    ends = np.array([[[2, 1], [6, 2], [0, 7], [8, 6]], [[1, 0], [8, 1], [2, 6], [5, 7]]], float)
    result = ops.image.perspective_transform(images, np.stack([starts, starts]), ends)
    _, bound = by_definition(images, np.stack([starts, starts]), ends, "bilinear").values
    for image in range(2):
        for (x, y), (to_x, to_y) in zip(starts.astype(int), ends[image].astype(int), strict=True):
            found = result[image, to_y, to_x]
            assert_within(found, images[image, y, x], bound[image, to_y, to_x])
    same = ops.image.perspective_transform(images, starts, starts)
    assert_within(same, images, by_definition(images, starts[None], starts[None], "bilinear").values[1])
    images = images.astype(np.float32)
    single = ops.image.perspective_transform(images[0], starts, ends[0])
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, ops.image.perspective_transform(images, np.stack([starts] * 2), ends)[0])


def test_what_is_refused():
    image = np.zeros((1, 3, 4, 1))
    square = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    with pytest.raises(ValueError, match="perspective_transform: start_points and end_points must both"):
        ops.image.perspective_transform(image, square[:3], square)
    with pytest.raises(ValueError, match="perspective_transform: no three of the end_points may lie on a line"):
        ops.image.perspective_transform(image, square, square * [1, 0])
    with pytest.raises(TypeError, match="perspective_transform: images must be an array or a tensor, got None"):
        ops.image.perspective_transform(None, square, square)


@pytest.mark.parametrize("argument", ["start_points", "end_points"])
def test_points_that_are_no_real_numbers(argument):
    square = np.array([[0, 0], [3, 0], [0, 2], [3, 2]])
    points = {"start_points": square, "end_points": square} | {argument: square * 1j}
    with pytest.raises(TypeError, match=f"perspective_transform: {argument} must hold real numbers"):
        ops.image.perspective_transform(RAMP, **points)
