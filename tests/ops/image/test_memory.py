"""Images of drawn sizes in every kind of memory and dtype: the same results, bit for bit, and nothing is changed."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.geometries import seeds
from tests.ops.test_array_kinds import KINDS

image = ops.image


def wide(dtype):
    """Give the float dtype that an operation computes in."""
    return np.float64 if np.dtype(dtype).newbyteorder("=") == np.float64 else np.float32


TURN = np.array([0.9, 0.2, 0.3, -0.2, 1.1, 0.1, 0.01, 0.02])
FUNCTIONS = {
    "affine_transform": lambda x: image.affine_transform(x, TURN.astype(wide(x.dtype)), "bicubic"),
    "crop_images": lambda x: image.crop_images(x, 0, 0, target_height=1, target_width=1),
    "depth_to_space": lambda x: ops.depth_to_space(ops.repeat(x, 4, axis=3), 2),
    "elastic_transform": lambda x: image.elastic_transform(x, 2.0, 0.7, seed=3),
    "extract_patches": lambda x: image.extract_patches(x, 2, 1, padding="same"),
    "filter_images": lambda x: image.filter_images(x, np.ones((2, 3), wide(x.dtype))),
    "gaussian_blur": lambda x: image.gaussian_blur(x, (3, 12)),
    "pad": lambda x: ops.pad(x, ((0, 0), (1, 3), (2, 0), (0, 0)), "constant"),
    "pad_images": lambda x: image.pad_images(x, 1, 2, 0, 1),
    "resize": lambda x: image.resize(x, (3, 4), "bicubic"),
    "rgb_to_grayscale": image.rgb_to_grayscale,
    "rgb_to_hsv": image.rgb_to_hsv,
    "hsv_to_rgb": image.hsv_to_rgb,
    "scale_and_translate": lambda x: image.scale_and_translate(
        x, (*x.shape[:1], 4, *x.shape[2:]), np.array([1.3]), np.array([0.2]), (1,), "cubic"
    ),
    "sobel_edges": image.sobel_edges,
    "ssim": lambda x: image.ssim(x, x, filter_size=1),
    "upsample": lambda x: ops.upsample(x, (2, 3)),
}
MEMORIES = sorted(set(KINDS) - {"a list"})  # a list of no images says nothing of their shape
DTYPES = st.sampled_from([np.float32, np.float64, np.float16, np.uint8, np.int16, np.int32])


@settings(max_examples=100)
@given(
    st.sampled_from(sorted(FUNCTIONS)), st.sampled_from(MEMORIES), DTYPES, seeds, st.integers(0, 2), st.integers(1, 5),
    st.integers(1, 5),
)  # fmt: skip
def test_the_memory_and_the_dtype_do_not_matter(name, memory, dtype, seed, n, height, width):
    assume("hsv" not in name or np.dtype(dtype).kind == "f")  # where others are refused
    assume(memory != "off by a byte" or n and np.dtype(dtype).itemsize > 1)  # nothing else can be
    function = FUNCTIONS[name]
    images = np.random.default_rng(seed).integers(0, 20, (n, height, width, 3)).astype(dtype)
    strange = KINDS[memory](images)
    kept = np.array(strange)
    expected = function(images)
    np.testing.assert_array_equal(function(strange), expected, strict=True)
    if expected.dtype == wide(dtype):  # others stay as they are
        np.testing.assert_array_equal(expected, function(images.astype(wide(dtype))))
    if dtype in (np.float32, np.float64):
        upstream = np.random.default_rng(seed).normal(size=expected.shape).astype(expected.dtype)
        (gradient,) = convolith.vjp(function, strange)[1](KINDS[memory](upstream) if upstream.ndim else upstream)
        (usual,) = convolith.vjp(function, images)[1](upstream)
        np.testing.assert_array_equal(gradient, usual, strict=True)
    np.testing.assert_array_equal(kept, np.array(strange), err_msg="the images were changed")
