"""Gradients by every array against central differences, on drawn sizes, of operations that are made of others."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.ops.slopes import check_slopes

image = ops.image
CORNERS = np.array([[0, 0], [0, 1.5], [1.25, 0], [1, 1.75]])


def between_knots(numbers, *shape):
    """Places that a difference does not move from one pixel to the next."""
    return numbers.integers(-1, 4, shape) + numbers.uniform(0.2, 0.4, shape)


# Of height, width and a generator: the function and the arrays that it is differentiated by.
CASES = {
    "cast": lambda h, w, n: (lambda x: ops.cast(x, "float64") * x, [n.normal(size=(h, w))]),
    "convert_to_tensor": lambda h, w, n: (lambda x: ops.convert_to_tensor(x) * x, [n.normal(size=(h, w))]),
    "depth_to_space": lambda h, w, n: (lambda x: ops.depth_to_space(x, 2), [n.normal(size=(1, h, w, 4))]),
    "space_to_depth": lambda h, w, n: (lambda x: ops.space_to_depth(x, 2), [n.normal(size=(1, 2 * h, 2 * w, 1))]),
    "fold": lambda h, w, n: (
        lambda x: ops.fold(x, (h + 1, w), (2, 1), padding=(0, 1)),
        [n.normal(size=(2, 2, h * (w + 2)))],
    ),
    "full_like": lambda h, w, n: (lambda x: ops.full_like(np.zeros((2, h, w)), x), [n.normal(size=(h, 1))]),
    "mod": lambda h, w, n: (ops.mod, [n.uniform(0.1, 0.4, (h, w)) + n.integers(-2, 3, (h, w)), np.ones(w) * 0.9]),
    "nan_to_num": lambda h, w, n: (ops.nan_to_num, [n.normal(size=(h, w))]),
    "outer": lambda h, w, n: (ops.outer, [n.normal(size=h), n.normal(size=(w, 2))]),
    "upsample": lambda h, w, n: (lambda x: ops.upsample(x, (2, 3)), [n.normal(size=(1, h, w, 2))]),
    "ctc_loss": lambda h, w, n: (
        lambda x: ops.ctc_loss(np.ones((2, 1), int), x, [1, 1], [h, max(h - 1, 1)]),
        [n.normal(size=(2, h, w + 1))],
    ),
    "affine_transform": lambda h, w, n: (
        lambda x, move: image.affine_transform(x, move, fill_mode="nearest", output_size=(2, 1)),
        [n.normal(size=(h, w, 2)), np.array([1, 0, n.uniform(0.2, 0.4), 0.1, 1, n.uniform(0.2, 0.4), 0.01, 0])],
    ),
    "perspective_transform": lambda h, w, n: (
        partial(image.perspective_transform, start_points=CORNERS, end_points=CORNERS + n.uniform(0, 0.2, (4, 2))),
        [n.normal(size=(h, w, 1))],
    ),
    "crop_and_resize": lambda h, w, n: (
        lambda x, boxes: image.crop_and_resize(x, boxes, [1, 0], (1, 2)),
        [n.normal(size=(2, h, w, 1)), n.uniform(0.05, 0.1, (2, 4)) + np.array([0.0, 0.0, 0.1, 0.11])],
    ),
    "extract_patches_3d": lambda h, w, n: (
        lambda x: image.extract_patches_3d(x, (1, 2, 1), (1, 1, 2), padding="same"),
        [n.normal(size=(1, 2, h, w, 1))],
    ),
    "fold of images": lambda h, w, n: (
        lambda x: image.fold(x, (h + 1, w), (2, 1), 1),
        [n.normal(size=(1, h, w, 4))],
    ),
    "filter_images": lambda h, w, n: (image.filter_images, [n.normal(size=(1, h, w, 2)), n.normal(size=(3, 2))]),
    "gaussian_blur": lambda h, w, n: (
        lambda x: image.gaussian_blur(x, (3, 2), (0.7, 1.5)),
        [n.normal(size=(1, h, w, 2))],
    ),
    "sobel_edges": lambda h, w, n: (image.sobel_edges, [n.normal(size=(1, h, w, 1))]),
    "grid_sample": lambda h, w, n: (
        lambda x, at: image.grid_sample(x, (at + 0.5) / np.array([w, h]) * 2 - 1, padding_mode="border"),
        [n.normal(size=(1, h, w, 2)), between_knots(n, 1, 3, 2)],
    ),
    "map_coordinates": lambda h, w, n: (
        lambda x, at: image.map_coordinates(x, at, 1, "wrap"),
        [n.normal(size=(h, w)), between_knots(n, 2, 3)],
    ),
    "rgb_to_grayscale": lambda h, w, n: (image.rgb_to_grayscale, [n.normal(size=(h, w, 3))]),
    "rgb_to_hsv": lambda h, w, n: (
        image.rgb_to_hsv,
        [n.permuted(np.broadcast_to([0.2, 0.5, 0.8], (h, w, 3)), axis=-1) + n.uniform(0, 0.1, (h, w, 3))],
    ),
    "hsv_to_rgb": lambda h, w, n: (
        image.hsv_to_rgb,
        [(n.integers(0, 6, (h, w, 3)) + n.uniform(0.2, 0.8, (h, w, 3))) / 6],
    ),
    "pad_images": lambda h, w, n: (lambda x: image.pad_images(x, 1, 0, 0, 2), [n.normal(size=(1, h, w, 2))]),
    "crop_images": lambda h, w, n: (
        lambda x: image.crop_images(x, h - 1, 0, target_height=1, target_width=w),
        [n.normal(size=(1, h, w, 2))],
    ),
    "resize": lambda h, w, n: (lambda x: image.resize(x, (w, h), "bicubic"), [n.normal(size=(1, h, w, 2))]),
    "elastic_transform": lambda h, w, n: (
        lambda x: image.elastic_transform(x, 1.5, 0.5, seed=h),
        [n.normal(size=(1, h, w, 2))],
    ),
    "scale_and_translate": lambda h, w, n: (
        lambda x, scale, move: image.scale_and_translate(x, (w, h), scale, move, (0, 1), "cubic"),
        [n.normal(size=(h, w)), n.uniform(0.7, 0.8, 2), n.uniform(0.02, 0.03, 2)],
    ),
    "ssim": lambda h, w, n: (
        lambda x, y: image.ssim(x, y, 2.0, min(h, w), 0.8),
        [n.uniform(0.1, 1, (1, h, w, 1)), n.uniform(0.1, 1, (1, h, w, 1))],
    ),
    "psnr": lambda h, w, n: (lambda x, y: ops.psnr(x, y, 2.0), [n.normal(size=(h, w)), n.normal(size=(h, w)) + 4]),
}


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=6)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_gradients_are_slopes(name, height, width, seed):
    function, arrays = CASES[name](height, width, np.random.default_rng(seed))
    check_slopes(function, *arrays)
