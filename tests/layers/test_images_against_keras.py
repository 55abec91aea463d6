"""Keras as an independent oracle of the layers that change shapes, merge, and change images; skipped without Keras."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers, ops

rng = np.random.default_rng(12)
ROW = rng.random((2, 5, 3), np.float32)
IMAGES = rng.random((2, 6, 5, 3), np.float32)
VOLUMES = rng.random((1, 3, 4, 5, 2), np.float32)
MERGED = [rng.random((2, 4, 3), np.float32) for _ in range(3)]
FIRST = {"data_format": "channels_first"}

CASES = [
    ("Reshape", {"target_shape": (-1, 10)}, IMAGES),
    ("Permute", {"dims": (2, 1, 3)}, IMAGES),
    ("RepeatVector", {"n": 3}, ROW[:, 0]),
    ("UpSampling1D", {"size": 3}, ROW),
    ("UpSampling2D", {"size": (2, 3)}, IMAGES),
    ("UpSampling2D", {"size": (2, 3), **FIRST}, IMAGES),
    ("UpSampling2D", {"interpolation": "bilinear"}, IMAGES),
    ("UpSampling3D", {"size": (2, 1, 3)}, VOLUMES),
    ("ZeroPadding1D", {"padding": (1, 2)}, ROW),
    ("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}, IMAGES),
    ("ZeroPadding2D", {"padding": (1, 2), **FIRST}, IMAGES),
    ("ZeroPadding3D", {"padding": (1, 2, 0)}, VOLUMES),
    ("Cropping1D", {"cropping": (1, 2)}, ROW),
    ("Cropping2D", {"cropping": ((1, 2), (0, 1))}, IMAGES),
    ("Cropping3D", {"cropping": ((1, 1), (1, 0), (0, 1))}, VOLUMES),
    ("Add", {}, MERGED),
    ("Subtract", {}, MERGED[:2]),
    ("Multiply", {}, MERGED),
    ("Average", {}, MERGED),
    ("Maximum", {}, MERGED),
    ("Minimum", {}, [MERGED[0], MERGED[1][:, :1], MERGED[2][:, 0]]),
    ("Concatenate", {"axis": 1}, MERGED),
    ("Dot", {"axes": 1}, MERGED[:2]),
    ("Dot", {"axes": (2, 2), "normalize": True}, MERGED[:2]),
    ("Dot", {"axes": 1}, [MERGED[0][:, 0], MERGED[1][:, 0]]),
    ("Resizing", {"height": 7, "width": 3}, IMAGES),
    ("Resizing", {"height": 3, "width": 9, "crop_to_aspect_ratio": True}, IMAGES),
    ("Resizing", {"height": 3, "width": 9, "pad_to_aspect_ratio": True, "fill_value": 0.5}, IMAGES),
    ("Resizing", {"height": 3, "width": 3, "interpolation": "bicubic", "antialias": True, **FIRST}, IMAGES),
    ("CenterCrop", {"height": 3, "width": 2}, IMAGES),
    ("CenterCrop", {"height": 7, "width": 3}, IMAGES),
    ("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 5.0, 6.0]}, IMAGES),
    # With both ends of the factor equal nothing is left to chance.
    ("RandomRotation", {"factor": (0.1, 0.1), "fill_mode": "constant"}, IMAGES),
    ("RandomRotation", {"factor": (-0.2, -0.2)}, IMAGES),
    ("RandomZoom", {"height_factor": (0.3, 0.3)}, IMAGES),
    ("RandomZoom", {"height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2), "fill_mode": "nearest"}, IMAGES),
    ("RandomTranslation", {"height_factor": (0.3, 0.3), "width_factor": (-0.1, -0.1), "fill_mode": "wrap"}, IMAGES),
    ("RandomBrightness", {"factor": (0.2, 0.2), "value_range": (0, 1)}, IMAGES),
    ("RandomErasing", {"factor": (1, 1), "scale": (1, 1), "fill_value": 0.5, "value_range": (0, 1)}, IMAGES),
]


def as_array(value):
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


@pytest.mark.parametrize(
    ("name", "options", "inputs"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_layers(keras, name, options, inputs):
    result = getattr(layers, name)(**options)(inputs)
    expected = as_array(getattr(keras.layers, name)(**options)(inputs))
    assert result.shape == expected.shape
    # Coordinates near 6 are computed in float32 on both sides, and the pixels differ by at most 1.
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("axis", [-1, None, (1, 3), 1])
@pytest.mark.parametrize("invert", [False, True])
def test_adapted_normalization(keras, axis, invert):
    ours, theirs = (library.Normalization(axis=axis, invert=invert) for library in (layers, keras.layers))
    ours.adapt(IMAGES)
    theirs.adapt(IMAGES)
    np.testing.assert_allclose(ours(IMAGES), as_array(theirs(IMAGES)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_ops(keras, data_format):
    first = data_format == "channels_first"
    images = np.ascontiguousarray(np.moveaxis(IMAGES, -1, 1)) if first else IMAGES
    blocks = rng.random((2, 12, 4, 4) if first else (2, 4, 4, 12), np.float32)
    pairs = [
        (function(library) for library in (ops, keras.ops))
        for function in (
            lambda library: library.depth_to_space(blocks, 2, data_format),
            lambda library: library.space_to_depth(blocks, 2, data_format),
            lambda library: library.image.extract_patches(images, (2, 3), 1, data_format=data_format),
            lambda library: library.image.extract_patches(images, 2, padding="same", data_format=data_format),
            lambda library: library.image.gaussian_blur(images, (3, 3), (1.5, 1.5), data_format=data_format),
            lambda library: library.image.sobel_edges(images, data_format=data_format),
            lambda library: library.image.rgb_to_hsv(images, data_format=data_format),
            lambda library: library.image.hsv_to_rgb(images, data_format=data_format),
            lambda library: library.image.rgb_to_grayscale(images, data_format=data_format),
            lambda library: library.image.resize(images, (9, 3), "nearest", data_format=data_format),
        )
    ]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, as_array(theirs), rtol=0, atol=1e-5)
