"""Functions of straight pieces, forward and backward, against the oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import activations, ops
from tests.geometries import dtypes, laid_out, normal, seeds
from tests.ops.elementwise import Case, check
from tests.reference import piecewise as reference

matrices = st.tuples(st.integers(0, 4), st.integers(1, 37))
eighths = st.integers(0, 24).map(lambda number: number / 8)


def exact(value, slope):
    return Case(value, slope, lambda v: 0, lambda v: 0)


CASES = {
    "relu6": (ops.relu6, exact(reference.relu6, reference.relu6_slope)),
    "hard_tanh": (ops.hard_tanh, exact(reference.hard_tanh, reference.hard_tanh_slope)),
    # 1 / 6 is rounded, and so are the product and the sum.
    "hard_sigmoid": (
        ops.hard_sigmoid,
        Case(
            reference.hard_sigmoid,
            reference.hard_sigmoid_slope,
            lambda v: 3 * min(abs(v), 3) / 6 + 1,
            lambda v: 1,
        ),
    ),
    "sparse_sigmoid": (
        ops.sparse_sigmoid,
        Case(reference.sparse_sigmoid, reference.sparse_sigmoid_slope, lambda v: 1, lambda v: 0),
    ),
}


@pytest.mark.parametrize("name", CASES)
@given(matrices, seeds, dtypes)
def test_values_and_gradients(isa, name, shape, seed, dtype):
    function, case = CASES[name]
    check(function, case, *laid_out(seed, dtype, shape, shape))


@pytest.mark.parametrize("name", ["hard_shrink", "soft_shrink"])
@given(matrices, seeds, dtypes, eighths)
def test_shrinking(isa, name, shape, seed, dtype, threshold):
    x, upstream = normal(seed, dtype, shape, shape)
    x[..., :1] = threshold  # at the knot both are 0, and so is the slope
    case = Case(
        lambda v: getattr(reference, name)(v, threshold),
        lambda v: reference.shrink_slope(v, threshold),
        lambda v: max(abs(v) - threshold, 0.0),
        lambda v: 0,
    )
    check(lambda x: getattr(ops, name)(x, threshold), case, x, upstream)


@given(matrices, seeds, dtypes, eighths, st.none() | eighths, eighths)
def test_relu_with_all_its_arguments(isa, shape, seed, dtype, negative_slope, max_value, threshold):
    x, upstream = laid_out(seed, dtype, shape, shape)
    arguments = (negative_slope, math.inf if max_value is None else max_value, threshold)
    case = Case(
        lambda v: reference.rectifier(v, *arguments),
        lambda v: reference.rectifier_slope(v, *arguments),
        lambda v: 2 * negative_slope * (abs(v) + threshold),
        lambda v: 0,
    )
    check(lambda x: activations.relu(x, negative_slope, max_value, threshold), case, x, upstream)


@given(matrices, seeds, dtypes, eighths)
def test_leaky_relu(isa, shape, seed, dtype, slope):
    case = Case(
        lambda v: reference.rectifier(v, slope, math.inf, 0),
        lambda v: reference.rectifier_slope(v, slope, math.inf, 0),
        lambda v: slope * abs(v),
        lambda v: 0,
    )
    check(lambda x: ops.leaky_relu(x, slope), case, *laid_out(seed, dtype, shape, shape))


@given(matrices, seeds, dtypes, eighths, eighths)
def test_threshold(isa, shape, seed, dtype, threshold, default_value):
    x, upstream = laid_out(seed, dtype, shape, shape)
    case = exact(lambda v: v if v > threshold else default_value, lambda v: float(v > threshold))
    check(lambda x: ops.threshold(x, threshold, default_value), case, x, upstream)


@pytest.mark.parametrize("size", [1, 7, 33])
def test_special_values(isa, size):
    """NaN passes, infinities have their limits, and a slope of 0 makes 0 of an infinite upstream."""
    x = np.array([np.nan, -np.inf, np.inf, -1e38, 1e38] * size, np.float32)
    limits = {
        ops.relu6: [0, 6, 0, 6],
        ops.hard_tanh: [-1, 1, -1, 1],
        ops.hard_sigmoid: [0, 1, 0, 1],
        ops.sparse_sigmoid: [0, 1, 0, 1],
        ops.hard_shrink: [-np.inf, np.inf, -1e38, 1e38],
        ops.soft_shrink: [-np.inf, np.inf, -1e38, 1e38],
        ops.leaky_relu: [-np.inf, np.inf, -2e37, 1e38],
        lambda x: ops.leaky_relu(x, 0): [0, np.inf, 0, 1e38],
        lambda x: ops.threshold(x, 1, 2): [2, np.inf, 2, 1e38],
    }
    for function, expected in limits.items():
        result, pullback = convolith.vjp(function, x)
        wanted = np.array([np.nan, *expected] * size, np.float32)
        np.testing.assert_allclose(result, wanted, rtol=np.finfo(np.float32).eps)  # 0.2 and its product are rounded
        gradient = pullback(np.full_like(x, np.inf))[0].reshape(size, 5)[:, 1:]
        assert not np.isnan(gradient).any()


def test_in_place_and_beside_give_the_same(isa, generator):
    from convolith.engine import activation as engine

    x, upstream = generator.normal(size=(2, 40_003)).astype(np.float32) * 3
    numbers = np.array([-1, 2, 0.5, 0, 1, 0.5, 0, 3], np.float32)
    beside, gradient = np.empty_like(x), np.empty_like(x)
    engine.pieces(x, numbers, beside)
    engine.pieces_gradient(upstream, x, numbers, gradient)
    for out in (upstream.copy(), x.copy()):
        over = out.copy()
        engine.pieces_gradient(*((over, x) if np.array_equal(out, upstream) else (upstream, over)), numbers, over)
        np.testing.assert_array_equal(over, gradient)
    engine.pieces(x, numbers, x)
    np.testing.assert_array_equal(x, beside)
