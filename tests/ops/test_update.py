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
def test_assignments(do):
    (variable,) = slots(1, 1.0)
    do(lambda: update.assign(variable, GRADIENT.astype(np.float64)))
    np.testing.assert_array_equal(variable.numpy(), GRADIENT)
    do(lambda: variable.assign_add(GRADIENT))
    np.testing.assert_array_equal(variable.numpy(), 2 * GRADIENT)
    do(lambda: variable.assign_sub(1))
    np.testing.assert_array_equal(variable.numpy(), 2 * GRADIENT - 1)
    do(lambda: variable.assign_sub(variable))
    np.testing.assert_array_equal(variable.numpy(), np.zeros(3))


@pytest.mark.parametrize("do", [lambda step: step(), traced])
def test_numbers_keep_their_digits(do):
    parameter, count = Variable(np.zeros(3)), Variable(np.int64(2**53 + 1))
    do(lambda: parameter.assign_add([0.1] * 3))
    np.testing.assert_array_equal(parameter.numpy(), 0.1)
    do(lambda: count.assign_add(2))
    assert int(count) == 2**53 + 3
    do(lambda: count.assign_sub(np.int32(1)))
    assert int(count) == 2**53 + 2


@pytest.mark.parametrize("do", [lambda step: step(), traced])
def test_what_is_refused(do):
    (parameter,), count = slots(1), Variable(np.zeros(3, np.int64))
    with pytest.raises(ValueError, match=r"assign: value must have the variable's shape \(3,\), got \(2,\)"):
        do(lambda: update.assign(parameter, GRADIENT[:2]))
    for name in ("assign_add", "assign_sub"):
        with pytest.raises(TypeError, match=f"{name}: value must fit the variable's int64, got float32"):
            do(lambda name=name: getattr(count, name)(GRADIENT))
        with pytest.raises(ValueError, match=rf"{name}: variable and value .* got \(3,\) and \(2,\)"):
            do(lambda name=name: getattr(parameter, name)(GRADIENT[:2]))
        with pytest.raises(ValueError, match=rf"{name}: value must broadcast .* shape \(3,\), got \(2, 3\)"):
            do(lambda name=name: getattr(parameter, name)(np.ones((2, 3))))
    assert not parameter.numpy().any() and not count.numpy().any()


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
            r"assign: value must have the variable's shape \(3,\), got \(2,\)",
        ),
        (lambda x: count.assign_add(0.5), TypeError, "assign_add: value must fit the variable's int32, got float64"),
        (lambda x: (update.move_average(level, x, 0.5), level * 2), ValueError, "reads .* after it was changed"),
    ):
        with pytest.raises(error, match=message):
            trace(step, Spec((3,), np.dtype("float32")))
