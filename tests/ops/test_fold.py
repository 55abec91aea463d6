"""Columns of patches against loops and torch, and folding as their adjoint."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import dtypes, seeds
from tests.ops.linear import Linear
from tests.ops.plans import check_in_plan
from tests.reference import patches as reference


def pairs(least, most):
    return st.tuples(*[st.integers(least, most)] * 2)


@st.composite
def unfoldings(draw):
    """The size of the images, the arguments of unfold after x, and how many patches there are down and across."""
    image, size, rates = draw(pairs(1, 6)), draw(pairs(1, 3)), draw(pairs(1, 2))
    zeros, steps = draw(pairs(0, 2)), draw(pairs(1, 3))
    room = [image[axis] + 2 * zeros[axis] - rates[axis] * (size[axis] - 1) - 1 for axis in (0, 1)]
    assume(min(room) >= 0)
    return image, (size, rates, zeros, steps), tuple(one // step + 1 for one, step in zip(room, steps, strict=True))


@settings(max_examples=40)
@given(unfoldings(), seeds, dtypes, st.integers(0, 2), st.integers(1, 2))
def test_against_loops(unfolding, seed, dtype, n, channels):
    """Unfolding, folding and the gradients of both, which are each other; of integers all is exact."""
    image, (size, rates, zeros, steps), counts = unfolding
    generator = np.random.default_rng(seed)
    x = generator.integers(-9, 10, (n, channels, *image)).astype(dtype)

    def definition(x):
        patches = reference.extract_patches(np.moveaxis(x, 1, -1), size, steps, rates, zeros, counts)
        apart = patches.reshape(len(x), math.prod(counts), math.prod(size), channels).transpose(0, 3, 2, 1)
        return apart.reshape(len(x), channels * math.prod(size), math.prod(counts))

    linear = Linear(definition, (channels, *image))
    columns, pullback = convolith.vjp(lambda x: ops.unfold(x, size, rates, zeros, steps), x)
    np.testing.assert_array_equal(columns, definition(x).astype(dtype), strict=True)
    upstream = generator.integers(-9, 10, columns.shape).astype(dtype)
    np.testing.assert_array_equal(pullback(upstream)[0], linear.back(upstream).astype(dtype), strict=True)
    folded, pullback = convolith.vjp(lambda x: ops.fold(x, image, size, rates, zeros, steps), upstream)
    np.testing.assert_array_equal(folded, linear.back(upstream).astype(dtype), strict=True)
    np.testing.assert_array_equal(pullback(x)[0], columns, strict=True)


@pytest.mark.torch
@settings(max_examples=20)
@given(unfoldings(), seeds, st.integers(1, 2), st.integers(1, 3))
def test_torch(torch, unfolding, seed, n, channels):
    image, (size, rates, zeros, steps), _ = unfolding
    generator = np.random.default_rng(seed)
    x = generator.integers(-9, 10, (n, channels, *image)).astype(np.float32)
    arguments = {"dilation": rates, "padding": zeros, "stride": steps}
    leaf = torch.tensor(x).requires_grad_()
    theirs = torch.nn.functional.unfold(leaf, size, **arguments)
    columns, pullback = convolith.vjp(lambda x: ops.unfold(x, size, **arguments), x)
    np.testing.assert_array_equal(columns, theirs.detach().numpy(), strict=True)
    upstream = generator.integers(-9, 10, columns.shape).astype(np.float32)
    theirs.backward(torch.tensor(upstream))
    np.testing.assert_array_equal(pullback(upstream)[0], leaf.grad.numpy(), strict=True)
    leaf = torch.tensor(upstream).requires_grad_()
    theirs = torch.nn.functional.fold(leaf, image, size, **arguments)
    folded, pullback = convolith.vjp(lambda x: ops.fold(x, image, size, **arguments), upstream)
    np.testing.assert_array_equal(folded, theirs.detach().numpy(), strict=True)
    theirs.backward(torch.tensor(x))
    np.testing.assert_array_equal(pullback(x)[0], leaf.grad.numpy(), strict=True)


def test_in_a_plan(generator):
    x = generator.normal(size=(2, 2, 4, 5)).astype(np.float32)
    check_in_plan(lambda x: ops.fold(ops.unfold(x * 1, 3, padding=1), (4, 5), 3, padding=1), x)


def test_convolution_is_a_product_with_the_columns(generator):
    x, kernel = (generator.integers(-9, 10, shape) / 4 for shape in ((2, 3, 6, 5), (3, 2, 3, 4)))  # exact sums
    product = np.einsum("nkl,ko->nol", ops.unfold(x, (3, 2)), kernel.transpose(2, 0, 1, 3).reshape(-1, 4))
    expected = ops.conv(x, kernel, data_format="channels_first")
    np.testing.assert_array_equal(product.reshape(2, 4, 4, 4), expected)


def test_dtypes_and_unknown_batches():
    bytes_in = np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4)
    columns = ops.unfold(bytes_in, 2, stride=2)
    assert columns.dtype == np.uint8 and columns.shape == (1, 4, 4)
    folded = ops.fold(columns, 4, 2, stride=2)
    assert folded.dtype == np.float32
    np.testing.assert_array_equal(folded, bytes_in)
    images = Tensor(Spec((None, 3, 4, 5), np.dtype(np.float32)))
    columns = ops.unfold(images, 2)
    assert columns.shape == (None, 12, 12) and ops.fold(columns, (4, 5), 2).shape == (None, 3, 4, 5)


def test_what_is_refused():
    x = np.zeros((1, 2, 4, 4))
    with pytest.raises(ValueError, match=r"unfold: x must have 4 axes \(n, c, h, w\) .* got shape \(2, 4, 4\)"):
        ops.unfold(x[0], 2)
    with pytest.raises(
        ValueError, match=r"kernel_size \(3, 3\) with dilation \(2, 2\) does not fit in x of shape \(1, 2, 4, 4\)"
    ):
        ops.unfold(x, 3, 2)
    with pytest.raises(ValueError, match=r"unfold: kernel_size .* does not fit in x of shape \(1, 2, 0, 4\)"):
        ops.unfold(x[:, :, :0], 1, padding=1)
    for argument, value in (("kernel_size", 0), ("dilation", (1, 2, 3)), ("padding", -1), ("stride", 2**31)):
        with pytest.raises(ValueError, match=f"unfold: {argument} must be "):
            ops.unfold(x, **{"kernel_size": 2, argument: value})
    with pytest.raises(TypeError, match="unfold: stride must be an integer or 2 of them, got 1.5"):
        ops.unfold(x, 2, stride=1.5)
    with pytest.raises(TypeError, match="unfold: x must be an array or a tensor, got None"):
        ops.unfold(None, 2)
    for shape in ((1, 8, 8), (1, 6, 9), (8, 9)):
        with pytest.raises(ValueError, match=r"fold: x must have shape \(n, a multiple of 4, 9\) for kernel_size"):
            ops.fold(np.zeros(shape), 4, 2)
    with pytest.raises(ValueError, match=r"fold: kernel_size \(5, 5\) with dilation \(1, 1\) does not fit"):
        ops.fold(np.zeros((1, 25, 1)), 4, 5)
    with pytest.raises(ValueError, match="fold: output_size must be an integer of at least 1 or 2 of them"):
        ops.fold(np.zeros((1, 4, 9)), (0, 4), 2)
    with pytest.raises(TypeError, match="fold: x must be an array or a tensor, got None"):
        ops.fold(None, 4, 2)
