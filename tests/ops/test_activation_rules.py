"""The activations' axes, gradients through composed ones, and second derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec
from convolith.graph.trace import trace
from tests.ops.slopes import check_second_slopes, check_slopes

ELEMENTWISE = (
    "celu elu erf gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid mish relu relu6 "
    "selu sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid squareplus swish tanh tanh_shrink"
).split()
X = np.random.default_rng(6).normal(size=(2, 3, 4))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax", "relu"])
def test_first_and_second_derivatives(name):
    check_slopes(getattr(ops, name), X[0])
    check_second_slopes(getattr(ops, name), X[0])


def test_derivatives_of_prelu():
    alpha = np.array([0.5, -0.25, 0, 2])
    check_slopes(ops.prelu, X[0], alpha)
    check_second_slopes(lambda x: ops.prelu(x, alpha), X[0])


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax"])
def test_any_axis(name):
    function = getattr(ops, name)
    for axis in range(3):
        moved = np.moveaxis(function(np.moveaxis(X, axis, -1)), -1, axis)
        np.testing.assert_array_equal(function(X, axis=axis), moved)
        np.testing.assert_array_equal(function(X, axis=axis - 3), moved)
        check_slopes(lambda x, axis=axis: function(x, axis=axis), X)
    for axis in (3, -4):
        with pytest.raises(ValueError, match=f"{name}: axis must be one of the 3 axes of x, got {axis}"):
            function(X, axis=axis)
    with pytest.raises(ValueError, match=f"{name}: axis must be one of the 0 axes"):
        function(1.0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_lists_numbers_and_small_integers(name):
    function, x = getattr(ops, name), np.array([-2, 0, 3], np.int8)
    for given, dtype in ((x, np.float32), (x.tolist(), np.float32), (x.astype(np.float16), np.float32)):
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


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_way_an_array_can_lie_in_memory_and_none_at_all(name):
    function, x = getattr(ops, name), X.astype(np.float32)
    expected = function(x)
    for strange in (x[::-1, ::2], np.asfortranarray(x), x.astype(">f4")):
        kept = strange.copy()
        same = function(np.ascontiguousarray(strange, np.float32))
        np.testing.assert_array_equal(function(strange), same)
        np.testing.assert_array_equal(strange, kept)
    x.flags.writeable = False
    np.testing.assert_array_equal(function(x), expected)
    assert function(x[:0]).shape == (0, 3, 4)
    with pytest.raises(TypeError, match="must hold real numbers"):
        function(x + 1j)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_plan_gives_the_same_bit_for_bit(name):
    """There, results take over the memory of what nobody else reads."""
    function, x = getattr(ops, name), X.astype(np.float32)

    def step(x):
        result, pullback = convolith.vjp(lambda x: function(x * 2) * 3, x)
        return result, pullback(result)[0], function(x * 2)

    graph = trace(step, Spec(x.shape, x.dtype))
    for found, expected in zip(Plan(graph).run(x), graph.evaluate(x), strict=True):
        np.testing.assert_array_equal(found, expected)
    alone = Plan(trace(lambda x: function(x * 2), Spec(x.shape, x.dtype)))
    np.testing.assert_array_equal(alone.run(x)[0], function(x * 2))
