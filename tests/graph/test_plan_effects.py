"""A Plan's order: what is left out, and when effects run."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.plan import Plan
from convolith.graph.schedule import schedule
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops import update
from convolith.optimizers.adam import AdamStep
from tests.graph.effects import add_in_place

pytestmark = pytest.mark.usefixtures("arguments")
VECTOR = Spec((3,), np.dtype(np.float32))
X = np.array([1, -2, 3], np.float32)


def test_an_effect_reads_what_an_earlier_one_wrote():
    first, second = Variable(np.ones(3, np.float32), name="first"), Variable(np.ones(3, np.float32), name="second")

    def function(x):
        update.assign(first, x)  # has to wait for the reader, which comes last
        add_in_place(second, first)
        return x

    def read(x):
        for _ in range(5):
            x = ops.tanh(x)
        return x

    graph = trace(lambda x: (read(x) + first, function(x)), VECTOR)
    for _ in range(2):
        Plan(graph).run(X)
    np.testing.assert_array_equal(second.numpy(), 1 + 2 * X)


def test_a_view_of_a_variable_shows_its_value_before_the_effects():
    variable = Variable(np.arange(4, dtype=np.float32))

    def function():
        view = ops.reshape(variable, (2, 2))
        update.assign(variable, np.zeros(4, np.float32))
        return view, view * 2

    view, double = Plan(trace(function)).run()
    np.testing.assert_array_equal(view, [[0, 1], [2, 3]])
    np.testing.assert_array_equal(double, [[0, 2], [4, 6]])
    np.testing.assert_array_equal(variable.numpy(), [0, 0, 0, 0])


def test_dead_code_is_not_computed():
    kernel = Variable(np.ones((3, 3, 2, 2), np.float32))

    def function(x):
        ops.exp(x)
        loss = ops.sum(ops.conv(x, kernel))
        return gradients([loss], [1.0], [kernel])

    names = [node.operation.name for node in schedule(trace(function, Spec((1, 5, 5, 2), np.dtype(np.float32))))]
    assert "conv_kernel_gradient" in names
    assert not {"conv_input_gradient", "conv", "exp", "sum"} & set(names)


def test_effects_run_early_but_after_the_readers_and_in_order():
    kernels = [Variable(np.full((4, 4), 0.5, np.float32), name=f"kernel{number}") for number in range(3)]
    count = Variable(np.array(0, np.int64), name="count")

    def function(x):
        for kernel in kernels:
            x = ops.tanh(ops.dense(x, kernel))
        loss = ops.mean(x)
        for kernel, gradient in zip(kernels, gradients([loss], [1.0], kernels), strict=True):
            AdamStep()(kernel, gradient, 0.1, count, *slots[kernel])
        add_in_place(count, np.array(1))
        return loss

    slots = {kernel: [Variable(np.zeros((4, 4), np.float32)) for _ in range(2)] for kernel in kernels}
    order = schedule(trace(function, Spec((2, 4), np.dtype(np.float32))))
    place = {node: step for step, node in enumerate(order)}
    steps = {node.inputs[0]: step for node, step in place.items() if node.operation.name == "adam_step"}
    for kernel in kernels:
        readers = [step for node, step in place.items() if kernel in node.inputs and not node.operation.writes]
        assert max(readers) < steps[kernel]
    assert steps[kernels[2]] < steps[kernels[1]] < steps[kernels[0]]  # each as soon as it may
    assert steps[kernels[2]] < max(
        step for node, step in place.items() if node.operation.name == "dense_kernel_gradient"
    )
    counted = next(step for node, step in place.items() if node.operation.name == "add_in_place")
    assert max(step for node, step in place.items() if count in node.inputs and not node.operation.writes) < counted


@pytest.mark.parametrize("part", [lambda x: x, lambda x: x[:3], lambda x: x[3:][::-1]])
def test_an_argument_in_the_memory_of_a_changed_variable_is_read_as_it_was(part):
    variable, count = Variable(np.zeros(6, np.float32)), Variable(np.zeros((), np.float32))

    def step(x):
        update.assign(variable, np.full(6, 7, np.float32))  # an effect runs as soon as it can, before x is read
        add_in_place(count, ops.sum(x))
        return ops.exp(x) * 2, x

    array = part(variable.value)
    graph = trace(step, Spec(array.shape, array.dtype))
    plan, found = Plan(graph), []
    for run in (graph.evaluate, plan.run):
        variable.assign(np.arange(6))
        count.assign(0)
        found.append([*(result.copy() for result in run(array)), variable.numpy(), count.numpy()])
    values = part(np.arange(6, dtype=np.float32))
    for results in found:
        for result, wanted in zip(results, (ops.exp(values) * 2, values, np.full(6, 7), values.sum()), strict=True):
            np.testing.assert_array_equal(result, wanted)


def test_effects_read_arguments_as_they_were():
    first, second = Variable(np.ones(3, np.float32)), Variable(np.zeros(3, np.float32))

    def step(x):
        update.assign(first, x * 5)
        add_in_place(second, x)

    graph = trace(step, VECTOR)
    for run in (graph.evaluate, Plan(graph).run):
        first.assign(np.ones(3))
        second.assign(np.zeros(3))
        run(first.value)
        assert first.numpy().tolist() == [5, 5, 5] and second.numpy().tolist() == [1, 1, 1]
