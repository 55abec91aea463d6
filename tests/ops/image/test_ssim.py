"""The structural similarity and its slopes against their definitions in loops over windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds
from tests.ops.linear import Linear
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes
from tests.running_error import Rounded


def weights_of(size, sigma):
    places = np.arange(size) - (size - 1) / 2
    bell = np.exp(-(places**2) / (2 * sigma**2))
    return np.outer(bell, bell) / np.outer(bell, bell).sum()


def definition(image1, image2, weights, c1, c2):
    """The value of two images (h, w), by the weighed squares of distances from the means, and its slopes by both."""
    size = len(weights)
    tops = [height - size + 1 for height in image1.shape]
    total, by_first, by_second = 0.0, np.zeros(image1.shape), np.zeros(image1.shape)
    for top, left in np.ndindex(*tops):
        window = np.s_[top : top + size, left : left + size]
        x, y = image1[window], image2[window]
        m1, m2 = (weights * x).sum(), (weights * y).sum()
        v1, v2 = (weights * (x - m1) ** 2).sum(), (weights * (y - m2) ** 2).sum()
        v12 = (weights * (x - m1) * (y - m2)).sum()
        means, spread = m1**2 + m2**2 + c1, v1 + v2 + c2
        value = (2 * m1 * m2 + c1) * (2 * v12 + c2) / (means * spread)
        total += value
        for slopes, (one, m), (other, n) in ((by_first, (x, m1), (y, m2)), (by_second, (y, m2), (x, m1))):
            of_means = 2 * n * (2 * v12 + c2) / (means * spread) - value * 2 * m / means
            of_spread = 2 * (other - n) * (2 * m1 * m2 + c1) / (means * spread) - value * 2 * (one - m) / spread
            slopes[window] += weights * (of_means + of_spread)
    return total / np.prod(tops), by_first / np.prod(tops), by_second / np.prod(tops)


def may_be_off(image1, image2, weights, c1, c2, dtype):
    """How far the value and its slopes may be off, by the operations that compute them from moments about 0.

    Each counts for two, as the chain rule goes through them in another order than this. A product with a weight, which
    is rounded itself, passes through both sums of a window's sides.
    """
    size = len(weights)
    linear = Linear(
        lambda units: np.stack([
            (units[:, top : top + size, left : left + size] * weights).sum(axis=(1, 2))
            for top, left in np.ndindex(*(height - size + 1 for height in image1.shape))
        ], axis=1), image1.shape,
    )  # fmt: skip
    to_windows, roundings, windows = linear.matrix.T, 4 * size + 8, linear.matrix.shape[1]
    x, y = (Rounded(one.ravel(), dtype=dtype) for one in (image1, image2))
    m1, m2 = (one.weighed(to_windows, roundings) for one in (x, y))
    product, squares = m1 * m2, m1 * m1 + m2 * m2
    covariance = (x * y).weighed(to_windows, roundings) - product
    variances = (x * x + y * y).weighed(to_windows, roundings) - squares
    likeness, alike, means, spread = 2.0 * product + c1, 2.0 * covariance + c2, squares + c1, variances + c2
    divisor = means * spread
    value = likeness * alike / divisor
    mean = value.weighed(np.full((1, windows), 1 / windows), 2 * windows + 4)
    found = [mean.error[0]]
    share = Rounded(np.full(windows, 1 / windows), gamma(1, dtype) / windows, dtype)
    by_covariance = share * 2.0 * likeness / divisor
    by_variances = -(share * value / spread)
    by_product = share * 2.0 * alike / divisor - by_covariance
    by_squares = -(share * value / means) - by_variances
    back = linear.matrix
    for one, other, m, n in ((x, y, m1, m2), (y, x, m2, m1)):
        through_means = (by_product * n + by_squares * m * 2.0).weighed(back, roundings)
        through_products = by_covariance.weighed(back, roundings) * other
        through_squares = by_variances.weighed(back, roundings) * one * 2.0
        found.append((through_means + through_products + through_squares).error.reshape(image1.shape))
    return found


@settings(max_examples=30)
@given(
    seeds,
    dtypes,
    st.integers(0, 2),
    st.integers(1, 5),
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 2)),
    st.sampled_from([1.0, 255]),
    st.floats(0.4, 3),
    st.booleans(),
)
def test_values_and_gradients(seed, dtype, n, size, more, peak, sigma, first):
    generator = np.random.default_rng(seed)
    shape = (n, size + more[0], size + more[1], more[2])
    image1, image2 = (generator.uniform(0.1, 1, shape).astype(dtype) * dtype(peak) for _ in range(2))
    arguments = {"max_val": peak, "filter_size": size, "filter_sigma": sigma, "k1": 0.02, "k2": 0.1}
    given_images = [np.moveaxis(image, -1, 1) if first else image for image in (image1, image2)]
    found, pullback = convolith.vjp(
        lambda x, y: ops.image.ssim(x, y, **arguments, data_format="channels_first" if first else None), *given_images
    )
    assert found.dtype == dtype and found.shape == (n,)
    upstream = generator.normal(size=n).astype(dtype)
    gradients = [np.moveaxis(gradient, 1, -1) if first else gradient for gradient in pullback(upstream)]
    constants = (0.02 * peak) ** 2, (0.1 * peak) ** 2
    channels = shape[-1]
    for image in range(n):
        pairs = [
            (image1[image, ..., channel].astype(float), image2[image, ..., channel].astype(float))
            for channel in range(channels)
        ]
        exact = [definition(*pair, weights_of(size, sigma), *constants) for pair in pairs]
        off = [may_be_off(*pair, weights_of(size, sigma), *constants, dtype) for pair in pairs]
        value, bound = (np.array(np.mean([one[0] for one in several])) for several in (exact, off))
        last = gamma(channels + 2, dtype)
        assert_within(found[image], value, sides(dtype) * (bound + last * (abs(value) + bound)))
        for channel, (values, bounds) in enumerate(zip(exact, off, strict=True)):
            for slopes, allowed, gradient in zip(values[1:], bounds[1:], gradients, strict=True):
                share = float(upstream[image]) / channels
                allowed = abs(share) * (allowed + 2 * last * (abs(slopes) + allowed))
                assert_within(gradient[image, ..., channel], share * slopes, sides(dtype) * allowed, "gradient")
    if n:
        single = ops.image.ssim(image1[0], image2[0], **arguments)
        assert single.shape == () and single == ops.image.ssim(image1[:1], image2[:1], **arguments)[0]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_plans_and_the_gradient_of_the_gradient(generator, data_format):
    image1, image2 = generator.uniform(0, 1, (2, 2, 4, 4, 3))
    function = lambda x, y: ops.image.ssim(x, y, filter_size=3, data_format=data_format)  # noqa: E731
    check_in_plan(lambda x, y: function(x * 1, y), image1.astype(np.float32), image2.astype(np.float32))
    pulled = lambda x: convolith.vjp(lambda x: function(x, image2), x)[1](np.ones(2))[0]  # noqa: E731
    check_slopes(pulled, image1)


def test_the_same_images_bytes_and_unknown_batches(generator):
    image = generator.integers(0, 256, (2, 12, 11, 3)).astype(np.uint8)
    found = ops.image.ssim(image, image, 255)
    np.testing.assert_allclose(found, 1, rtol=0, atol=1e-5)
    assert found.dtype == np.float32
    result, pullback = convolith.vjp(lambda x: ops.image.ssim(x, image / 255.0), image / 255.0)
    np.testing.assert_allclose(pullback(result)[0], 0, rtol=0, atol=1e-12)
    empty, pullback = convolith.vjp(lambda x: ops.image.ssim(x, x), np.zeros((0, 12, 11, 3)))
    assert empty.shape == (0,) and pullback(empty)[0].shape == (0, 12, 11, 3)
    unknown = Tensor(Spec((None, 11, 12, 3), np.dtype(np.float32)))
    assert ops.image.ssim(unknown, unknown).shape == (None,)


def test_what_is_refused():
    image = np.zeros((12, 12, 1))
    for other in (image[:-1], image[None]):
        with pytest.raises(ValueError, match="ssim: image1 and image2 must have the same shape of 3 axes .* or 4"):
            ops.image.ssim(image, other)
    with pytest.raises(ValueError, match=r"ssim: filter_size must be from 1 to the .* \(12, 12\), came 13"):
        ops.image.ssim(image, image, filter_size=13)
    with pytest.raises(ValueError, match=r"ssim: filter_size must be from 1 .* \(12, 1\), came 2"):
        ops.image.ssim(image, image, filter_size=2, data_format="channels_first")
    with pytest.raises(TypeError, match="ssim: filter_size must be an integer, came 3.0"):
        ops.image.ssim(image, image, filter_size=3.0)
    for argument in ("max_val", "filter_sigma"):
        with pytest.raises(ValueError, match=f"ssim: {argument} must be a number above 0, came 0"):
            ops.image.ssim(image, image, **{argument: 0})
    with pytest.raises(ValueError, match="ssim: k1 and k2 must not be negative, came 0.01 and -1"):
        ops.image.ssim(image, image, k2=-1)
    with pytest.raises(TypeError, match="ssim: k1 must be a number, came None"):
        ops.image.ssim(image, image, k1=None)
    with pytest.raises(ValueError, match="ssim: data_format must be"):
        ops.image.ssim(image, image, data_format="last")
    with pytest.raises(TypeError, match="ssim: image2 must be an array or a tensor, came None"):
        ops.image.ssim(image, None)
