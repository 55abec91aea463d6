"""Additions with relu, zeros around images, and biases before batch normalisation: what a fused graph makes of them."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.tensor import Constant, Spec, Variable
from convolith.graph.trace import extend, trace
from tests.ops.plans import check_in_plan

numbers = np.random.default_rng(5)
X = numbers.normal(size=(2, 7, 6, 3)).astype(np.float32)
KERNEL = numbers.normal(size=(3, 3, 3, 4)).astype(np.float32)


def names(function, *arrays):
    graph = fuse(trace(function, *(Spec(array.shape, array.dtype) for array in arrays)))
    return [node.operation.name for node in graph.nodes()]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 17, 200_001])
def test_sum_and_relu(isa, dtype, size):
    x, y = (numbers.normal(size=size).astype(dtype) for _ in range(2))
    x[0] = np.nan
    assert names(lambda x, y: ops.relu(x + y), x, y) == ["add"]
    check_in_plan(lambda x, y: ops.relu(x + y), x, y)
    np.testing.assert_array_equal(ops.relu(x + y), np.maximum(x + y, 0))


def test_relu_after_sums_of_other_shapes_stays():
    assert names(lambda x, y: ops.relu(x + y), X, X[:1]) == ["add", "relu"]
    check_in_plan(lambda x, y: ops.relu(x + y), X, X[:1])


@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (0, 2))])
@pytest.mark.parametrize("strides", [1, 2])
def test_convolution_pads_itself(padding, strides):
    def function(x, kernel):
        return ops.relu(ops.conv(ops.pad(x, ((0, 0), (1, 2), (0, 3), (0, 0))), kernel, strides, padding))

    assert names(function, X, KERNEL) == ["conv"]
    result, pullback = convolith.vjp(function, X, KERNEL)
    graph = fuse(trace(function, *(Spec(array.shape, array.dtype) for array in (X, KERNEL))))
    upstream = np.arange(result.size, dtype=np.float32).reshape(result.shape) - 100
    extended = extend(graph, lambda y: [y, *gradients([y], [upstream], graph.inputs)])
    for ours, wanted in zip(extended.evaluate(X, KERNEL), [result, *pullback(upstream)], strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, k: ops.conv(ops.pad(x, 1)[:2, ..., :3], k),  # channels and images too
        lambda x, k: ops.conv(ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=1), k),
        lambda x, k: ops.sum(ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))) + k,
        lambda x, k: ops.max_pool(ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), 3),  # negative numbers
        lambda x, k: ops.max_pool(ops.pad(ops.relu(x), ((0, 0), (1, 1), (1, 1), (0, 0))), 1),  # windows of zeros alone
        lambda x, k: ops.max_pool(ops.pad(ops.relu(x), ((0, 0), (1, 1), (1, 1), (0, 0))), 2, dilation_rate=2),
    ],
)
def test_zeros_that_nobody_can_leave_out_stay(function):
    assert "pad" in names(function, X, KERNEL)
    check_in_plan(function, X, KERNEL)


@pytest.mark.parametrize("around", [((1, 1), (1, 1)), ((0, 2), (1, 0))])
@pytest.mark.parametrize("producer", ["relu", "conv", "normalize_batch"])
def test_max_pooling_ignores_zeros_around_what_is_rectified(around, producer):
    """Half of the numbers are 0 after relu, so windows of zeros alone are among them: relu lets no gradient through."""

    def function(x):
        y = {
            "relu": lambda: x,
            "conv": lambda: ops.conv(x, KERNEL),
            "normalize_batch": lambda: ops.normalize_batch(x)[0],
        }
        rectified = ops.relu(y[producer]() - 1 if producer == "relu" else y[producer]())
        return ops.max_pool(ops.pad(rectified, ((0, 0), *around, (0, 0))), 3, strides=2)

    assert "pad" not in names(function, X)
    check_in_plan(function, X)


def test_bias_before_batch_normalisation_has_no_gradient():
    bias = Variable(numbers.normal(size=4).astype(np.float32))

    def function(x, rectified):
        y = ops.normalize_batch(ops.conv(x, KERNEL, bias=bias))[0]
        return ops.relu(y + y[::-1]) if rectified else y

    for rectified in (True, False):
        graph = fuse(trace(lambda x, rectified=rectified: function(x, rectified), Spec(X.shape, X.dtype)))
        (slope,) = extend(graph, lambda y: gradients([y], [np.ones(y.shape, np.float32)], [bias])).outputs
        assert isinstance(slope, Constant) and not slope.value.any() and slope.shape == (4,)
    # Another way for the gradient to come does count.
    graph = trace(
        lambda x: (lambda y: ops.normalize_batch(y)[0] + y)(ops.conv(x, KERNEL, bias=bias)), Spec(X.shape, X.dtype)
    )
    (slope,) = extend(graph, lambda y: gradients([y], [np.ones(y.shape, np.float32)], [bias])).evaluate(X)
    np.testing.assert_allclose(slope, 2 * 5 * 4, rtol=1e-5)


@pytest.mark.torch
def test_torch_finds_no_gradient_of_such_a_bias_either(torch):
    bias = torch.zeros(4, requires_grad=True)
    images = torch.from_numpy(X.transpose(0, 3, 1, 2).copy())
    y = torch.nn.functional.conv2d(images, torch.from_numpy(KERNEL.transpose(3, 2, 0, 1).copy()), bias)
    y = torch.nn.functional.batch_norm(y, None, None, None, None, True)
    torch.relu(y).square().sum().backward()
    np.testing.assert_allclose(bias.grad, 0, atol=1e-4)
