"""The gradient of a bias: none before batch normalisation, which takes it off again."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.tensor import Constant, Spec, Variable
from convolith.graph.trace import extend, trace
from tests.bounds import assert_within, gamma

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
    # 40 ones, and to each (1 - mean 1 - z mean z) / s of the normalised z, where the mean of ones is exact. That of z
    # is 0 but for roundings: 28 of the convolution, 40 of the mean of y, as many of that of z, and some sixteen. So is
    # the sum of z, and what is left of all parts is the square of it. Each is rounded to its one, and 40 are summed.
    y = ops.conv(X.astype(np.float64), KERNEL.astype(np.float64), bias=bias.numpy().astype(np.float64))
    size = ((abs(y) + abs(y).mean(axis=(0, 1, 2))) / y.std(axis=(0, 1, 2))).mean(axis=(0, 1, 2))
    left = np.square(gamma(28 + 40 + 40 + 16) * size) / y.std(axis=(0, 1, 2))
    assert_within(slope, np.full(4, 40.0), 40 * (gamma(40) + left))


@pytest.mark.torch
def test_torch_finds_no_gradient_of_such_a_bias_either(torch):
    """In float64. Its gradient is the sum of what comes back for the convolution, which is 0 but for roundings.

    That is (u - mean u - z mean(u z)) / s, where u comes back for the normalised z = (y - mean y) / s. Means are of 40
    and rounded as often, two of them in a row, and the other steps round some sixteen times.
    """
    images, kernel = (torch.from_numpy(array.copy()).double() for array in (X, KERNEL))
    bias = torch.zeros(4, requires_grad=True, dtype=torch.float64)
    y = torch.nn.functional.conv2d(images.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), bias)
    z = torch.nn.functional.batch_norm(y, None, None, None, None, True)
    torch.relu(z).square().sum().backward()
    y, u, axes = y.detach(), 2 * torch.relu(z.detach()), (0, 2, 3)
    s = y.std(axes, unbiased=False, keepdim=True)
    z = (abs(y) + abs(y).mean(axes, keepdim=True)) / s
    sizes = ((u + u.mean(axes, keepdim=True) + z * (z * u).mean(axes, keepdim=True)) / s).sum(axes)
    assert_within(bias.grad.numpy(), np.zeros(4), gamma(2 * 40 + 16, np.float64) * sizes.numpy())
