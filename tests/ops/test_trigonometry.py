from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import convolith
from convolith import ops
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

NAMES = {
    "sin": (-3, 3),
    "cos": (-3, 3),
    "tan": (-1, 1),
    "arcsin": (-0.9, 0.9),
    "arccos": (-0.9, 0.9),
    "arctan": (-3, 3),
    "sinh": (-2, 2),
    "cosh": (-2, 2),
    "arcsinh": (-3, 3),
    "arccosh": (1.2, 3),
    "arctanh": (-0.9, 0.9),
}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20)
@given(shape=array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3), seed=st.integers(0, 99))
def test_values_and_gradients(name, shape, seed):
    x = np.random.default_rng(seed).uniform(*NAMES[name], shape)
    function = getattr(ops, name)
    for dtype in (np.float32, np.float64):
        result = function(x.astype(dtype))
        np.testing.assert_array_equal(result, getattr(np, name)(x.astype(dtype)))
        assert result.dtype == dtype
    check_slopes(function, x)


@pytest.mark.parametrize("name", NAMES)
def test_in_a_plan_and_twice_differentiable(name):
    x = np.random.default_rng(0).uniform(*NAMES[name], (3, 4))
    function = getattr(ops, name)
    check_in_plan(lambda x: function(x * 1), x.astype(np.float32))
    check_slopes(lambda x: convolith.vjp(function, x)[1](np.ones((3, 4)))[0], x)


def test_the_angle_of_a_point():
    numbers = np.random.default_rng(2)
    x1, x2 = numbers.normal(size=(4, 3)), numbers.normal(size=3)
    np.testing.assert_array_equal(ops.arctan2(x1, x2), np.arctan2(x1, x2))
    check_slopes(ops.arctan2, x1, x2)
    check_in_plan(lambda a, b: ops.arctan2(a * 1, b), x1.astype(np.float32), x2.astype(np.float32))
