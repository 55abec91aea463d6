"""Normalisation by given moments taken into the weights of the product before it, where no run changes them."""

from __future__ import annotations

from copy import copy

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import extend, trace
from convolith.optimizers.sgd import SGDStep
from tests.bounds import assert_within, gamma

numbers = np.random.default_rng(7)
X = numbers.normal(size=(2, 7, 6, 4)).astype(np.float32)
KERNELS = {
    "conv": (3, 3, 2, 6),  # two groups
    "depthwise_conv": (3, 3, 4, 2),
    "dense": (4, 6),
}


class Network:
    """A product, a normalisation by the moments of a Variable each, and perhaps more."""

    def __init__(self, product, biased=True, scaled=True, after="relu"):
        channels = 8 if product == "depthwise_conv" else 6
        self.product, self.after = product, after
        self.kernel = Variable(numbers.normal(size=KERNELS[product]).astype(np.float32))
        self.rows = [Variable(one.astype(np.float32)) for one in numbers.normal(size=(4, channels))]
        self.variance = Variable(numbers.uniform(0.5, 2, channels).astype(np.float32))
        self.biased, self.scaled = biased, scaled

    def __call__(self, x):
        bias, mean, offset, scale = self.rows
        y = getattr(ops, self.product)(x, self.kernel, bias=bias if self.biased else None)
        given = (offset, scale) if self.scaled else (None, None)
        y = ops.batch_normalization(y, mean, self.variance, -1, *given)
        return {"relu": ops.relu, "tanh": ops.tanh, "add": lambda y: ops.relu(y + y[::-1])}[self.after](y)

    def magnitudes(self):
        """The same of magnitudes, with nothing that cancels: its results and gradients bound those of all roundings."""
        other = copy(self)
        signs = 1, -1, 1, 1  # the mean is taken off
        other.kernel = Variable(abs(self.kernel.numpy()))
        other.rows = [Variable(sign * abs(row.numpy())) for sign, row in zip(signs, self.rows, strict=True)]
        return other

    def assert_near(self, result):
        """Two float32 results are sums of at most 18 products, scaled and shifted: some 30 roundings each."""
        assert_within(result, self(X).astype(np.float64), 2 * gamma(30) * self.magnitudes()(abs(X)))

    def graph(self, *changing):
        return fuse(trace(self, Spec(X.shape, X.dtype)), changing)


def computed(plan):
    """What a plan computes in each run."""
    return [line.split()[1].rstrip(":") for line in plan.describe().splitlines()[1:]]


@pytest.mark.parametrize("product", KERNELS)
@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
def test_only_the_product_is_left(isa, product, biased, scaled):
    network = Network(product, biased, scaled)
    plan = Plan(network.graph())
    assert computed(plan) == [product]
    network.assert_near(plan.run(X)[0])


def test_what_follows_stays():
    assert computed(Plan(Network("conv", after="tanh").graph())) == ["conv", "tanh"]
    assert computed(Plan(Network("conv", after="add").graph()))[-1] == "add"


@pytest.mark.parametrize("number", range(6))
def test_a_changed_variable_counts_in_the_next_run(number):
    network = Network("conv")
    plan = Plan(network.graph())
    before = plan.run(X)[0].copy()
    variable = [network.kernel, network.variance, *network.rows][number]
    variable.assign(variable.numpy() * 1.5 + 0.1)
    network.assert_near(plan.run(X)[0])
    assert np.abs(plan.run(X)[0] - before).max() > 1e-3


def test_what_is_trained_is_not_folded():
    network = Network("conv")
    assert [node.operation.name for node in network.graph(network.kernel).nodes()][-1] == "standardize"
    for variable in (network.variance, *network.rows):
        assert computed(Plan(network.graph(variable)))[-1] == "standardize"


def test_another_reader_of_the_product_needs_it_as_it_is():
    network = Network("conv")

    def function(x):
        y = ops.conv(x, network.kernel)
        return ops.batch_normalization(y, network.rows[1], network.variance, -1), y

    assert computed(Plan(fuse(trace(function, Spec(X.shape, X.dtype))))) == ["conv", "standardize"]


@pytest.mark.parametrize("product", KERNELS)
def test_gradients_through_it(product):
    """A frozen layer that passes gradients on to those before it."""
    network = Network(product)
    plain = trace(network, Spec(X.shape, X.dtype))
    sizes = network.magnitudes()
    results = []
    for one, graph in ((network, plain), (network, network.graph()), (sizes, trace(sizes, Spec(X.shape, X.dtype)))):
        leaves = [graph.inputs[0], one.kernel, *one.rows, one.variance]

        def backward(y, leaves=leaves, magnitude=one is sizes):
            upstream = numbers_like(y)
            return gradients([y], [abs(upstream) if magnitude else upstream], leaves)

        results.append(extend(graph, backward).evaluate(abs(X) if one is sizes else X))
    # The 30 roundings of the results, and as many sums as there are pixels, 84.
    for folded, wanted, size in zip(*results, strict=True):
        assert_within(folded, wanted.astype(np.float64), 2 * gamma(30 + 84) * abs(size))


def numbers_like(tensor):
    return np.random.default_rng(8).normal(size=tensor.shape).astype(np.float32)


def test_training_in_another_plan_counts():
    network = Network("conv")
    infer = Plan(network.graph())
    start = infer.run(X)[0].copy()
    graph = network.graph(network.kernel)

    def backward(y):
        (slope,) = gradients([y], [numbers_like(y)], [network.kernel])
        SGDStep()(network.kernel, slope, 0.1, 0)
        return [y]

    train = Plan(extend(graph, backward))
    for _ in range(2):
        train.run(X)
        network.assert_near(infer.run(X)[0])
    assert np.abs(infer.run(X)[0] - start).max() > 1e-3


def test_a_product_that_is_the_mean_is_not_folded(generator):
    """What is normalised is another tensor."""
    kernel, values = (Variable(generator.standard_normal(shape).astype("f4")) for shape in ((3, 4), (2, 4)))
    variance = np.ones(4, "f4")

    def function(x):
        return ops.batch_normalization(values * 2.0, ops.dense(x, kernel), variance, axis=-1)

    graph = trace(function, Spec((3,), np.dtype("f4")))
    x = generator.standard_normal(3).astype("f4")
    np.testing.assert_array_equal(Plan(fuse(graph)).run(x)[0], Plan(graph).run(x)[0])
