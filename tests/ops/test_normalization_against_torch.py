"""PyTorch as an independent oracle of the normalisations: values, and gradients by the inputs and all parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.geometries import normal, seeds
from tests.ops.test_against_torch import autograd

pytestmark = pytest.mark.torch

images = st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))


def first(x):
    """The channels second, as torch has them."""
    return x.movedim(-1, 1)


CASES = {
    "batch": (
        lambda x, gamma, beta, groups: ops.normalize_batch(x, gamma, beta, epsilon=0.1)[0],
        lambda f, x, gamma, beta, groups: f.batch_norm(first(x), None, None, gamma, beta, True, 0, 0.1).movedim(1, -1),
    ),
    "batch, by given moments": (
        lambda x, gamma, beta, groups: ops.batch_normalization(x, beta, gamma**2, -1, beta, gamma, 0.1),
        lambda f, x, gamma, beta, groups: f.batch_norm(
            first(x), beta.detach(), gamma.detach() ** 2, gamma, beta, False, 0, 0.1
        ).movedim(1, -1),
    ),
    "layer": (
        lambda x, gamma, beta, groups: ops.layer_normalization(x, gamma, beta, epsilon=0.1),
        lambda f, x, gamma, beta, groups: f.layer_norm(x, x.shape[-1:], gamma, beta, 0.1),
    ),
    "layer, over all axes": (
        lambda x, gamma, beta, groups: ops.layer_normalization(x, axis=(-1, 1, 2), epsilon=0.1) * gamma + beta,
        lambda f, x, gamma, beta, groups: f.layer_norm(x, x.shape[1:], eps=0.1) * gamma + beta,
    ),
    "RMS": (
        lambda x, gamma, beta, groups: ops.rms_normalization(x, gamma, epsilon=0.1) + beta,
        lambda f, x, gamma, beta, groups: f.rms_norm(x, x.shape[-1:], gamma, 0.1) + beta,
    ),
    "group": (
        lambda x, gamma, beta, groups: ops.group_normalization(x, groups, gamma, beta, epsilon=0.1),
        lambda f, x, gamma, beta, groups: f.group_norm(first(x), groups, gamma, beta, 0.1).movedim(1, -1),
    ),
    "instance": (
        lambda x, gamma, beta, groups: ops.instance_normalization(x, gamma, beta, epsilon=0.1),
        lambda f, x, gamma, beta, groups: f.group_norm(first(x), len(gamma), gamma, beta, 0.1).movedim(1, -1),
    ),
    "unit": (
        lambda x, gamma, beta, groups: ops.normalize(x, epsilon=0.1) * gamma + beta,
        lambda f, x, gamma, beta, groups: f.normalize(x, dim=-1, eps=0.1) * gamma + beta,
    ),
    "unit, of another order": (
        lambda x, gamma, beta, groups: ops.normalize(x, (1, 2), 3, 0.1) * gamma + beta,
        lambda f, x, gamma, beta, groups: (
            x / ((x.abs() ** 3).sum((1, 2), keepdim=True) ** (1 / 3)).clamp(min=0.1) * gamma + beta
        ),
    ),
    "local response": (
        lambda x, gamma, beta, groups: (
            ops.local_response_normalization(x, bias=1.5, alpha=0.3 / groups, beta=0.75, size=groups) * gamma + beta
        ),
        lambda f, x, gamma, beta, groups: (
            f.local_response_norm(first(x), groups, 0.3, 0.75, 1.5).movedim(1, -1) * gamma + beta
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=25)
@given(images, seeds)
def test_values_and_gradients(torch, name, sizes, seed):
    ours, theirs = CASES[name]
    batch, height, width, groups, each = sizes
    shape, channels = (batch, height, width, groups * each), groups * each
    if name in ("batch", "group", "instance"):  # torch wants two elements to take a mean of
        shape = (batch + 1, height, width + 1, channels)
    x, gamma, beta, upstream = normal(seed, np.float64, shape, (channels,), (channels,), shape)
    x, gamma = x / (abs(x).max(initial=0) or 1) + 0.01, gamma / (abs(gamma).max() or 1)
    result, pullback = convolith.vjp(lambda *arrays: ours(*arrays, groups), x, gamma, beta)
    found = pullback(upstream)
    expected, gradients = autograd(
        torch, lambda *leaves: theirs(torch.nn.functional, *leaves, groups), [x, gamma, beta], upstream
    )
    if name == "batch, by given moments":  # which have gradients of their own here, and none in torch
        found, gradients = found[:1], gradients[:1]
    # In float64 a sum of n terms errs by n 2^-53 of its largest; what is divided by is at least 0.1.
    scale = 1 + max(float(abs(array).max(initial=0)) for array in (upstream, gamma, beta))
    allowed = 1e4 * math.prod(x.shape) * np.finfo(np.float64).eps * scale + 1e-300
    np.testing.assert_allclose(result, expected, rtol=0, atol=allowed)
    for gradient, other in zip(found, gradients, strict=True):
        np.testing.assert_allclose(gradient, other, rtol=0, atol=allowed)
