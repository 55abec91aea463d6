"""Assignments as effects."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
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
def test_assign_and_assign_add(do):
    (variable,) = slots(1, 1.0)
    do(lambda: update.assign(variable, GRADIENT.astype(np.float64)))
    np.testing.assert_array_equal(variable.numpy(), GRADIENT)
    do(lambda: update.assign_add(variable, GRADIENT))
    np.testing.assert_array_equal(variable.numpy(), 2 * GRADIENT)


def test_numbers_keep_their_digits():
    parameter = Variable(np.zeros(3))
    update.assign_add(parameter, [0.1] * 3)
    np.testing.assert_allclose(parameter.numpy(), 0.1, rtol=1e-15)


def test_what_is_refused():
    (parameter,) = slots(1)
    with pytest.raises(ValueError, match=r"assign: value must have the variable's shape \(3,\), came \(2,\)"):
        update.assign(parameter, GRADIENT[:2])
    with pytest.raises(TypeError, match="assign_add: value must fit the variable's int64, came float32"):
        update.assign_add(Variable(np.zeros(3, np.int64)), GRADIENT)


def test_what_a_trace_assigns_is_what_it_reads_afterwards():
    """Halves and quarters, of which float32 has all."""
    level, steps = Variable(np.ones(3, np.float32)), Variable(np.int32(3))

    def step(x):
        level.assign(0.5 * level + x)
        first = 2 * level
        level.assign_sub(x)
        steps.assign_add(2)
        return first, level, steps * 1

    plan = Plan(trace(step, Spec((3,), np.dtype("float32"))))
    expected, count = np.ones(3), 3
    for number in range(3):
        x = np.float32([number, 1, 2])
        middle = 0.5 * expected + x
        expected, count = middle - x, count + 2
        for found, wanted in zip(plan.run(x), (2 * middle, expected, count), strict=True):
            np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(level.numpy(), expected)
        assert steps.numpy() == count


def test_no_gradient_passes_through_an_assignment():
    factor = Variable(np.full(3, 2.0))

    def function(x):
        factor.assign(x * factor)
        return factor * x

    result, pullback = convolith.vjp(function, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(result, [2, 8, 18])
    np.testing.assert_array_equal(pullback(np.ones(3))[0], [2, 4, 6])  # of x beside it alone


def test_what_cannot_be_assigned_within_a_trace():
    level, count = Variable(np.ones(3, np.float32)), Variable(np.int32(3))
    for step, error, message in (
        (
            lambda x: level.assign(x[:2]),
            ValueError,
            r"assign: value must have the variable's shape \(3,\), came \(2,\)",
        ),
        (lambda x: count.assign_add(0.5), TypeError, "assign: value must fit the variable's int32, came float64"),
        (lambda x: (update.move_average(level, x, 0.5), level * 2), ValueError, "reads .* after it was changed"),
    ):
        with pytest.raises(error, match=message):
            trace(step, Spec((3,), np.dtype("float32")))
