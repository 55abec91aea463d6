"""PyTorch as an independent oracle of shapes and arithmetic: values and gradients in float64, ties and zeros too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch

ROWS = np.array([[2, 0, 1], [1, 1, 0]])

# Ours and torch's, each of x (2, 3) and y (3, 4): first what is exact of eighths, and of small integers.
EXACT = {
    "products": (lambda x, y: ops.prod(x, 1) * ops.prod(y), lambda torch, x, y: x.prod(1) * y.prod()),
    "running sums": (lambda x, y: ops.cumsum(y, 1) - ops.cumsum(y, 0), lambda torch, x, y: y.cumsum(1) - y.cumsum(0)),
    "choices": (
        lambda x, y: ops.where(x > 0, x * x, ops.abs(x)) + ops.sign(x),
        lambda torch, x, y: torch.where(x > 0, x * x, x.abs()) + x.sign(),
    ),
    "bounds": (
        lambda x, y: ops.maximum(x, x[:1]) - ops.minimum(x, 0.5),
        lambda torch, x, y: torch.maximum(x, x[:1]) - torch.minimum(x, torch.tensor(0.5, dtype=x.dtype)),
    ),
    "remainders": (
        lambda x, y: x % 0.75 + ops.floor(x) * x + x // 0.375,
        lambda torch, x, y: x % 0.75 + x.floor() * x + x.detach() // 0.375,
    ),
    "matmul": (lambda x, y: x @ y, lambda torch, x, y: x @ y),
    "matmul of batches": (
        lambda x, y: ops.matmul(ops.stack([x, x * x]), y),
        lambda torch, x, y: torch.matmul(torch.stack([x, x * x]), y),
    ),
    "einsum": (
        lambda x, y: ops.einsum("ij,jk,ik->kj", x, y, x @ y),
        lambda torch, x, y: torch.einsum("ij,jk,ik->kj", x, y, x @ y),
    ),
    "parts": (
        lambda x, y: x[:, [2, 0, 2]] * x[0],
        lambda torch, x, y: x[:, [2, 0, 2]] * x[0],
    ),
    "several arrays": (
        lambda x, y: y[[0, 2, 0], :, None][:, [1, 1]],
        lambda torch, x, y: y[[0, 2, 0], :, None][:, [1, 1]],
    ),
    "along an axis": (
        lambda x, y: ops.take_along_axis(x, ROWS, 1),
        lambda torch, x, y: x.gather(1, torch.from_numpy(ROWS)),
    ),
    "joining": (
        lambda x, y: ops.concatenate([x, ops.transpose(y), ops.repeat(x, 2, 0)]),
        lambda torch, x, y: torch.cat([x, y.T, x.repeat_interleave(2, 0)]),
    ),
    "arrangement": (
        lambda x, y: ops.roll(ops.flip(x, 1), (1, -1), (0, 1)) * ops.tile(x[:1, :1], (2, 3)) + ops.rot90(ops.rot90(x)),
        lambda torch, x, y: x.flip(1).roll((1, -1), (0, 1)) * x[:1, :1].tile(2, 3) + x.rot90(2),
    ),
    "reflected": (
        lambda x, y: ops.pad(x, ((0, 0), (2, 1)), "reflect"),
        lambda torch, x, y: torch.nn.functional.pad(x[None], (2, 1), "reflect")[0],
    ),
    "edges": (
        lambda x, y: ops.pad(x, ((0, 0), (2, 1)), "edge"),
        lambda torch, x, y: torch.nn.functional.pad(x[None], (2, 1), "replicate")[0],
    ),
    "order": (
        lambda x, y: ops.sort(y, 0) * ops.top_k(y, 4)[0],
        lambda torch, x, y: y.sort(0).values * y.topk(4).values,
    ),
    "triangles": (
        lambda x, y: ops.tril(y, 1) + ops.triu(y) * ops.trace(y) + ops.diag(ops.diagonal(y, 1))[:, :1],
        lambda torch, x, y: y.tril(1) + y.triu() * y[:, :3].trace() + y.diagonal(1).diag()[:, :1],
    ),
}
ROUNDED = {
    "reductions": (
        lambda x, y: [ops.logsumexp(x, 1), ops.var(x, 1), ops.norm(x, axis=1), ops.mean(x, -1), ops.sum(y)],
        lambda torch, x, y: [torch.logsumexp(x, 1), x.var(1, correction=0), x.norm(dim=1), x.mean(-1), y.sum()],
    ),
    "deviation": (lambda x, y: ops.std(x + 0 * x[:, :1], 1), lambda torch, x, y: x.std(1, correction=0)),
    "extremes": (
        lambda x, y: [ops.max(y, 0), ops.min(y, (0, 1)), ops.max(x)],
        lambda torch, x, y: [y.amax(0), y.amin((0, 1)), x.amax()],
    ),
    "functions": (
        lambda x, y: [ops.expm1(x), ops.arctan2(x, 2.0), ops.log1p(x * x), ops.sin(x), ops.logaddexp(x, 0.0)],
        lambda torch, x, y: [
            x.expm1(), torch.atan2(x, torch.tensor(2.0)), (x * x).log1p(), x.sin(), torch.logaddexp(x, 0 * x)
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=20)
@given(seed=st.integers(0, 999), few=st.booleans())
def test_exact_values_and_gradients(torch, name, seed, few):
    ours, theirs = EXACT[name]
    numbers = np.random.default_rng(seed)
    if few and name != "order":  # many equal, many zero; there torch takes other sides
        x, y = (numbers.integers(-1, 2, shape).astype(np.float64) for shape in ((2, 3), (3, 4)))
    else:
        x, y = (numbers.permutation(np.arange(-20, 20))[:12].reshape(3, 4) / 8 for _ in range(2))
        x = x[:2, :3].copy()
    result, pullback = convolith.vjp(ours, x, y)
    leaves = [torch.from_numpy(array.copy()).requires_grad_() for array in (x, y)]
    expected = theirs(torch, *leaves)
    np.testing.assert_array_equal(result, expected.detach().numpy(), strict=True)
    upstream = numbers.integers(-9, 10, result.shape) / 4
    expected.backward(torch.from_numpy(upstream.copy()))
    for gradient, leaf in zip(pullback(upstream), leaves, strict=True):
        np.testing.assert_array_equal(gradient, np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.numpy())


@pytest.mark.parametrize("name", ROUNDED)
@settings(max_examples=20)
@given(seed=st.integers(0, 999), few=st.booleans())
def test_rounded_values_and_gradients(torch, name, seed, few):
    ours, theirs = ROUNDED[name]
    numbers = np.random.default_rng(seed)
    if few and name != "deviation":  # where torch takes another side of a root at zero
        x, y = (numbers.integers(-1, 2, shape).astype(np.float64) for shape in ((2, 3), (3, 4)))
    else:
        x, y = numbers.normal(size=(2, 3)), numbers.normal(size=(3, 4))
    compare(torch, ours, lambda *leaves: theirs(torch, *leaves), x, y, seed=seed)
