"""The effects around optimizers' steps: rules block by block, decay, averages, accumulation, and now and then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from convolith.graph.operation import Operation
from convolith.graph.plan import Plan
from convolith.graph.tensor import Variable
from convolith.graph.trace import trace
from convolith.ops import update_rule
from convolith.ops.update import assign_add


@dataclass(frozen=True)
class Counted(update_rule.UpdateRule):
    """parameter -= rate * step * gradient; the first slot counts."""

    def update(self, rate, step, *parts):
        parameter, gradient, *slots = parts
        parameter -= rate * step * gradient
        for slot in slots:
            slot += 1


def traced(effects):
    Plan(trace(lambda: effects() or np.zeros(1))).run()


BOTH = pytest.mark.parametrize("do", [lambda effects: effects(), traced], ids=["now", "in a plan"])


@BOTH
@pytest.mark.parametrize("size", [0, 1, update_rule.BLOCK, update_rule.BLOCK + 1, 3 * update_rule.BLOCK])
def test_a_rule_sees_every_element_once(do, size):
    parameter, slot = Variable(np.zeros((1, size), "float32")), Variable(np.zeros((1, size), "float32"))
    gradient = np.ones((1, size), "float32")
    do(lambda: Counted()(parameter, gradient, 0.5, np.int64(3), slot))
    np.testing.assert_array_equal(parameter.numpy(), np.full((1, size), -2.0))
    np.testing.assert_array_equal(slot.numpy(), np.ones((1, size)))


@BOTH
def test_decay(do):
    parameter = Variable(np.array([1.0, -2.0]))
    do(lambda: update_rule.WeightDecay(0.5)(parameter, 0.1))
    np.testing.assert_allclose(parameter.numpy(), [0.95, -1.9])


@BOTH
def test_a_moving_average_begins_with_the_parameter(do):
    average, parameter, count = Variable(np.zeros(2)), Variable(np.array([1.0, 2.0])), Variable(np.int64(0))
    do(lambda: update_rule.MovingAverage(0.75)(average, parameter, count))
    np.testing.assert_array_equal(average.numpy(), [1, 2])
    count.assign(1)
    parameter.assign([5, 2])
    do(lambda: update_rule.MovingAverage(0.75)(average, parameter, count))
    np.testing.assert_array_equal(average.numpy(), [2, 2])


@BOTH
def test_sums_are_cleared_where_a_period_ends(do):
    total = Variable(np.zeros(2))
    do(lambda: update_rule.Accumulate(2)(total, np.array([1.0, 2.0]), 0))
    np.testing.assert_array_equal(total.numpy(), [1, 2])
    do(lambda: update_rule.Accumulate(2)(total, np.array([1.0, 2.0]), 1))
    np.testing.assert_array_equal(total.numpy(), [0, 0])


@pytest.mark.parametrize("period", [1, 2, 3])
def test_effects_now_and_then(period):
    value, count = Variable(np.zeros(())), Variable(np.int64(0))

    def step():
        update_rule.every(period, count, lambda: assign_add(value, np.ones(())))
        assign_add(count, np.int64(1))
        return np.zeros(1)

    plan = Plan(trace(step))
    for done in range(1, 8):
        plan.run() if done % 2 else step()
        assert value.numpy() == done // period


def test_numbers_are_computed_at_each_run():
    count = Variable(np.int64(3))
    graph = trace(lambda: (update_rule.LearningRate(lambda step: 1 / step)(count), update_rule.Quotient(2)(count)))
    assert [result.item() for result in graph.evaluate()] == [1 / 3, 1]
    count.assign(4)
    assert [result.item() for result in graph.evaluate()] == [1 / 4, 2]


def test_a_wrong_argument_is_named():
    with pytest.raises(ValueError, match=r"counted: gradient must be float64\[2\], as the parameter is, came float64"):
        Counted()(Variable(np.zeros(2)), np.zeros(3), 0.1, 0)
    with pytest.raises(ValueError, match="counted: second slot must be float64"):
        Counted()(Variable(np.zeros(2)), np.zeros(2), 0.1, 0, Variable(np.zeros(2)), Variable(np.zeros(2, "float32")))
    with pytest.raises(NotImplementedError, match="update_rule must define update"):
        update_rule.UpdateRule()(Variable(np.zeros(2)), np.zeros(2), 0.1, 0)
    assert issubclass(update_rule.UpdateRule, Operation)
