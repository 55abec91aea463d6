"""What moves, repeats, joins and cuts elements against torch, on drawn shapes; gradients put them back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import seeds
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch


def padded(mode):
    """Two axes of a batch with channels, padded unevenly; torch counts them from the last."""
    return lambda torch, x: torch.nn.functional.pad(x, (1, 0, 0, 1), mode)


WIDTHS = ((0, 0), (0, 0), (0, 1), (1, 0))
PAIRS = {
    "broadcast_to": (
        lambda x: ops.broadcast_to(x, (3, *x.shape)),
        lambda torch, x: torch.broadcast_to(x, (3, *x.shape)),
    ),
    "concatenate": (lambda x: ops.concatenate([x, x * x, x], 2), lambda torch, x: torch.cat([x, x * x, x], 2)),
    "diag": (lambda x: ops.diag(x[0, 0, 0], 1), lambda torch, x: torch.diag(x[0, 0, 0], 1)),
    "diagonal": (lambda x: ops.diagonal(x, -1, 3, 2), lambda torch, x: torch.diagonal(x, -1, 3, 2)),
    "expand_dims": (lambda x: ops.expand_dims(x, -2), lambda torch, x: x.unsqueeze(-2)),
    "flip": (lambda x: ops.flip(x, (0, -1)), lambda torch, x: x.flip(0, -1)),
    "moveaxis": (lambda x: ops.moveaxis(x, (0, 1), (-1, 0)), lambda torch, x: x.movedim((0, 1), (-1, 0))),
    "pad": (
        lambda x: ops.pad(x, WIDTHS, constant_values=2),
        lambda torch, x: torch.nn.functional.pad(x, (1, 0, 0, 1), value=2),
    ),
    "pad, edge": (lambda x: ops.pad(x, WIDTHS, "edge"), padded("replicate")),
    "pad, reflect": (lambda x: ops.pad(x, WIDTHS, "reflect"), padded("reflect")),
    "pad, wrap": (lambda x: ops.pad(x, WIDTHS, "wrap"), padded("circular")),
    "ravel": (ops.ravel, lambda torch, x: torch.ravel(x)),
    "repeat": (lambda x: ops.repeat(x, 3, 1), lambda torch, x: torch.repeat_interleave(x, 3, 1)),
    "reshape": (lambda x: ops.reshape(x, (x.shape[-1], -1)), lambda torch, x: x.reshape(x.shape[-1], -1)),
    "roll": (lambda x: ops.roll(x, (2, -1), (1, 3)), lambda torch, x: x.roll((2, -1), (1, 3))),
    "roll, all": (lambda x: ops.roll(x, 5), lambda torch, x: x.roll(5)),
    "rot90": (lambda x: ops.rot90(x, 3, (1, 2)), lambda torch, x: x.rot90(3, (1, 2))),
    "split": (lambda x: ops.split(x, [1], 2), lambda torch, x: torch.tensor_split(x, [1], 2)),
    "squeeze": (lambda x: ops.squeeze(x[:1], 0), lambda torch, x: x[:1].squeeze(0)),
    "stack": (lambda x: ops.stack([x, x * x], -2), lambda torch, x: torch.stack([x, x * x], -2)),
    "swapaxes": (lambda x: ops.swapaxes(x, 0, -2), lambda torch, x: x.swapaxes(0, -2)),
    "tile": (lambda x: ops.tile(x, (2, 1, 3)), lambda torch, x: x.tile(2, 1, 3)),
    "trace": (lambda x: ops.trace(x[0, 0, :, :2]), lambda torch, x: x[0, 0, :2, :2].trace()),
    "transpose": (lambda x: ops.transpose(x, (2, 0, 3, 1)), lambda torch, x: x.permute(2, 0, 3, 1)),
    "tril": (lambda x: ops.tril(x, -1), lambda torch, x: x.tril(-1)),
    "triu": (lambda x: ops.triu(x, 1), lambda torch, x: x.triu(1)),
    "unstack": (lambda x: ops.unstack(x, axis=-1), lambda torch, x: torch.unbind(x, -1)),
    "depth_to_space": (
        lambda x: ops.depth_to_space(ops.concatenate([x] * 4, 1), 2, "channels_first", "CRD"),
        lambda torch, x: torch.nn.functional.pixel_shuffle(torch.cat([x] * 4, 1), 2),
    ),
    "upsample": (
        lambda x: ops.upsample(x, (2, 3), "channels_first"),
        lambda torch, x: torch.nn.functional.interpolate(x, scale_factor=(2, 3)),
    ),
    "shape, size and ndim": (
        lambda x: np.array([*ops.shape(x), ops.size(x), ops.ndim(x)]),
        lambda torch, x: torch.tensor([*x.shape, x.numel(), x.ndim]),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@settings(max_examples=10)
@given(st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(2, 4), st.integers(2, 3)), seeds)
def test_values_and_gradients(torch, name, shape, seed):
    ours, theirs = PAIRS[name]
    compare(torch, ours, lambda x: theirs(torch, x), np.random.default_rng(seed).normal(size=shape), seed=seed)


@settings(max_examples=25)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(-4, 4))
def test_new_arrays(torch, rows, columns, diagonal):
    found = [ops.eye(rows, columns), ops.identity(rows), ops.tri(rows, columns, diagonal), ops.ones((rows, columns))]
    ones = torch.ones(rows, columns)
    wanted = [torch.eye(rows, columns), torch.eye(rows), ones.tril(diagonal), ones]
    x = np.zeros((rows, columns), np.float32)
    found += [ops.zeros((rows,)), ops.zeros_like(x), ops.ones_like(x), ops.full((rows,), 2.5), ops.full_like(x, 3)]
    wanted += [torch.zeros(rows), 0 * ones, ones, torch.full((rows,), 2.5), torch.full_like(ones, 3)]
    found += [ops.arange(diagonal, diagonal + rows, 2), ops.linspace(diagonal, 2.5, columns, dtype="float64")]
    wanted += [torch.arange(diagonal, diagonal + rows, 2), torch.linspace(diagonal, 2.5, columns, dtype=torch.float64)]
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=8 * np.finfo(np.float64).eps)  # of at most 5
