"""Traces in parts: what reads a Variable after a change of it, and gradients of what was computed before."""

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.parts import trace_parts
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.ops.update import assign, assign_add

VECTOR = Spec((3,), np.dtype("float64"))
X = np.array([1.0, 2.0, 4.0])


def add(variable, value):
    """Change a variable in place, as optimizers do, so that its new value is no tensor."""
    assign(variable, variable + value)


def run(inputs, parts, *arrays, planned=True):
    """Do the parts one after the other, and give the last one's results."""
    values = dict(zip(inputs, arrays, strict=True))
    for part in parts:
        given = [values[tensor] for tensor in part.inputs]
        results = Plan(fuse(part.graph)).run(*given) if planned else part.graph.evaluate(*given)
        values.update(zip(part.outputs, (result.copy() for result in results), strict=True))
    return part.graph.restore(results)


@pytest.mark.parametrize("planned", [False, True])
def test_reads_after_changes(planned):
    weight = Variable(np.array([1.0, 1.0, 1.0]))

    def step(x):
        before = weight * x
        add(weight, x)
        between = weight * x + before
        add(weight, between)
        return {"before": before, "between": between, "after": weight * x, "x": x, "none": None}

    inputs, parts = trace_parts(step, VECTOR)
    assert len(parts) == 3
    for _ in range(2):
        start = weight.numpy()
        found = run(inputs, parts, X, planned=planned)
        between = (start + X) * X + start * X
        np.testing.assert_array_equal(found["before"], start * X)
        np.testing.assert_array_equal(found["between"], between)
        np.testing.assert_array_equal(found["after"], (start + X + between) * X)
        np.testing.assert_array_equal(found["x"], X)
        assert found["none"] is None
        np.testing.assert_array_equal(weight.numpy(), start + X + between)


def test_one_part_where_nothing_is_read_after_a_change():
    weight = Variable(X)

    def step(x):
        result = weight * x
        assign(weight, result)
        assign(weight, x)
        return result

    inputs, (part,) = trace_parts(step, VECTOR)
    assert part.inputs == inputs == part.graph.inputs
    np.testing.assert_array_equal(run(inputs, [part], X), X * X)
    np.testing.assert_array_equal(weight.numpy(), X)


@pytest.mark.parametrize("planned", [False, True])
def test_gradients_of_what_was_computed_before_a_change(planned):
    """They are those of the values of then, of which the change keeps a copy, whenever they are asked for."""
    weight, other = Variable(np.array([1.0, 2.0, 3.0])), Variable(np.array([5.0, 6.0, 7.0]))

    def step(x):
        first = ops.sum(weight * x * other)
        add(weight, x)
        second = ops.sum(weight * x * other) + first
        add(weight, x)
        third = ops.sum(weight * x)  # begins the third part
        return [
            gradients([first], [1.0], [x, weight, other]),
            gradients([second], [1.0], [x, other]),
            gradients([third], [1.0], [x]),
        ]

    inputs, parts = trace_parts(step, VECTOR)
    assert len(parts) == 3
    w, o = weight.numpy(), other.numpy()
    of_first, of_second, of_third = run(inputs, parts, X, planned=planned)
    for found, expected in zip(of_first, [w * o, X * o, w * X], strict=True):
        np.testing.assert_array_equal(found, expected)
    for found, expected in zip(of_second, [(2 * w + X) * o, (2 * w + X) * X], strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(of_third[0], w + 2 * X)


def test_what_is_assigned_is_read_without_a_new_part():
    weight = Variable(X)

    def step(x):
        weight.assign(weight + x)
        return weight * x

    inputs, parts = trace_parts(step, VECTOR)
    assert len(parts) == 1
    np.testing.assert_array_equal(run(inputs, parts, X), 2 * X * X)


def test_effects_of_each_part_keep_their_order():
    weight = Variable(np.zeros(3))

    def step(x):
        assign(weight, x)
        assign_add(weight, x)
        doubled = weight * 2.0
        assign(weight, x)
        assign_add(weight, doubled)
        return doubled

    inputs, parts = trace_parts(step, VECTOR)
    np.testing.assert_array_equal(run(inputs, parts, X), 4 * X)
    np.testing.assert_array_equal(weight.numpy(), 5 * X)
