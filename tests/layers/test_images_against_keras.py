"""Keras as an independent oracle of the layers that change shapes, merge, and change images; skipped without Keras."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers, ops
from tests.bounds import assert_within, gamma
from tests.layers.preprocessing.moved import reading_of
from tests.running_error import Rounded

rng = np.random.default_rng(12)
ROW = rng.random((2, 5, 3), np.float32)
IMAGES = rng.random((2, 6, 5, 3), np.float32)
VOLUMES = rng.random((1, 3, 4, 5, 2), np.float32)
MERGED = [rng.random((2, 4, 3), np.float32) for _ in range(3)]
FIRST = {"data_format": "channels_first"}

# What is computed, of numbers from 0 to 1, and how many roundings that is at most: bilinear weights are rounded,
# multiplied and added along two axes.
BILINEAR = 2 * (1 + 1 + 2)
ROUNDINGS = {"Add": 3 * 2, "Subtract": 1, "Multiply": 2, "Average": 3 + 2, "RandomBrightness": 2}
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
    ("CenterCrop", {"height": 3, "width": 2}, IMAGES),
    ("CenterCrop", {"height": 7, "width": 3}, IMAGES),
    # With both ends of the factor equal nothing is left to chance.
    ("RandomBrightness", {"factor": (0.2, 0.2), "value_range": (0, 1)}, IMAGES),
    ("RandomErasing", {"factor": (1, 1), "scale": (1, 1), "fill_value": 0.5, "value_range": (0, 1)}, IMAGES),
]


def as_array(value):
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def wide(value):
    """The same in float64, of arrays and lists of them."""
    return [wide(one) for one in value] if isinstance(value, list) else value.astype(np.float64)


@pytest.mark.parametrize(
    ("name", "options", "inputs"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_layers(keras, name, options, inputs):
    """Keras's compute in float64."""
    result = getattr(layers, name)(**options)(inputs)
    expected = as_array(getattr(keras.layers, name)(**options, dtype="float64")(wide(inputs)))
    roundings = ROUNDINGS.get(name, 0)
    if name in ("Resizing", "CenterCrop") or options.get("interpolation") == "bilinear":
        roundings = BILINEAR
    if name == "Dot":  # of up to five products; of what is divided by roots of up to three squares, another 7 each
        roundings = 5 * 5 + 2 * 7
    assert_within(result, expected, gamma(roundings))


def test_resizing_by_cubics(keras):
    """Weights of up to eight pixels along an axis, which are rounded, have sizes of up to 1.3 in all."""
    options = {"height": 3, "width": 3, "interpolation": "bicubic", "antialias": True, **FIRST}
    expected = as_array(keras.layers.Resizing(**options, dtype="float64")(wide(IMAGES)))
    assert_within(layers.Resizing(**options)(IMAGES), expected, gamma(2 * (8 + 2)) * 1.3**2)


C, S = np.cos(0.2 * np.pi), np.sin(0.2 * np.pi)
TURNED = [C, -S, 2 - 2 * C + 2.5 * S, S, C, 2.5 - 2 * S - 2.5 * C]
MOVES = [
    ("RandomRotation", {"factor": (0.1, 0.1), "fill_mode": "constant"}, TURNED),
    ("RandomRotation", {"factor": (0.1, 0.1), "fill_mode": "reflect"}, TURNED),
    ("RandomZoom", {"height_factor": (0.3, 0.3), "fill_mode": "reflect"}, [1.3, 0, -0.6, 0, 1.3, -0.75]),
    (
        "RandomZoom",
        {"height_factor": (0.3, 0.3), "width_factor": (-0.2, -0.2), "fill_mode": "nearest"},
        [0.8, 0, 0.4, 0, 1.3, -0.75],
    ),
    (
        "RandomTranslation",
        {"height_factor": (0.3, 0.3), "width_factor": (-0.1, -0.1), "fill_mode": "wrap"},
        [1, 0, 0.5, 0, 1, -1.8],
    ),
]


@pytest.mark.parametrize(("name", "options", "transform"), MOVES)
def test_layers_that_move_pixels(keras, name, options, transform):
    """Keras's compute in float64, but for the numbers that are drawn."""
    result = getattr(layers, name)(**options)(IMAGES)
    expected = as_array(getattr(keras.layers, name)(**options, dtype="float64")(wide(IMAGES)))
    exact, bound = reading_of(IMAGES, np.array([*transform, 0, 0]), options["fill_mode"]).values
    assert_within(result, exact, bound)
    assert_within(result, expected, bound)


@pytest.mark.parametrize(
    "options",
    [{}, {"axis": None}, {"axis": (1, 3)}, {"axis": 1}, {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 5.0, 6.0]}],
)
@pytest.mark.parametrize("invert", [False, True])
def test_normalization(keras, options, invert):
    ours = layers.Normalization(**options, invert=invert)
    theirs = keras.layers.Normalization(**options, invert=invert, dtype="float64")
    moments = [np.array(options[name]) for name in ("mean", "variance") if name in options]
    if not moments:
        ours.adapt(IMAGES)
        theirs.adapt(wide(IMAGES))
        kept = options.get("axis", -1)
        others = tuple(axis for axis in range(4) if kept is None or axis not in np.atleast_1d(np.array(kept) % 4))
        moments = IMAGES.mean(others, float, keepdims=True), IMAGES.var(others, float, keepdims=True)
    mean, variance = (Rounded(moment, gamma(1) * moment) for moment in moments)
    x, root = Rounded(IMAGES), variance.sqrt()
    expected = x * root + mean if invert else (x - mean) / root
    assert_within(ours(IMAGES), as_array(theirs(wide(IMAGES))), expected.error)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_ops(keras, data_format):
    first = data_format == "channels_first"
    images = np.ascontiguousarray(np.moveaxis(IMAGES, -1, 1)) if first else IMAGES
    blocks = rng.random((2, 12, 4, 4) if first else (2, 4, 4, 12), np.float32)
    # Of numbers from 0 to 1; those of colours as in tests/ops/image.
    pairs = [
        (0, lambda library, images, blocks: library.depth_to_space(blocks, 2, data_format)),
        (0, lambda library, images, blocks: library.space_to_depth(blocks, 2, data_format)),
        (0, lambda library, images, _: library.image.extract_patches(images, (2, 3), 1, data_format=data_format)),
        (
            0,
            lambda library, images, _: library.image.extract_patches(
                images, 2, padding="same", data_format=data_format
            ),
        ),
        (
            2 * 5,
            lambda library, images, _: library.image.gaussian_blur(images, (3, 3), (1.5, 1.5), data_format=data_format),
        ),
        (8 * 4, lambda library, images, _: library.image.sobel_edges(images, data_format=data_format)),
        (6, lambda library, images, _: library.image.rgb_to_hsv(images, data_format=data_format)),
        (27 + 2 * 4, lambda library, images, _: library.image.hsv_to_rgb(images, data_format=data_format)),
        (5, lambda library, images, _: library.image.rgb_to_grayscale(images, data_format=data_format)),
        (0, lambda library, images, _: library.image.resize(images, (9, 3), "nearest", data_format=data_format)),
    ]
    for roundings, function in pairs:
        expected = as_array(function(keras.ops, *(keras.ops.convert_to_tensor(wide(x)) for x in (images, blocks))))
        assert_within(function(ops, images, blocks), expected, gamma(roundings))
