"""Zeros around images left to the convolution or the max pooling that reads them."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.tensor import Spec
from convolith.graph.trace import extend, trace
from tests.bounds import assert_within, sum_bound
from tests.ops.plans import check_in_plan, operations

numbers = np.random.default_rng(5)
X = numbers.normal(size=(2, 7, 6, 3)).astype(np.float32)
KERNEL = numbers.normal(size=(3, 3, 3, 4)).astype(np.float32)


@pytest.mark.parametrize("padding", ["valid", "same", ((1, 0), (0, 2))])
@pytest.mark.parametrize("strides", [1, 2])
def test_convolution_pads_itself(padding, strides):
    def function(x, kernel):
        return ops.relu(ops.conv(ops.pad(x, ((0, 0), (1, 2), (0, 3), (0, 0))), kernel, strides, padding))

    assert operations(function, X, KERNEL) == ["conv"]
    result, pullback = convolith.vjp(function, X, KERNEL)
    graph = fuse(trace(function, *(Spec(array.shape, array.dtype) for array in (X, KERNEL))))
    upstream = np.arange(result.size, dtype=np.float32).reshape(result.shape) - 100
    extended = extend(graph, lambda y: [y, *gradients([y], [upstream], graph.inputs)])
    # Sums of at most as many products as there are results, twice in float32; of magnitudes relu keeps all.
    total, back = convolith.vjp(function, *(abs(array).astype(np.float64) for array in (X, KERNEL)))
    magnitudes = total, *back(abs(upstream).astype(np.float64))
    found = extended.evaluate(X, KERNEL), [result, *pullback(upstream)]
    for ours, wanted, size in zip(*found, magnitudes, strict=True):
        assert_within(ours, wanted, 2 * sum_bound(result.size, size))


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
    assert "pad" in operations(function, X, KERNEL)
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

    assert "pad" not in operations(function, X)
    check_in_plan(function, X)
