"""Resizing, against Pillow, torch and what is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith.datasets.resize import resize

extents = st.integers(1, 40)


@given(extents, extents, extents, extents)
def test_equals_pillow_within_its_rounding(height, width, new_height, new_width):
    image_module = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(height * 41 + width).integers(0, 256, (height, width), np.uint8)
    expected = np.asarray(
        image_module.fromarray(pixels).resize((new_width, new_height), image_module.Resampling.BILINEAR), int
    )
    result = resize(pixels[np.newaxis, :, :, np.newaxis], (new_height, new_width))
    assert result.dtype == np.uint8 and result.shape == (1, new_height, new_width, 1)
    assert np.abs(result[0, :, :, 0] - expected).max() <= 1


@pytest.mark.torch
@pytest.mark.parametrize("size", [(28, 28), (5, 3), (8, 20)])
def test_equals_torchs_antialiased_interpolation(size):
    torch = pytest.importorskip("torch")
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 3))
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(images).permute(0, 3, 1, 2), size, mode="bilinear", antialias=True
    )
    result = resize(images, size)
    np.testing.assert_allclose(result, expected.permute(0, 2, 3, 1).numpy(), atol=1e-12)
    in_float32 = resize(images.astype(np.float32), size)
    assert in_float32.dtype == np.float32
    np.testing.assert_allclose(in_float32, result, atol=1e-6)


@given(extents, extents, st.integers(0, 255))
def test_a_plain_image_stays_plain(height, width, grey):
    assert (resize(np.full((1, 7, 5, 2), grey, np.uint8), (height, width)) == grey).all()


def test_the_same_size_is_a_copy():
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 1), np.uint8)
    result = resize(images, (4, 4))
    assert result is not images and not np.shares_memory(result, images)
    np.testing.assert_array_equal(result, images)


@pytest.mark.parametrize("shape", [(8, 8), (1, 0, 8, 1), (1, 8, 0, 1)])
def test_images_without_pixels_or_of_other_axes_are_an_error(shape):
    with pytest.raises(ValueError, match="resize: images must be"):
        resize(np.zeros(shape, np.uint8), (4, 4))
