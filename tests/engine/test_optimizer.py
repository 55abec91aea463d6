"""The steps of SGD and Adam, several in a row, against the oracle within their roundings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith.engine import optimizer
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, normal, seeds
from tests.reference import update

lengths = st.integers(1, 70)


@given(lengths, seeds, dtypes, st.sampled_from([0.0, 0.5, 0.9]), st.booleans())
def test_sgd(isa, length, seed, dtype, momentum, nesterov):
    parameter, gradient, velocity = normal(seed, dtype, (length,), (length,), (length,))
    exact = update.sgd(parameter, gradient, velocity if momentum else 0 * velocity, 0.05, momentum, nesterov)
    # Every term passes at most: rate or momentum, product, sum; with nesterov once more; and the parameter's own sum.
    size = abs(0.05 * gradient.astype(np.float64)) + momentum * abs(velocity.astype(np.float64))
    allowed = gamma(8, dtype) * (abs(parameter.astype(np.float64)) + 2 * size)
    optimizer.sgd(parameter, gradient, velocity if momentum else None, 0.05, momentum, nesterov)
    assert_within(parameter, exact[0], allowed + 4 * np.finfo(dtype).tiny)
    if momentum:
        assert_within(velocity, exact[1], gamma(6, dtype) * size + 4 * np.finfo(dtype).tiny, "velocity")


@given(lengths, seeds, dtypes, st.sampled_from([1, 2, 10, 1000, 100_000]), st.sampled_from([1e-7, 1e-3]))
def test_adam(isa, length, seed, dtype, step, epsilon):
    parameter, gradient, first = normal(seed, dtype, (length,), (length,), (length,))
    second = np.square(normal(seed + 1, dtype, (length,))[0])
    rates = 0.01, 0.9, 0.999, epsilon, step
    exact = update.adam(parameter, gradient, first, second, *rates)
    doubles = [array.astype(np.float64) for array in (parameter, gradient, first, second)]
    size = 0.9 * abs(doubles[2]) + 0.1 * abs(doubles[1])
    rate = 0.01 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    # The mean of the squares has positive terms only: its error is relative, and the root halves it.
    moved = rate * size / (np.sqrt(exact[2]) + epsilon)
    optimizer.adam(parameter, gradient, first, second, *rates)
    tiny = 4 * np.finfo(dtype).tiny
    assert_within(first, exact[1], gamma(6, dtype) * size + tiny, "first moment")
    assert_within(second, exact[2], gamma(8, dtype) * exact[2] + tiny, "second moment")
    flushed = rate * size / epsilon * (np.sqrt(exact[2]) < 1e-18)  # a flushed square's root is far from 0
    assert_within(parameter, exact[0], gamma(20, dtype) * (abs(doubles[0]) + moved) + flushed + tiny)


@pytest.mark.parametrize("size", [1, 15, 16, 17, 100_003])
def test_a_hundred_steps_stay_close(isa, threads, generator, size):
    """float32 against float64 over a run: the engine's own float64 is held to the oracle above."""
    threads(2)
    start = generator.standard_normal(size)
    singles, doubles = ([start.astype(dtype), *(np.zeros(size, dtype) for _ in "12")] for dtype in (np.float32, float))
    for step in range(1, 101):
        gradient = generator.standard_normal(size).astype(np.float32)
        optimizer.adam(singles[0], gradient, *singles[1:], 0.01, 0.9, 0.999, 1e-7, step)
        optimizer.adam(doubles[0], gradient.astype(float), *doubles[1:], 0.01, 0.9, 0.999, 1e-7, step)
    np.testing.assert_allclose(singles[0], doubles[0], atol=1e-5, rtol=1e-5)
    assert (abs(singles[0] - start) > 1e-4).mean() > 0.9


def test_the_gradient_is_not_changed(isa):
    parameter, gradient = np.ones(33, np.float32), np.full(33, 2, np.float32)
    gradient.flags.writeable = False
    optimizer.sgd(parameter, gradient, None, 0.25, 0.0, False)
    np.testing.assert_array_equal(parameter, np.full(33, 0.5))
