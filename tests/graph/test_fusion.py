from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import extend, trace
from convolith.ops import update

IMAGES = Spec((2, 5, 5, 3), np.dtype(np.float32))
numbers = np.random.default_rng(3)
X = numbers.normal(size=IMAGES.shape).astype(np.float32)
KERNEL = Variable(numbers.normal(size=(3, 3, 3, 4)).astype(np.float32))
MATRIX = Variable(numbers.normal(size=(3, 4)).astype(np.float32))
BIAS = Variable(numbers.normal(size=4).astype(np.float32))


def names(graph):
    return [node.operation.name for node in graph.nodes()]


@pytest.mark.parametrize("product", ["conv", "dense"])
@pytest.mark.parametrize("bias", [None, BIAS])
def test_relu_is_taken_along(product, bias):
    weights = KERNEL if product == "conv" else MATRIX
    graph = trace(lambda x: ops.relu(getattr(ops, product)(x, weights, bias=bias)), IMAGES)
    fused = fuse(graph)
    assert names(graph) == [product, "relu"] and names(fused) == [product]
    assert fused.nodes()[0].operation.activation == "relu" and fused.inputs == graph.inputs
    np.testing.assert_array_equal(fused.evaluate(X)[0], graph.evaluate(X)[0])


def test_a_result_with_another_reader_stays():
    def twice(x):
        y = ops.conv(x, KERNEL)
        return ops.relu(y), ops.exp(y)

    def given_out(x):
        y = ops.conv(x, KERNEL)
        return ops.relu(y), y

    for function in (twice, given_out):
        graph = trace(function, IMAGES)
        assert names(fuse(graph)) == names(graph)


def test_relu_is_taken_along_once_only():
    graph = trace(lambda x: ops.relu(ops.relu(ops.conv(x, KERNEL))), IMAGES)
    assert names(fuse(graph)) == ["conv", "relu"]


def test_other_activations_stay():
    assert names(fuse(trace(lambda x: ops.tanh(ops.conv(x, KERNEL)), IMAGES))) == ["conv", "tanh"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_differentiation_before_or_after_gives_the_same(when):
    def forward(x):
        y = ops.relu(ops.conv(x, KERNEL, bias=BIAS))
        return ops.relu(ops.dense(y, numbers_of_dense, bias=BIAS)), x

    numbers_of_dense = np.eye(4, dtype=np.float32)[::-1].copy()

    def slopes(y, x):
        upstream = np.arange(y.ndim and np.prod(y.shape), dtype=np.float32).reshape(y.shape)
        return gradients([y], [upstream], [KERNEL, BIAS, x])

    plain = extend(trace(forward, IMAGES), slopes)
    fused = extend(fuse(trace(forward, IMAGES)), slopes) if when == "before" else fuse(plain)
    assert "relu" in names(plain) and "relu" not in names(fused)
    for result, wanted in zip(fused.evaluate(X), plain.evaluate(X), strict=True):
        np.testing.assert_array_equal(result, wanted)


def test_effects_and_structure_are_kept():
    variable = Variable(np.zeros((2, 5, 5, 4), np.float32))

    def function(x):
        update.assign(variable, ops.relu(ops.conv(x, KERNEL, padding="same")))
        return {"x": x, "none": None, "sum": ops.sum(x)}

    fused = fuse(trace(function, IMAGES))
    assert names(fused).count("conv") == 1 and "relu" not in names(fused)
    result = fused.restore(fused.evaluate(X))
    np.testing.assert_array_equal(result["x"], X)
    np.testing.assert_array_equal(variable.numpy(), ops.relu(ops.conv(X, KERNEL, padding="same")))
