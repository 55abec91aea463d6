"""The structural similarity against its definition in loops over windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import dtypes, seeds
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes


def definition(image1, image2, peak, size, sigma, k1, k2):
    """Of two images (h, w, c), by the weighed squares of distances from the means."""
    places = np.arange(size) - (size - 1) / 2
    bell = np.exp(-(places**2) / (2 * sigma**2))
    weights = np.outer(bell, bell) / np.outer(bell, bell).sum()
    c1, c2 = (k1 * peak) ** 2, (k2 * peak) ** 2
    height, width, channels = image1.shape
    values = []
    for top, left, channel in np.ndindex(height - size + 1, width - size + 1, channels):
        x, y = (one[top : top + size, left : left + size, channel].astype(float) for one in (image1, image2))
        m1, m2 = (weights * x).sum(), (weights * y).sum()
        v1, v2 = (weights * (x - m1) ** 2).sum(), (weights * (y - m2) ** 2).sum()
        v12 = (weights * (x - m1) * (y - m2)).sum()
        values.append((2 * m1 * m2 + c1) * (2 * v12 + c2) / ((m1**2 + m2**2 + c1) * (v1 + v2 + c2)))
    return np.mean(values)


@settings(max_examples=30)
@given(
    seeds,
    dtypes,
    st.integers(1, 5),
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 2)),
    st.sampled_from([1.0, 255]),
    st.floats(0.4, 3),
)
def test_values(seed, dtype, size, more, peak, sigma):
    generator = np.random.default_rng(seed)
    shape = (2, size + more[0], size + more[1], more[2])
    image1, image2 = (generator.uniform(0.1, 1, shape).astype(dtype) * dtype(peak) for _ in range(2))
    arguments = {"max_val": peak, "filter_size": size, "filter_sigma": sigma, "k1": 0.02, "k2": 0.1}
    found = ops.image.ssim(image1, image2, **arguments)
    assert found.dtype == dtype and found.shape == (2,)
    expected = [definition(*pair, peak, size, sigma, 0.02, 0.1) for pair in zip(image1, image2, strict=True)]
    # Some fifty roundings of values up to 1, in sums of at most 4; the least divisor is (0.1 peak)^2.
    np.testing.assert_allclose(found, expected, rtol=0, atol=50 * 4 / 0.01 * np.finfo(dtype).eps / 2)
    first = [np.moveaxis(image, -1, 1) for image in (image1, image2)]
    again = ops.image.ssim(*first, **arguments, data_format="channels_first")
    np.testing.assert_allclose(again, found, rtol=0, atol=50 * 4 / 0.01 * np.finfo(dtype).eps / 2)
    single = ops.image.ssim(image1[0], image2[0], **arguments)
    np.testing.assert_array_equal(single, found[0])
    assert single.shape == ()


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_gradients_and_plans(generator, data_format):
    image1, image2 = generator.uniform(0, 1, (2, 2, 4, 4, 3))
    function = lambda x, y: ops.image.ssim(x, y, filter_size=3, data_format=data_format)  # noqa: E731
    check_slopes(function, image1, image2)
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
