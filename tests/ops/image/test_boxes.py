"""Boxes cut out of images and resized, against loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds
from tests.ops.image.sampling_bound import Reading


def places(boxes, height, width, sizes):
    """Where each pixel of a crop is read, by the box: the shares (4, height, width, 2) of its sides, and their sizes.

    The share along a box, from 0 to 1, is itself rounded before it is taken from 1.
    """
    shares, large = np.zeros((2, 4, height, width, 2))
    for axis, (count, pixels) in enumerate(zip((height, width), sizes, strict=True)):
        for place in range(count):
            along = place / (count - 1) if count > 1 else 0.5
            pixel = (place, slice(None)) if axis == 0 else (slice(None), place)
            shares[(axis, *pixel, axis)], shares[(2 + axis, *pixel, axis)] = (
                (1 - along) * (pixels - 1),
                along * (pixels - 1),
            )
            large[(axis, *pixel, axis)], large[(2 + axis, *pixel, axis)] = (
                (1 + along) * (pixels - 1),
                along * (pixels - 1),
            )
    return shares, large


@settings(max_examples=40)
@given(
    seeds, dtypes, st.integers(0, 3), st.integers(1, 4), st.integers(1, 4), st.sampled_from(["bilinear", "nearest"]),
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_values_and_gradients(seed, dtype, k, height, width, interpolation, exact, first):
    """What is outside begins in a step: there, boxes in eighths are exact where no pixel is at a third of them."""
    generator = np.random.default_rng(seed)
    exact = exact and 4 not in (height, width)
    images = generator.normal(size=(2, *generator.integers(1, 7, 2), 2)).astype(dtype)
    boxes = generator.integers(-2, 11, (k, 4)) / 8 if exact else generator.uniform(-0.3, 1.3, (k, 4))
    boxes, which = boxes.astype(dtype), generator.integers(0, 2, k)

    def function(images, boxes):
        arguments = boxes, which, (height, width), interpolation, 0.5
        if not first:
            return ops.image.crop_and_resize(images, *arguments)
        crops = ops.image.crop_and_resize(ops.transpose(images, (0, 3, 1, 2)), *arguments, "channels_first")
        return ops.transpose(crops, (0, 2, 3, 1))

    result, pullback = convolith.vjp(function, images, boxes)
    assert result.dtype == dtype
    shares, large = places(boxes, height, width, images.shape[1:3])
    points = np.einsum("kb,bhwa->khwa", boxes.astype(float), shares)
    # A share takes four roundings and one to its dtype; its product with the side and the sum of two, three more.
    shift = 0.0 if exact else gamma(8, dtype) * np.einsum("kb,bhwa->khwa", abs(boxes), large)
    reading = Reading(images[which], points, interpolation, "cut", 0.5, shift, dtype)
    assume(reading.settled)
    assert_within(result, *reading.values)
    upstream = generator.normal(size=result.shape).astype(dtype)
    by_images, by_boxes = pullback(upstream)
    by_crops, bound = reading.by_images(upstream)
    total, allowed = np.zeros(images.shape), np.zeros(images.shape)
    np.add.at(total, which, by_crops)
    np.add.at(allowed, which, bound + sides(dtype) * gamma(max(k, 1), dtype) * (abs(by_crops) + bound))
    assert_within(by_images, total, allowed, "by images")
    by_points, bound = reading.by_points(upstream)
    size = bound + sides(dtype) * gamma(2 * height * width + 6, dtype) * (abs(by_points) + bound)
    exact_boxes, allowed = (np.einsum("khwa,bhwa->kb", one, by) for one, by in ((by_points, shares), (size, large)))
    assert_within(by_boxes, exact_boxes, allowed, "by boxes")


def test_what_boxes_refuse():
    images, boxes = np.zeros((1, 4, 4, 1)), np.zeros((2, 4))
    for shapes in ((images[0], boxes, [0, 0]), (images, boxes[:, :3], [0, 0]), (images, boxes, [0])):
        with pytest.raises(ValueError, match="crop_and_resize: images must have 4 axes, none of them empty, boxes"):
            ops.image.crop_and_resize(*shapes, 2)
    with pytest.raises(ValueError, match="crop_and_resize: images must have 4 axes, none of them empty"):
        ops.image.crop_and_resize(images[:, :0], boxes, [0, 0], 2)
    with pytest.raises(TypeError, match="crop_and_resize: box_indices must be integers, got float32"):
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
    with pytest.raises(TypeError, match="crop_and_resize: boxes must be an array or a tensor, got None"):
        ops.image.crop_and_resize(images, None, [0, 0], 2)
