"""Recomputed graphs give the same bits, need no more than the limit, and do their effects once."""

import numpy as np
import pytest

from convolith import ops
from convolith.graph.arena import Paper
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.recompute import NoPlan, Rewriter, recompute
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import Graph, extend, trace
from convolith.ops.dropout import advance
from convolith.ops.update import move_average
from convolith.optimizers.sgd import SGDStep

SHAPE = (4, 12, 12, 8)


class Step:
    """A step of training of a residual network with everything that must not happen twice; its Variables."""

    def __init__(self, depth=6):
        rng = np.random.default_rng(1)
        self.kernels = [Variable(rng.standard_normal((3, 3, 8, 8)).astype("float32") / 9) for _ in range(depth)]
        self.means = [Variable(np.zeros(8, "float32"), trainable=False) for _ in range(depth)]
        self.state = Variable(np.array([5, 0], "uint64"), trainable=False)
        graph = fuse(trace(self.forward, Spec(SHAPE, np.dtype("float32"))), self.kernels)
        extended = extend(graph, self.backward)
        self.graph = Graph(extended.inputs, extended.outputs, graph.structure, extended.effects)

    def forward(self, x):
        for kernel, mean in zip(self.kernels, self.means, strict=True):
            y, batch_mean, _ = ops.normalize_batch(x)
            move_average(mean, batch_mean, 0.9)
            y = ops.dropout(ops.relu(ops.conv(y, kernel, padding="same")), 0.3, self.state)
            advance(self.state)
            x = x + ops.reshape(ops.reshape(y, (4, -1)), SHAPE)
        return ops.mean(ops.square(ops.max_pool(x, 2)))

    def backward(self, loss):
        for kernel, gradient in zip(self.kernels, gradients([loss], [1.0], self.kernels), strict=True):
            SGDStep()(kernel, gradient, 0.1, 0)
        return loss

    def after(self, graph, runs=3):
        """Run a graph, and return its results and what the Variables are then."""
        plan, x = Plan(graph), np.random.default_rng(2).standard_normal(SHAPE).astype("float32")
        losses = [float(plan.run(x)[0]) for _ in range(runs)]
        return losses, [variable.numpy() for variable in (*self.kernels, *self.means, self.state)]


def assert_same(found, expected):
    assert found[0] == expected[0]
    for one, other in zip(found[1], expected[1], strict=True):
        np.testing.assert_array_equal(one, other)


def needs(graph):
    return Plan(graph, Paper()).needed_bytes


@pytest.fixture
def expected():
    step = Step()
    return step.after(step.graph)


@pytest.mark.parametrize("share", [0.95, 0.85, 0.75, 0.65])
def test_less_memory_and_the_same_bits(share, expected):
    one = Step()
    limit = int(share * needs(one.graph))
    graph = recompute(one.graph, limit)
    assert needs(graph) <= limit
    assert len(graph.nodes()) > len(one.graph.nodes())
    assert_same(one.after(graph), expected)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_kept(seed, expected):
    one = Step()
    rewriter, rng = Rewriter(one.graph), np.random.default_rng(seed)
    kept = frozenset(tensor for tensor in rewriter.results if rng.random() < seed / 12)
    assert_same(one.after(rewriter.rewrite(kept)[0]), expected)


def test_keeping_all_computes_nothing_again():
    one = Step()
    graph, again = Rewriter(one.graph).rewrite(frozenset(Rewriter(one.graph).results))
    assert all(node.operation.view for node in again)
    assert needs(graph) == needs(one.graph)


def test_nothing_is_computed_more_than_twice():
    rewriter = Rewriter(Step().graph)
    _, again = rewriter.rewrite(frozenset())
    assert len(again) <= len(rewriter.forward)


def test_a_tighter_limit_takes_more_time():
    one, extra = Step(), []
    for share in (0.9, 0.75, 0.65):
        graph = recompute(one.graph, int(share * needs(one.graph)))
        extra.append(sum(node.operation.name.startswith("conv") for node in graph.nodes()))
    assert extra == sorted(extra)


def test_a_deep_chain_takes_memory_like_its_root():
    shallow, deep = Step(6), Step(54)
    smallest = {}
    for one in (shallow, deep):
        with pytest.raises(NoPlan) as error:
            recompute(one.graph, 1)
        smallest[one] = error.value.smallest
        assert needs(recompute(one.graph, smallest[one])) <= smallest[one]
    with pytest.raises(NoPlan, match=f"the smallest needs {smallest[shallow]:,}"):
        recompute(shallow.graph, smallest[shallow] - 1)
    assert smallest[deep] < 5 * smallest[shallow]  # nine times as deep
    assert smallest[deep] < 0.4 * needs(deep.graph)


@pytest.mark.slow
def test_a_deep_chain_has_no_plan_below_the_smallest():
    deep = Step(54)
    with pytest.raises(NoPlan) as error:
        recompute(deep.graph, 1)
    with pytest.raises(NoPlan, match=f"the smallest needs {error.value.smallest:,}"):
        recompute(deep.graph, error.value.smallest - 1)
