"""Pooling's arguments: what they mean for the shape, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.engine.pool import PoolGeometry
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import gamma
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference.window import moving

IMAGES = np.random.default_rng(4).permutation(np.linspace(-1, 1, 2 * 8 * 9 * 3)).reshape(2, 8, 9, 3)
every = pytest.mark.parametrize("name", ["max_pool", "min_pool", "average_pool", "lp_pool"])


@every
@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ((2,), (2, 4, 4, 3)),
        (((2, 3),), (2, 4, 3, 3)),
        ((2, 1), (2, 7, 8, 3)),
        ((3, 2, "same"), (2, 4, 5, 3)),
        ((3, (1, 2), ((1, 1), (0, 1))), (2, 8, 4, 3)),
        ((1,), (2, 8, 9, 3)),
        ((3, 2, "valid", None, (3, 2)), (2, 1, 3, 3)),
        ((2, 2, "valid", None, 1, True), (2, 4, 5, 3)),
        ((2, (2, 3), ((1, 1), (1, 1)), None, 1, True), (2, 5, 4, 3)),
        ((9, 2, "valid", None, 1, True), (2, 1, 1, 3)),
    ],
)
def test_shapes(name, arguments, shape):
    assert getattr(ops, name)(IMAGES, *arguments).shape == shape
    symbolic = getattr(ops, name)(Tensor(Spec((None, 8, 9, 3), np.dtype(np.float32))), *arguments)
    assert symbolic.shape == (None, *shape[1:])


@every
def test_sequences_and_volumes_are_images_with_axes_of_one(name):
    op, x = getattr(ops, name), IMAGES[:, :, :, :2]
    np.testing.assert_array_equal(op(x[:, 0], 3, 2, ((1, 0),)), op(x[:, :1], (1, 3), (1, 2), ((0, 0), (1, 0)))[:, 0])
    flat = op(x[:, None], (1, 3, 2), (1, 1, 2), "same")
    np.testing.assert_array_equal(flat[:, 0], op(x, (3, 2), (1, 2), "same"))


def test_what_padding_counts():
    ones = np.ones((1, 2, 2, 1))
    np.testing.assert_array_equal(ops.average_pool(ones, 3, 1, "same"), ones)
    np.testing.assert_array_equal(ops.average_pool(ones, 3, 1, "same", count_include_pad=True), ones)
    around = ((1, 1), (1, 1))
    ninths = ops.average_pool(ones, 3, 1, around)  # products with a reciprocal, or quotients
    np.testing.assert_allclose(ninths, ones * 4 / 9, rtol=gamma(3, np.float64))
    np.testing.assert_array_equal(ops.average_pool(ones, 3, 1, around, count_include_pad=False), ones)
    np.testing.assert_array_equal(ops.max_pool(-ones, 3, 1, around), -ones)
    np.testing.assert_array_equal(ops.min_pool(ones, 3, 1, around), ones)


def test_what_lies_past_the_end_never_counts():
    ones = np.ones((1, 3, 1))
    for count in (False, True):
        np.testing.assert_array_equal(ops.average_pool(ones, 2, ceil_mode=True, count_include_pad=count), ones[:, :2])
    padded = ops.average_pool(ones, 4, 3, ((1, 1),), ceil_mode=True)
    np.testing.assert_array_equal(padded.ravel(), [3 / 4, 1 / 2])


def test_dilation_leaves_pixels_out():
    row = np.arange(7.0).reshape(1, 7, 1)
    np.testing.assert_array_equal(ops.max_pool(row, 2, 1, dilation_rate=3).ravel(), [3, 4, 5, 6])
    np.testing.assert_array_equal(ops.average_pool(row, 2, 1, dilation_rate=4).ravel(), [2, 3, 4])
    np.testing.assert_array_equal(ops.min_pool(row, 2, 3, "same", dilation_rate=3).ravel(), [2, 2, 5])


@pytest.mark.parametrize(
    "options",
    [{}, {"strides": 1}, {"padding": "same"}, {"padding": ((1, 0), (0, 1))}, {"dilation_rate": 2, "ceil_mode": True}],
)
def test_gradients(options):
    images = IMAGES[:1, :5, :6, :2]
    check_slopes(lambda x: ops.max_pool(x, 3, **options), images)
    check_slopes(lambda x: ops.min_pool(x, 3, **options), images)
    for count in (False, True):
        check_slopes(lambda x, count=count: ops.average_pool(x, 3, count_include_pad=count, **options), images)


def test_average_pooling_has_a_second_derivative_and_max_pooling_says_that_it_has_none():
    check_second_slopes(lambda x: ops.square(ops.average_pool(x, 2, padding="same")), IMAGES[:1, :3, :3, :1])

    def second(x):
        result, pullback = convolith.vjp(lambda x: ops.square(ops.max_pool(x, 2)), x)
        return pullback(result)[0]

    result, pullback = convolith.vjp(second, IMAGES[:1])
    with pytest.raises(NotImplementedError, match="max_pool_gradient has no gradient"):
        pullback(result)


@every
def test_what_is_refused(name):
    pool = getattr(ops, name)
    for shape in ((8, 9), (1, 2, 8, 9, 3, 1)):
        with pytest.raises(ValueError, match=rf"{name}: inputs must have 3, 4 or 5 axes.*got shape \({shape[0]}, "):
            pool(np.ones(shape), 2)
    for size in (0, (2, -1), (2, 2, 2), (1.5, 2)):
        with pytest.raises(ValueError, match=f"{name}: pool_size must be an integer of at least 1"):
            pool(IMAGES, size)
    with pytest.raises(TypeError, match=f"{name}: pool_size must be an integer or 2 of them"):
        pool(IMAGES, None)
    with pytest.raises(ValueError, match=f"{name}: strides must be an integer of at least 1"):
        pool(IMAGES, 2, 0)
    with pytest.raises(ValueError, match=f"{name}: dilation_rate must be an integer of at least 1 or 2 of them"):
        pool(IMAGES, 2, dilation_rate=0)
    with pytest.raises(TypeError, match=f"{name}: dilation_rate must be an integer or 2 of them, got None"):
        pool(IMAGES, 2, dilation_rate=None)
    holds = rf"{name}: dilation_rate must leave each window something of the image; \(1, 9\) does not.*\(2, 8, 2, 3\)"
    with pytest.raises(ValueError, match=holds):
        pool(IMAGES[:, :, :2], 2, 1, "same", dilation_rate=(1, 9))
    around = ((2**31, 0), (0, 0))
    for argument, values in (("pool_size", ((2**31, 1),)), ("strides", (2, 2**64)), ("padding", (2, 2, around))):
        with pytest.raises(ValueError, match=f"{name}: {argument} must be below 2 .. 31, got"):
            pool(IMAGES, *values)
    with pytest.raises(TypeError, match=f"{name}: inputs must be an array or a tensor, got None"):
        pool(None, 2)
    with pytest.raises(ValueError, match=rf'{name}: padding must be "valid", "same" or \(\(top'):
        pool(IMAGES, 2, 2, "full")
    with pytest.raises(ValueError, match=f'{name}: padding must be "valid", "same" or 1 pairs'):
        pool(IMAGES[0], 2, 2, ((0, 0), (0, 0)))
    for beyond in (((2, 0), (0, 0)), ((0, 0), (0, 2))):  # half of 3 is 1, however far 3 elements are spread
        with pytest.raises(ValueError, match=rf"{name}: padding must be at most half of pool_size \(2, 3\), got"):
            pool(IMAGES, (2, 3), 1, beyond, dilation_rate=2)
    with pytest.raises(ValueError, match=rf"{name}: pool_size 9 x 2 does not fit in inputs of shape \(2, 8, 9, 3\)"):
        pool(IMAGES, (9, 2))
    with pytest.raises(ValueError, match=f"{name}: pool_size 3 x 2, spread over 9 x 5 by dilation_rate .4, 4., do"):
        pool(IMAGES, (3, 2), dilation_rate=4)
    with pytest.raises(ValueError, match=f"{name}: pool_size 10 x 2 does not fit"):
        pool(IMAGES, (10, 2), 2, ceil_mode=True)
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        pool(IMAGES, 2, data_format="first")
    with pytest.raises(ValueError, match="does not fit"):
        pool(IMAGES[:, :0], 2, padding="same")


@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 9),
    st.booleans(),
    st.tuples(*[st.integers(0, 1)] * 2),
)
def test_a_window_that_holds_nothing_is_refused_and_no_other(size, pool, stride, dilation, ceil_mode, pads):
    assume(max(pads) <= pool // 2)
    windows = moving((1, size, 1), (pool,), (stride,), (pads,), (dilation,), ceil_mode)[0]
    x, options = np.ones((1, size, 1)), {"dilation_rate": dilation, "ceil_mode": ceil_mode}
    if windows and all(any(0 <= at < size for at in window) for window in windows):
        assert ops.max_pool(x, pool, stride, (pads,), **options).shape == (1, len(windows), 1)
    else:
        with pytest.raises(ValueError, match="something of the image" if windows else "does not fit"):
            ops.max_pool(x, pool, stride, (pads,), **options)
        with pytest.raises(ValueError, match="pooling: pool_size"):
            PoolGeometry(x.shape, (pool,), (stride,), (pads,), (dilation,), ceil_mode)


@every
def test_empty_batches(name):
    result, pullback = convolith.vjp(lambda x: getattr(ops, name)(x, 2), IMAGES[:0])
    assert result.shape == (0, 4, 4, 3) and pullback(result)[0].shape == (0, 8, 9, 3)
