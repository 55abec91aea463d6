"""A large matrix moved by a gradient that is nowhere written: the bits of the gradient and the step apart."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import extend, trace
from convolith.optimizers.adam import AdamStep
from convolith.optimizers.nadam import NadamStep
from convolith.optimizers.sgd import SGDStep
from tests.bounds import assert_within, gamma, sides

numbers = np.random.default_rng(11)

STEPS = {
    "plain": (SGDStep(), 0),
    "momentum": (SGDStep(0.9), 1),
    "nesterov": (SGDStep(0.9, True), 1),
    "decayed": (SGDStep(0.9, weight_decay=0.1), 1),
    "adam": (AdamStep(0.9, 0.99), 2),
    "nadam": (NadamStep(0.9, 0.99, 1e-7), 2),
}
"""Kinds of steps, each with the number of its slots."""


class Network:
    """Two dense layers, the second of which is large enough to be streamed, trained by one kind of step.

    Of up to 8 rows of points, 4 of images, every matrix is streamed.
    """

    def __init__(self, step, rows=4, columns=451, dtype=np.float32):
        self.x = numbers.normal(size=(rows, 2, 7)).astype(dtype)
        self.first = numbers.normal(size=(7, 600)).astype(dtype)
        self.second = numbers.normal(size=(600, columns)).astype(dtype) / 30
        self.slots = numbers.uniform(0, 0.1, (2, *self.second.shape)).astype(dtype)
        self.step = step

    def train(self, fused, change=lambda gradient, kernel: gradient, steps=2):
        """Do steps; give the operations, and all that was changed and the losses."""
        first, second, *slots = (Variable(one) for one in (self.first, self.second, *self.slots))

        def backward(y):
            loss = ops.sum(ops.square(y))
            by_first, by_second = gradients([loss], [np.ones((), y.dtype)], [first, second])
            SGDStep()(first, by_first, 1e-3, 0)
            by_second = change(by_second, second)
            rule, count = STEPS[self.step]
            rule(second, by_second, 0.01, 3, *slots[:count])
            return [loss]

        graph = trace(lambda x: ops.dense(ops.dense(x, first), second), Spec(self.x.shape, self.x.dtype))
        graph = extend(graph, backward)
        graph = fuse(graph) if fused else graph
        plan = Plan(graph)
        losses = [plan.run(self.x)[0].copy() for _ in range(steps)]
        return [node.operation.name for node in graph.nodes()], [
            one.numpy() for one in (first, second, *slots)
        ] + losses


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rows", "columns"), [(1, 500), (4, 451), (16, 512)])
def test_bits_are_those_of_gradient_and_step_apart(isa, step, dtype, rows, columns):
    network = Network(step, rows, columns, dtype)
    names, results = network.train(fused=True)
    assert names.count("dense_kernel_gradient") == (0 if rows <= 4 else 1) and f"dense_{STEPS[step][0].name}" in names
    plain, wanted = network.train(fused=False)
    assert plain.count("dense_kernel_gradient") == 2
    for result, expected in zip(results, wanted, strict=True):
        np.testing.assert_array_equal(result, expected)
    assert not np.array_equal(results[1], network.second)


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        ({"rows": 5, "columns": 300}, None),  # a small matrix
        ({"rows": 17}, None),  # more rows than are streamed
        ({"rows": 5}, lambda gradient, kernel: gradient + kernel * 0.1),  # a regularizer
        ({"rows": 5}, lambda gradient, kernel: ops.clip(gradient, -1, 1)),
    ],
)
def test_others_are_written(arguments, change):
    network = Network("momentum", **arguments)
    names, results = network.train(True, *([change] if change else []))
    assert names.count("dense_kernel_gradient") == 2
    for result, expected in zip(results, network.train(False, *([change] if change else []))[1], strict=True):
        np.testing.assert_array_equal(result, expected)


def test_a_gradient_that_is_given_out_is_written():
    kernel = Variable(numbers.normal(size=(600, 451)).astype(np.float32))

    def backward(y):
        (slope,) = gradients([y], [np.ones(y.shape, np.float32)], [kernel])
        SGDStep()(kernel, slope, 0.1, 0)
        return [slope]

    graph = fuse(extend(trace(lambda x: ops.dense(x, kernel), Spec((4, 600), np.dtype(np.float32))), backward))
    assert [node.operation.name for node in graph.nodes()] == ["dense_kernel_gradient", "sgd_step"]


def moved_by_torch(torch, arrays, sign):
    """Both matrices and the velocity after a step in float64 that adds `sign` times what the gradients say."""
    x, first, second, velocity = (torch.from_numpy(array).double().requires_grad_() for array in arrays)
    by_first, by_second = torch.autograd.grad((x @ first @ second).square().sum(), [first, second])
    velocity = 0.9 * velocity + sign * 0.01 * by_second
    return [one.detach().numpy() for one in (first + sign * 1e-3 * by_first, second + velocity, velocity)]


@pytest.mark.torch
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_torch_agrees(torch, isa, dtype):
    """A step makes sums of products, whose magnitudes the same step gives when it adds magnitudes.

    The points are sums of 7, the results of 600 of these, and the first matrix's gradient sums 451 and then 8 times the
    results; the second's is a sum of 8 of both. Each sum rounds once more than it has products. A gradient comes to the
    matrix through five roundings at most: of the rate or the momentum, their products, and two sums.
    """
    network = Network("momentum", dtype=dtype)
    points, results = 8, 8 + 601 + 1
    roundings = results + 452 + 9 + 5, points + results + 9 + 5, points + results + 9 + 4
    for _ in range(2):
        arrays = network.x, network.first, network.second, network.slots[0]
        exact = moved_by_torch(torch, arrays, -1)
        magnitudes = moved_by_torch(torch, [abs(array) for array in arrays], 1)
        _, (*found, _, _) = network.train(fused=True, steps=1)
        for ours, theirs, size, count in zip(found, exact, magnitudes, roundings, strict=True):
            assert_within(ours, theirs, sides(dtype) * gamma(count, dtype) * size)
        network.first, network.second, network.slots[0] = found


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_points_that_are_trained_too_are_read_before_they_move(order):
    """The step is an effect, which runs when other steps may have been done."""
    arrays = [numbers.normal(size=shape).astype(np.float32) for shape in ((2, 700), (700, 700))]

    def train(joined):
        variables = [Variable(array) for array in arrays]

        def backward(y):
            loss = ops.sum(ops.square(y))
            by = gradients([loss], [np.ones((), y.dtype)], variables)
            for number in order:
                SGDStep()(variables[number], by[number], 0.1, 0)
            return [loss]

        graph = extend(trace(lambda x: ops.dense(variables[0], variables[1]) + x, Spec((1,), np.dtype("f4"))), backward)
        Plan(fuse(graph) if joined else graph).run(np.zeros(1, "f4"))
        return [variable.numpy() for variable in variables]

    for ours, apart in zip(train(True), train(False), strict=True):
        np.testing.assert_array_equal(ours, apart)


def test_the_product_counts_where_it_is_not_written():
    network = Network("plain")
    graphs = []
    for joined in (True, False):
        kernel = Variable(network.second)

        def backward(y, kernel=kernel):
            (by_kernel,) = gradients([ops.sum(y)], [np.ones((), y.dtype)], [kernel])
            SGDStep()(kernel, by_kernel, 0.1, 0)
            return [y]

        graph = extend(trace(lambda x, kernel=kernel: ops.dense(x, kernel), Spec((4, 600), np.dtype("f4"))), backward)
        graphs.append(Plan(fuse(graph) if joined else graph).flops)
    assert graphs[0] == graphs[1] > 2 * 2 * 4 * 600 * 451
