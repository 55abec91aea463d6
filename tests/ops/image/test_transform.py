"""Affine and perspective transforms: against loops, Pillow and by hand; gradients by images and transform."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import seeds
from tests.ops.slopes import check_slopes
from tests.reference import sample as reference

IDENTITY = np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32)
RAMP = np.arange(12, dtype=np.float32).reshape(3, 4, 1)


def coordinates_of(transform, height, width):
    """(row, column) in the images for each pixel of the result, as the definition says it."""
    points = np.empty((height, width, 2))
    for y, x in np.ndindex(height, width):
        a0, a1, a2, b0, b1, b2, c0, c1 = transform
        k = c0 * x + c1 * y + 1
        points[y, x] = (b0 * x + b1 * y + b2) / k, (a0 * x + a1 * y + a2) / k
    return points


@given(
    seeds,
    st.sampled_from(["nearest", "bilinear", "bicubic"]),
    st.sampled_from(["constant", "nearest", "wrap", "reflect", "mirror"]),
)
def test_values(seed, interpolation, fill_mode):
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(2, 4, 5, 3))
    transform = np.concatenate(
        [generator.normal(size=(2, 6)) + [1, 0, 0, 0, 1, 0], generator.uniform(-0.05, 0.05, (2, 2))], axis=1
    )
    result = ops.image.affine_transform(images, transform, interpolation, fill_mode, 1.5)
    points = np.stack([coordinates_of(one, 4, 5) for one in transform])
    exact = reference.sample(images, points, interpolation, fill_mode, 1.5)
    np.testing.assert_allclose(result, exact, rtol=0, atol=1e-11)
    first = ops.image.affine_transform(
        np.moveaxis(images, -1, 1), transform, interpolation, fill_mode, 1.5, "channels_first"
    )
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), result)


def test_moves_by_hand():
    for transform, expected in [
        (IDENTITY, RAMP),
        ([1, 0, 1, 0, 1, 0, 0, 0], np.pad(RAMP, ((0, 0), (0, 1), (0, 0)))[:, 1:]),  # read one to the right
        ([-1, 0, 3, 0, 1, 0, 0, 0], RAMP[:, ::-1]),
        ([1, 0, 0, 0, -1, 2, 0, 0], RAMP[::-1]),
    ]:
        result = ops.image.affine_transform(RAMP, np.array(transform, np.float32))
        np.testing.assert_array_equal(result, expected)


def test_an_output_of_another_size():
    window = ops.image.affine_transform(RAMP, np.array([1, 0, 1, 0, 1, 1, 0, 0], np.float32), output_size=(2, 3))
    np.testing.assert_array_equal(window, RAMP[1:, 1:])
    assert ops.image.affine_transform(RAMP, IDENTITY, output_size=5).shape == (5, 5, 1)
    with pytest.raises(ValueError, match="affine_transform: output_size must be an integer of at least 1 or 2"):
        ops.image.affine_transform(RAMP, IDENTITY, output_size=0)


def test_pillow_moves_alike(generator):
    pillow = pytest.importorskip("PIL.Image")
    image = generator.normal(size=(9, 11)).astype(np.float32)
    turn = (0.9, 0.31, 0.4, -0.27, 1.05, 0.6)
    # Pillow's pixels have their centres at 1/2, so the offsets differ by the turned half pixel.
    offsets = 0.5 - 0.5 * turn[0] - 0.5 * turn[1], 0.5 - 0.5 * turn[3] - 0.5 * turn[4]
    theirs = pillow.fromarray(image).transform(
        (11, 9),
        pillow.Transform.AFFINE,
        (turn[0], turn[1], turn[2] + offsets[0], turn[3], turn[4], turn[5] + offsets[1]),
        pillow.Resampling.BILINEAR,
    )
    ours = ops.image.affine_transform(image[..., None], np.array([*turn, 0, 0]), fill_mode="nearest")[..., 0]
    points = coordinates_of([*turn, 0, 0], 9, 11)
    inside = ((points >= 0) & (points <= [8, 10])).all(axis=-1)
    assert inside.sum() > 40
    np.testing.assert_allclose(ours[inside], np.asarray(theirs)[inside], rtol=0, atol=1e-4)


@pytest.mark.parametrize("fill_mode", ["constant", "reflect"])
def test_gradients(fill_mode, generator):
    images = generator.normal(size=(2, 4, 3, 2))
    transform = IDENTITY + generator.normal(size=(2, 8)) * [0.3, 0.3, 1, 0.3, 0.3, 1, 0.02, 0.02]
    check_slopes(lambda x, t: ops.image.affine_transform(x, t, "bilinear", fill_mode, 0.5), images, transform)
    check_slopes(lambda x, t: ops.image.affine_transform(x, t, "bilinear", fill_mode), images, transform[0])


def test_integers_as_transform_and_an_unknown_batch():
    wide = np.zeros((1, 1, 300, 1), np.float32)
    wide[0, 0, 299] = 1
    moved = ops.image.affine_transform(wide, np.array([1, 0, 1, 0, 1, 0, 0, 0], np.uint8))
    assert moved[0, 0, 298, 0] == 1
    symbolic = Tensor(Spec((None, 3, 4, 1), np.dtype(np.float32)))
    assert ops.image.affine_transform(symbolic, IDENTITY).shape == (None, 3, 4, 1)


def test_perspective_takes_points_to_points(generator):
    images = generator.normal(size=(2, 8, 9, 1))
    starts = np.array([[1, 1], [7, 1], [1, 6], [7, 6]], float)
    ends = np.array([[[2, 1], [6, 2], [0, 7], [8, 5]], [[1, 0], [8, 1], [2, 6], [5, 7]]], float)
    result = ops.image.perspective_transform(images, np.stack([starts, starts]), ends)
    for image in range(2):
        for (x, y), (to_x, to_y) in zip(starts.astype(int), ends[image].astype(int), strict=True):
            np.testing.assert_allclose(result[image, to_y, to_x], images[image, y, x], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        ops.image.perspective_transform(images, starts, starts, data_format="channels_last"), images, atol=1e-12
    )
    single = ops.image.perspective_transform(images[0].astype(np.float32), starts, ends[0])
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, result[0], rtol=0, atol=1e-4)


def test_what_is_refused():
    image = np.zeros((1, 3, 4, 1))
    with pytest.raises(ValueError, match=r"affine_transform: transform must have shape \(8,\) or .* came \(1, 6\)"):
        ops.image.affine_transform(image, np.zeros((1, 6)))
    with pytest.raises(ValueError, match=r"affine_transform: transform must be one for all .* came shapes \(2, 8\)"):
        ops.image.affine_transform(image, np.zeros((2, 8)))
    with pytest.raises(ValueError, match="affine_transform: images must not be empty"):
        ops.image.affine_transform(image[:, :0], IDENTITY)
    with pytest.raises(ValueError, match=r"affine_transform: images must have 3 axes .* came shape \(3, 4\)"):
        ops.image.affine_transform(image[0, ..., 0], IDENTITY)
    for argument, value in (("interpolation", "linear"), ("fill_mode", "edge"), ("data_format", "last")):
        with pytest.raises(ValueError, match=f"affine_transform: {argument} must be"):
            ops.image.affine_transform(image, IDENTITY, **{argument: value})
    with pytest.raises(TypeError, match="affine_transform: fill_value must be a number"):
        ops.image.affine_transform(image, IDENTITY, fill_value="0")
    with pytest.raises(ValueError, match="affine_transform: fill_value must be finite, came inf"):
        ops.image.affine_transform(image, IDENTITY, fill_value=np.inf)
    for arguments in ((None, IDENTITY), (image, None)):
        with pytest.raises(TypeError, match=r"affine_transform: \w+ must be an array or a tensor, came None"):
            ops.image.affine_transform(*arguments)
    square = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    with pytest.raises(ValueError, match="perspective_transform: start_points and end_points must both"):
        ops.image.perspective_transform(image, square[:3], square)
    with pytest.raises(ValueError, match="perspective_transform: no three of the end_points may lie on a line"):
        ops.image.perspective_transform(image, square, square * [1, 0])
    with pytest.raises(TypeError, match="perspective_transform: images must be an array or a tensor, came None"):
        ops.image.perspective_transform(None, square, square)


@given(seeds, st.sampled_from(["nearest", "bilinear"]))
def test_perspective_of_drawn_points(seed, interpolation):
    """The transform takes the end points to the start points: read there, the image's own coordinates say so."""
    numbers = np.random.default_rng(seed)
    ends = np.array([[0, 0], [7, 0], [0, 5], [7, 5.0]])
    starts = ends + numbers.uniform(-0.4, 0.4, (4, 2))
    rows, columns = np.mgrid[:6, :8]
    image = np.stack([columns, rows], -1).astype(float)
    result = ops.image.perspective_transform(image, starts, ends, interpolation, fill_value=np.pi)
    for (x, y), start in zip(ends.astype(int), starts, strict=True):
        if ((start >= 0) & (start <= [7, 5])).all():
            expected = start if interpolation == "bilinear" else np.floor(start + 0.5)
            np.testing.assert_allclose(result[y, x], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("argument", ["start_points", "end_points"])
def test_points_that_are_no_real_numbers(argument):
    square = np.array([[0, 0], [3, 0], [0, 2], [3, 2]])
    points = {"start_points": square, "end_points": square} | {argument: square * 1j}
    with pytest.raises(TypeError, match=f"perspective_transform: {argument} must hold real numbers"):
        ops.image.perspective_transform(RAMP, **points)
