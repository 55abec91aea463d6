"""The structural similarity against its definition in loops over windows, and all of its gradients, twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, sides
from tests.geometries import dtypes, seeds
from tests.ops.linear import Linear
from tests.ops.plans import check_in_plan
from tests.running_error import Rounded, gradients


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


def by_moments(x, y, weighed, c1, c2):
    """What has a mean over windows and channels that is the similarity, of numbers of any kind (pixels, channels)."""
    m1, m2 = weighed(x), weighed(y)
    product, squares = m1 * m2, m1 * m1 + m2 * m2
    covariance = weighed(x * y) - product
    variances = weighed(x * x + y * y) - squares
    return (2.0 * product + c1) * (2.0 * covariance + c2) / ((squares + c1) * (variances + c2))


def to_windows(shape, weights):
    """The matrix (windows, pixels) of the weighed sums over windows."""
    size = len(weights)
    return Linear(
        lambda units: np.stack([
            (units[:, top : top + size, left : left + size] * weights).sum(axis=(1, 2))
            for top, left in np.ndindex(*(extent - size + 1 for extent in shape))
        ], axis=1), shape,
    ).matrix.T  # fmt: skip


def bounded(image1, image2, weights, constants, dtype):
    """The similarity (1, 1) of two images (h, w, c) with its error, and what it is made of.

    A pixel passes through the sums of its column's window and its row's, each with a product and with a weight that is
    rounded itself. In float64 the weights' exponentials count, of at most 12.5 after three roundings.
    """
    pixels = [Rounded(image.reshape(-1, image.shape[-1]), dtype=dtype) for image in (image1, image2)]
    matrix = to_windows(image1.shape[:2], weights)
    roundings = 2 * (len(weights) + (1 if dtype == np.float32 else 40))
    return by_moments(*pixels, lambda x: x.weighed(matrix, roundings), *constants).mean((0, 1)), pixels


@st.composite
def examples(draw):
    """Images of one dtype (n, h, w, c), what comes back for the result, and the arguments."""
    generator, dtype = np.random.default_rng(draw(seeds)), draw(dtypes)
    n, size, channels = draw(st.integers(0, 2)), draw(st.integers(1, 5)), draw(st.integers(1, 2))
    shape = n, size + draw(st.integers(0, 2)), size + draw(st.integers(0, 3)), channels
    peak, sigma = draw(st.sampled_from([1.0, 255])), draw(st.floats(0.4, 3))
    images = [generator.uniform(0.1, 1, shape).astype(dtype) * dtype(peak) for _ in range(2)]
    arguments = {"max_val": peak, "filter_size": size, "filter_sigma": sigma, "k1": 0.02, "k2": 0.1}
    arguments["data_format"] = draw(st.sampled_from([None, "channels_last", "channels_first"]))
    return images, generator.normal(size=n).astype(dtype), arguments


def similarity(arguments):
    """The operation on images (n, h, w, c) with these arguments."""
    first = arguments["data_format"] == "channels_first"
    return lambda *images: ops.image.ssim(*(ops.moveaxis(x, -1, -3) if first else x for x in images), **arguments)


def constants_of(arguments):
    """What keeps dark windows and even windows stable."""
    return [(arguments[name] * arguments["max_val"]) ** 2 for name in ("k1", "k2")]


@settings(max_examples=30)
@given(examples())
def test_values_and_gradients(example):
    images, upstream, arguments = example
    n, dtype, constants = len(upstream), upstream.dtype.type, constants_of(arguments)
    weights = weights_of(arguments["filter_size"], arguments["filter_sigma"])
    found, pullback = convolith.vjp(similarity(arguments), *images)
    assert found.dtype == dtype and found.shape == (n,)
    for image in range(n):
        pair = [array[image] for array in images]
        wide = [np.moveaxis(array.astype(np.float64), -1, 0) for array in pair]
        exact = [definition(*both, weights, *constants) for both in zip(*wide, strict=True)]
        values, *by_each = (np.stack(parts, axis=-1) for parts in zip(*exact, strict=True))
        bound, pixels = bounded(*pair, weights, constants, dtype)
        assert_within(found[image], values.mean(), sides(dtype) * bound.error[0, 0])
        bounds = gradients(bound, upstream[image : image + 1, None], pixels)
        for gradient, slope, allowed in zip(pullback(upstream), by_each, bounds, strict=True):
            exact_slope = float(upstream[image]) * slope / len(values)
            allowed = sides(dtype) * allowed.error.reshape(slope.shape)
            assert_within(gradient[image], exact_slope, allowed, "gradient")
    if n:
        single = similarity(arguments)(images[0][0], images[1][0])
        assert single.shape == () and single == similarity(arguments)(images[0][:1], images[1][:1])[0]


def second_gradients(images, upstream, arguments, by, second):
    """Our gradients, by the images and the upstream, of the gradient by one of them."""
    slope = lambda x, y, upstream: convolith.vjp(similarity(arguments), x, y)[1](upstream)[by]  # noqa: E731
    return convolith.vjp(slope, *images, upstream)[1](second)


def exact_second_gradients(images, upstream, arguments, by, second):
    """The same of a batch of one image, with errors, by two images (pixels, channels) and the upstream (1, 1)."""
    dtype = upstream.dtype.type
    weights = weights_of(arguments["filter_size"], arguments["filter_sigma"])
    bound, pixels = bounded(*(image[0] for image in images), weights, constants_of(arguments), dtype)
    leaf = Rounded(upstream[:, None], dtype=dtype)
    slope = gradients(bound, leaf, pixels)[by]
    return gradients(slope, second.reshape(slope.value.shape), [*pixels, leaf])


@settings(max_examples=30)
@given(examples(), st.integers(0, 1), seeds)
def test_gradients_of_gradients(example, by, seed):
    images, upstream, arguments = example
    dtype = upstream.dtype.type
    second = np.random.default_rng(seed).normal(size=images[0].shape).astype(dtype)
    found = second_gradients(images, upstream, arguments, by, second)
    for image in range(len(upstream)):
        one = np.s_[image : image + 1]
        exact = exact_second_gradients([array[one] for array in images], upstream[one], arguments, by, second[one])
        for ours, wanted in zip(found, exact, strict=True):
            assert ours.dtype == dtype
            assert_within(ours[one].reshape(wanted.value.shape), wanted.value, sides(dtype) * wanted.error)


@pytest.mark.torch
@settings(max_examples=20)
@given(examples(), st.integers(0, 1), seeds)
def test_gradients_of_gradients_in_torch(torch, example, by, seed):
    """PyTorch differentiates the same formula twice, of the same numbers in float64; both sides may be off."""
    images, upstream, arguments = example
    assume(len(upstream))
    *images, upstream = (array[:1].astype(np.float64) for array in (*images, upstream))
    second = np.random.default_rng(seed).normal(size=images[0].shape)
    leaves = [torch.from_numpy(image.reshape(-1, image.shape[-1])).requires_grad_() for image in images]
    leaves.append(torch.from_numpy(upstream[:, None].copy()).requires_grad_())
    weights = weights_of(arguments["filter_size"], arguments["filter_sigma"])
    matrix = torch.from_numpy(to_windows(images[0].shape[1:3], weights).copy())
    value = by_moments(*leaves[:2], lambda x: matrix @ x, *constants_of(arguments)).mean()
    slope = torch.autograd.grad(value * leaves[2][0, 0], leaves[by], create_graph=True)[0]
    theirs = torch.autograd.grad(slope, leaves, torch.from_numpy(second.reshape(slope.shape)))
    exact = exact_second_gradients(images, upstream, arguments, by, second)
    found = second_gradients(images, upstream, arguments, by, second)
    for ours, their, bound in zip(found, theirs, exact, strict=True):
        assert_within(ours.reshape(their.shape), their.numpy(), 2 * bound.error)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_plans(generator, data_format):
    images = generator.uniform(0, 1, (2, 2, 4, 4, 3)).astype(np.float32)
    check_in_plan(lambda x, y: ops.image.ssim(x * 1, y, filter_size=3, data_format=data_format), *images)


def test_the_same_images_bytes_and_unknown_batches(generator):
    image = generator.integers(0, 256, (2, 12, 11, 3)).astype(np.uint8)
    found = ops.image.ssim(image, image, 255)
    # Twice a product and a sum of two squares are the same number, so what is divided is, too.
    np.testing.assert_array_equal(found, np.ones(2, np.float32), strict=True)
    result, pullback = convolith.vjp(lambda x: ops.image.ssim(x, image / 255.0), image / 255.0)
    for one, gradient in zip(image / 255.0, pullback(result)[0], strict=True):
        bound, pixels = bounded(one, one, weights_of(11, 1.5), (0.01**2, 0.03**2), np.float64)
        allowed = gradients(bound, np.ones((1, 1)), pixels)[0].error
        assert_within(gradient.reshape(allowed.shape), np.zeros(allowed.shape), allowed, "gradient")
    empty, pullback = convolith.vjp(lambda x: ops.image.ssim(x, x), np.zeros((0, 12, 11, 3)))
    assert empty.shape == (0,) and pullback(empty)[0].shape == (0, 12, 11, 3)
    unknown = Tensor(Spec((None, 11, 12, 3), np.dtype(np.float32)))
    assert ops.image.ssim(unknown, unknown).shape == (None,)


def test_what_is_refused():
    image = np.zeros((12, 12, 1))
    for other in (image[:-1], image[None]):
        with pytest.raises(ValueError, match="ssim: image1 and image2 must have the same shape of 3 axes .* or 4"):
            ops.image.ssim(image, other)
    with pytest.raises(ValueError, match=r"ssim: filter_size must be from 1 to the .* \(12, 12\), got 13"):
        ops.image.ssim(image, image, filter_size=13)
    with pytest.raises(ValueError, match=r"ssim: filter_size must be from 1 .* \(12, 1\), got 2"):
        ops.image.ssim(image, image, filter_size=2, data_format="channels_first")
    with pytest.raises(TypeError, match="ssim: filter_size must be an integer, got 3.0"):
        ops.image.ssim(image, image, filter_size=3.0)
    for argument in ("max_val", "filter_sigma"):
        with pytest.raises(ValueError, match=f"ssim: {argument} must be a number above 0, got 0"):
            ops.image.ssim(image, image, **{argument: 0})
    with pytest.raises(ValueError, match="ssim: k1 and k2 must not be negative, got 0.01 and -1"):
        ops.image.ssim(image, image, k2=-1)
    with pytest.raises(TypeError, match="ssim: k1 must be a number, got None"):
        ops.image.ssim(image, image, k1=None)
    with pytest.raises(ValueError, match="ssim: data_format must be"):
        ops.image.ssim(image, image, data_format="last")
    with pytest.raises(TypeError, match="ssim: image2 must be an array or a tensor, got None"):
        ops.image.ssim(image, None)
