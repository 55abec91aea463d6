"""Blur, Sobel and any filter, against a correlation in loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import dtypes, seeds
from tests.ops.slopes import check_slopes


def correlated(images, kernel):
    """Each channel with the kernel, zeros around; the middle of an even kernel is its last element before it."""
    kh, kw = kernel.shape
    before = (kh - 1) // 2, (kw - 1) // 2
    padded = np.pad(images.astype(float), ((0, 0), (before[0], kh), (before[1], kw), (0, 0)))
    out = np.zeros(images.shape)
    for y, x in np.ndindex(images.shape[1:3]):
        out[:, y, x] = np.einsum("nhwc,hw->nc", padded[:, y : y + kh, x : x + kw], kernel)
    return out


def gaussian(size, sigma):
    places = np.arange(size) - (size - 1) / 2
    weights = np.exp(-0.5 * (places / sigma) ** 2)
    return weights / weights.sum()


@given(seeds, dtypes, st.tuples(st.integers(1, 5), st.integers(1, 6)), st.integers(1, 3))
def test_gaussian_blur(seed, dtype, size, channels):
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(2, *generator.integers(1, 7, 2), channels)).astype(dtype)
    sigma = generator.uniform(0.3, 3, 2).tolist()
    result = ops.image.gaussian_blur(images, size, sigma)
    exact = correlated(images, np.outer(gaussian(size[0], sigma[0]), gaussian(size[1], sigma[1])))
    assert result.dtype == dtype
    # Weights of the sum 1: each product is rounded a few times, and there are at most 11 in both sums.
    np.testing.assert_allclose(result, exact, rtol=0, atol=16 * np.finfo(dtype).eps * abs(images).max())


@given(seeds, dtypes)
def test_sobel_edges(seed, dtype):
    generator = np.random.default_rng(seed)
    images = generator.integers(-9, 10, (2, *generator.integers(1, 6, 2), 2)).astype(dtype)
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    edges = ops.image.sobel_edges(images)
    assert edges.dtype == dtype
    np.testing.assert_array_equal(edges, np.stack([correlated(images, across.T), correlated(images, across)], -1))
    first = ops.image.sobel_edges(np.moveaxis(images, -1, 1), "channels_first")
    np.testing.assert_array_equal(np.moveaxis(first, 1, -2), edges)


@given(seeds, st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_any_filter(seed, size):
    generator = np.random.default_rng(seed)
    images = generator.integers(-9, 10, (2, 5, 6, 3)).astype(np.float32)
    kernel = generator.integers(-3, 4, size).astype(np.float32)
    exact = correlated(images, kernel)
    np.testing.assert_array_equal(ops.image.filter_images(images, kernel), exact)
    valid = ops.image.filter_images(images, kernel, "valid")
    top, left = (size[0] - 1) // 2, (size[1] - 1) // 2
    np.testing.assert_array_equal(valid, exact[:, top : 6 - size[0] + top, left : 7 - size[1] + left])


def test_gradients(generator):
    images = generator.normal(size=(1, 4, 3, 2))
    check_slopes(lambda x: ops.image.gaussian_blur(x, (3, 2), 0.8), images)
    check_slopes(ops.image.sobel_edges, images)
    check_slopes(ops.image.filter_images, images, generator.normal(size=(3, 2)))


def test_a_single_image_and_one_number_for_both_axes(generator):
    image = generator.normal(size=(4, 5, 2))
    np.testing.assert_array_equal(
        ops.image.gaussian_blur(image, 3, 0.5), ops.image.gaussian_blur(image[None], (3, 3), (0.5, 0.5))[0]
    )


def test_what_is_refused():
    image = np.zeros((1, 4, 4, 1))
    with pytest.raises(ValueError, match="gaussian_blur: kernel_size must be an integer of at least 1"):
        ops.image.gaussian_blur(image, 0)
    for sigma in (0, (1.0, -1.0), (1.0,)):
        with pytest.raises(ValueError, match="gaussian_blur: sigma must be a number above 0 or two of them"):
            ops.image.gaussian_blur(image, 3, sigma)
    with pytest.raises(TypeError, match="gaussian_blur: sigma must be a number"):
        ops.image.gaussian_blur(image, 3, "1")
    with pytest.raises(ValueError, match="gaussian_blur: data_format must be"):
        ops.image.gaussian_blur(image, 3, data_format="last")
    with pytest.raises(ValueError, match=r"sobel_edges: images must have 4 axes, came shape \(4, 4, 1\)"):
        ops.image.sobel_edges(image[0])
    for kernel in (np.zeros(3), np.zeros((0, 3))):
        with pytest.raises(ValueError, match="filter_images: kernel must have 2 axes, none of them empty"):
            ops.image.filter_images(image, kernel)
    for function in (ops.image.gaussian_blur, ops.image.sobel_edges, lambda x: ops.image.filter_images(x, np.eye(2))):
        with pytest.raises(TypeError, match="images must be an array or a tensor, came None"):
            function(None)
