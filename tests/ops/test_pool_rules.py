"""Pooling's arguments: what they mean for the shape, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.slopes import check_slopes

IMAGES = np.random.default_rng(4).permutation(np.linspace(-1, 1, 2 * 8 * 9 * 3)).reshape(2, 8, 9, 3)
both = pytest.mark.parametrize("name", ["max_pool", "average_pool"])


@both
@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ((2,), (2, 4, 4, 3)),
        (((2, 3),), (2, 4, 3, 3)),
        ((2, 1), (2, 7, 8, 3)),
        ((3, 2, "same"), (2, 4, 5, 3)),
        ((3, (1, 2), ((1, 2), (0, 1))), (2, 9, 4, 3)),
        ((1,), (2, 8, 9, 3)),
    ],
)
def test_shapes(name, arguments, shape):
    assert getattr(ops, name)(IMAGES, *arguments).shape == shape
    symbolic = getattr(ops, name)(Tensor(Spec((None, 8, 9, 3), np.dtype(np.float32))), *arguments)
    assert symbolic.shape == (None, *shape[1:])


@both
def test_channels_first_is_the_transpose(name):
    first = getattr(ops, name)(IMAGES.transpose(0, 3, 1, 2), 2, data_format="channels_first")
    np.testing.assert_array_equal(first, getattr(ops, name)(IMAGES, 2).transpose(0, 3, 1, 2))


def test_what_padding_counts():
    ones = np.ones((1, 2, 2, 1))
    np.testing.assert_array_equal(ops.average_pool(ones, 3, 1, "same"), ones)
    np.testing.assert_array_equal(ops.average_pool(ones, 3, 1, "same", count_include_pad=True), ones)
    around = ((1, 1), (1, 1))
    np.testing.assert_array_equal(ops.average_pool(ones, 3, 1, around), ones)
    np.testing.assert_allclose(ops.average_pool(ones, 3, 1, around, count_include_pad=True), ones * 4 / 9)
    np.testing.assert_array_equal(ops.max_pool(-ones, 3, 1, around), -ones)


@pytest.mark.parametrize("options", [{}, {"strides": 1}, {"padding": "same"}, {"padding": ((1, 0), (2, 1))}])
def test_gradients(options):
    images = IMAGES[:1, :5, :6, :2]
    check_slopes(lambda x: ops.max_pool(x, 3, **options), images)
    for count in (False, True):
        check_slopes(lambda x, count=count: ops.average_pool(x, 3, count_include_pad=count, **options), images)


def test_average_pooling_has_a_second_derivative_and_max_pooling_says_that_it_has_none():
    def pulled_back(x):
        result, pullback = convolith.vjp(lambda x: ops.square(ops.average_pool(x, 2, padding="same")), x)
        return pullback(result)[0]

    check_slopes(pulled_back, IMAGES[:1, :3, :3, :1])

    def second(x):
        result, pullback = convolith.vjp(lambda x: ops.square(ops.max_pool(x, 2)), x)
        return pullback(result)[0]

    result, pullback = convolith.vjp(second, IMAGES[:1])
    with pytest.raises(NotImplementedError, match="max_pool_gradient has no gradient"):
        pullback(result)


@both
def test_what_is_refused(name):
    pool = getattr(ops, name)
    for shape in ((8, 9, 3), (1, 2, 8, 9, 3)):
        with pytest.raises(ValueError, match=rf"{name}: inputs must have 4 axes.*came shape \({shape[0]}, "):
            pool(np.ones(shape), 2)
    for size in (0, (2, -1), (2, 2, 2), (1.5, 2)):
        with pytest.raises(ValueError, match=f"{name}: pool_size must be an integer of at least 1"):
            pool(IMAGES, size)
    with pytest.raises(TypeError, match=f"{name}: pool_size must be an integer or 2 of them"):
        pool(IMAGES, None)
    with pytest.raises(ValueError, match=f"{name}: strides must be an integer of at least 1"):
        pool(IMAGES, 2, 0)
    around = ((2**31, 0), (0, 0))
    for argument, values in (("pool_size", ((2**31, 1),)), ("strides", (2, 2**64)), ("padding", (2, 2, around))):
        with pytest.raises(ValueError, match=f"{name}: {argument} must be below 2 .. 31, came"):
            pool(IMAGES, *values)
    with pytest.raises(TypeError, match=f"{name}: inputs must be an array or a tensor, came None"):
        pool(None, 2)
    with pytest.raises(ValueError, match=f'{name}: padding must be "valid", "same" or'):
        pool(IMAGES, 2, 2, "full")
    with pytest.raises(ValueError, match=rf"{name}: padding must be smaller than pool_size \(2, 3\), came"):
        pool(IMAGES, (2, 3), 1, ((2, 0), (0, 0)))
    with pytest.raises(ValueError, match=rf"{name}: pool_size 9 x 2 does not fit in inputs of shape \(2, 8, 9, 3\)"):
        pool(IMAGES, (9, 2))
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        pool(IMAGES, 2, data_format="first")
    with pytest.raises(ValueError, match="does not fit"):
        pool(IMAGES[:, :0], 2, padding="same")


@both
def test_empty_batches(name):
    result, pullback = convolith.vjp(lambda x: getattr(ops, name)(x, 2), IMAGES[:0])
    assert result.shape == (0, 4, 4, 3) and pullback(result)[0].shape == (0, 8, 9, 3)
