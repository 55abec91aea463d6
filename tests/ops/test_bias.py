"""The gradient of a bias: none before batch normalisation, which takes it off again."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.tensor import Constant, Spec, Variable
from convolith.graph.trace import extend, trace
from tests.bounds import gamma

numbers = np.random.default_rng(5)
X = numbers.normal(size=(2, 7, 6, 3)).astype(np.float32)
KERNEL = numbers.normal(size=(3, 3, 3, 4)).astype(np.float32)


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
    # 40 ones, and as many parts of the normalisation's gradient, which sum to 0: each within some 40 roundings of 1.
    np.testing.assert_allclose(slope, 2 * 5 * 4, rtol=0, atol=40 * gamma(40))


@pytest.mark.torch
def test_torch_finds_no_gradient_of_such_a_bias_either(torch):
    bias = torch.zeros(4, requires_grad=True)
    images = torch.from_numpy(X.transpose(0, 3, 1, 2).copy())
    y = torch.nn.functional.conv2d(images, torch.from_numpy(KERNEL.transpose(3, 2, 0, 1).copy()), bias)
    y = torch.nn.functional.batch_norm(y, None, None, None, None, True)
    torch.relu(y).square().sum().backward()
    # torch's sum of 40 slopes of up to 8, of which each is a sum of 40: its magnitude is up to 40 * 8.
    np.testing.assert_allclose(bias.grad, 0, atol=gamma(80) * 40 * 8)
