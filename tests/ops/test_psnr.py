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
from tests.bounds import assert_within, sides
from tests.geometries import dtypes, seeds
from tests.ops.plans import check_in_plan
from tests.running_error import Rounded, gradients


def draw(seed, shape, dtype, least):
    """A signal from `least` to one more."""
    return np.asarray(np.random.default_rng(seed + least).uniform(least, least + 1, shape), dtype)


def definition(x1, x2, largest):
    apart = math.fsum((float(a) - float(b)) ** 2 for a, b in zip(x1.ravel(), x2.ravel(), strict=True)) / x1.size
    return 10 * math.log10(largest * largest / apart)


def with_errors(x1, x2, largest):
    """The same, with its error, and the signals that it is made of."""
    signals = [Rounded(x.ravel(), dtype=x.dtype.type) for x in (x1, x2)]
    apart = signals[0] - signals[1]
    noise = (apart * apart).mean((0,)).log() * (10 / math.log(10))
    return 20 * math.log10(largest) + -noise, signals


signals = st.tuples(
    array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=4), st.integers(0, 99), dtypes
).map(lambda drawn: [draw(drawn[1], drawn[0], drawn[2], least) for least in (0, 2)])  # fmt: skip
largest = st.sampled_from([1, 0.5, 255, np.float32(7)])


@settings(max_examples=50)
@given(signals, largest)
def test_values_and_gradients(signals, largest):
    dtype = signals[0].dtype
    result, pullback = convolith.vjp(lambda x1, x2: ops.psnr(x1, x2, largest), *signals)
    assert result.shape == () and result.dtype == dtype
    formula, leaves = with_errors(*signals, float(largest))
    assert_within(result, np.array(definition(*signals, float(largest))), sides(dtype) * formula.error[0])
    apart = signals[0].astype(np.float64) - signals[1]
    slope = -20 / math.log(10) * apart / np.square(apart).sum()
    bounds = gradients(formula, np.ones(1), leaves)
    for what, ours, exact, bound in zip(
        ("x1", "x2"), pullback(np.ones((), dtype)), (slope, -slope), bounds, strict=True
    ):
        assert_within(ours, exact, sides(dtype) * bound.error.reshape(slope.shape), what)


@settings(max_examples=50)
@given(signals, st.floats(0.25, 4), seeds)
def test_gradients_of_gradients(signals, upstream, seed):
    """By both signals and the upstream, with d = x1 - x2 and S the sum of its squares, of -20 / log(10) upstream d / S.

    What comes back is v: that gives -20 / log(10) times upstream (v / S - 2 d <d, v> / S^2) by x1, the opposite by x2,
    and <d, v> / S by the upstream.
    """
    dtype, upstream = signals[0].dtype, np.array(upstream, signals[0].dtype)
    second = np.random.default_rng(seed).normal(size=signals[0].shape).astype(dtype)
    slope = lambda x1, x2, upstream: convolith.vjp(lambda *x: ops.psnr(*x, 2.0), x1, x2)[1](upstream)[0]  # noqa: E731
    found = convolith.vjp(slope, *signals, upstream)[1](second)
    apart = signals[0].astype(np.float64) - signals[1]
    squares, product = np.square(apart).sum(), (apart * second).sum()
    by_first = -20 / math.log(10) * float(upstream) * (second / squares - 2 * apart * product / squares**2)
    exact = by_first, -by_first, np.array(-20 / math.log(10) * product / squares)
    formula, leaves = with_errors(*signals, 2.0)
    leaves.append(Rounded(upstream.reshape(1), dtype=dtype.type))
    bounds = gradients(gradients(formula, leaves[2], leaves[:2])[0], second.ravel(), leaves)
    for what, ours, wanted, bound in zip(("x1", "x2", "upstream"), found, exact, bounds, strict=True):
        assert ours.dtype == dtype
        assert_within(ours, wanted, sides(dtype) * bound.error.reshape(wanted.shape), what)


def test_in_a_plan(generator):
    x1, x2 = generator.normal(size=(2, 3, 4)).astype(np.float32)
    check_in_plan(lambda x, y: ops.psnr(x * 1, y, 2.0), x1, x2)
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
    with pytest.raises(ValueError, match=r"psnr: x1 and x2 must have the same shape, got \(2, 3\) and \(3,\)"):
        ops.psnr(x, x[0], 1.0)
    for largest in (0, -1.0, math.nan, math.inf, "1", None, True):
        with pytest.raises(ValueError, match="psnr: max_val must be a number above 0, got"):
            ops.psnr(x, x, largest)
    with pytest.raises(TypeError, match="psnr: x2 must be an array or a tensor, got None"):
        ops.psnr(x, None, 1.0)
