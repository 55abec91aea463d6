from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes
from tests.ops.test_reduction import axes

shapes = st.tuples(*[st.integers(1, 4)] * 3)
NUMPYS = {
    "prod": np.prod,
    "var": np.var,
    "std": np.std,
    "logsumexp": lambda x, **keywords: np.log(np.sum(np.exp(x), **keywords)),
    "norm": lambda x, **keywords: np.sqrt(np.sum(x * x, **keywords)),
}


def counted(x, **keywords):
    """How many elements a reduction takes together."""
    return np.sum(np.ones_like(x), **keywords).flat[0]


def of_variances(x, **keywords):
    """How far off they may be: by what the mean is, twice, by its square, and by the sum's roundings."""
    count, variance = counted(x, **keywords), np.var(x, **keywords)
    mean = gamma(count + 1, np.float64) * np.mean(abs(x), **keywords)
    return gamma(count + 5, np.float64) * variance + 2 * mean * np.sqrt(variance) + mean**2


def of_deviations(x, **keywords):
    """Likewise, between the roots of what the variance may come out as."""
    variance, off = np.var(x, **keywords), of_variances(x, **keywords)
    least, most = (np.sqrt(np.maximum(variance + sign * off, 0)) for sign in (-1, 1))
    return most - least + gamma(2, np.float64) * most


def of_logarithms(x, **keywords):
    """Likewise, of differences below 3 that are rounded; exp and log have eight units, of two roundings each."""
    count = counted(x, **keywords)
    sums = gamma(count + 3 + 16, np.float64) + gamma(16 + 1, np.float64) * (3 + np.log(count))
    return np.full_like(np.sum(x, **keywords), sums)


BOUNDS = {
    "prod": lambda x, **keywords: gamma(counted(x, **keywords), np.float64) * abs(np.prod(x, **keywords)),
    "var": of_variances,
    "std": of_deviations,
    "logsumexp": of_logarithms,
    "norm": lambda x, **keywords: gamma(counted(x, **keywords) + 2, np.float64) * NUMPYS["norm"](x, **keywords),
}


def reduced(name, x, axis, keepdims):
    return getattr(ops, name)(x, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("name", NUMPYS)
@settings(max_examples=25)
@given(axis=axes, keepdims=st.booleans(), shape=shapes, seed=st.integers(0, 99))
def test_values_and_gradients(name, axis, keepdims, shape, seed):
    assume(name not in ("norm", "logsumexp") or axis is None or axis not in ((), []))  # which are of one axis at least
    x = np.random.default_rng(seed).permutation(np.linspace(-1.5, 1.4, int(np.prod(shape)))).reshape(shape)
    over = tuple(axis) if isinstance(axis, list) else axis
    expected, bound = (np.asarray(of(x, axis=over, keepdims=keepdims)) for of in (NUMPYS[name], BOUNDS[name]))
    result = np.asarray(reduced(name, x, axis, keepdims))
    assert result.dtype == np.float64
    assert_within(result, expected, 2 * bound)
    assert reduced(name, Tensor(Spec(shape, np.dtype(np.float32))), axis, keepdims).shape == expected.shape
    check_slopes(lambda x: reduced(name, x, axis, keepdims), x + 3 * (name == "norm"))  # which has a kink at zero


@pytest.mark.parametrize("name", NUMPYS)
def test_in_a_plan_and_with_an_unknown_batch(name):
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    for axis in (None, 0, 1):
        check_in_plan(lambda x, axis=axis: reduced(name, x * 1, axis, False), x)
    unknown = Tensor(Spec((None, 4), np.dtype(np.float32)))
    assert [reduced(name, unknown, axis, False).shape for axis in (0, 1, None)] == [(4,), (None,), ()]


@pytest.mark.parametrize("name", NUMPYS)
def test_wrong_axes(name):
    with pytest.raises(ValueError, match="axis must name different axes of the 2 that x has"):
        reduced(name, np.ones((2, 3)), 2, False)


@settings(max_examples=25)
@given(zeros=st.sets(st.integers(0, 6)), size=st.integers(1, 7), seed=st.integers(0, 99))
def test_products_with_zeros_have_their_gradients(zeros, size, seed):
    x = np.random.default_rng(seed).uniform(0.5, 2, size)
    x[[place for place in zeros if place < size]] = 0
    _, pullback = convolith.vjp(ops.prod, x)
    expected = [np.prod(np.delete(x, place)) for place in range(size)]
    np.testing.assert_allclose(pullback(1.0)[0], expected, rtol=2 * gamma(size, np.float64))
    check_slopes(lambda x: convolith.vjp(ops.prod, x)[1](np.ones(()))[0], x)


def test_products_in_another_dtype_and_of_nothing():
    assert ops.prod(np.array([3, 5], np.int8), dtype="int32").dtype == np.int32
    assert ops.prod(np.array([2**20] * 2), dtype=np.int64) == 2**40
    np.testing.assert_array_equal(ops.prod(np.ones((0, 2)), 0), [1, 1])


def test_the_variance_of_numbers_far_from_zero():
    x = (np.arange(1000) % 7 + 1e4).astype(np.float32)
    # The sum is exact, of integers below 2^24, so the mean is rounded once: 6e-4 of 1e4, whose square is 1e-7 of 4. The
    # squares are summed in chains of at most 128, 8 of them: some 138 roundings.
    np.testing.assert_allclose(ops.var(x), np.var(x.astype(np.float64)), rtol=gamma(138) + 1e-7)


def test_slopes_of_roots_at_zero_are_zero():
    for function in (ops.std, ops.norm, lambda x: ops.norm(x, "fro"), lambda x: ops.norm(x, 2, axis=1)):
        result, pullback = convolith.vjp(function, np.zeros((2, 2)))
        assert not np.any(result)
        np.testing.assert_array_equal(pullback(np.ones_like(result))[0], np.zeros((2, 2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logsumexp_of_what_is_no_float(dtype):
    x = np.array([[1000, 1000], [-1000, -1000], [-np.inf, 0], [-np.inf, -np.inf], [np.inf, 1]], dtype)
    expected = np.array([1000 + np.log(2), -1000 + np.log(2), 0, -np.inf, np.inf], dtype)
    np.testing.assert_allclose(ops.logsumexp(x, 1), expected, rtol=2 * np.finfo(dtype).eps)  # log 2 and the sum
    _, pullback = convolith.vjp(lambda x: ops.logsumexp(x, 1), x[:4])
    share = pullback(np.ones(4, dtype))[0]
    # The result is 1000 and log 2, rounded once, which its exponential makes relative.
    np.testing.assert_allclose(share, [[0.5, 0.5], [0.5, 0.5], [0, 1], [0, 0]], rtol=gamma(1001 + 8, dtype))
    assert np.isnan(ops.logsumexp(np.array([1, np.nan])))
    assert ops.logsumexp(np.ones((0, 2), dtype), 0).tolist() == [-np.inf] * 2


@settings(max_examples=25)
@given(axis=axes, keepdims=st.booleans(), shape=shapes, seed=st.integers(0, 99))
def test_moments(axis, keepdims, shape, seed):
    x = np.random.default_rng(seed).normal(size=shape)
    over = tuple(axis) if isinstance(axis, list) else axis
    keywords = {"axis": over, "keepdims": keepdims}
    of_means = gamma(counted(x, **keywords) + 1, np.float64) * np.mean(abs(x), **keywords)
    mean, variance = map(np.asarray, ops.moments(x, axis, keepdims))
    assert_within(mean, np.mean(x, **keywords), 2 * of_means)
    assert_within(variance, np.var(x, **keywords), 2 * of_variances(x, **keywords))
    for part in (0, 1):
        check_slopes(lambda x, part=part: ops.moments(x, axis, keepdims)[part], x)


def test_moments_elsewhere():
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    check_in_plan(lambda x: ops.moments(x * 1, 0), x)
    unknown = Tensor(Spec((None, 4), np.dtype(np.float32)))
    assert [part.shape for part in ops.moments(unknown, 1)] == [(None,)] * 2
    far = (np.arange(1000) % 7 + 1e4).astype(np.float32)
    bound = gamma(138) + 1e-7  # as above
    np.testing.assert_allclose(ops.moments(far, [0])[1], np.var(far.astype(np.float64)), rtol=bound)
    with pytest.raises(ValueError, match="moments: axes must name different axes of the 2 that x has, got .2,."):
        ops.moments(x, 2)
    with pytest.raises(TypeError, match="moments: axes must be an integer or a sequence of them, got 0.5"):
        ops.moments(x, 0.5)
    with pytest.raises(ValueError, match="moments: synchronized must be False, got True"):
        ops.moments(x, 0, synchronized=True)


@given(axis=st.none() | st.integers(-3, 2), shape=st.tuples(*[st.integers(0, 4)] * 3), seed=st.integers(0, 99))
def test_running_sums(axis, shape, seed):
    x = np.random.default_rng(seed).normal(size=shape)
    np.testing.assert_array_equal(ops.cumsum(x, axis), np.cumsum(x, axis), strict=True)
    check_slopes(lambda x: ops.cumsum(x, axis), x)


def test_running_sums_elsewhere():
    check_in_plan(lambda x: ops.cumsum(x * 1, 1), np.ones((2, 3), np.float32))
    assert ops.cumsum(np.array([2**30] * 3, np.int64), dtype="int64").tolist() == [2**30, 2**31, 3 * 2**30]
    for function, expected in ((ops.cumsum, np.cumsum), (ops.prod, np.prod)):
        few = np.array([[2, 3], [4, 5]], np.int8)
        for dtype in (np.int64, np.float32, np.float64):
            np.testing.assert_array_equal(function(few, 0, dtype=dtype), expected(few, 0, dtype), strict=True)
    unknown = Tensor(Spec((None, 4), np.dtype(np.float32)))
    assert ops.cumsum(unknown, 1).shape == (None, 4) and ops.cumsum(unknown).shape == (None,)
    with pytest.raises(ValueError, match="cumsum: axis must be one of the 2 axes of x, got 2"):
        ops.cumsum(np.ones((2, 3)), 2)


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, 0.5, -1, math.inf, -math.inf])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms_of_vectors(ord, keepdims):
    x = np.random.default_rng(0).uniform(0.5, 2, (3, 4)) * np.array([1, -1, 1, -1])
    expected = np.linalg.norm(x, ord, 1, keepdims)
    np.testing.assert_allclose(ops.norm(x, ord, 1, keepdims), expected, rtol=1e-14)
    assert ops.norm(x, ord, 1, keepdims).shape == expected.shape
    check_slopes(lambda x: ops.norm(x, ord, 1, keepdims), x)
    np.testing.assert_allclose(ops.norm(x[0], ord), np.linalg.norm(x[0], ord), rtol=1e-14)


@pytest.mark.parametrize("ord", [None, "fro", 1, -1, math.inf, -math.inf])
@pytest.mark.parametrize("axis", [(0, 1), (2, 0), (-1, -2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms_of_matrices(ord, axis, keepdims):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    expected = np.linalg.norm(x, ord, axis, keepdims)
    np.testing.assert_allclose(ops.norm(x, ord, axis, keepdims), expected, rtol=1e-14)
    assert ops.norm(x, ord, axis, keepdims).shape == expected.shape
    check_slopes(lambda x: ops.norm(x, ord, axis, keepdims), x)
    np.testing.assert_allclose(ops.norm(x[0], ord), np.linalg.norm(x[0], ord), rtol=1e-14)


@pytest.mark.parametrize(
    "ord, axis", [("nuc", (0, 1)), (2, (0, 1)), (3, (0, 1)), ("fro", 0), (1, None), (1, (0, 1, 2))]
)
def test_norms_that_are_not_known(ord, axis):
    with pytest.raises(ValueError, match=rf"norm: ord must be one that is known over \d axes, got {ord!r}"):
        ops.norm(np.ones((2, 3, 4)), ord, axis)


@pytest.mark.parametrize("axis", [0, 1, (0, 2), (1, 2), (0, 1), None])
@pytest.mark.parametrize("name", ["var", "norm", "logsumexp"])
def test_long_reductions_in_float32(name, axis):
    """Some thousand terms: each is rounded a few times, and passes through chains of 256 and of 256 such sums."""
    x = np.random.default_rng(3).uniform(0.5, 1, (40, 300, 3)).astype(np.float32)
    expected = NUMPYS[name](x.astype(np.float64), axis=axis)
    assert_within(reduced(name, x, axis, False), expected, gamma(1100) * np.maximum(expected, 1))
