"""The activations' axes, gradients through composed ones, and second derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from tests.ops.slopes import check_slopes

X = np.random.default_rng(6).normal(size=(2, 3, 4))
SMOOTH = ["sigmoid", "tanh", "silu", "softmax", "log_softmax"]


@pytest.mark.parametrize("name", [*SMOOTH, "relu", "leaky_relu"])
def test_first_and_second_derivatives(name):
    function = getattr(ops, name)
    check_slopes(function, X[0])

    def pulled_back(x):
        result, pullback = convolith.vjp(function, x)
        return pullback(result * x)[0]

    check_slopes(pulled_back, X[0])


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_any_axis(name):
    function = getattr(ops, name)
    for axis in range(3):
        moved = np.moveaxis(function(np.moveaxis(X, axis, -1)), -1, axis)
        np.testing.assert_array_equal(function(X, axis=axis), moved)
        np.testing.assert_array_equal(function(X, axis=axis - 3), moved)
        check_slopes(lambda x, axis=axis: function(x, axis=axis), X)
    for axis in (3, -4):
        with pytest.raises(ValueError, match=f"{name}: axis must name one of the 3 axes of x, came {axis}"):
            function(X, axis=axis)
    with pytest.raises(ValueError, match=f"{name}: axis must name one of the 0 axes"):
        function(1.0)


def test_leaky_relu():
    np.testing.assert_allclose(ops.leaky_relu(np.array([-1.0, 2])), [-0.2, 2])
    for slope in (-0.1, 1.5):
        with pytest.raises(ValueError, match="leaky_relu: negative_slope must be from 0 to 1"):
            ops.leaky_relu(X, slope)


@pytest.mark.parametrize("name", ["leaky_relu", "silu", "relu", "sigmoid", "tanh"])
def test_lists_numbers_and_small_integers(name):
    function, x = getattr(ops, name), np.array([-2, 0, 3], np.int8)
    for given, dtype in ((x, np.float32), (x.tolist(), np.float64), (x.astype(np.float16), np.float32)):
        result = function(given)
        assert type(result) is np.ndarray and result.dtype == dtype
        np.testing.assert_array_equal(result, function(x.astype(dtype)))
    np.testing.assert_array_equal(function(-2), function(np.float32(-2)))


def test_leaky_relu_keeps_the_dtype_whatever_the_slopes_and_has_infinities():
    x = np.array([-np.inf, np.inf, -1], np.float32)
    for slope in (0.5, np.float64(0.5)):
        np.testing.assert_array_equal(ops.leaky_relu(x, slope), np.array([-np.inf, np.inf, -0.5], "f4"), strict=True)
    np.testing.assert_array_equal(ops.leaky_relu(x, 0), np.array([0, np.inf, 0], "f4"), strict=True)
    np.testing.assert_array_equal(ops.leaky_relu(x, 1), x)
