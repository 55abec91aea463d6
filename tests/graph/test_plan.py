from __future__ import annotations

import gc
import threading
import tracemalloc

import numpy as np
import pytest

from convolith import ops
from convolith.graph.arena import Arena
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.operation import Operation
from convolith.graph.plan import Plan, schedule
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.graph.trace import trace
from convolith.ops import update
from tests.graph.random_graphs import random_graph

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


@pytest.mark.parametrize("seed", range(40))
def test_what_is_still_read_is_never_overwritten(seed):
    """Watches each tensor from its making to its last reading, step by step."""
    graph, arrays, variables = random_graph(seed)
    plan = Plan(graph)
    plan.run(*arrays)
    nodes = [node for node in plan._nodes if not (node.outputs and node.outputs[0] in plan._bases)]
    assert len(nodes) == len(plan._calls)
    last = {}
    for step, node in enumerate(nodes):
        last.update((plan._bases.get(tensor, tensor), step) for tensor in node.inputs if tensor is not None)
    last.update((plan._bases.get(tensor, tensor), len(nodes)) for tensor in plan._graph.outputs)
    for number, array in enumerate(arrays):
        for inputs, position in plan._readers[number]:
            inputs[position] = array
    kept = {}
    for step, (node, (compute, outputs, inputs)) in enumerate(zip(nodes, plan._calls, strict=True)):
        compute(outputs, *inputs)
        kept = {tensor: pair for tensor, pair in kept.items() if last[tensor] > step}
        for tensor, (array, value) in kept.items():
            np.testing.assert_array_equal(array, value, err_msg=f"{tensor!r} was overwritten by {node!r}")
        kept.update(
            (tensor, (array, array.copy()))
            for tensor, array in zip(node.outputs, outputs, strict=True)
            if tensor in last
        )


@pytest.mark.parametrize("seed", range(20))
def test_the_same_plan_is_made_again_from_the_same_function(seed):
    first, second = (Plan(random_graph(seed)[0]) for _ in range(2))
    assert first.describe() == second.describe() and first.peak_bytes == second.peak_bytes


def test_results_take_over_what_nobody_reads_any_more():
    plan = Plan(trace(lambda x: ops.exp(ops.negative(ops.tanh(x * 2))), Spec((1000,), np.dtype(np.float32))))
    assert plan.peak_bytes <= 2 * 4032  # the copy of the argument, and one for all results
    assert plan.describe().count("in place") == 3


def test_nothing_takes_over_what_is_read_later_or_given_out():
    def function(x):
        first = ops.tanh(x)
        second = ops.negative(first)
        return first + second, ops.exp(second), second

    graph = trace(function, VECTOR)
    for result, wanted in zip(Plan(graph).run(X), graph.evaluate(X), strict=True):
        np.testing.assert_array_equal(result, wanted)


class PlusReverse(Operation):
    """x[i] + y[-i], which may be written over x, but not when that is y too."""

    takes_over = (0,)

    def infer(self, x, y):
        return x

    def compute(self, outputs, *inputs):
        x, y = inputs
        for i in range(len(x)):
            outputs[0][i] = x[i] + y[len(x) - 1 - i]


def test_an_input_that_is_also_read_otherwise_is_not_taken_over():
    def function(x):
        first, second = x * 1, x * 2
        apart = PlusReverse()(first, second)
        return PlusReverse()(apart, ops.reshape(ops.reshape(apart, (3, 1)), (3,)))

    graph = trace(function, VECTOR)
    plan = Plan(graph)
    assert plan.describe().count("plus_reverse: float32[3] in place") == 1
    np.testing.assert_array_equal(plan.run(X)[0], graph.evaluate(X)[0])


class NextAndDouble(Operation):
    """x + 1 and 2 x, the first of which may be written over x."""

    takes_over = (0,)

    def infer(self, x):
        return x, x

    def compute(self, outputs, *inputs):
        np.multiply(inputs[0], 2, out=outputs[1])
        np.add(inputs[0], 1, out=outputs[0])


def test_only_the_first_of_several_results_takes_over():
    graph = trace(lambda x: NextAndDouble()(ops.negative(x)), VECTOR)
    first, second = Plan(graph).run(X)
    np.testing.assert_array_equal(first, 1 - X)
    np.testing.assert_array_equal(second, -2 * X)


def test_what_is_broadcast_is_too_small_to_be_taken_over():
    graph = trace(lambda x: ops.exp(ops.sum(x, axis=0)) + x * 2, Spec((50, 3), np.dtype(np.float32)))
    values = np.linspace(-1, 1, 150, dtype=np.float32).reshape(50, 3)
    plan = Plan(graph)
    plan.arena.block[...] = 255
    np.testing.assert_array_equal(plan.run(values)[0], graph.evaluate(values)[0])
    assert plan._buffers[graph.outputs[0]].size == 600


def test_an_effect_reads_what_an_earlier_one_wrote():
    first, second = Variable(np.ones(3, np.float32), name="first"), Variable(np.ones(3, np.float32), name="second")

    def function(x):
        update.assign(first, x)  # has to wait for the reader, which comes last
        update.assign_add(second, first)
        return x

    def read(x):
        for _ in range(5):
            x = ops.tanh(x)
        return x

    graph = trace(lambda x: (read(x) + first, function(x)), VECTOR)
    for _ in range(2):
        Plan(graph).run(X)
    np.testing.assert_array_equal(second.numpy(), 1 + 2 * X)


def test_arguments_are_not_taken_over():
    array = X.copy()
    array.flags.writeable = False
    (result,) = Plan(trace(lambda x: ops.negative(x), VECTOR)).run(array)
    np.testing.assert_array_equal(result, -X)
    np.testing.assert_array_equal(array, X)


def test_views_share_their_buffer():
    def function(x):
        y = ops.tanh(x)
        return ops.reshape(y, (2, 50)), ops.sum(ops.reshape(ops.reshape(y, (5, 20)), (100,)), axis=0)

    graph = trace(function, Spec((100,), np.dtype(np.float32)))
    plan = Plan(graph)
    assert [node.operation.view for node in plan._nodes].count(True) == 3 and len(plan._bases) == 3
    values = np.linspace(-1, 1, 100, dtype=np.float32)
    for result, wanted in zip(plan.run(values), graph.evaluate(values), strict=True):
        np.testing.assert_array_equal(result, wanted)
    assert plan.peak_bytes < 3 * 448


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
            update.adam_step(kernel, gradient, *slots[kernel], 0.1, count)
        update.assign_add(count, np.array(1))
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
    assert order[-1].operation.name == "assign_add"


def test_early_updates_keep_the_peak_low():
    """The gradients of ten large matrices need not exist at the same time."""
    kernels = [Variable(np.zeros((256, 256), np.float32)) for _ in range(10)]

    def function(x):
        for kernel in kernels:
            x = ops.dense(x, kernel)
        for kernel, gradient in zip(kernels, gradients([ops.mean(x)], [1.0], kernels), strict=True):
            update.sgd_step(kernel, gradient, None, 0.1)
        return ops.mean(x)

    plan = Plan(trace(function, Spec((2, 256), np.dtype(np.float32))))
    assert plan.peak_bytes < 2.5 * 256 * 256 * 4


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
    with pytest.raises(TypeError, match="expected 2 arrays, came 1"):
        plan.run(X)
    with pytest.raises(ValueError, match=r"array 1 must have shape \(3,\), came \(4,\)"):
        plan.run(X, np.zeros(4, np.float32))
    with pytest.raises(TypeError, match="array 0 must be float32, came float64"):
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


def test_plans_of_one_arena_share_its_memory_and_survive_its_growth():
    arena = Arena()
    plans = {
        n: Plan(trace(lambda x: ops.sum(ops.exp(x) * 2, axis=1), Spec((n, 100), np.dtype(np.float32))), arena)
        for n in (8, 3)
    }
    assert arena.block.nbytes == plans[8].peak_bytes > plans[3].peak_bytes
    small, large = np.ones((3, 100), np.float32), np.zeros((20, 100), np.float32)
    (result,) = plans[3].run(small)
    kept = result.copy()
    block = arena.block
    plans[20] = Plan(trace(lambda x: ops.sum(x * 3, axis=1), Spec((20, 100), np.dtype(np.float32))), arena)
    assert arena.block is not block
    np.testing.assert_array_equal(result, kept)  # it keeps the old block
    plans[20].run(large)
    np.testing.assert_array_equal(plans[3].run(small)[0], kept)
    assert np.may_share_memory(plans[3].run(small)[0], arena.block)


def test_the_smaller_block_is_freed_when_the_arena_grows():
    arena = Arena()
    plan = Plan(trace(lambda x: x * 2, Spec((1 << 18,), np.dtype(np.float32))), arena)
    tracemalloc.start()
    try:
        plan.run(np.zeros(1 << 18, np.float32))
        arena.reserve(plan.peak_bytes + 1)
        held, _ = tracemalloc.get_traced_memory()
        assert held < plan.peak_bytes + (4 << 20)
        arena.reserve(1 << 24)
        held, _ = tracemalloc.get_traced_memory()
        assert held < (1 << 24) + (3 << 20)
    finally:
        tracemalloc.stop()


def test_running_allocates_nothing_large_and_does_not_grow():
    shape = (8, 32, 32, 8)
    kernel = Variable(np.full((3, 3, 8, 8), 0.01, np.float32))
    matrix = Variable(np.full((2048, 10), 0.01, np.float32))
    velocity = Variable(np.zeros((2048, 10), np.float32))
    state = Variable(np.array([1, 2], np.uint64))

    def function(x, labels):
        y = ops.max_pool(ops.relu(ops.conv(x, kernel, padding="same")), 2)
        y = ops.dropout(ops.reshape(y, (8, -1)), 0.5, state)
        loss = ops.mean(ops.sparse_categorical_crossentropy(labels, ops.dense(y, matrix), from_logits=True))
        by_kernel, by_matrix = gradients([loss], [1.0], [kernel, matrix])
        update.sgd_step(kernel, by_kernel, None, 0.1)
        update.sgd_step(matrix, by_matrix, velocity, 0.1, 0.9)
        return loss

    plan = Plan(fuse(trace(function, Spec(shape, np.dtype(np.float32)), Spec((8,), np.dtype(np.int64)))))
    images, labels = np.ones(shape, np.float32), np.arange(8)
    for _ in range(5):
        plan.run(images, labels)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(3):
            plan.run(images, labels)
        start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(50):
            plan.run(images, labels)
        end, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert end - start < 1000 and peak - start < 20_000  # a buffer would be 32 kB and more


def test_peak_bytes_counts_every_result_that_must_live():
    """A chain of ten results that the gradient needs, of 40 kB each, and a few more."""

    def function(x):
        y = x
        for _ in range(10):
            y = ops.tanh(y)
        return gradients([ops.sum(y)], [1.0], [x])

    plan = Plan(trace(function, Spec((10_000,), np.dtype(np.float32))))
    assert 10 * 40_000 <= plan.peak_bytes <= 14 * 40_064
    assert plan.arena.block.nbytes == plan.peak_bytes


def test_errors_of_values_come_out_and_the_plan_goes_on():
    plan = Plan(
        trace(
            lambda labels, x: ops.sparse_categorical_crossentropy(labels, x, from_logits=True),
            Spec((2,), np.dtype(np.int64)),
            Spec((2, 3), np.dtype(np.float32)),
        )
    )
    logits = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match="target must hold classes from 0 to 2.*came 3"):
        plan.run(np.array([0, 3]), logits)
    np.testing.assert_allclose(plan.run(np.array([0, 2]), logits)[0], np.log([3, 3]), rtol=1e-6)


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


@pytest.mark.parametrize("part", [lambda x: x, lambda x: x[:3], lambda x: x[3:][::-1]])
def test_an_argument_in_the_memory_of_a_changed_variable_is_read_as_it_was(part):
    variable, count = Variable(np.zeros(6, np.float32)), Variable(np.zeros((), np.float32))

    def step(x):
        update.assign(variable, np.full(6, 7, np.float32))  # an effect runs as soon as it can, before x is read
        update.assign_add(count, ops.sum(x))
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
        for result, wanted in zip(results, (np.exp(values) * 2, values, np.full(6, 7), values.sum()), strict=True):
            np.testing.assert_array_equal(result, wanted)


def test_effects_read_arguments_as_they_were():
    first, second = Variable(np.ones(3, np.float32)), Variable(np.zeros(3, np.float32))

    def step(x):
        update.assign(first, x * 5)
        update.assign_add(second, x)

    graph = trace(step, VECTOR)
    for run in (graph.evaluate, Plan(graph).run):
        first.assign(np.ones(3))
        second.assign(np.zeros(3))
        run(first.value)
        assert first.numpy().tolist() == [5, 5, 5] and second.numpy().tolist() == [1, 1, 1]
