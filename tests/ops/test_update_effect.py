"""The effects around optimizers' steps: decay, averages, accumulation, and now and then."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.graph.plan import Plan
from convolith.graph.tensor import Variable
from convolith.graph.trace import trace
from convolith.ops import update_effect


def traced(effects):
    Plan(trace(lambda: effects() or np.zeros(1))).run()


BOTH = pytest.mark.parametrize("do", [lambda effects: effects(), traced], ids=["now", "in a plan"])


@BOTH
def test_decay(do):
    parameter = Variable(np.array([1.0, -2.0]))
    do(lambda: update_effect.WeightDecay(0.5)(parameter, 0.125))
    np.testing.assert_array_equal(parameter.numpy(), [0.9375, -1.875])


@BOTH
def test_a_moving_average_begins_with_the_parameter(do):
    average, parameter, count = Variable(np.zeros(2)), Variable(np.array([1.0, 2.0])), Variable(np.int64(0))
    do(lambda: update_effect.MovingAverage(0.75)(average, parameter, count))
    np.testing.assert_array_equal(average.numpy(), [1, 2])
    count.assign(1)
    parameter.assign([5, 2])
    do(lambda: update_effect.MovingAverage(0.75)(average, parameter, count))
    np.testing.assert_array_equal(average.numpy(), [2, 2])


@BOTH
def test_sums_are_cleared_where_a_period_ends(do):
    total = Variable(np.zeros(2))
    do(lambda: update_effect.Accumulate(2)(total, np.array([1.0, 2.0]), 0))
    np.testing.assert_array_equal(total.numpy(), [1, 2])
    do(lambda: update_effect.Accumulate(2)(total, np.array([1.0, 2.0]), 1))
    np.testing.assert_array_equal(total.numpy(), [0, 0])


@pytest.mark.parametrize("period", [1, 2, 3])
def test_effects_now_and_then(period):
    value, count = Variable(np.zeros(())), Variable(np.int64(0))

    def step():
        update_effect.every(period, count, lambda: value.assign_add(1))
        count.assign_add(1)
        return np.zeros(1)

    plan = Plan(trace(step))
    for done in range(1, 8):
        plan.run() if done % 2 else step()
        assert value.numpy() == done // period


def test_numbers_are_computed_at_each_run():
    count = Variable(np.int64(3))
    graph = trace(lambda: (update_effect.LearningRate(lambda step: 1 / step)(count), update_effect.Quotient(2)(count)))
    assert [result.item() for result in graph.evaluate()] == [np.float32(1 / 3), 1]
    count.assign(4)
    assert [result.item() for result in graph.evaluate()] == [1 / 4, 2]
