"""A Plan's memory: what is shared, taken over and kept, and that a run allocates nothing."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

from convolith import ops
from convolith.graph.arena import Arena
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.operation import Operation
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.optimizers.sgd import SGDStep
from tests.graph.random_graphs import random_graph

VECTOR = Spec((3,), np.dtype(np.float32))
X = np.array([1, -2, 3], np.float32)


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
    for step, (node, (compute, outputs, inputs, _)) in enumerate(zip(nodes, plan._calls, strict=True)):
        compute(outputs, *inputs)
        kept = {tensor: pair for tensor, pair in kept.items() if last[tensor] > step}
        for tensor, (array, value) in kept.items():
            np.testing.assert_array_equal(array, value, err_msg=f"{tensor!r} was overwritten by {node!r}")
        kept.update(
            (tensor, (array, array.copy()))
            for tensor, array in zip(node.outputs, outputs, strict=True)
            if tensor in last
        )


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
        SGDStep()(kernel, by_kernel, 0.1, 0)
        SGDStep(0.9)(matrix, by_matrix, 0.1, 0, velocity)
        return loss

    plan = Plan(fuse(trace(function, Spec(shape, np.dtype(np.float32)), Spec((8,), np.dtype(np.int64)))))
    images, labels = np.ones(shape, np.float32), np.arange(8)
    for _ in range(5):
        plan.run(images, labels)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(150):  # until the interpreter's and NumPy's own stocks of small blocks are filled
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


def test_early_updates_keep_the_peak_low():
    """The gradients of ten large matrices need not exist at the same time."""
    kernels = [Variable(np.zeros((256, 256), np.float32)) for _ in range(10)]

    def function(x):
        for kernel in kernels:
            x = ops.dense(x, kernel)
        for kernel, gradient in zip(kernels, gradients([ops.mean(x)], [1.0], kernels), strict=True):
            SGDStep()(kernel, gradient, 0.1, 0)
        return ops.mean(x)

    plan = Plan(trace(function, Spec((2, 256), np.dtype(np.float32))))
    assert plan.peak_bytes < 2.5 * 256 * 256 * 4
