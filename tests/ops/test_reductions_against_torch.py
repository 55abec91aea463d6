"""Reductions over drawn axes against torch's, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import seeds
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch

# Of x and one axis, keepdims or not.
ONE_AXIS = {
    "argmax": (ops.argmax, lambda torch, x, axis, keep: torch.argmax(x, axis, keep)),
    "argmin": (ops.argmin, lambda torch, x, axis, keep: torch.argmin(x, axis, keep)),
    "prod": (ops.prod, lambda torch, x, axis, keep: torch.prod(x, axis, keep)),
    "norm": (
        lambda x, axis, keep: ops.norm(x, 3, axis, keep),
        lambda torch, x, axis, keep: torch.linalg.vector_norm(x, 3, axis, keep),
    ),
    "cumsum": (lambda x, axis, keep: ops.cumsum(x, axis), lambda torch, x, axis, keep: torch.cumsum(x, axis)),
    "softmax": (lambda x, axis, keep: ops.softmax(x, axis), lambda torch, x, axis, keep: torch.softmax(x, axis)),
    "log_softmax": (
        lambda x, axis, keep: ops.log_softmax(x, axis),
        lambda torch, x, axis, keep: torch.log_softmax(x, axis),
    ),
}
# Of x and one axis or more.
MORE_AXES = {
    "sum": (ops.sum, lambda torch, x, axes, keep: torch.sum(x, axes, keep)),
    "mean": (ops.mean, lambda torch, x, axes, keep: torch.mean(x, axes, keep)),
    "max": (ops.max, lambda torch, x, axes, keep: torch.amax(x, axes, keep)),
    "min": (ops.min, lambda torch, x, axes, keep: torch.amin(x, axes, keep)),
    "std": (ops.std, lambda torch, x, axes, keep: torch.std(x, axes, correction=0, keepdim=keep)),
    "var": (ops.var, lambda torch, x, axes, keep: torch.var(x, axes, correction=0, keepdim=keep)),
    "moments": (
        ops.moments,
        lambda torch, x, axes, keep: torch.var_mean(x, axes, correction=0, keepdim=keep)[::-1],
    ),
    "logsumexp": (ops.logsumexp, lambda torch, x, axes, keep: torch.logsumexp(x, axes, keep)),
    "all": (lambda x, *more: ops.all(x > -1, *more), lambda torch, x, axes, keep: torch.all(x > -1, axes, keep)),
    "any": (lambda x, *more: ops.any(x > 1, *more), lambda torch, x, axes, keep: torch.any(x > 1, axes, keep)),
    "count_nonzero": (
        lambda x, axes, keep: ops.count_nonzero(x > 0, axes),
        lambda torch, x, axes, keep: torch.count_nonzero(x > 0, axes),
    ),
}
shapes = st.tuples(st.integers(2, 4), st.integers(2, 4), st.integers(2, 3))


@pytest.mark.parametrize("name", ONE_AXIS)
@settings(max_examples=10)
@given(shapes, st.integers(-3, 2), st.booleans(), seeds)
def test_over_one_axis(torch, name, shape, axis, keep, seed):
    ours, theirs = ONE_AXIS[name]
    x = np.random.default_rng(seed).normal(size=shape)
    compare(torch, lambda x: ours(x, axis, keep), lambda x: theirs(torch, x, axis, keep), x, seed=seed)


@pytest.mark.parametrize("name", MORE_AXES)
@settings(max_examples=10)
@given(shapes, st.lists(st.integers(-3, -1), min_size=1, unique=True).map(tuple), st.booleans(), seeds)
def test_over_some_axes(torch, name, shape, axes, keep, seed):
    ours, theirs = MORE_AXES[name]
    x = np.random.default_rng(seed).normal(size=shape)
    compare(torch, lambda x: ours(x, axes, keep), lambda x: theirs(torch, x, axes, keep), x, seed=seed)


@settings(max_examples=10)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=2), st.sampled_from(["fro", 1, -1, np.inf, -np.inf]), seeds)
def test_norms_of_matrices(torch, shape, order, seed):
    x = np.random.default_rng(seed).normal(size=(2, *shape))
    compare(torch, lambda x: ops.norm(x, order, (1, 2)), lambda x: torch.linalg.matrix_norm(x, order), x, seed=seed)
