"""Poolings, convolutions and losses that torch has under another name or makes of several, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import seeds
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch


def first(images):
    """The channels second, as torch has them."""
    return images.movedim(-1, 1)


def last(images):
    """The channels last again."""
    return images.movedim(1, -1)


def across_channels(pool):
    """torch's pooling of one axis, over the channels of x beside those of its square."""

    def theirs(torch, x):
        pooled = getattr(torch.nn.functional, pool)(torch.cat([x, x * x], -1).flatten(0, 2), 2, 1)
        return pooled.reshape(*x.shape[:3], -1)

    return theirs


# Of images (n, h, w, c) of at least 3 x 3 pixels and two channels.
OF_IMAGES = {
    "adaptive_average_pool": (
        lambda x: ops.adaptive_average_pool(x, (2, 3)),
        lambda torch, x: last(torch.nn.functional.adaptive_avg_pool2d(first(x), (2, 3))),
    ),
    "adaptive_max_pool": (
        lambda x: ops.adaptive_max_pool(x, (4, 2)),
        lambda torch, x: last(torch.nn.functional.adaptive_max_pool2d(first(x), (4, 2))),
    ),
    "depthwise_average_pool": (
        lambda x: ops.depthwise_average_pool(ops.concatenate([x, x * x], -1), 2, 1),
        across_channels("avg_pool1d"),
    ),
    "depthwise_max_pool": (
        lambda x: ops.depthwise_max_pool(ops.concatenate([x, x * x], -1), 2, 1),
        across_channels("max_pool1d"),
    ),
    "global_average_pool": (
        lambda x: ops.global_average_pool(x, keepdims=True),
        lambda torch, x: last(torch.nn.functional.adaptive_avg_pool2d(first(x), 1)),
    ),
    "global_max_pool": (
        lambda x: ops.global_max_pool(x, keepdims=True),
        lambda torch, x: last(torch.nn.functional.adaptive_max_pool2d(first(x), 1)),
    ),
    "global_concat_pool": (
        ops.global_concat_pool,
        lambda torch, x: torch.cat([x.mean((1, 2)), x.amax((1, 2))], 1),
    ),
    "lp_pool": (
        lambda x: ops.lp_pool(ops.abs(x), (2, 3), (1, 2), norm_type=3),
        lambda torch, x: last(torch.nn.functional.lp_pool2d(first(x).abs(), 3, (2, 3), (1, 2))),
    ),
    "min_pool": (
        lambda x: ops.min_pool(x, (2, 3), (1, 2), ((1, 1), (0, 0)), ceil_mode=True),
        lambda torch, x: last(-torch.nn.functional.max_pool2d(-first(x), (2, 3), (1, 2), (1, 0), ceil_mode=True)),
    ),
    "max_unpool": (
        lambda x: ops.max_unpool(*ops.max_pool_with_indices(x, 2), 2, output_size=x.shape[1:3]),
        lambda torch, x: last(
            torch.nn.functional.max_unpool2d(
                *torch.nn.functional.max_pool2d(first(x), 2, return_indices=True), 2, output_size=x.shape[1:3]
            )
        ),
    ),
    "local_response_normalization": (
        lambda x: ops.local_response_normalization(x, bias=2.0, alpha=0.1, beta=0.6, size=3),
        lambda torch, x: last(torch.nn.functional.local_response_norm(first(x), 3, 0.3, 0.6, 2.0)),
    ),
    "space_to_depth": (
        lambda x: ops.space_to_depth(x[:, :2, :2], 2, mode="CRD"),
        lambda torch, x: last(torch.nn.functional.pixel_unshuffle(first(x[:, :2, :2]), 2)),
    ),
}


@pytest.mark.parametrize("name", OF_IMAGES)
@settings(max_examples=10)
@given(st.tuples(st.integers(1, 2), st.integers(3, 5), st.integers(3, 6), st.integers(2, 4)), seeds)
def test_of_images(torch, name, shape, seed):
    ours, theirs = OF_IMAGES[name]
    compare(torch, ours, lambda x: theirs(torch, x), np.random.default_rng(seed).normal(size=shape), seed=seed)


@settings(max_examples=20)
@given(st.tuples(st.integers(1, 2), st.integers(3, 5), st.integers(3, 6)), *[st.integers(1, 3)] * 4, seeds)
def test_locally_connected(torch, shape, channels, filters, kernel, stride, seed):
    """torch cuts the patches, whose channels it puts first, and multiplies each by a matrix of its own."""
    numbers = np.random.default_rng(seed)
    x = numbers.normal(size=(*shape, channels))
    rows, columns = ((size - kernel) // stride + 1 for size in shape[1:])
    weights, bias = numbers.normal(size=(rows * columns, kernel**2 * channels, filters)), numbers.normal(size=filters)

    def theirs(x, weights, bias):
        patches = torch.nn.functional.unfold(first(x), kernel, stride=stride)
        patches = patches.reshape(len(x), channels, kernel**2, -1).permute(0, 3, 2, 1).flatten(2)
        return (torch.einsum("npk,pkf->npf", patches, weights) + bias).reshape(len(x), rows, columns, filters)

    def ours(x, weights, bias):
        return ops.locally_connected(x, weights, kernel, stride) + bias

    compare(torch, ours, theirs, x, weights, bias, seed=seed)


@settings(max_examples=20)
@given(st.tuples(st.integers(1, 2), st.integers(3, 5), st.integers(3, 6)), *[st.integers(1, 3)] * 5, seeds)
def test_separable_conv(torch, shape, channels, multiplier, filters, kernel, stride, seed):
    numbers = np.random.default_rng(seed)
    shapes = (*shape, channels), (kernel, kernel, channels, multiplier), (channels * multiplier, filters), (filters,)

    def theirs(x, depthwise, pointwise, bias):
        weight = depthwise.flatten(2).movedim(-1, 0)[:, None]
        wide = torch.nn.functional.conv2d(first(x), weight, None, stride, groups=channels)
        return last(wide) @ pointwise + bias

    def ours(x, depthwise, pointwise, bias):
        return ops.separable_conv(x, depthwise, ops.reshape(pointwise, (1, 1, *pointwise.shape)), stride, bias=bias)

    compare(torch, ours, theirs, *(numbers.normal(size=one) for one in shapes), seed=seed)


@settings(max_examples=20)
@given(st.tuples(st.integers(1, 4), st.integers(2, 5)), seeds)
def test_losses(torch, shape, seed):
    numbers = np.random.default_rng(seed)
    logits, other = numbers.normal(size=(2, *shape))
    targets = numbers.dirichlet(np.ones(shape[1]), shape[0])
    functional = torch.nn.functional
    compare(
        torch,
        lambda targets, x: ops.categorical_crossentropy(targets, x, from_logits=True),
        lambda targets, x: functional.cross_entropy(x, targets, reduction="none"),
        *(targets, logits),
    )
    compare(
        torch,
        lambda targets, x: ops.binary_crossentropy(targets, x, from_logits=True),
        lambda targets, x: functional.binary_cross_entropy_with_logits(x, targets, reduction="none"),
        *(targets, logits),
    )
    compare(
        torch,
        lambda x1, x2: ops.psnr(x1, x2, 2.0),
        lambda x1, x2: 10 * torch.log10(4 / functional.mse_loss(x1, x2)),
        *(logits, other + 3),
    )


@settings(max_examples=20)
@given(st.tuples(st.integers(1, 3), st.integers(1, 6)), seeds)
def test_sparsemax_is_the_nearest_distribution(torch, shape, seed):
    """torch has none: its threshold is found by bisection, and the gradient by that of the support."""
    logits = np.random.default_rng(seed).normal(size=shape)

    def theirs(x):
        low, high = x.detach().amin(1, keepdim=True) - 1, x.detach().amax(1, keepdim=True)
        for _ in range(60):
            middle = (low + high) / 2
            enough = (x.detach() - middle).relu().sum(1, keepdim=True) >= 1
            low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
        support = (x.detach() > low).double()
        return support * (x - ((support * x).sum(1, keepdim=True) - 1) / support.sum(1, keepdim=True))

    compare(torch, ops.sparsemax, theirs, logits, seed=seed)
