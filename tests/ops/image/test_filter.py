"""Blur, Sobel and any filter, and their gradients, against a correlation in loops; any filter against torch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.ops.image.filter import gaussian_window
from tests.bounds import assert_within, gamma, sides, sum_bound
from tests.geometries import dtypes, laid_out, normal, seeds
from tests.ops.elementwise import ELEMENTARY
from tests.ops.linear import Linear


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


sizes = st.tuples(st.integers(1, 6), st.integers(1, 6))
windows = st.tuples(st.integers(1, 15), st.integers(1, 15))


def checked(function, linear, images, relative):
    """Compare a function of images (n, h, w, c), and its gradient, with what is linear in those of one channel."""
    result, pullback = convolith.vjp(function, images)
    assert result.dtype == images.dtype
    upstream = np.random.default_rng(result.size).normal(size=result.shape).astype(images.dtype)
    (gradient,) = pullback(upstream)
    for channel in range(images.shape[3]):
        of, by = images[..., channel], upstream[:, :, :, channel]
        assert_within(result[:, :, :, channel], linear.of(of), relative * linear.sizes.of(abs(of)))
        assert_within(gradient[..., channel], linear.back(by), relative * linear.sizes.back(abs(by)), "gradient")


@settings(max_examples=40)
@given(seeds, dtypes, st.integers(0, 2), sizes, windows, st.floats(0.3, 3), st.floats(0.3, 3), st.booleans())
def test_gaussian_blur(seed, dtype, n, size, window, down, across, first):
    """The window may be larger than the images."""
    images = np.random.default_rng(seed).normal(size=(n, *size, 2)).astype(dtype)
    kernel = np.outer(gaussian(window[0], down), gaussian(window[1], across))

    def function(images):
        if not first:
            return ops.image.gaussian_blur(images, window, (down, across))
        images = ops.transpose(images, (0, 3, 1, 2))
        return ops.transpose(ops.image.gaussian_blur(images, window, (down, across), "channels_first"), (0, 2, 3, 1))

    # An exponential is off by its argument's five roundings and two, the sum of all as much, and there is a quotient;
    # then each weight is rounded, multiplied and added to the others that stand on the image, along either axis.
    largest = sum(((place - 1) / 2 / sigma) ** 2 / 2 for place, sigma in zip(window, (down, across), strict=True))
    weights = gamma(2 * (math.ceil(5 * largest) + 2 * 2) + 2 * max(window), np.float64)
    sums = gamma(sum(min(one, size[axis]) for axis, one in enumerate(window)) + 4, dtype)
    linear = Linear(lambda units: correlated(units[..., None], kernel)[..., 0], size)
    checked(function, linear, images, sides(dtype) * (weights + sums))


@settings(max_examples=30)
@given(seeds, dtypes, st.integers(0, 2), sizes, st.booleans())
def test_sobel_edges(seed, dtype, n, size, first):
    """Of integers all is exact."""
    generator = np.random.default_rng(seed)
    images = generator.integers(-9, 10, (n, *size, 2)).astype(dtype)
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    both = lambda images: np.stack([correlated(images, across.T), correlated(images, across)], -1)  # noqa: E731
    given_images = np.moveaxis(images, -1, 1) if first else images
    edges, pullback = convolith.vjp(
        lambda x: ops.image.sobel_edges(x, "channels_first" if first else "channels_last"), given_images
    )
    upstream = generator.integers(-9, 10, (n, *size, 2, 2)).astype(dtype)
    gradient = pullback(np.moveaxis(upstream, -2, 1) if first else upstream)[0]
    edges, gradient = (np.moveaxis(edges, 1, -2), np.moveaxis(gradient, 1, -1)) if first else (edges, gradient)
    np.testing.assert_array_equal(edges, both(images).astype(dtype), strict=True)
    linear = Linear(lambda units: both(units[..., None])[..., 0, :], size)
    for channel in range(2):
        np.testing.assert_array_equal(gradient[..., channel], linear.back(upstream[..., channel, :]))


@settings(max_examples=40)
@given(seeds, dtypes, st.integers(0, 2), st.integers(1, 3), sizes, st.tuples(st.integers(1, 4), st.integers(1, 4)),
       st.booleans())  # fmt: skip
def test_filter_images(seed, dtype, n, channels, size, window, first):
    """By images and kernel, of which each pixel of the result is a sum of as many products as the kernel has."""
    images, kernel, upstream = laid_out(seed, dtype, (n, *size, channels), window, (n, *size, channels))
    result, pullback = convolith.vjp(
        lambda x, k: ops.image.filter_images(x, k, data_format="channels_first" if first else None),
        *(np.moveaxis(images, -1, 1) if first else images, kernel),
    )
    assert result.dtype == dtype
    by_images, by_kernel = pullback(np.moveaxis(upstream, -1, 1) if first else upstream)
    result, by_images = (np.moveaxis(one, 1, -1) if first else one for one in (result, by_images))
    linear = Linear(lambda units: correlated(units[..., None], kernel.astype(float))[..., 0], size)
    length, doubles = kernel.size, upstream.astype(float)
    for channel in range(channels):
        of, by = images[..., channel], upstream[..., channel]
        bound = sum_bound(length, linear.sizes.of(abs(of)), dtype, 2.0**10)
        assert_within(result[..., channel], linear.of(of), sides(dtype) * bound)
        bound = sum_bound(length, linear.sizes.back(abs(by)), dtype, 2.0**10)
        assert_within(by_images[..., channel], linear.back(by), sides(dtype) * bound, "by images")
    units = np.eye(kernel.size).reshape(-1, *window)
    shares = np.stack([correlated(images, unit) for unit in units])
    bound = sum_bound(max(images.size, 1), np.einsum("knhwc,nhwc->k", abs(shares), abs(doubles)), dtype, 2.0**10)
    exact = np.einsum("knhwc,nhwc->k", shares, doubles)
    assert_within(by_kernel, exact.reshape(window), sides(dtype) * bound.reshape(window), "by kernel")


@pytest.mark.torch
@settings(max_examples=20)
@given(
    seeds, sizes, st.integers(1, 3), st.tuples(st.integers(1, 4), st.integers(1, 4)), st.sampled_from(["same", "valid"])
)
def test_torch_correlates_alike(torch, seed, size, channels, window, padding):
    if padding == "valid":
        size = tuple(one + more - 1 for one, more in zip(size, window, strict=True))
    images, kernel = normal(seed, np.float64, (2, *size, channels), window)
    result, pullback = convolith.vjp(lambda x, k: ops.image.filter_images(x, k, padding), images, kernel)
    upstream = np.random.default_rng(seed).normal(size=result.shape)

    def theirs(images, kernel, upstream):
        leaves = [torch.tensor(one).requires_grad_() for one in (images, kernel)]
        weight = leaves[1].expand(channels, 1, *window)
        zeros = [side for one in window[::-1] for side in ((one - 1) // 2, one // 2)] if padding == "same" else [0] * 4
        padded = torch.nn.functional.pad(leaves[0].movedim(-1, 1), zeros)
        result = torch.nn.functional.conv2d(padded, weight, groups=channels)
        result.movedim(1, -1).backward(torch.tensor(upstream))
        return result.movedim(1, -1).detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)

    lengths = kernel.size, kernel.size, upstream.size
    ours, expected = (result, *pullback(upstream)), theirs(images, kernel, upstream)
    for one, other, size_of, length in zip(
        ours, expected, theirs(abs(images), abs(kernel), abs(upstream)), lengths, strict=True
    ):
        assert_within(one, other, 2 * sum_bound(length, size_of, np.float64, 2.0**10))


def test_a_valid_filter_is_the_inside_of_one_with_zeros(generator):
    images = generator.integers(-9, 10, (2, 5, 6, 3)).astype(np.float32)
    for size in ((1, 4), (3, 3), (4, 2)):
        kernel = generator.integers(-3, 4, size).astype(np.float32)
        exact, (top, left) = correlated(images, kernel), ((one - 1) // 2 for one in size)
        valid = ops.image.filter_images(images, kernel, "valid")
        np.testing.assert_array_equal(valid, exact[:, top : 6 - size[0] + top, left : 7 - size[1] + left])


@pytest.mark.parametrize("sigma", [1e-2, 1e-320])
def test_a_sigma_far_below_a_pixel(sigma, generator):
    """All is in the middle: one pixel of an odd window, both pixels next to it, in halves, of an even one."""
    images = generator.normal(size=(1, 1, 5, 1))
    np.testing.assert_array_equal(ops.image.gaussian_blur(images, 3, sigma), images)
    np.testing.assert_array_equal(
        ops.image.gaussian_blur(images, (1, 4), sigma), correlated(images, np.full((1, 2), 0.5))
    )


def test_a_window_far_wider_than_the_images(generator):
    """What it weighs is what a window does that ends at the images, but for its sum, of which they see a part."""
    images, places = generator.normal(size=(1, 4, 5, 1)), np.arange(-4, 5)
    wide = ops.image.gaussian_blur(images, 2**31 - 1, 1e6)
    bell = np.exp(-0.5 * (places / 1e6) ** 2) / (math.sqrt(2 * math.pi) * 1e6)
    kernel = np.outer(bell[1:-1], bell)  # 7 x 9
    # Along either axis an exponential and an error function, of 8 units each on both sides, and ten other roundings;
    # then up to nine products are added up.
    allowed = gamma(2 * (2 * 2 * 2 * ELEMENTARY + 10) + 2 * 9, np.float64) * correlated(abs(images), kernel)
    assert_within(wide, correlated(images, kernel), allowed)
    for size in (70_001, 70_002):
        weights = gaussian_window(size, 9e3, size)
        # An exponent is at most 7.6 and rounded five times; that of the sum's last term counts by less, as it is small.
        assert len(weights) == size
        assert abs(math.fsum(weights) - 1) < gamma(5 * 8 + 3 * 2 * ELEMENTARY + 10, np.float64)
        assert gaussian_window(size, 9e3, 3) == weights[(size - 1) // 2 - 2 : (size - 1) // 2 + 3]


@pytest.mark.parametrize("sigma", [1e306, 1e308])
def test_the_widest_windows_weigh_all_alike(sigma):
    assert gaussian_window(5, sigma, 9) == (0.2,) * 5


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
    with pytest.raises(ValueError, match=r"sobel_edges: images must have 4 axes, got shape \(4, 4, 1\)"):
        ops.image.sobel_edges(image[0])
    for kernel in (np.zeros(3), np.zeros((0, 3))):
        with pytest.raises(ValueError, match="filter_images: kernel must have 2 axes, none of them empty"):
            ops.image.filter_images(image, kernel)
    for function in (ops.image.gaussian_blur, ops.image.sobel_edges, lambda x: ops.image.filter_images(x, np.eye(2))):
        with pytest.raises(TypeError, match="images must be an array or a tensor, got None"):
            function(None)
