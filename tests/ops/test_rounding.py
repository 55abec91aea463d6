from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

FLAT = ["floor", "ceil", "trunc", "round", "sign"]
numbers = arrays(np.float32, (2, 3), elements=st.floats(-9, 9, width=32))


@pytest.mark.parametrize("name", FLAT)
@given(x=numbers)
def test_values_are_numpys_and_the_slope_is_zero(name, x):
    np.testing.assert_array_equal(getattr(ops, name)(x), getattr(np, name)(x), strict=True)
    _, pullback = convolith.vjp(getattr(ops, name), x)
    np.testing.assert_array_equal(pullback(np.ones((2, 3), np.float32))[0], np.zeros((2, 3)))


@given(x=numbers, decimals=st.integers(-2, 3))
def test_round_to_decimals(x, decimals):
    np.testing.assert_array_equal(ops.round(x, decimals), np.round(x, decimals), strict=True)


def test_pythons_round_and_halves():
    x = Tensor(Spec((None,), np.dtype("f4")))
    assert isinstance(round(x), Tensor) and round(x, 2).node.operation.decimals == 2
    np.testing.assert_array_equal(ops.round(np.array([0.5, 1.5, -0.5, 2.5])), [0, 2, 0, 2])
    with pytest.raises(TypeError, match="round: decimals must be an integer, got 0.5"):
        ops.round(np.ones(2), 0.5)


@pytest.mark.parametrize("name", ["mod", "floor_divide"])
@given(x1=numbers, x2=arrays(np.float32, 3, elements=st.sampled_from([-2.5, -1, 0.5, 3])))
def test_division_with_remainder(name, x1, x2):
    function = {"mod": np.mod, "floor_divide": np.floor_divide}[name]
    np.testing.assert_array_equal(getattr(ops, name)(x1, x2), function(x1, x2), strict=True)


def test_slopes_of_mod():
    check_slopes(ops.mod, np.array([[5.3, -4.1], [0.2, 7.7]]), np.array([2.0, -3]))
    _, pullback = convolith.vjp(ops.floor_divide, np.array([5.0]), np.array([2.0]))
    assert [float(one[0]) for one in pullback(np.ones(1))] == [0, 0]


def test_pythons_operators_and_a_plan():
    x = np.array([5.3, -4.1, 7], np.float32)
    check_in_plan(lambda x: x % 3 + x // 2 + 7 % x + 9 // x + ops.floor(x) * x, x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_to_digits_that_no_float_has(dtype):
    """No scale by a power of ten overflows to what is no number."""
    x = np.array([1.5, -2.25, np.finfo(dtype).max / 2, 0, np.inf, -np.inf, np.nan], dtype)
    for decimals in (40, 320, 2**70):
        np.testing.assert_array_equal(ops.round(x, decimals), x)
        np.testing.assert_array_equal(ops.round(x[3:], -decimals), x[3:])
    np.testing.assert_array_equal(ops.round(x[:3], -(2**70)), [0, 0, 0])
