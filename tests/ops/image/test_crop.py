"""Cropping, padding, and boxes resized."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import seeds
from tests.ops.slopes import check_slopes
from tests.reference import sample as reference

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


def test_targets_across_single_images_and_gradients(generator):
    np.testing.assert_array_equal(
        ops.image.crop_images(IMAGES[0], 0, target_height=2, right_cropping=1, target_width=2), IMAGES[0, :2, 2:4]
    )
    images = generator.normal(size=(1, 3, 4, 2))
    check_slopes(lambda x: ops.image.crop_images(x, 1, 0, 0, 2), images)
    check_slopes(lambda x: ops.image.pad_images(x, 1, 0, 0, 2, fill_value=7.0), images)
    assert ops.image.pad_images(images, 0, 1, 0, 0, fill_value=7.0)[0, 0, 0, 0] == 7


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
    with pytest.raises(TypeError, match=f"{name}: top_{word} must be an integer, came 1.0"):
        function(IMAGES, 1.0, 0, 0, 0)
    with pytest.raises(ValueError, match=f"{name}: images must have 3 axes"):
        function(IMAGES[0, 0], 0, 0, 0, 0)
    with pytest.raises(TypeError, match=f"{name}: images must be an array or a tensor, came None"):
        function(None, 0, 0, 0, 0)


def test_a_crop_of_everything_leaves_nothing():
    with pytest.raises(ValueError, match="crop_images: .* leave something of images of the size 4"):
        ops.image.crop_images(IMAGES, 2, 0, 2, 0)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
@pytest.mark.parametrize("size", [(3, 4), (1, 2), (1, 1)])
def test_crop_and_resize(size, interpolation, generator):
    images = generator.normal(size=(2, 5, 6, 3))
    boxes = generator.uniform(-0.3, 1.3, (4, 4))
    indices = np.array([1, 0, 1, 1])
    result = ops.image.crop_and_resize(images, boxes, indices, size, interpolation, 0.5)
    points = np.empty((4, *size, 2))
    for box, y, x in np.ndindex(4, *size):
        top, left, bottom, right = boxes[box] * [4, 5, 4, 5]
        down = y / (size[0] - 1) if size[0] > 1 else 0.5
        along = x / (size[1] - 1) if size[1] > 1 else 0.5
        points[box, y, x] = top + down * (bottom - top), left + along * (right - left)
    exact = reference.sample(images[indices], points, interpolation, "cut", 0.5)
    np.testing.assert_allclose(result, exact, rtol=0, atol=1e-12)
    first = ops.image.crop_and_resize(
        np.moveaxis(images, -1, 1), boxes, indices, size, interpolation, 0.5, "channels_first"
    )
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), result)


def test_gradients_of_boxes(generator):
    images, boxes = generator.normal(size=(2, 4, 5, 2)), generator.uniform(0, 1, (3, 4))
    check_slopes(lambda x, b: ops.image.crop_and_resize(x, b, [1, 1, 0], (3, 2)), images, boxes)


def test_what_boxes_refuse():
    images, boxes = np.zeros((1, 4, 4, 1)), np.zeros((2, 4))
    for shapes in ((images[0], boxes, [0, 0]), (images, boxes[:, :3], [0, 0]), (images, boxes, [0])):
        with pytest.raises(ValueError, match="crop_and_resize: images must have 4 axes, none of them empty, boxes"):
            ops.image.crop_and_resize(*shapes, 2)
    with pytest.raises(ValueError, match="crop_and_resize: images must have 4 axes, none of them empty"):
        ops.image.crop_and_resize(images[:, :0], boxes, [0, 0], 2)
    with pytest.raises(TypeError, match="crop_and_resize: box_indices must be integers, came float32"):
        ops.image.crop_and_resize(images, boxes, [0.0, 0.0], 2)
    for indices in ([0, 1], [0, -1]):
        with pytest.raises(ValueError, match="crop_and_resize: box_indices must be from 0 to 0, as there are"):
            ops.image.crop_and_resize(images, boxes, indices, 2)
    with pytest.raises(ValueError, match="crop_and_resize: crop_size must be an integer of at least 1"):
        ops.image.crop_and_resize(images, boxes, [0, 0], 0)
    with pytest.raises(ValueError, match="crop_and_resize: interpolation must be one of"):
        ops.image.crop_and_resize(images, boxes, [0, 0], 2, "bicubic")
    with pytest.raises(TypeError, match="crop_and_resize: extrapolation_value must be a number"):
        ops.image.crop_and_resize(images, boxes, [0, 0], 2, extrapolation_value=None)
    with pytest.raises(TypeError, match="crop_and_resize: boxes must be an array or a tensor, came None"):
        ops.image.crop_and_resize(images, None, [0, 0], 2)


amounts = st.integers(0, 2)


@given(amounts, amounts, amounts, amounts, st.integers(0, 2))
def test_drawn_amounts(top, left, bottom, right, n):
    images = np.random.default_rng(n).normal(size=(n, 5, 6, 2))
    padded = ops.image.pad_images(images, top, left, bottom_padding=bottom, right_padding=right)
    np.testing.assert_array_equal(padded, np.pad(images, ((0, 0), (top, bottom), (left, right), (0, 0))))
    cropped = ops.image.crop_images(images, top, left, bottom_cropping=bottom, right_cropping=right)
    np.testing.assert_array_equal(cropped, images[:, top : 5 - bottom, left : 6 - right])


@given(seeds, st.integers(1, 4), st.integers(1, 4))
def test_drawn_boxes(seed, height, width):
    numbers = np.random.default_rng(seed)
    images, boxes, which = (
        numbers.normal(size=(2, 4, 5, 2)),
        numbers.uniform(-0.3, 1.3, (3, 4)),
        numbers.integers(0, 2, 3),
    )
    result = ops.image.crop_and_resize(images, boxes, which, (height, width))
    for box, image, found in zip(boxes, which, result, strict=True):
        rows, columns = (
            (low + (high - low) * np.arange(count) / (count - 1) if count > 1 else np.array([(low + high) / 2]))
            * (size - 1)
            for low, high, count, size in ((box[0], box[2], height, 4), (box[1], box[3], width, 5))
        )
        points = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1)[None]
        exact = reference.sample(images[image][None], points, "bilinear", "cut", 0.0)[0]
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12)
