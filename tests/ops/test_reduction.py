from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.slopes import check_slopes

axes = st.one_of(
    st.none(),
    st.integers(-3, 2),
    st.lists(st.integers(0, 2), unique=True, max_size=3).map(tuple),
    st.lists(st.integers(-3, -1), unique=True, max_size=3),
)


@pytest.mark.parametrize("name", ["sum", "mean"])
@given(axis=axes, keepdims=st.booleans(), shape=st.tuples(*[st.integers(0, 4)] * 3), seed=seeds, dtype=dtypes)
def test_values_and_gradients(name, axis, keepdims, shape, seed, dtype):
    """A sum rounds once less than it has numbers and the oracle once; a mean once more, and its gradient once."""
    (x,) = laid_out(seed, dtype, shape)
    all_axes = tuple(range(3)) if axis is None else tuple(np.atleast_1d(np.array(axis, int)) % 3)
    count = math.prod(shape[one] for one in all_axes)
    assume(count or name == "sum")
    divisor = count if name == "mean" else 1
    fractions = np.vectorize(Fraction, otypes=[object])(x)
    exact, magnitudes = (
        np.asarray(np.sum(one, axis=all_axes, keepdims=keepdims) / divisor).astype(np.float64)
        for one in (fractions, abs(fractions))
    )
    result, pullback = convolith.vjp(lambda x: getattr(ops, name)(x, axis, keepdims), x)
    assert result.dtype == dtype
    assert_within(result, exact, gamma(max(count, 1) + (name == "mean"), dtype) * magnitudes)
    upstream = laid_out(seed + 1, dtype, (exact.size,))[0].reshape(exact.shape)
    kept = np.expand_dims(upstream, () if keepdims else all_axes)
    np.testing.assert_array_equal(pullback(upstream)[0], np.broadcast_to(kept / dtype(divisor), shape), strict=True)
    assert getattr(ops, name)(Tensor(Spec(shape, np.dtype(np.float32))), axis, keepdims).shape == exact.shape


def test_sums_over_the_rows_are_exact_to_a_few_digits_more_than_numpys():
    """A million times 0.1: summed row after row, float32 is off by 1e-2.

    In chains of 128, of which there are 7,813, in chains again of 62, and these. A chain's sums so far are 1, 2, 3 ...
    of n equal parts, each rounded: together that is (n + 1) / 2 roundings of the last.
    """
    x = np.full((1_000_000, 2), 0.1, np.float32)
    exact = np.float64(np.float32(0.1)) * 1_000_000
    roundings = (129 + 129 + 63) // 2 + 1
    np.testing.assert_allclose(ops.sum(x, axis=0), exact, rtol=gamma(roundings))
    np.testing.assert_allclose(ops.mean(x.reshape(1000, 1000, 2), axis=(0, 1)), exact / 1e6, rtol=gamma(roundings + 1))


@given(
    shape=st.sampled_from(
        [(700, 3), (2, 700, 3), (3, 20, 40, 2), (700,), (40, 3, 20, 2), (2, 3, 700), (0, 3), (300, 1, 4)]
    ),
    axis=st.sets(st.integers(0, 3)),
    seed=st.integers(0, 99),
)
def test_sums_over_any_axes_have_the_bound_of_short_chains(shape, axis, seed):
    """At most 256 numbers in a chain, and few such chains: not as many roundings as there are numbers."""
    axes = tuple(sorted(one for one in axis if one < len(shape)))
    x = np.random.default_rng(seed).uniform(0.5, 1, shape).astype(np.float32)
    expected = x.astype(np.float64).sum(axis=axes)
    assert_within(ops.sum(x, axes), expected, gamma(256 + 16) * expected)
    assert ops.sum(x, axes, keepdims=True).shape == x.sum(axis=axes, keepdims=True).shape


def test_long_columns_of_images():
    """Along a middle axis NumPy adds one number after the other: 300,000 times 0.1 would be off by 1e-3.

    In chains of chains as above, and divided.
    """
    x = np.full((2, 300_000, 2), 0.1, np.float32)
    np.testing.assert_allclose(ops.mean(x, axis=1), np.float64(np.float32(0.1)), rtol=gamma((129 + 129 + 20) // 2 + 1))


@pytest.mark.parametrize("name", ["sum", "mean"])
@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2), (1, 5)])
def test_wrong_axes(name, axis):
    with pytest.raises(ValueError, match=f"{name}: axis must name different axes of the 2 that x has"):
        getattr(ops, name)(np.ones((2, 3)), axis)


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_axes_may_be_numpys_integers(name):
    x = np.arange(24.0).reshape(2, 3, 4)
    for axis in (np.array([0, 1]), np.array([-1]), np.array(1), np.int64(2), [np.uint8(0)]):
        expected = getattr(np, name)(x, axis=tuple(np.atleast_1d(axis)))
        np.testing.assert_array_equal(getattr(ops, name)(x, axis), expected)


@pytest.mark.parametrize("axis", [0.5, "rows", (1.0,), np.array([0.5])])
def test_axes_that_are_no_integers(axis):
    with pytest.raises(TypeError, match="sum: axis must be an integer or a sequence of them, got"):
        ops.sum(np.ones((2, 3)), axis)


def test_broadcast_to():
    x = np.array([[1.0], [2]])
    np.testing.assert_array_equal(ops.broadcast_to(x, (3, 2, 2)), np.broadcast_to(x, (3, 2, 2)))
    assert ops.broadcast_to(np.array([1, 2]), (2, 2)).dtype == np.int64
    check_slopes(lambda x: ops.broadcast_to(x, (3, 2, 2)), x)
    for shape in [(2,), (3, 2), (2, 2, 1, 5)]:
        with pytest.raises(ValueError, match="broadcast_to: x of shape"):
            ops.broadcast_to(np.ones((3, 4)), shape)
