"""Smooth functions of each element: one pass forward and one backward, in both dtypes and in a Plan."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from tests.bounds import gamma
from tests.ops.plans import check_in_plan, operations

FUNCTIONS = {
    "exp": ops.exp,
    "log": ops.log,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "softplus": ops.softplus,
    "silu": ops.silu,
    "hard_silu": ops.hard_silu,
    "mish": ops.mish,
    "elu": lambda x: ops.elu(x, 0.75),
    "selu": ops.selu,
    "celu": lambda x: ops.celu(x, 2.0),
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "gelu_near": lambda x: ops.gelu(x, approximate=True),
}


@pytest.fixture
def x(generator):
    return generator.uniform(0.01, 2, (5, 7, 3))


def pulled_back(function):
    return lambda x: convolith.vjp(function, x)[1](x * x)[0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float32_is_float64_rounded(name, x):
    """Values, gradients and second gradients, of which float64's are tested against differences elsewhere."""
    function = FUNCTIONS[name]
    points = x if name == "log" else np.concatenate([x, -x])
    for of in (function, pulled_back(function), pulled_back(pulled_back(function))):
        single, double = of(points.astype(np.float32)), of(points.astype(np.float32).astype(np.float64))
        assert single.dtype == np.float32 and double.dtype == np.float64
        # Eight functions and products at most, of four units each, of terms no larger than the largest result here.
        np.testing.assert_allclose(single, double, rtol=0, atol=gamma(32) * abs(double).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_in_a_plan(name, dtype, x):
    function = FUNCTIONS[name]
    check_in_plan(lambda x: function(x * 1), x.astype(dtype))
    check_in_plan(function, x[:0].astype(dtype))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_operation_each_way(name, x):
    function = FUNCTIONS[name]
    assert len(operations(function, x.astype(np.float32))) == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_inputs_are_left_alone(name, x):
    x = x.astype(np.float32)
    before = x.tobytes()
    result, back = convolith.vjp(FUNCTIONS[name], x)
    upstream = np.ones_like(result)
    back(upstream)
    assert x.tobytes() == before and (upstream == 1).all()
