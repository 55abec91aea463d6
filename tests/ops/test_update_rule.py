"""The steps of optimizers as effects: their inputs, now and in a plan; formulas are tested with the optimizers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops.update_rule import FusedRule, UpdateRule
from convolith.optimizers.adam import AdamStep
from convolith.optimizers.sgd import SGDStep
from tests.bounds import assert_within, gamma

GRADIENT = np.array([1, -2, 0.5], np.float32)


def variables(count, value=0.0, dtype=np.float32):
    return [Variable(np.full(3, value, dtype)) for _ in range(count)]


def traced(effects):
    Plan(trace(lambda: effects() or np.zeros(1))).run()


BOTH = pytest.mark.parametrize("do", [lambda effects: effects(), traced], ids=["now", "in a plan"])


@dataclass(frozen=True)
class Counted(UpdateRule):
    """parameter -= rate * step * gradient; the slots count."""

    def update(self, rate, step, *arrays):
        parameter, gradient, *slots = arrays
        parameter -= rate * step * gradient
        for slot in slots:
            slot += 1


@BOTH
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_rule_in_numpy(do, count):
    parameter, *slots = variables(count + 1)
    do(lambda: Counted()(parameter, GRADIENT, 0.5, np.int64(3), *slots))
    np.testing.assert_array_equal(parameter.numpy(), -2 * GRADIENT)
    assert all((slot.numpy() == 1).all() for slot in slots)


@BOTH
@pytest.mark.parametrize("nesterov", [False, True])
def test_gradient_descent(do, nesterov):
    parameter, velocity = variables(2, 1.0)
    do(lambda: SGDStep(0.5, nesterov)(parameter, GRADIENT, np.float32(0.1), 0, velocity))
    expected = 0.5 - 0.1 * GRADIENT
    # Two products, the rate's rounding and the sum.
    assert_within(velocity.numpy(), expected, gamma(4) * (0.5 + 0.1 * abs(GRADIENT)))
    change = 0.5 * expected - 0.1 * GRADIENT if nesterov else expected
    assert_within(parameter.numpy(), 1 + change, gamma(8) * (1 + 0.5 + 0.2 * abs(GRADIENT)))


@BOTH
@pytest.mark.parametrize("rule", [SGDStep(weight_decay=0.5), Counted(weight_decay=0.5)])
def test_decay_comes_first_and_follows_the_rate(do, rule):
    (parameter,), rate = variables(1, 2.0), Variable(np.float32(0.5))
    do(lambda: rule(parameter, GRADIENT, rate, 0))
    np.testing.assert_array_equal(parameter.numpy(), 1.5 - 0.5 * GRADIENT)


@BOTH
def test_rate_and_count_are_read_at_each_run(do):
    parameter, first, second = variables(3)
    rate, count = Variable(np.float32(0.5)), Variable(np.int64(0))
    m = v = x = 0.0
    for step in (1, 2, 3):
        do(lambda: AdamStep(0.9, 0.99, 1e-3)(parameter, GRADIENT, rate, count, first, second))
        m, v = m + 0.1 * (GRADIENT - m), v + 0.01 * (GRADIENT**2 - v)
        x = x - float(rate.value) * np.sqrt(1 - 0.99**step) / (1 - 0.9**step) * m / (np.sqrt(v) + 1e-3)
        # A step is some 20 roundings of numbers of one sign, and each one starts from the errors of those before.
        np.testing.assert_allclose(parameter.numpy(), x, rtol=gamma(20 * step))
        rate.assign(0.25)
        count.assign_add(1)
    assert count.numpy() == 3


def test_one_plan_sees_new_values_of_its_variables():
    (parameter,), rate = variables(1, 1.0), Variable(np.float32(1))

    def step(x):
        loss = ops.sum(parameter * x)
        SGDStep()(parameter, x, rate, 0)
        return loss

    plan = Plan(trace(step, Spec((3,), np.dtype(np.float32))))
    assert plan.run(GRADIENT)[0] == GRADIENT.sum()
    np.testing.assert_array_equal(parameter.numpy(), 1 - GRADIENT)
    rate.assign(0)
    parameter.assign(np.full(3, 2))
    assert plan.run(GRADIENT)[0] == 2 * GRADIENT.sum()
    np.testing.assert_array_equal(parameter.numpy(), [2, 2, 2])


def test_numbers_keep_their_digits():
    parameter = Variable(np.zeros(3))
    SGDStep()(parameter, np.ones(3), 0.1, 0)
    np.testing.assert_array_equal(parameter.numpy(), [-0.1] * 3)


@BOTH
@pytest.mark.parametrize("rule", [Counted(), SGDStep(), AdamStep()])
def test_what_is_refused_before_anything_changes(do, rule):
    parameter, *slots = variables(3, 1.0)
    name = rule.name

    def refused(error, message, gradient=GRADIENT, rate=0.1, count=0, slots=slots):
        with pytest.raises(error, match=rf"{name}: {message}"):
            do(lambda: rule(parameter, gradient, rate, count, *slots))

    refused(ValueError, r"gradient must be float32\[3\], as the parameter is, got float32\[2\]", GRADIENT[:2])
    refused(ValueError, r"gradient must be float32\[3\].*got float64\[3\]", GRADIENT.astype(float))
    refused(ValueError, r"second slot must be float32\[3\]", slots=[slots[0], Variable(np.zeros(3))])
    refused(TypeError, "first_slot must be a Variable, got ndarray", slots=[GRADIENT])
    refused(TypeError, "learning_rate must be an array or a tensor, got None", rate=None)
    refused(TypeError, "learning_rate must be a number, got bool", rate=True)
    for rate in (np.ones(3), [0.1], Variable(np.ones((1, 1)))):
        refused(ValueError, r"learning_rate must be a number, of shape \(\), got shape", rate=rate)
    for count in (0.0, np.float32(1), Variable(np.zeros(())), True):
        refused(TypeError, "iterations must be an integer, got (float|bool)", count=count)
    refused(ValueError, r"iterations must be an integer, of shape \(\), got shape \(2,\)", count=np.zeros(2, int))
    assert all((variable.numpy() == 1).all() for variable in (parameter, *slots))


def test_what_a_subclass_must_define():
    with pytest.raises(NotImplementedError, match=r"update_rule must define update\(rate, step, \*arrays\)"):
        UpdateRule()(variables(1)[0], GRADIENT, 0.1, 0)
    with pytest.raises(NotImplementedError, match=r"fused_rule must define kernel and numbers\(rate, step\)"):
        FusedRule()(variables(1)[0], GRADIENT, 0.1, 0)
    with pytest.raises(ValueError, match="expected 2 slots for adam, got 1"):
        AdamStep()(variables(1)[0], GRADIENT, 0.1, 0, variables(1)[0])
