"""Activations and their gradients against PyTorch in float64, which has formulas and kernels of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import activations, ops
from tests.geometries import normal, seeds
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch

matrices = st.tuples(st.integers(1, 4), st.integers(1, 20))


CASES = {
    "exponentials": (
        lambda x: ops.exp(x / 8) + ops.exp2(x / 8) + ops.power(ops.abs(x) + 1, 0.3),
        lambda f, x: (x / 8).exp() + (x / 8).exp2() + (x.abs() + 1) ** 0.3,
    ),
    "logarithms": (
        lambda x: ops.log(x * x + 1) + ops.log2(x * x + 1) * ops.rsqrt(x * x + 1) + ops.log10(x * x + 1),
        lambda f, x: (x * x + 1).log() + (x * x + 1).log2() * (x * x + 1).rsqrt() + (x * x + 1).log10(),
    ),
    "trigonometry": (
        lambda x: ops.cos(x) + ops.tan(x / 32) + ops.arctan(x) + ops.arcsinh(x) + ops.cosh(x / 8) + ops.sinh(x / 8),
        lambda f, x: x.cos() + (x / 32).tan() + x.atan() + x.asinh() + (x / 8).cosh() + (x / 8).sinh(),
    ),
    "its inverses": (
        lambda x: ops.arcsin(x / 32) * ops.arccos(x / 32) + ops.arctanh(x / 32) + ops.arccosh(x * x + 1.5),
        lambda f, x: (x / 32).asin() * (x / 32).acos() + (x / 32).atanh() + (x * x + 1.5).acosh(),
    ),
    "celu": (lambda x: ops.celu(x, 1.5), lambda f, x: f.celu(x, 1.5)),
    "elu": (lambda x: ops.elu(x, 0.5), lambda f, x: f.elu(x, 0.5)),
    "erf": (ops.erf, lambda f, x: x.erf()),
    "gelu": (lambda x: ops.gelu(x, False), lambda f, x: f.gelu(x)),
    "gelu, approximate": (ops.gelu, lambda f, x: f.gelu(x, approximate="tanh")),
    "hard_shrink": (lambda x: ops.hard_shrink(x, 0.25), lambda f, x: f.hardshrink(x, 0.25)),
    "hard_sigmoid": (ops.hard_sigmoid, lambda f, x: f.relu6(x + 3) / 6),
    "hard_silu": (ops.hard_silu, lambda f, x: f.hardswish(x)),
    "hard_tanh": (ops.hard_tanh, lambda f, x: f.hardtanh(x)),
    "leaky_relu": (lambda x: ops.leaky_relu(x, 1.25), lambda f, x: f.leaky_relu(x, 1.25)),
    "log_sigmoid": (ops.log_sigmoid, lambda f, x: f.logsigmoid(x)),
    "mish": (ops.mish, lambda f, x: f.mish(x)),
    "relu6": (ops.relu6, lambda f, x: f.relu6(x)),
    "selu": (ops.selu, lambda f, x: f.selu(x)),
    "sigmoid": (ops.sigmoid, lambda f, x: x.sigmoid()),
    "silu": (ops.silu, lambda f, x: f.silu(x)),
    "soft_shrink": (lambda x: ops.soft_shrink(x, 0.25), lambda f, x: f.softshrink(x, 0.25)),
    "softmax": (ops.softmax, lambda f, x: f.softmax(x, -1)),
    "log_softmax": (ops.log_softmax, lambda f, x: f.log_softmax(x, -1)),
    "softplus": (ops.softplus, lambda f, x: f.softplus(x, threshold=1e9)),
    "softsign": (ops.softsign, lambda f, x: f.softsign(x)),
    "tanh": (ops.tanh, lambda f, x: x.tanh()),
    "tanh_shrink": (ops.tanh_shrink, lambda f, x: f.tanhshrink(x)),
    "threshold": (lambda x: ops.threshold(x, 0.5, -2.0), lambda f, x: f.threshold(x, 0.5, -2.0)),
    "relu, all arguments": (
        lambda x: activations.relu(x, 0.5, 2.0, 0.25),
        lambda f, x: x.clamp(max=2.0) * (x > 0.25) + 0.5 * (x - 0.25) * (x <= 0.25),
    ),
}


@pytest.mark.parametrize("name", CASES)
@given(matrices, seeds)
def test_values_and_gradients(torch, name, shape, seed):
    ours, theirs = CASES[name]
    (x,) = normal(seed, np.float64, shape)
    x = np.clip(x, -30, 30)
    x[x == 0] = 0.125  # at its kink a function has many slopes to choose from
    compare(torch, ours, lambda x: theirs(torch.nn.functional, x), x, seed=seed)


@given(matrices, st.integers(0, 1), seeds)
def test_glu(torch, shape, axis, seed):
    (x,) = normal(seed, np.float64, shape)
    both = np.clip(np.concatenate([x, x[::-1]], axis), -30, 30)
    compare(torch, lambda x: ops.glu(x, axis), lambda x: torch.nn.functional.glu(x, axis), both, seed=seed)


@given(matrices, seeds)
def test_prelu(torch, shape, seed):
    """Of small numbers, whose products and sums are exact."""
    numbers = np.random.default_rng(seed)
    x, alpha, upstream = (numbers.integers(-9, 10, size) / 8 for size in (shape, shape[1:], shape))
    x[x == 0] = 0.125
    leaves = [torch.from_numpy(array.copy()).requires_grad_() for array in (x, alpha)]
    expected = torch.nn.functional.prelu(*leaves)
    expected.backward(torch.from_numpy(upstream.copy()))
    result, pullback = convolith.vjp(ops.prelu, x, alpha)
    np.testing.assert_array_equal(result, expected.detach().numpy())
    for gradient, leaf in zip(pullback(upstream), leaves, strict=True):
        np.testing.assert_array_equal(gradient, leaf.grad.numpy())
