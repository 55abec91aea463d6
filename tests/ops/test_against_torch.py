"""PyTorch as an independent oracle: the same numbers and the same gradients, each side within its own error bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sum_bound
from tests.geometries import convolutions, dtypes, normal, poolings, seeds, transposed_convolutions

pytestmark = pytest.mark.torch


def autograd(torch, function, arrays, upstream):
    """torch's result and gradients of `function`, as arrays; images go in and come out as NHWC."""
    *leaves, upstream = (torch.from_numpy(np.array(one, one.dtype.newbyteorder("="))) for one in (*arrays, upstream))
    result = function(*(leaf.requires_grad_() for leaf in leaves))
    result.backward(upstream)
    return result.detach().numpy(), [leaf.grad.numpy() for leaf in leaves]


def channels_first(torch, images):
    """The axes in torch's order, in memory too: with one channel torch takes a permuted array for contiguous, and then
    fails on a kernel's gradient and reads other memory than a volume's.
    """
    return images.movedim(-1, 1).clone(memory_format=torch.contiguous_format)


def conv_in_torch(torch, example, x, kernel, bias):
    padded = torch.nn.functional.pad(channels_first(torch, x), [side for pads in example.pads[::-1] for side in pads])
    arguments = example.strides, 0, example.dilation_rate, example.groups
    weight = kernel.movedim((-1, -2), (0, 1)).clone(memory_format=torch.contiguous_format)
    function = getattr(torch.nn.functional, f"conv{len(example.strides)}d")
    return function(padded, weight, bias, *arguments).movedim(1, -1)


def conv_transpose_in_torch(torch, example, x, kernel, bias):
    """torch's result without padding, cut and filled up with zeros to the sizes asked for; its bias comes last."""
    weight = kernel.movedim((-1, -2), (0, 1)).clone(memory_format=torch.contiguous_format)
    function = getattr(torch.nn.functional, f"conv_transpose{len(example.strides)}d")
    arguments = {"stride": example.strides, "groups": example.groups, "dilation": example.dilation_rate}
    full = function(channels_first(torch, x), weight, **arguments)
    sizes = zip(example.before, example.output_shape[1:-1], full.shape[2:], strict=True)
    crop = [(-before, before + size - whole) for before, size, whole in sizes]
    return torch.nn.functional.pad(full, [side for sides in crop[::-1] for side in sides]).movedim(1, -1) + bias


@given(convolutions(), seeds, dtypes)
def test_conv(torch, isa, example, seed, dtype):
    *window, ci, co = example.kernel_shape
    pixels = math.prod(example.output_shape[:-1])
    lengths = math.prod(window) * ci + 1, math.prod(window) * co // example.groups, pixels, pixels
    compare_convolutions(torch, example, seed, dtype, ops.conv, conv_in_torch, lengths)


@given(transposed_convolutions(), seeds, dtypes)
def test_conv_transpose(torch, isa, example, seed, dtype):
    *window, co, ci = example.kernel_shape
    pixels = math.prod(example.input_shape[:-1]), math.prod(example.output_shape[:-1])
    lengths = math.prod(window) * ci // example.groups + 1, math.prod(window) * co, *pixels
    compare_convolutions(torch, example, seed, dtype, ops.conv_transpose, conv_transpose_in_torch, lengths)


def compare_convolutions(torch, example, seed, dtype, op, in_torch, lengths):
    """The result and the gradients by inputs, kernel and bias, which are sums of these lengths."""
    shapes = example.input_shape, example.kernel_shape, example.output_shape[-1:], example.output_shape
    *arrays, upstream = normal(seed, dtype, *shapes)
    result, pullback = convolith.vjp(lambda x, kernel, bias: op(x, kernel, bias=bias, **example.keywords), *arrays)
    gradients = pullback(upstream)

    def theirs(*leaves):
        return in_torch(torch, example, *leaves)

    expected, expected_gradients = autograd(torch, theirs, arrays, upstream)
    # torch itself in float64 gives the sums of magnitudes; both sides may be off by the bound, in opposite directions.
    doubles = [abs(array).astype(np.float64) for array in arrays]
    magnitudes, sums = autograd(torch, theirs, doubles, abs(upstream).astype(np.float64))
    computed, exact = (result, *gradients), (expected, *expected_gradients)
    for ours, other, total, length in zip(computed, exact, (magnitudes, *sums), lengths, strict=True):
        assert_within(ours, other, 2 * sum_bound(length, total, dtype, 2.0**10))


@given(poolings(), seeds, st.booleans(), st.booleans())
def test_pooling(torch, isa, example, seed, average, count_include_pad):
    size, strides, pads = example.pool_size, example.strides, example.pads
    assume(all(before == after <= pool // 2 for (before, after), pool in zip(pads, size, strict=True)))
    x, upstream = normal(seed, np.float32, example.input_shape, example.output_shape)
    padding, rank = tuple(before for before, _ in pads), len(size)
    functional = torch.nn.functional
    options = {"ceil_mode": example.ceil_mode}
    if average:
        assume(max(example.dilation_rate) == 1)  # torch has no other, and in 3D no window beyond the image
        assume(rank < 3 or all(extent >= pool for extent, pool in zip(x.shape[1:-1], size, strict=True)))
        options["count_include_pad"] = count_include_pad
        op, their_op, their_options = ops.average_pool, getattr(functional, f"avg_pool{rank}d"), options
    else:
        their_options = {**options, "dilation": example.dilation_rate}
        options["dilation_rate"] = example.dilation_rate
        op, their_op = ops.max_pool, getattr(functional, f"max_pool{rank}d")

    def theirs(x):
        return their_op(x.movedim(-1, 1), size, strides, padding, **their_options).movedim(1, -1)

    result, pullback = convolith.vjp(lambda x: op(x, size, strides, pads, **options), x)
    expected, (expected_gradient,) = autograd(torch, theirs, [x], upstream)
    magnitudes, (sums,) = autograd(torch, theirs, [abs(x)], abs(upstream))
    length = math.prod(size) + 1
    if average:
        assert_within(result, expected, 2 * sum_bound(length, magnitudes))
        assert_within(pullback(upstream)[0], expected_gradient, 2 * sum_bound(length, sums))
    else:
        np.testing.assert_array_equal(result, expected)
        # torch gives a tie's gradient to the first as well; the magnitudes of x would move the maximum elsewhere.
        _, (sums,) = autograd(torch, theirs, [x], abs(upstream))
        assert_within(pullback(upstream)[0], expected_gradient, 2 * sum_bound(length, sums))


@given(st.tuples(st.integers(1, 6), st.integers(2, 20)), seeds, dtypes)
def test_cross_entropy(torch, isa, shape, seed, dtype):
    logits, upstream = normal(seed, dtype, shape, shape[:1])
    labels = np.random.default_rng(seed).integers(0, shape[1], shape[0])
    result, pullback = convolith.vjp(
        lambda logits: ops.sparse_categorical_crossentropy(labels, logits, from_logits=True), logits
    )
    expected, (gradient,) = autograd(
        torch,
        lambda logits: torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels), reduction="none"),
        [logits],
        upstream,
    )
    # exp, log and the sum over the classes: see test_cross_entropy_values for the bound in full.
    spread = np.ptp(logits) + 1
    relative = gamma(int(4 * spread) + 4 * shape[1] + 64, dtype)
    assert_within(result, expected, relative * (abs(expected) + 1))
    assert_within(pullback(upstream)[0], gradient, relative * abs(upstream)[:, None] * np.ones(shape))


def test_a_small_network(torch, isa, generator):
    """LeNet's order of layers at once, of small numbers in float64: the gradients of every parameter are exact."""
    shapes = (2, 12, 12, 3), (5, 5, 3, 8), (8,), (3, 3, 8, 9), (9,), (36, 10), (10,)
    arrays = [generator.integers(-9, 10, shape) / 8 for shape in shapes]

    def ours(x, first, first_bias, second, second_bias, last, last_bias):
        x = ops.max_pool(ops.conv(x, first, padding="same", bias=first_bias, activation="relu"), 2)
        x = ops.average_pool(ops.conv(x, second, padding="valid", bias=second_bias, activation="relu"), 2)
        return ops.dense(ops.reshape(x, (2, 36)), last, last_bias)

    def theirs(x, first, first_bias, second, second_bias, last, last_bias):
        functional = torch.nn.functional
        x = functional.conv2d(x.permute(0, 3, 1, 2), first.permute(3, 2, 0, 1), first_bias, padding=2).relu()
        x = functional.conv2d(functional.max_pool2d(x, 2), second.permute(3, 2, 0, 1), second_bias).relu()
        return functional.avg_pool2d(x, 2).permute(0, 2, 3, 1).reshape(2, 36) @ last + last_bias

    result, pullback = convolith.vjp(ours, *arrays)
    upstream = generator.integers(-9, 10, result.shape) / 8
    expected, expected_gradients = autograd(torch, theirs, arrays, upstream)
    for found, wanted in zip((result, *pullback(upstream)), (expected, *expected_gradients), strict=True):
        np.testing.assert_array_equal(found, wanted)
        assert (found != 0).mean() > 0.1
