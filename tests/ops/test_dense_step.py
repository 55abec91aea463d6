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

    def train(self, fused, change=lambda gradient, kernel: gradient):
        """Do two steps; give the operations, and all that was changed."""
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
        losses = [plan.run(self.x)[0].copy() for _ in range(2)]
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


@pytest.mark.torch
def test_torch_agrees(torch):
    network = Network("momentum")
    first, second = (torch.nn.Parameter(torch.from_numpy(one.copy())) for one in (network.first, network.second))
    velocity = torch.from_numpy(network.slots[0].copy())
    for _ in range(2):
        (torch.from_numpy(network.x) @ first @ second).square().sum().backward()
        with torch.no_grad():
            velocity.mul_(0.9).sub_(second.grad, alpha=0.01)
            second += velocity
            first -= 1e-3 * first.grad
        first.grad = second.grad = None
    _, (ours_first, ours_second, *_) = network.train(fused=True)
    # Sums of 7, 600, 451 and 8 products follow each other: gamma(1066) is 6.4e-5, and both sides may be off by it.
    for ours, theirs in ((ours_first, first), (ours_second, second)):
        np.testing.assert_allclose(ours, theirs.detach(), rtol=0, atol=1e-4 * np.abs(ours).max())


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
