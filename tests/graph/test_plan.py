"""A Plan gives what the graph gives, for arguments of any kind, and says what does not fit."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.graph.trace import trace
from tests.graph.random_graphs import random_graph

pytestmark = pytest.mark.usefixtures("arguments")
VECTOR = Spec((3,), np.dtype(np.float32))
X = np.array([1, -2, 3], np.float32)


def saved(variables):
    return [variable.numpy() for variable in variables]


def restore(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


@pytest.mark.parametrize("seed", range(150))
def test_random_graphs_give_what_evaluate_gives_bit_for_bit(seed):
    graph, arrays, variables = random_graph(seed)
    before = saved(variables)
    expected = [graph.evaluate(*arrays) for _ in range(3)]  # three, as the effects change the Variables
    after = saved(variables)
    for prepared in (graph, fuse(graph)):
        plan = Plan(prepared)
        restore(variables, before)
        for results in expected:
            plan.arena.block[...] = 255  # NaN, wherever something is read that was not written
            for result, wanted in zip(plan.run(*arrays), results, strict=True):
                np.testing.assert_array_equal(result, wanted)
        for variable, value in zip(variables, after, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_plan_is_made_again_from_the_same_function(seed):
    first, second = (Plan(random_graph(seed)[0]) for _ in range(2))
    assert first.describe() == second.describe() and first.peak_bytes == second.peak_bytes


def test_arguments_of_the_right_kind_are_read_in_place_and_let_go():
    plan = Plan(trace(lambda x: x * 2, Spec((1 << 20,), np.dtype(np.float32))))
    array = np.ones(1 << 20, np.float32)
    plan.run(array)
    references = gc.get_referrers(array)
    assert not [holder for holder in references if isinstance(holder, list)]
    assert all(inputs[position] is None for readers in plan._readers for inputs, position in readers)


@pytest.mark.parametrize(
    "odd",
    [
        np.arange(12, dtype=np.float32)[::2],
        np.arange(6, dtype=np.float32)[::-1],
        np.arange(6, dtype=">f4"),
        np.arange(6, dtype=np.float16),
        np.arange(6, dtype=np.int8),
        Variable(np.arange(6, dtype=np.float32)),
        np.frombuffer(b"x" + np.arange(6, dtype=np.float32).tobytes(), np.float32, offset=1),
    ],
)
def test_other_arguments_are_copied_into_the_arena(odd):
    spec = Spec((6,), np.dtype(np.float32))
    plan = Plan(trace(lambda x, y: (ops.relu(x), x - y, x), spec, spec))
    values, y = np.array(odd, np.float32), np.full(6, 2, np.float32)
    for result, wanted in zip(plan.run(odd, y), (values, values - 2, values), strict=True):
        np.testing.assert_array_equal(result, wanted)


def test_wrong_arguments():
    plan = Plan(trace(lambda x, y: x + y, VECTOR, VECTOR))
    with pytest.raises(TypeError, match="expected 2 arrays, got 1"):
        plan.run(X)
    with pytest.raises(ValueError, match=r"array 1 must have shape \(3,\), got \(4,\)"):
        plan.run(X, np.zeros(4, np.float32))
    with pytest.raises(TypeError, match="array 0 must be float32, got float64"):
        plan.run(X.astype(np.float64), X)
    with pytest.raises(ValueError, match="unknown batch size"):
        Plan(trace(lambda x: x + 1, Spec((None, 3), np.dtype(np.float32))))
    with pytest.raises(ValueError, match="unknown batch size"):
        Plan(trace(lambda x: ops.sum(x, axis=1) * 1, Spec((None, 3), np.dtype(np.float32))))


def test_a_result_can_be_an_argument():
    plan = Plan(trace(lambda x, y: (y * 2, x + 1), VECTOR, VECTOR))
    first, second = plan.run(X, X)
    first, second = plan.run(first, second)
    np.testing.assert_array_equal(first, 2 * (X + 1))
    np.testing.assert_array_equal(second, 2 * X + 1)
    first, second = plan.run(second[::-1], first)
    np.testing.assert_array_equal(second, (2 * X + 1)[::-1] + 1)


def test_errors_of_values_come_out_and_the_plan_goes_on():
    plan = Plan(
        trace(
            lambda labels, x: ops.sparse_categorical_crossentropy(labels, x, from_logits=True),
            Spec((2,), np.dtype(np.int64)),
            Spec((2, 3), np.dtype(np.float32)),
        )
    )
    logits = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match="target must hold classes from 0 to 2.*got 3"):
        plan.run(np.array([0, 3]), logits)
    for _ in range(2):
        np.testing.assert_allclose(plan.run(np.array([0, 2]), logits)[0], np.log([3, 3]), rtol=1e-6)
        with pytest.raises(ValueError, match="from 0 to 2.* 3"):
            plan.run(np.array([0, 3]), logits)


def test_empty_batches_run():
    kernel = Variable(np.ones((3, 3, 2, 4), np.float32))

    def function(x, labels):
        y = ops.conv(x, kernel)
        losses = ops.sparse_categorical_crossentropy(labels, ops.sum(y, axis=(1, 2)), from_logits=True)
        return [y, losses, *gradients([y, losses], [y, losses], [kernel])]

    plan = Plan(trace(function, Spec((0, 5, 5, 2), np.dtype(np.float32)), Spec((0,), np.dtype(np.int64))))
    y, losses, by_kernel = plan.run(np.empty((0, 5, 5, 2), np.float32), np.empty(0, np.int64))
    assert y.shape == (0, 3, 3, 4) and losses.shape == (0,)
    np.testing.assert_array_equal(by_kernel, np.zeros((3, 3, 2, 4)))


def test_describe_names_operations_and_places():
    text = Plan(trace(lambda x: ops.exp(ops.reshape(ops.tanh(x), (3, 1))), VECTOR)).describe()
    assert "3 operations in" in text and "tanh: float32[3] at" in text
    assert "reshape: float32[3, 1] view at" in text and "exp: float32[3, 1] in place at" in text


def test_threads_may_run_different_plans_and_eager_ops_at_once():
    jobs = [
        (Plan(graph), graph, arrays) for graph, arrays, _ in map(random_graph, range(200, 230)) if not graph.effects
    ]
    assert len(jobs) >= 4
    expected = [graph.evaluate(*arrays) for _, graph, arrays in jobs]
    failures = []

    def work(turn):
        try:
            for round_ in range(10):
                for number in range(len(jobs)):
                    number = (number + turn * round_) % len(jobs)
                    plan, graph, arrays = jobs[number]
                    with plan.arena.lock:
                        results = [result.copy() for result in plan.run(*arrays)]
                    for result, wanted in zip(results, expected[number], strict=True):
                        np.testing.assert_array_equal(result, wanted)
                    trace(lambda x: ops.relu(x) + 1, VECTOR)
                    assert not isinstance(ops.relu(Variable(X)), Tensor)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


def test_every_run_reads_its_own_arguments_and_the_variables_of_then():
    weights = Variable(np.ones((3, 2), np.float32))
    plan = Plan(
        trace(lambda x, y: (ops.relu(ops.matmul(x, weights)), x + y), *[Spec((4, 3), np.dtype(np.float32))] * 2)
    )
    for run in range(4):
        weights.assign(np.full((3, 2), run, np.float32))
        x, y = np.full((4, 3), run - 1, np.float32), np.full((4, 3), 10 * run, np.float32)
        product, total = plan.run(x, y)
        np.testing.assert_array_equal(product, np.full((4, 2), max(0, 3 * run * (run - 1))))
        np.testing.assert_array_equal(total, x + y)
