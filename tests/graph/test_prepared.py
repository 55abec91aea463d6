from __future__ import annotations

import gc
from dataclasses import dataclass

import numpy as np
import pytest

from convolith import ops
from convolith.graph.arena import Arena
from convolith.graph.operation import Operation
from convolith.graph.plan import Plan
from convolith.graph.prepared import prepare, settled
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops.update import Assign, assign, assign_add
from convolith.ops.update_effect import LearningRate

SPEC = Spec((2, 3), np.dtype(np.float32))
X = np.arange(6, dtype=np.float32).reshape(2, 3)


class Reverse(Operation):
    """The weight turned around: a form that an operation wants; it counts its computations."""

    computed = 0

    def infer(self, kernel):
        return kernel

    def compute(self, outputs, *inputs):
        Reverse.computed += 1
        outputs[0][...] = inputs[0][::-1]


@dataclass(frozen=True)
class Scale(Operation):
    """x times a weight, which it reads turned around where that is for nothing."""

    turned: bool = False

    def infer(self, x, kernel):
        return x

    def compute(self, outputs, *inputs):
        x, kernel = inputs
        np.multiply(x, kernel[::-1] if self.turned else kernel, out=outputs[0])

    def settle(self, node):
        return None if self.turned else (Scale(True), (node.inputs[0], Reverse()(node.inputs[1])))


@pytest.fixture
def kernel():
    Reverse.computed = 0
    return Variable(np.array([1, 2, 3], np.float32))


def names(plan):
    return [line.split()[1].rstrip(":") for line in plan.describe().splitlines()[1:]]


def test_a_settled_weight_is_prepared_once(kernel):
    plan = Plan(trace(lambda x: Scale()(x, kernel), SPEC))
    for _ in range(3):
        np.testing.assert_array_equal(plan.run(X)[0], X * [1, 2, 3])
    assert Reverse.computed == 1 and names(plan) == ["scale"] and plan.prepared_bytes == 12


def test_it_is_prepared_again_when_the_weight_has_changed(kernel):
    plan = Plan(trace(lambda x: Scale()(x, kernel), SPEC))
    other = Plan(trace(lambda x: assign_add(kernel, ops.sum(x, axis=0)), SPEC))
    ways = (
        lambda: kernel.assign([4, 5, 6]),
        lambda: kernel.assign_add(np.ones(3, np.float32)),
        lambda: assign(kernel, np.array([7, 8, 9], np.float32)),
        lambda: Assign()(kernel, np.full(3, 5, np.float32)),
        lambda: other.run(X),
        lambda: trace(lambda x: assign_add(kernel, ops.sum(x, axis=0)), SPEC).evaluate(X),
    )
    plan.run(X)
    for number, change in enumerate(ways):
        before = kernel.numpy()
        change()
        assert not np.array_equal(kernel, before)
        for _ in range(2):
            np.testing.assert_array_equal(plan.run(X)[0], X * kernel.numpy())
        assert Reverse.computed == number + 2


def test_what_another_library_may_write_into_is_prepared_in_each_run(kernel):
    plan = Plan(trace(lambda x: Scale()(x, kernel), SPEC))
    plan.run(X)
    shared = np.from_dlpack(kernel)
    if not shared.flags.writeable:
        shared = np.ndarray(shared.shape, shared.dtype, kernel.memory)
    shared[...] = [3, 1, 2]
    np.testing.assert_array_equal(plan.run(X)[0], X * [3, 1, 2])
    shared[0] = 5
    np.testing.assert_array_equal(plan.run(X)[0], X * [5, 1, 2])


def test_nobody_writes_into_a_variable_by_the_way(kernel):
    for array in (kernel.value, np.asarray(kernel.value), kernel.__array__(copy=False)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_a_weight_that_the_run_changes_is_read_as_it_is(kernel):
    def function(x):
        y = Scale()(x, kernel)
        assign_add(kernel, ops.sum(y, axis=0))
        return y

    plan = Plan(trace(function, SPEC))
    for _ in range(2):
        before = kernel.numpy()
        np.testing.assert_array_equal(plan.run(X)[0], X * before)
    assert Reverse.computed == 0 and plan.prepared_bytes == 0


def test_plans_of_one_arena_have_one_copy(kernel):
    arena = Arena()
    plans = [Plan(trace(lambda x: Scale()(x, kernel), Spec((n, 3), SPEC.dtype)), arena) for n in (1, 2, 3)]
    for plan, n in zip(plans, (1, 2, 3), strict=True):
        np.testing.assert_array_equal(plan.run(np.ones((n, 3), np.float32))[0], [[1, 2, 3]] * n)
    assert Reverse.computed == 1 and len(arena.prepared) == 1
    del plans, plan
    gc.collect()
    assert not arena.prepared


def test_results_are_not_kept_where_they_are_handed_out(kernel):
    plan = Plan(trace(lambda x: (ops.exp(kernel), x * ops.exp(kernel)), SPEC))
    first, second = plan.run(X)
    np.testing.assert_array_equal(second, X * ops.exp(kernel.numpy()))
    first[...] = 0
    np.testing.assert_array_equal(plan.run(X)[1], X * ops.exp(kernel.numpy()))


def test_what_is_much_larger_than_its_variables_is_not_kept(kernel):
    graph = trace(lambda x: x + ops.sum(ops.broadcast_to(kernel, (100, 3)), axis=0), SPEC)
    assert settled(graph.nodes(), []) == {kernel}
    plan = Plan(graph)
    np.testing.assert_array_equal(plan.run(X)[0], X + 100 * kernel.numpy())
    assert plan.prepared_bytes == 0


def test_what_is_not_a_function_of_its_inputs_is_not_kept():
    numbers = iter([1.0, 2.0])
    count = Variable(np.zeros((), np.int64))
    plan = Plan(trace(lambda x: x * ops.cast(LearningRate(lambda _: next(numbers))(count), np.float32), SPEC))
    np.testing.assert_array_equal(plan.run(X)[0], X)
    np.testing.assert_array_equal(plan.run(X)[0], 2 * X)


def test_a_graph_without_settled_results_stays_the_same(kernel):
    graph = trace(lambda x: x * kernel, SPEC)
    assert prepare(graph, {}) == (graph, [])


def test_an_interrupted_preparation_is_done_again(kernel, monkeypatch):
    plan = Plan(trace(lambda x: Scale()(x, kernel), SPEC))
    plan.run(X)
    kernel.assign([4, 5, 6])

    def interrupt(self, outputs, *inputs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Reverse, "compute", interrupt)
        with pytest.raises(KeyboardInterrupt):
            plan.run(X)
    np.testing.assert_array_equal(plan.run(X)[0], X * [4, 5, 6])


def test_numbers_of_other_shapes_or_signs_are_others():
    arena, variable = Arena(), Variable(np.ones((1,), "f4"))
    shapes = []
    for number in (np.ones((1,), "f4"), np.ones((1, 1), "f4")):
        graph = trace(lambda x, number=number: ops.exp(variable + number) * x, Spec((2, 1), np.dtype("f4")))
        shapes.append(Plan(graph, arena).run(np.ones((2, 1), "f4"))[0].shape)
    assert shapes == [(2, 1), (2, 1)]
    signs = []
    for zero in (0.0, -0.0):
        graph = trace(lambda x, zero=zero: x + 1.0 / (variable * np.float32(zero)), Spec((1,), np.dtype("f4")))
        with np.errstate(divide="ignore"):
            signs.append(float(Plan(graph, arena).run(np.zeros(1, "f4"))[0][0]))
    assert signs == [np.inf, -np.inf]


def test_an_array_that_its_owner_changes_is_read_anew():
    kernel = np.ones((1, 1, 16, 16), "f4")
    plan = Plan(trace(lambda x: ops.conv(x, kernel), Spec((1, 2, 2, 16), np.dtype("f4"))))
    x = np.ones((1, 2, 2, 16), "f4")
    before = plan.run(x)[0].copy()
    kernel *= 2
    np.testing.assert_array_equal(plan.run(x)[0], 2 * before)
