"""Products of matrices and of more axes against torch, on drawn shapes, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import seeds
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch

# Of x (batch, rows, inner), y (batch, inner, columns) and z (columns,).
PAIRS = {
    "dense": (
        lambda x, y, z: ops.dense(x, y[0], z),
        lambda torch, x, y, z: torch.nn.functional.linear(x, y[0].T, z),
    ),
    "dense with relu": (
        lambda x, y, z: ops.dense(x[0], y[0], z, "relu"),
        lambda torch, x, y, z: torch.addmm(z, x[0], y[0]).relu(),
    ),
    "dot": (lambda x, y, z: ops.dot(x[0], y[0]), lambda torch, x, y, z: torch.mm(x[0], y[0])),
    "dot of vectors": (lambda x, y, z: ops.dot(z, z), lambda torch, x, y, z: torch.dot(z, z)),
    "einsum": (
        lambda x, y, z: ops.einsum("bri,bic,c->br", x, y, z),
        lambda torch, x, y, z: torch.einsum("bri,bic,c->br", x, y, z),
    ),
    "einsum, of diagonals": (
        lambda x, y, z: ops.einsum("bri,cic->rb", x, ops.matmul(ops.transpose(y, (2, 1, 0)), y[:, 0])),
        lambda torch, x, y, z: torch.einsum("bri,cic->rb", x, torch.matmul(y.permute(2, 1, 0), y[:, 0])),
    ),
    "matmul": (lambda x, y, z: ops.matmul(x, y), lambda torch, x, y, z: torch.bmm(x, y)),
    "matmul, broadcast": (lambda x, y, z: ops.matmul(x[0], y), lambda torch, x, y, z: torch.matmul(x[0], y)),
    "matmul with a vector": (lambda x, y, z: ops.matmul(y, z), lambda torch, x, y, z: torch.matmul(y, z)),
    "outer": (lambda x, y, z: ops.outer(x[0, 0], z), lambda torch, x, y, z: torch.outer(x[0, 0], z)),
    "tensordot": (
        lambda x, y, z: ops.tensordot(x, y, ((0, 2), (0, 1))),
        lambda torch, x, y, z: torch.tensordot(x, y, ((0, 2), (0, 1))),
    ),
    "tensordot, of no axes": (
        lambda x, y, z: ops.tensordot(x[0], z, 0),
        lambda torch, x, y, z: torch.tensordot(x[0], z, 0),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@settings(max_examples=12)
@given(st.tuples(*[st.integers(1, 4)] * 4), seeds)
def test_values_and_gradients(torch, name, sizes, seed):
    ours, theirs = PAIRS[name]
    batch, rows, inner, columns = sizes
    numbers = np.random.default_rng(seed)
    arrays = [numbers.normal(size=shape) for shape in ((batch, rows, inner), (batch, inner, columns), (columns,))]
    compare(torch, ours, lambda *leaves: theirs(torch, *leaves), *arrays, seed=seed)
