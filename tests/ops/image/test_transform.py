"""Affine transforms against loops, torch, Pillow and by hand; gradients by images and transform."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, seeds
from tests.ops.image.transform_bound import Map

IDENTITY = np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32)
INTERPOLATIONS = st.sampled_from(["nearest", "bilinear", "bicubic"])
FILL_MODES = st.sampled_from(["constant", "nearest", "wrap", "reflect", "mirror"])
RAMP = np.arange(12, dtype=np.float32).reshape(3, 4, 1)


@settings(max_examples=40)
@given(seeds, dtypes, st.integers(0, 2), INTERPOLATIONS, FILL_MODES, st.booleans(), st.booleans())
def test_values_and_gradients(seed, dtype, n, interpolation, fill_mode, shared, first):
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(n, *generator.integers(1, 6, 2), 2)).astype(dtype)
    moves = generator.normal(size=(1 if shared else n, 8)) * [0.4, 0.4, 2, 0.4, 0.4, 2, 0.02, 0.02]
    transform = (IDENTITY + moves).astype(dtype)
    height, width = generator.integers(1, 5, 2).tolist()

    def function(images, transform):
        if not first:
            return ops.image.affine_transform(images, transform, interpolation, fill_mode, 1.5, None, (height, width))
        images = ops.transpose(images, (0, 3, 1, 2))
        size = height, width
        moved = ops.image.affine_transform(images, transform, interpolation, fill_mode, 1.5, "channels_first", size)
        return ops.transpose(moved, (0, 2, 3, 1))

    result, pullback = convolith.vjp(function, images, transform[0] if shared else transform)
    assert result.dtype == dtype
    by_definition = Map(transform, height, width, dtype)
    reading = by_definition.reading(images, interpolation, fill_mode, 1.5)
    assume(reading.settled)
    assert_within(result, *reading.values)
    upstream = generator.normal(size=result.shape).astype(dtype)
    by_images, by_transform = pullback(upstream)
    assert_within(by_images, *reading.by_images(upstream), "by images")
    by_transform = by_transform[None] if shared else by_transform
    assert_within(by_transform, *by_definition.by_parameters(reading, upstream), "by transform")


@pytest.mark.torch
@settings(max_examples=20)
@given(seeds, st.integers(1, 2), st.booleans())
def test_torch_moves_alike(torch, seed, n, bilinear):
    """By affine_grid and grid_sample, whose coordinates are from -1 to 1, so the map is one between those of pixels."""
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(n, *generator.integers(2, 6, 2), 2))
    height, width = generator.integers(2, 5, 2).tolist()
    theta = generator.normal(size=(n, 2, 3)) * 0.4 + np.eye(2, 3)
    to_unit = np.array([[2 / (width - 1), 0, -1], [0, 2 / (height - 1), -1], [0, 0, 1]])
    rows, columns = images.shape[1:3]
    to_pixels = np.array([[(columns - 1) / 2, 0, (columns - 1) / 2], [0, (rows - 1) / 2, (rows - 1) / 2]])
    transform = np.zeros((n, 8))
    transform[:, :6] = (to_pixels @ np.concatenate([theta @ to_unit, [[[0, 0, 1.0]]] * n], axis=1)).reshape(n, 6)
    mode = "bilinear" if bilinear else "bicubic"
    result, pullback = convolith.vjp(
        lambda x: ops.image.affine_transform(x, transform, mode, output_size=(height, width)), images
    )
    theirs = torch.tensor(np.moveaxis(images, -1, 1)).requires_grad_()
    grid = torch.nn.functional.affine_grid(torch.tensor(theta), (n, 1, height, width), align_corners=True)
    expected = torch.nn.functional.grid_sample(theirs, grid, mode=mode, align_corners=True)
    upstream = generator.normal(size=result.shape)
    expected.backward(torch.tensor(np.moveaxis(upstream, -1, 1)))
    # A parameter of ours is a sum of products of theirs and of the sizes: as many roundings of magnitudes as large.
    large = abs(to_pixels) @ np.concatenate([abs(theta) @ abs(to_unit), [[[0, 0, 1.0]]] * n], axis=1)
    unsure = np.concatenate([gamma(20, np.float64) * large.reshape(n, 6), np.zeros((n, 2))], axis=1)
    reading = Map(transform, height, width, np.float64, unsure).reading(images, mode, "constant")
    assert_within(result, np.moveaxis(expected.detach().numpy(), 1, -1), reading.values[1])
    gradient = np.moveaxis(theirs.grad.numpy(), 1, -1)
    assert_within(pullback(upstream)[0], gradient, reading.by_images(upstream)[1], "by images")


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
    points = Map(np.array([[*turn, 0, 0]]), 9, 11, np.float64).points[0]
    inside = ((points >= 0) & (points <= [8, 10])).all(axis=-1)
    assert inside.sum() > 40
    # Pillow computes in float64 and rounds to float32 once; the parameters are rounded to float32 in ours.
    turned = np.array([[*turn, 0, 0]])
    reading = Map(turned, 9, 11, np.float32, gamma(1) * abs(turned)).reading(
        image[None, ..., None], "bilinear", "nearest"
    )
    allowed = reading.values[1][0, ..., 0] + gamma(1) * abs(image).max()
    assert_within(ours[inside], np.asarray(theirs).astype(np.float64)[inside], allowed[inside])


def test_integers_as_transform_and_an_unknown_batch():
    wide = np.zeros((1, 1, 300, 1), np.float32)
    wide[0, 0, 299] = 1
    moved = ops.image.affine_transform(wide, np.array([1, 0, 1, 0, 1, 0, 0, 0], np.uint8))
    assert moved[0, 0, 298, 0] == 1
    symbolic = Tensor(Spec((None, 3, 4, 1), np.dtype(np.float32)))
    assert ops.image.affine_transform(symbolic, IDENTITY).shape == (None, 3, 4, 1)


def test_what_is_refused():
    image = np.zeros((1, 3, 4, 1))
    with pytest.raises(ValueError, match=r"affine_transform: transform must have shape \(8,\) or .* got \(1, 6\)"):
        ops.image.affine_transform(image, np.zeros((1, 6)))
    with pytest.raises(ValueError, match=r"affine_transform: transform must be one for all .* got shapes \(2, 8\)"):
        ops.image.affine_transform(image, np.zeros((2, 8)))
    with pytest.raises(ValueError, match="affine_transform: images must not be empty"):
        ops.image.affine_transform(image[:, :0], IDENTITY)
    with pytest.raises(ValueError, match=r"affine_transform: images must have 3 axes .* got shape \(3, 4\)"):
        ops.image.affine_transform(image[0, ..., 0], IDENTITY)
    for argument, value in (("interpolation", "linear"), ("fill_mode", "edge"), ("data_format", "last")):
        with pytest.raises(ValueError, match=f"affine_transform: {argument} must be"):
            ops.image.affine_transform(image, IDENTITY, **{argument: value})
    with pytest.raises(TypeError, match="affine_transform: fill_value must be a number"):
        ops.image.affine_transform(image, IDENTITY, fill_value="0")
    with pytest.raises(ValueError, match="affine_transform: fill_value must be finite, got inf"):
        ops.image.affine_transform(image, IDENTITY, fill_value=np.inf)
    for arguments in ((None, IDENTITY), (image, None)):
        with pytest.raises(TypeError, match=r"affine_transform: \w+ must be an array or a tensor, got None"):
            ops.image.affine_transform(*arguments)
