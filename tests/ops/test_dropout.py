from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops.dropout import advance
from tests.bounds import gamma

ONES = np.ones((64, 257), np.float32)


def state(seed=1, counter=0):
    return Variable(np.array([seed, counter], np.uint64), name="state")


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_zeros_and_scaled_elements(rate, dtype):
    result = ops.dropout(ONES.astype(dtype), rate, state())
    assert result.dtype == dtype
    np.testing.assert_allclose(np.unique(result), [0, 1 / (1 - rate)], rtol=np.finfo(dtype).eps)  # two roundings
    spread = np.sqrt(rate * (1 - rate) / ONES.size)
    assert abs((result == 0).mean() - rate) < 5 * spread  # five standard deviations
    for axis in (0, 1):
        assert abs((result == 0).mean(axis=axis) - rate).max() < 6 * np.sqrt(rate * (1 - rate) / ONES.shape[axis])


def test_the_mask_is_a_function_of_seed_and_counter():
    masks = [ops.dropout(ONES, 0.5, state(seed, counter)) for seed in (1, 2) for counter in (0, 1)]
    for number, mask in enumerate(masks):
        assert all(abs((mask == other).mean() - 0.5) < 0.02 for other in masks[:number])
    np.testing.assert_array_equal(masks[0], ops.dropout(ONES, 0.5, state()))
    np.testing.assert_array_equal(masks[0], ops.dropout(ONES, 0.5, np.array([1, 0], np.uint64)))


def test_rate_zero_changes_nothing_and_nan_does_not_spread():
    x = np.array([np.nan, 1, -2, 3], np.float32)
    np.testing.assert_array_equal(ops.dropout(x, 0, state()), x)
    assert np.isnan(ops.dropout(np.tile(x, 50), 0.5, state())).sum() < 50


def test_the_gradient_has_the_same_mask():
    result, pullback = convolith.vjp(lambda x: ops.dropout(x, 0.3, state()), ONES)
    np.testing.assert_array_equal(pullback(ONES * 2)[0], result * 2)


def test_advance_counts_and_goes_round():
    variable = state(7, 2**64 - 1)
    advance(variable)
    assert variable.numpy().tolist() == [7, 0]
    advance(variable)
    assert variable.numpy().tolist() == [7, 1]


@pytest.mark.parametrize("run", ["evaluate", "plan"])
def test_in_a_trace_the_counter_goes_on_after_all_its_readers(run):
    """Two calls in a trace get the masks that they would get one after the other, and so do their gradients."""
    variable, other = state(), state()

    def twice(x):
        first = ops.dropout(x, 0.5, variable)
        advance(variable)
        second = ops.dropout(x, 0.5, variable)
        advance(variable)
        return first, second

    def step(x):
        (first, second), pullback = convolith.vjp(twice, x)
        return first, second, *pullback((first, second * 0)), *pullback((first * 0, second))

    graph = trace(step, Spec(ONES.shape, np.dtype(np.float32)))
    compute = graph.evaluate if run == "evaluate" else Plan(graph).run
    for turn in range(3):
        expected = []
        for _ in range(2):
            expected.append(ops.dropout(ONES, 0.5, other))
            advance(other)
        first, second, by_first, by_second = compute(ONES)
        np.testing.assert_array_equal(first, expected[0])
        np.testing.assert_array_equal(second, expected[1])
        np.testing.assert_array_equal(by_first, expected[0] * 2)
        np.testing.assert_array_equal(by_second, expected[1] * 2)
        assert variable.numpy().tolist() == [1, 2 * (turn + 1)]


def test_vjp_pulls_back_with_the_mask_of_then():
    variable = state()

    def function(x):
        result = ops.dropout(x, 0.5, variable)
        advance(variable)
        return result

    result, pullback = convolith.vjp(function, ONES)
    assert variable.numpy().tolist() == [1, 1]
    advance(variable)
    np.testing.assert_array_equal(pullback(ONES)[0], result)


def test_what_is_refused():
    for rate in (-0.1, 1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="dropout: rate must be (at least 0 and less than 1|finite), got"):
            ops.dropout(ONES, rate, state())
    for wrong in (np.zeros(2, np.int64), np.zeros(3, np.uint64), np.zeros(2)):
        with pytest.raises(ValueError, match=r"dropout: state must be uint64\[2\], the seed and the counter, got"):
            ops.dropout(ONES, 0.5, Variable(wrong))
    with pytest.raises(TypeError, match="advance: state must be a Variable"):
        advance(np.zeros(2, np.uint64))


def test_empty():
    assert ops.dropout(ONES[:0], 0.5, state()).shape == (0, 257)


@pytest.mark.parametrize("noise_shape", [(None, 1), (1, 257), (64, None), (1, 1)])
def test_a_noise_shape_drops_together(noise_shape):
    result, pullback = convolith.vjp(lambda x: ops.dropout(x, 0.5, state(), noise_shape), ONES)
    shared = tuple(size or own for size, own in zip(noise_shape, ONES.shape, strict=True))
    np.testing.assert_array_equal(result, np.broadcast_to(ops.dropout(np.ones(shared), 0.5, state()), ONES.shape))
    np.testing.assert_array_equal(pullback(ONES * 2)[0], result * 2)


def test_a_noise_shape_drops_nan_and_infinities_too():
    x = np.array([[np.nan, np.inf, -np.inf, 1]] * 64, np.float32)
    result = ops.dropout(x, 0.5, state(), (None, 1))
    dropped = result[:, 3] == 0
    assert 16 < dropped.sum() < 48
    np.testing.assert_array_equal(result[dropped], 0)
    np.testing.assert_array_equal(result[~dropped], x[~dropped] * 2)


@pytest.mark.parametrize("noise_shape", [(1,), (1, 1, 1), (2, 1), (None, 256)])
def test_a_noise_shape_that_does_not_fit_is_refused(noise_shape):
    with pytest.raises(ValueError, match=r"dropout: noise_shape must have 1, None or the size .*\(64, 257\), got"):
        ops.dropout(ONES, 0.5, state(), noise_shape)


@given(st.lists(st.integers(0, 5), max_size=3), st.floats(0, 0.99), st.integers(0, 2**32 - 1))
def test_what_is_kept_is_scaled(shape, rate, seed):
    x = np.random.default_rng(seed).uniform(1, 2, shape)
    result, pullback = convolith.vjp(lambda x: ops.dropout(x, rate, np.array([seed, 0], np.uint64)), x)
    assert result.shape == x.shape
    kept = result != 0
    within = {"rtol": gamma(3, np.float64)}  # a reciprocal and a product here, a quotient there
    np.testing.assert_allclose(result[kept], x[kept] / (1 - rate), **within)
    np.testing.assert_allclose(pullback(np.ones_like(x))[0], kept / (1 - rate), **within)
