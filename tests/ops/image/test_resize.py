"""Resizing against loops, torch and Pillow; its adjoint; what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds
from tests.ops.slopes import check_slopes
from tests.reference import resize as reference

INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"]
sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(
    seeds, dtypes, sizes, sizes, st.sampled_from(INTERPOLATIONS), st.booleans(), st.booleans(), st.booleans(),
    st.sampled_from([-0.5, -0.75]),
)  # fmt: skip
def test_values(seed, dtype, source, target, interpolation, antialias, align_corners, exclude_outside, cubic):
    align_corners = align_corners and interpolation != "area"
    images = np.random.default_rng(seed).normal(size=(2, *source, 2)).astype(dtype)
    options = {"antialias": antialias, "align_corners": align_corners, "exclude_outside": exclude_outside}
    result = ops.image.resize(images, target, interpolation, cubic_coefficient=cubic, **options)
    exact = reference.resize(images.astype(float), target, interpolation, cubic=cubic, **options)
    assert result.dtype == dtype
    # Weights of an axis sum to 1 and their magnitudes to less than 3; each is rounded, multiplied and added up.
    bound = sides(dtype) * gamma(2 * (sum(source) + 4), dtype) * 9 * abs(images).max(initial=0)
    assert_within(result, exact, bound + 1e-12)
    first = ops.image.resize(
        np.moveaxis(images, -1, 1), target, interpolation, data_format="channels_first", cubic_coefficient=cubic,
        **options,
    )  # fmt: skip
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), result)


@given(seeds, sizes, sizes, st.sampled_from(INTERPOLATIONS), st.booleans())
def test_the_gradient_is_the_adjoint(seed, source, target, interpolation, antialias):
    generator = np.random.default_rng(seed)
    images, upstream = generator.normal(size=(1, *source, 2)), generator.normal(size=(1, *target, 2))
    result, pullback = convolith.vjp(lambda x: ops.image.resize(x, target, interpolation, antialias), images)
    assert abs(np.sum(result * upstream) - np.sum(pullback(upstream)[0] * images)) < 1e-11


@pytest.mark.torch
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(3, 9), (11, 2), (1, 1), (5, 7)])
def test_against_torch(size, mode, align_corners, generator):
    torch = pytest.importorskip("torch")
    images = generator.normal(size=(2, 5, 7, 3))
    theirs = torch.tensor(np.moveaxis(images, -1, 1)).requires_grad_()
    expected = torch.nn.functional.interpolate(theirs, size, mode=mode, align_corners=align_corners)
    options = {"align_corners": align_corners, "cubic_coefficient": -0.75, "exclude_outside": False}
    result, pullback = convolith.vjp(lambda x: ops.image.resize(x, size, mode, **options), images)
    np.testing.assert_allclose(np.moveaxis(result, -1, 1), expected.detach().numpy(), rtol=0, atol=1e-13)
    upstream = generator.normal(size=result.shape)
    expected.backward(torch.tensor(np.moveaxis(upstream, -1, 1)))
    np.testing.assert_allclose(np.moveaxis(pullback(upstream)[0], -1, 1), theirs.grad.numpy(), rtol=0, atol=1e-13)


@pytest.mark.torch
@pytest.mark.parametrize("size", [(3, 9), (11, 2), (1, 1), (5, 7), (4, 4)])
def test_antialias_and_nearest_and_area_against_torch(size, generator):
    torch = pytest.importorskip("torch")
    images = generator.normal(size=(2, 5, 7, 3))
    theirs = torch.tensor(np.moveaxis(images, -1, 1))
    for mode in ("bilinear", "bicubic"):
        expected = torch.nn.functional.interpolate(theirs, size, mode=mode, antialias=True)
        result = ops.image.resize(images, size, mode, antialias=True)
        np.testing.assert_allclose(np.moveaxis(result, -1, 1), expected.numpy(), rtol=0, atol=1e-12)
    expected = torch.nn.functional.interpolate(theirs, size, mode="nearest-exact")
    np.testing.assert_array_equal(np.moveaxis(ops.image.resize(images, size, "nearest"), -1, 1), expected.numpy())
    whole = torch.nn.functional.interpolate(theirs[:, :, :4, :6], (2, 3), mode="area")  # the same where it is whole
    result = ops.image.resize(images[:, :4, :6], (2, 3), "area")
    np.testing.assert_allclose(np.moveaxis(result, -1, 1), whole.numpy(), rtol=0, atol=1e-14)


def test_pillow_resizes_alike(generator):
    pillow = pytest.importorskip("PIL.Image")
    image = generator.normal(size=(9, 13)).astype(np.float32)
    names = {"bilinear": "BILINEAR", "bicubic": "BICUBIC", "lanczos3": "LANCZOS", "area": "BOX"}
    for interpolation, name in names.items():
        for height, width in ((3, 26), (18, 5), (4, 4)):
            if interpolation == "area" and (9 % height or 13 % width):
                continue  # Pillow's box takes whole pixels
            theirs = pillow.fromarray(image).resize((width, height), pillow.Resampling[name])
            ours = ops.image.resize(image[..., None], (height, width), interpolation, antialias=True)
            np.testing.assert_allclose(ours[..., 0], np.asarray(theirs), rtol=0, atol=2e-6)


def test_by_hand():
    row = np.array([0, 4, 8], np.float32).reshape(1, 3, 1)
    for size, interpolation, expected in [
        (6, "nearest", [0, 0, 4, 4, 8, 8]),
        (2, "nearest", [0, 8]),
        (6, "bilinear", [0, 1, 3, 5, 7, 8]),
        (1, "area", [4]),
        (2, "area", [4 / 3, 20 / 3]),
        (3, "bicubic", [0, 4, 8]),
    ]:
        result = ops.image.resize(row, (1, size), interpolation)[0, :, 0]
        np.testing.assert_allclose(result, expected, rtol=1e-6)
    aligned = ops.image.resize(row, (1, 5), align_corners=True)[0, :, 0]
    np.testing.assert_array_equal(aligned, [0, 2, 4, 6, 8])


def test_the_same_size_is_a_copy_in_floats():
    image = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    result = ops.image.resize(image, (2, 3), "bicubic")
    np.testing.assert_array_equal(result, image)
    assert not np.shares_memory(result, image)
    assert ops.image.resize(image.astype(np.uint8), (2, 3)).dtype == np.float32


def test_aspect_ratios():
    image = np.arange(24, dtype=np.float32).reshape(4, 6, 1)
    cropped = ops.image.resize(image, (2, 2), "area", crop_to_aspect_ratio=True)
    np.testing.assert_array_equal(cropped, ops.image.resize(image[:, 1:5], (2, 2), "area"))
    padded = ops.image.resize(image, (3, 3), "area", pad_to_aspect_ratio=True, fill_value=-1)
    around = np.pad(image, ((1, 1), (0, 0), (0, 0)), constant_values=-1)
    np.testing.assert_array_equal(padded, ops.image.resize(around, (3, 3), "area"))


def test_a_nan_spoils_what_it_has_a_part_in():
    image = np.ones((1, 6, 1), np.float32)
    image[0, 0] = np.nan
    result = ops.image.resize(image, (1, 3))[0, :, 0]
    np.testing.assert_array_equal(result, [np.nan, 1, 1])


def test_gradients_empty_and_unknown_batches(generator):
    check_slopes(lambda x: ops.image.resize(x, (3, 7), "bicubic"), generator.normal(size=(1, 4, 5, 2)))
    assert ops.image.resize(np.zeros((0, 4, 4, 3)), 2).shape == (0, 2, 2, 3)
    symbolic = Tensor(Spec((None, 4, 4, 3), np.dtype(np.float32)))
    assert ops.image.resize(symbolic, (2, 8)).shape == (None, 2, 8, 3)
    assert ops.image.resize(np.zeros((4, 4, 1), np.uint8), 2).dtype == np.float32


def test_what_is_refused():
    image = np.zeros((4, 4, 1))
    for size in (0, (1, 2, 3)):
        with pytest.raises(ValueError, match="resize: size must be an integer of at least 1 or 2 of them"):
            ops.image.resize(image, size)
    with pytest.raises(TypeError, match="resize: size must be an integer or 2 of them"):
        ops.image.resize(image, None)
    with pytest.raises(ValueError, match='resize: interpolation must be one of "nearest", "bilinear"'):
        ops.image.resize(image, 2, "cubic")
    with pytest.raises(ValueError, match='resize: fill_mode must be one of "constant"'):
        ops.image.resize(image, 2, fill_mode="reflect")
    with pytest.raises(ValueError, match="resize: only one of crop_to_aspect_ratio and pad_to_aspect_ratio"):
        ops.image.resize(image, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)
    with pytest.raises(ValueError, match='resize: align_corners must be False with interpolation "area"'):
        ops.image.resize(image, 2, "area", align_corners=True)
    for argument in ("fill_value", "cubic_coefficient"):
        with pytest.raises(TypeError, match=f"resize: {argument} must be a number, came None"):
            ops.image.resize(image, 2, **{argument: None})
    with pytest.raises(ValueError, match=r"resize: images must not be empty, but of a batch, came shape \(0, 4, 1\)"):
        ops.image.resize(image[:0], 2)
    with pytest.raises(ValueError, match="resize: images must have 3 axes"):
        ops.image.resize(image[0], 2)
    with pytest.raises(ValueError, match="resize: data_format must be"):
        ops.image.resize(image, 2, data_format="last")
    with pytest.raises(TypeError, match="resize: images must be an array or a tensor, came None"):
        ops.image.resize(None, 2)
