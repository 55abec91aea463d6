"""Assignments as effects."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.graph.plan import Plan
from convolith.graph.tensor import Variable
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
