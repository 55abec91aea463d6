"""Resizing and CenterCrop."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers, ops
from tests.layers.trained import check_in_a_model

IMAGES = np.random.default_rng(6).random((2, 6, 9, 3), np.float32)
FORMATS = ["channels_last", "channels_first"]


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"interpolation": "BICUBIC", "antialias": True},
        {"crop_to_aspect_ratio": True},
        {"pad_to_aspect_ratio": True, "fill_value": 2.0, "interpolation": "nearest"},
    ],
)
def test_resizing_is_the_op(options, data_format):
    images = IMAGES if data_format == "channels_last" else np.moveaxis(IMAGES, -1, 1)
    result = layers.Resizing(4, 5, **options, data_format=data_format)(images)
    lower = {name: value.lower() if isinstance(value, str) else value for name, value in options.items()}
    np.testing.assert_array_equal(result, ops.image.resize(images, (4, 5), **lower, data_format=data_format))
    np.testing.assert_array_equal(layers.Resizing(4, 5, **options, data_format=data_format)(images[0]), result[0])


@pytest.mark.parametrize("data_format", FORMATS)
def test_center_crop(data_format):
    def crop(height, width, images):
        images = images if data_format == "channels_last" else np.moveaxis(images, -1, 1)
        result = layers.CenterCrop(height, width, data_format)(images)
        return result if data_format == "channels_last" else np.moveaxis(result, 1, -1)

    np.testing.assert_array_equal(crop(2, 4, IMAGES), IMAGES[:, 2:4, 2:6])  # of odd rests the larger part is after
    np.testing.assert_array_equal(crop(6, 9, IMAGES), IMAGES)
    # Of what is too small the middle of the same aspect ratio is enlarged.
    np.testing.assert_array_equal(crop(8, 8, IMAGES), ops.image.resize(IMAGES[:, :, 1:7], (8, 8)))
    np.testing.assert_array_equal(layers.CenterCrop(2, 4)(IMAGES[0]), IMAGES[0, 2:4, 2:6])


def test_in_a_model():
    check_in_a_model(layers.Resizing(3, 4), (5, 6, 2))
    check_in_a_model(layers.CenterCrop(3, 4), (5, 6, 2))
    check_in_a_model(layers.CenterCrop(7, 4), (5, 6, 2))


def test_bytes_become_floats():
    assert layers.Resizing(2, 2)(np.full((1, 4, 4, 1), 255, np.uint8)).ravel().tolist() == [255] * 4


@pytest.mark.parametrize("name", ["Resizing", "CenterCrop"])
def test_what_both_refuse(name):
    layer = getattr(layers, name)
    for sizes, argument in (((0, 2), "height"), ((2, 1.5), "width")):
        with pytest.raises(ValueError, match=f"{name} 'r': {argument} must be an integer >= 1"):
            layer(*sizes, name="r")
    with pytest.raises(ValueError, match=f"{name} 'r': data_format must be"):
        layer(2, 2, data_format="last", name="r")
    with pytest.raises(ValueError, match=f"{name} 'r': .*images must have 3 axes"):
        layer(2, 2, name="r")(np.zeros((4, 4), np.float32))


def test_what_resizing_refuses():
    for argument, value in (("interpolation", "cubic"), ("fill_mode", "reflect"), ("fill_value", None)):
        with pytest.raises(ValueError, match=f"Resizing 'r': {argument} must be"):
            layers.Resizing(2, 2, **{argument: value}, name="r")
    with pytest.raises(ValueError, match="Resizing 'r': only one of crop_to_aspect_ratio and pad_to_aspect_ratio"):
        layers.Resizing(2, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True, name="r")
