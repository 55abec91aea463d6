"""Assignments and optimizer steps as effects; their formulas are tested with the engine."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops import update

GRADIENT = np.array([1, -2, 0.5], np.float32)


def slots(count, value=0.0, dtype=np.float32):
    return [Variable(np.full(3, value, dtype), name=f"slot{number}") for number in range(count)]


def traced(step):
    """Do a step through a Plan, where its arguments are recorded."""
    Plan(trace(lambda: step() or np.zeros(1))).run()


@pytest.mark.parametrize("do", [lambda step: step(), traced])
def test_sgd(do):
    (parameter,) = slots(1, 1.0)
    do(lambda: update.sgd_step(parameter, GRADIENT, None, 0.1))
    np.testing.assert_allclose(parameter.numpy(), 1 - 0.1 * GRADIENT, rtol=1e-6)


@pytest.mark.parametrize("do", [lambda step: step(), traced])
@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_with_momentum(do, nesterov):
    parameter, velocity = slots(2, 1.0)
    do(lambda: update.sgd_step(parameter, GRADIENT, velocity, np.float32(0.1), 0.5, nesterov))
    expected = 0.5 - 0.1 * GRADIENT
    np.testing.assert_allclose(velocity.numpy(), expected, rtol=1e-6)
    change = 0.5 * expected - 0.1 * GRADIENT if nesterov else expected
    np.testing.assert_allclose(parameter.numpy(), 1 + change, rtol=1e-6)


@pytest.mark.parametrize("do", [lambda step: step(), traced])
def test_adam_reads_rate_and_count_at_each_run(do):
    parameter, first, second = slots(3)
    rate, count = Variable(np.float32(0.5)), Variable(np.int64(0))
    m = v = x = 0.0
    for step in (1, 2, 3):
        do(lambda: update.adam_step(parameter, GRADIENT, first, second, rate, count, 0.9, 0.99, 1e-3))
        m, v = m + 0.1 * (GRADIENT - m), v + 0.01 * (GRADIENT**2 - v)
        x = x - float(rate.value) * np.sqrt(1 - 0.99**step) / (1 - 0.9**step) * m / (np.sqrt(v) + 1e-3)
        np.testing.assert_allclose(parameter.numpy(), x, rtol=1e-5)
        rate.assign(0.25)
        update.assign_add(count, np.array(1))
    assert count.numpy() == 3


@pytest.mark.parametrize("do", [lambda step: step(), traced])
def test_assign_and_assign_add(do):
    (variable,) = slots(1, 1.0)
    do(lambda: update.assign(variable, GRADIENT.astype(np.float64)))
    np.testing.assert_array_equal(variable.numpy(), GRADIENT)
    do(lambda: update.assign_add(variable, GRADIENT))
    np.testing.assert_array_equal(variable.numpy(), 2 * GRADIENT)


def test_one_plan_sees_new_values_of_its_variables():
    parameter, velocity = slots(2, 1.0)
    rate = Variable(np.float32(1))

    def step(x):
        loss = ops.sum(parameter * x)
        update.sgd_step(parameter, x, velocity, rate, 0.0)
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
    for step in (
        lambda: update.sgd_step(parameter, np.ones(3), None, 0.1),
        lambda: update.assign_add(parameter, [0.1] * 3),
    ):
        parameter.assign(np.zeros(3))
        step()
        np.testing.assert_allclose(abs(parameter.numpy()), 0.1, rtol=1e-15)


def test_what_is_refused():
    parameter, velocity, other = slots(3)
    wide = Variable(np.zeros(3))
    with pytest.raises(
        ValueError, match=r"sgd_step: gradient must be float32\[3\], as the parameter is, came float32\[2\]"
    ):
        update.sgd_step(parameter, GRADIENT[:2], velocity, 0.1, 0.9)
    with pytest.raises(ValueError, match=r"sgd_step: gradient must be float32\[3\].*came float64\[3\]"):
        update.sgd_step(parameter, GRADIENT.astype(float), velocity, 0.1, 0.9)
    with pytest.raises(ValueError, match=r"sgd_step: velocity must be float32\[3\].*came float64\[3\]"):
        update.sgd_step(parameter, GRADIENT, wide, 0.1, 0.9)
    with pytest.raises(ValueError, match="sgd_step: momentum = 0.9 needs a velocity, came None"):
        update.sgd_step(parameter, GRADIENT, None, 0.1, 0.9)
    with pytest.raises(ValueError, match="adam_step: second_moment must be"):
        update.adam_step(parameter, GRADIENT, other, wide, 0.1, 0)
    with pytest.raises(TypeError, match="adam_step: first_moment must be a Variable, came ndarray"):
        update.adam_step(parameter, GRADIENT, GRADIENT, other, 0.1, 0)
    with pytest.raises(ValueError, match=r"assign: value must have the variable's shape \(3,\), came \(2,\)"):
        update.assign(parameter, GRADIENT[:2])
    with pytest.raises(TypeError, match="assign_add: value must fit the variable's int64, came float32"):
        update.assign_add(Variable(np.zeros(3, np.int64)), GRADIENT)


@pytest.mark.parametrize("do", [lambda step: step(), traced])
def test_rates_and_counts_that_are_refused_before_anything_changes(do):
    parameter, first, second = slots(3, 1.0)

    def sgd(rate):
        return lambda: update.sgd_step(parameter, GRADIENT, None, rate)

    def adam(rate=0.1, count=0, *betas):
        return lambda: update.adam_step(parameter, GRADIENT, first, second, rate, count, *betas)

    for step, name in ((sgd, "sgd_step"), (adam, "adam_step")):
        with pytest.raises(TypeError, match=f"{name}: learning_rate must be a.* came None"):
            do(step(None))
        with pytest.raises(TypeError, match=f"{name}: learning_rate must be a number, came bool"):
            do(step(True))
        for rate in (np.ones(3), [0.1], Variable(np.ones((1, 1)))):
            with pytest.raises(ValueError, match=rf"{name}: learning_rate must be a number, of shape \(\), came shape"):
                do(step(rate))
    for count in (0.0, np.float32(1), Variable(np.zeros(())), True):
        with pytest.raises(TypeError, match="adam_step: iterations must be an integer, came (float|bool)"):
            do(adam(0.1, count))
    with pytest.raises(ValueError, match=r"adam_step: iterations must be an integer, of shape \(\), came shape \(2,\)"):
        do(adam(0.1, np.zeros(2, int)))
    for wrong in (-0.1, 1, 1.5, float("nan")):
        with pytest.raises(ValueError, match=f"adam_step: beta_1 must be at least 0 and below 1, came {float(wrong)}"):
            do(adam(0.1, 0, wrong, 0.9))
        with pytest.raises(ValueError, match=f"adam_step: beta_2 must be at least 0 and below 1, came {float(wrong)}"):
            do(adam(0.1, 0, 0.9, wrong))
    assert all((variable.numpy() == 1).all() for variable in (parameter, first, second))
