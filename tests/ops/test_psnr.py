"""The peak signal-to-noise ratio against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma, sides
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes


def definition(x1, x2, largest):
    apart = math.fsum((float(a) - float(b)) ** 2 for a, b in zip(x1.ravel(), x2.ravel(), strict=True)) / x1.size
    return 10 * math.log10(largest * largest / apart)


@settings(max_examples=25)
@given(
    shape=array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=4),
    largest=st.sampled_from([1, 0.5, 255, np.float32(7)]),
    seed=st.integers(0, 99),
)
def test_values_and_gradients(shape, largest, seed):
    numbers = np.random.default_rng(seed)
    x1, x2 = numbers.uniform(0, 1, shape), numbers.uniform(2, 3, shape)
    for dtype in (np.float32, np.float64):
        signals = x1.astype(dtype), x2.astype(dtype)
        result, pullback = convolith.vjp(lambda x1, x2: ops.psnr(x1, x2, largest), *signals)
        assert result.shape == () and result.dtype == dtype
        exact = definition(*signals, float(largest))
        peak = 20 * math.log10(largest)
        # A square is off by three roundings, and a mean of positive ones by no more than their number and one more;
        # the logarithm makes 4.35 times that of it, by itself is off by four, and from the peak two more come.
        mean = gamma(x1.size + 4, dtype)
        bound = 4.35 * mean / (1 - mean) + gamma(6, dtype) * (abs(peak) + abs(exact - peak))
        assert_within(result, np.array(exact), sides(dtype) * bound)
        apart = signals[0].astype(float) - signals[1]
        slope = -20 / math.log(10) * apart / np.square(apart).sum()
        by_first, by_second = pullback(np.ones((), dtype))
        bound = sides(dtype) * gamma(x1.size + 16, dtype) * abs(slope)  # the mean, and what the chain rule multiplies
        assert_within(by_first, slope, bound, "by the first")
        assert_within(by_second, -slope, bound, "by the second")


def test_in_a_plan_and_twice_differentiable(generator):
    x1, x2 = generator.normal(size=(3, 4)), generator.normal(size=(3, 4))
    check_in_plan(lambda x, y: ops.psnr(x * 1, y, 2.0), x1.astype(np.float32), x2.astype(np.float32))
    check_slopes(lambda x: convolith.vjp(lambda x: ops.psnr(x, x2, 2.0), x)[1](np.ones(()))[0], x1)
    unknown = Tensor(Spec((None, 4), np.dtype(np.float32)))
    assert ops.psnr(unknown, unknown, 1).shape == ()


def test_the_same_signals_and_bytes():
    x = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert ops.psnr(x, x, 255) == math.inf
    assert ops.psnr(x, x[::-1], 255).dtype == np.float32
    result, pullback = convolith.vjp(lambda x: ops.psnr(x, np.ones(3), 1.0), np.ones(3))
    assert result == math.inf
    np.testing.assert_array_equal(pullback(np.ones(()))[0], np.zeros(3))


def test_what_is_refused():
    x = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"psnr: x1 and x2 must have the same shape, came \(2, 3\) and \(3,\)"):
        ops.psnr(x, x[0], 1.0)
    for largest in (0, -1.0, math.nan, math.inf, "1", None, True):
        with pytest.raises(ValueError, match="psnr: max_val must be a number above 0, came"):
            ops.psnr(x, x, largest)
    with pytest.raises(TypeError, match="psnr: x2 must be an array or a tensor, came None"):
        ops.psnr(x, None, 1.0)
