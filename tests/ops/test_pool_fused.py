"""The gradient of max pooling that stops where relu, which made what is pooled, let nothing through."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.tensor import Spec
from convolith.graph.trace import extend, trace

numbers = np.random.default_rng(13)
KERNEL = numbers.normal(size=(3, 3, 3, 21)).astype(np.float32)
X = numbers.normal(size=(2, 11, 9, 3)).astype(np.float32)


def trained(function, x):
    """Give the operations of a function and its gradient, fused, and the gradient."""
    y = function(x)
    upstream = np.random.default_rng(1).normal(size=y.shape).astype(x.dtype)
    graph = fuse(trace(function, Spec(x.shape, x.dtype)))
    graph = fuse(extend(graph, lambda y: gradients([y], [upstream], graph.inputs)))
    _, pullback = convolith.vjp(function, x)
    return [node.operation.name for node in graph.nodes()], graph.evaluate(x)[0], pullback(upstream)[0]


@pytest.mark.parametrize("pooling", [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}])
@pytest.mark.parametrize("producer", ["conv", "relu", "add"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_pass_does_it(isa, pooling, producer, dtype):
    def function(x):
        y = ops.conv(x, KERNEL.astype(dtype)) if producer == "conv" else x + x[::-1] if producer == "add" else x
        return ops.max_pool(ops.relu(y), **pooling)

    x = X.astype(dtype)
    x[1, 2, 3] = np.nan
    names, gradient, wanted = trained(function, x)
    assert "max_pool_gradient" in names and "relu_gradient" not in names
    np.testing.assert_array_equal(gradient, wanted)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.average_pool(ops.relu(x), 2),
        lambda x: ops.max_pool(ops.relu(x), 2) + ops.relu(x)[:, :5, :4],  # one of the two only
        lambda x: (lambda y: ops.max_pool(y, 2) + y[:, :5, :4])(ops.relu(x)),  # another reader
        lambda x: ops.relu(ops.max_pool(x, 2)),
    ],
)
def test_relu_elsewhere_keeps_its_gradient(function):
    names, gradient, wanted = trained(function, X)
    assert "relu_gradient" in names
    np.testing.assert_array_equal(gradient, wanted)
