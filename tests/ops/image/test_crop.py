"""Cropping and padding, against NumPy and torch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.geometries import dtypes, seeds

IMAGES = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
NAMES = ("top", "left", "bottom", "right")


@pytest.mark.parametrize(("left_out", "target"), [("bottom", "height"), ("top", "height"), (None, None)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_cropping_and_padding_undo_each_other(data_format, left_out, target):
    images = IMAGES if data_format == "channels_last" else np.moveaxis(IMAGES, -1, 1)
    amounts = {"top": 1, "left": 2, "bottom": 0, "right": 3}
    chosen = {f"{name}_padding": amount for name, amount in amounts.items() if name != left_out}
    extra = {} if target is None else {"target_height": 5}
    padded = ops.image.pad_images(images, **chosen, **extra, data_format=data_format)
    around = np.pad(IMAGES, ((0, 0), (1, 0), (2, 3), (0, 0)))
    expected = around if data_format == "channels_last" else np.moveaxis(around, -1, 1)
    assert padded.dtype == images.dtype
    np.testing.assert_array_equal(padded, expected)
    chosen = {f"{name}_cropping": amount for name, amount in amounts.items() if name != left_out}
    extra = {} if target is None else {"target_height": 4}
    np.testing.assert_array_equal(ops.image.crop_images(padded, **chosen, **extra, data_format=data_format), images)


def test_targets_across_and_single_images():
    np.testing.assert_array_equal(
        ops.image.pad_images(IMAGES[0], 1, target_height=7, right_padding=3, target_width=9),
        np.pad(IMAGES[0], ((1, 2), (1, 3), (0, 0))),
    )
    np.testing.assert_array_equal(
        ops.image.crop_images(IMAGES[0], 0, target_height=2, right_cropping=1, target_width=2), IMAGES[0, :2, 2:4]
    )


@pytest.mark.parametrize(("name", "word"), [("crop_images", "cropping"), ("pad_images", "padding")])
def test_what_cropping_and_padding_refuse(name, word):
    function = getattr(ops.image, name)
    with pytest.raises(ValueError, match=f"{name}: exactly two of top_{word}, bottom_{word}, target_height"):
        function(IMAGES, 0, 0)
    with pytest.raises(ValueError, match=f"{name}: exactly two of left_{word}, right_{word}, target_width"):
        function(IMAGES, 0, 0, 0, 0, target_width=5)
    for amounts in ((-1, 0, 0, 0), (0, 0, 0, -1)):
        with pytest.raises(ValueError, match=f"{name}: .* must be at least 0, fit and leave something"):
            function(IMAGES, *amounts)
    with pytest.raises(ValueError, match=f"{name}: .* must be at least 0, fit"):
        function(IMAGES, 0, 0, None, 0, target_height=5 if name == "crop_images" else 3)
    with pytest.raises(TypeError, match=f"{name}: top_{word} must be an integer, got 1.0"):
        function(IMAGES, 1.0, 0, 0, 0)
    with pytest.raises(ValueError, match=f"{name}: images must have 3 axes"):
        function(IMAGES[0, 0], 0, 0, 0, 0)
    with pytest.raises(TypeError, match=f"{name}: images must be an array or a tensor, got None"):
        function(None, 0, 0, 0, 0)


def test_a_crop_of_everything_leaves_nothing():
    with pytest.raises(ValueError, match=r"crop_images: .* something of the 4 pixels, .* of shape \(2, 4, 5, 3\)"):
        ops.image.crop_images(IMAGES, 2, 0, 2, 0)


amounts = st.integers(0, 2)


@given(seeds, dtypes, amounts, amounts, amounts, amounts, st.integers(0, 2), st.booleans())
def test_drawn_amounts(seed, dtype, top, left, bottom, right, n, first):
    """Nothing is computed, so all is exact: the gradient of padding is a crop, and that of a crop zeros around it."""
    generator = np.random.default_rng(seed)
    images, wide = (
        generator.normal(size=(n, *sizes, 2)).astype(dtype) for sizes in ((3, 4), (3 + top + bottom, 4 + left + right))
    )
    inside = np.s_[:, top : top + 3, left : left + 4]
    data_format = "channels_first" if first else "channels_last"
    turn = (lambda x: np.moveaxis(x, -1, 1)) if first else (lambda x: x)
    result, pullback = convolith.vjp(
        lambda x: ops.image.pad_images(x, top, left, bottom, right, None, None, data_format, 7.5), turn(images)
    )
    expected = np.pad(images, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=7.5)
    np.testing.assert_array_equal(result, turn(expected), strict=True)
    np.testing.assert_array_equal(pullback(turn(wide))[0], turn(wide[inside]), strict=True)
    result, pullback = convolith.vjp(
        lambda x: ops.image.crop_images(x, top, left, bottom, right, data_format=data_format), turn(wide)
    )
    np.testing.assert_array_equal(result, turn(wide[inside]), strict=True)
    around = np.zeros_like(wide)
    around[inside] = images
    np.testing.assert_array_equal(pullback(turn(images))[0], turn(around), strict=True)


@pytest.mark.torch
@settings(max_examples=20)
@given(seeds, amounts, amounts, amounts, amounts)
def test_torch_pads_alike(torch, seed, top, left, bottom, right):
    images = np.random.default_rng(seed).normal(size=(2, 3, 3, 4))
    theirs = torch.nn.functional.pad(torch.tensor(images), (left, right, top, bottom), value=0.5).numpy()
    padded = ops.image.pad_images(images, top, left, bottom, right, data_format="channels_first", fill_value=0.5)
    np.testing.assert_array_equal(padded, theirs, strict=True)
    back = torch.nn.functional.pad(torch.tensor(theirs), (-left, -right, -top, -bottom)).numpy()
    cropped = ops.image.crop_images(padded, top, left, bottom, right, data_format="channels_first")
    np.testing.assert_array_equal(cropped, back, strict=True)
