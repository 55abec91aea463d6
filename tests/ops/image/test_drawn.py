"""Functions that decide by what they draw: the same in a call, in a trace and for the gradient."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.graph.trace import trace
from convolith.ops.dropout import advance
from convolith.ops.image.draw import stream
from convolith.ops.image.drawn import by_draw

IMAGES = np.random.default_rng(2).uniform(0.5, 2, (2, 3, 2, 1))


def some_function(images, numbers):
    for kind in numbers.integers(3, size=2):
        images = [ops.square, ops.sin, lambda x: ops.multiply(x, float(numbers.random()))][kind](images)
    return images


def state(seed, counter=0):
    return np.array([seed, counter], np.uint64)


@pytest.mark.parametrize("seed", range(12))
def test_values_and_gradients(seed):
    expected = some_function(IMAGES, stream(state(seed), 0))
    np.testing.assert_array_equal(by_draw(some_function, IMAGES, state(seed)), expected)
    upstream = np.random.default_rng(seed).normal(size=IMAGES.shape)
    found, wanted = (
        convolith.vjp(function, IMAGES)[1](upstream)[0]
        for function in (
            lambda x: by_draw(some_function, x, state(seed)),
            lambda x: some_function(x, stream(state(seed), 0)),
        )
    )
    np.testing.assert_array_equal(found, wanted)
    assert by_draw(some_function, IMAGES.astype(np.float32), state(seed)).dtype == np.float32


def test_a_trace_draws_what_the_calls_would():
    variable = Variable(state(4), trainable=False)

    def twice(x):
        first = by_draw(some_function, x, variable)
        advance(variable)
        second = by_draw(some_function, x, variable)
        advance(variable)
        return first, second

    plan = Plan(trace(twice, Spec(IMAGES.shape, IMAGES.dtype)))
    for run in range(4):
        for place, found in enumerate(plan.run(IMAGES)):
            expected = some_function(IMAGES, stream(state(4, 2 * run + place), 0))
            np.testing.assert_array_equal(found, expected)


def test_no_gradient_empty_batches_and_states():
    _, pullback = convolith.vjp(
        lambda x: by_draw(lambda images, numbers: ops.stop_gradient(images), x, state(1)), IMAGES
    )
    np.testing.assert_array_equal(pullback(IMAGES)[0], np.zeros_like(IMAGES))
    assert by_draw(some_function, IMAGES[:0], state(1)).shape == (0, 3, 2, 1)
    unknown = Tensor(Spec((None, 3, 2, 1), np.dtype(np.float32)))
    assert by_draw(some_function, unknown, state(1)).shape == (None, 3, 2, 1)
    with pytest.raises(ValueError, match="state must be"):
        by_draw(some_function, IMAGES, np.zeros(2))
