"""Blocks of pixels into channels and back: by hand, against torch and Keras's order, both data formats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor

FORMATS = ["channels_last", "channels_first"]
MODES = ["DCR", "CRD"]


def by_loops(x, block, mode):
    """depth_to_space of (n, h, w, depth)."""
    n, height, width, depth = x.shape
    out = np.empty((n, height * block, width * block, depth // block**2), x.dtype)
    for image, y, x_, channel in np.ndindex(out.shape):
        row, column = y % block, x_ % block
        if mode == "DCR":
            source = (row * block + column) * out.shape[3] + channel
        else:
            source = channel * block**2 + row * block + column
        out[image, y, x_, channel] = x[image, y // block, x_ // block, source]
    return out


@pytest.mark.parametrize("block", [2, 3])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("data_format", FORMATS)
def test_both_ways(data_format, mode, block):
    x = np.arange(2 * 3 * 2 * block**2 * 4).reshape(2, 3, 2, block**2 * 4)
    expected = by_loops(x, block, mode)
    if data_format == "channels_first":
        x, expected = np.moveaxis(x, -1, 1), np.moveaxis(expected, -1, 1)
    result = ops.depth_to_space(x, block, data_format, mode)
    assert result.dtype == x.dtype
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(ops.space_to_depth(result, block, data_format, mode), x)


@pytest.mark.torch
@settings(max_examples=20)
@given(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(2, 3))
def test_torchs_order_is_crd(torch, n, height, width, channels, block):
    x = np.random.default_rng(n).normal(size=(n, channels * block**2, height, width))
    for function, theirs, argument in (
        (ops.depth_to_space, torch.nn.functional.pixel_shuffle, x),
        (
            ops.space_to_depth,
            torch.nn.functional.pixel_unshuffle,
            x.reshape(n, channels, height * block, width * block),
        ),
    ):
        leaf = torch.tensor(argument).requires_grad_()
        result, pullback = convolith.vjp(lambda x, f=function: f(x, block, "channels_first", "CRD"), argument)
        expected = theirs(leaf, block)
        np.testing.assert_array_equal(result, expected.detach().numpy())
        expected.backward(expected.detach() ** 2)
        np.testing.assert_array_equal(pullback(result**2)[0], leaf.grad.numpy())


def test_the_order_is_keras_own_unless_it_is_given():
    x = np.arange(2 * 12 * 3 * 4).reshape(2, 12, 3, 4)
    for function, argument in ((ops.depth_to_space, x), (ops.space_to_depth, x.reshape(2, 3, 6, 8))):
        for data_format, mode in (("channels_last", "DCR"), ("channels_first", "CRD")):
            moved = np.moveaxis(argument, 1, -1) if data_format == "channels_last" else argument
            np.testing.assert_array_equal(function(moved, 2, data_format), function(moved, 2, data_format, mode))


def test_unknown_and_empty_batches():
    symbolic = Tensor(Spec((None, 4, 6, 8), np.dtype(np.float32)))
    assert ops.depth_to_space(symbolic, 2).shape == (None, 8, 12, 2)
    assert ops.space_to_depth(symbolic, 2).shape == (None, 2, 3, 32)
    assert ops.space_to_depth(np.zeros((0, 4, 6, 8)), 2).shape == (0, 2, 3, 32)


@pytest.mark.parametrize("name", ["depth_to_space", "space_to_depth"])
def test_what_is_refused(name):
    function, x = getattr(ops, name), np.zeros((1, 3, 4, 6))
    with pytest.raises(ValueError, match=rf"{name}: block_size must .* got 2 with shape \(1, 3, 4, 6\)"):
        function(x, 2)
    for block in (1, 2.0, True):
        with pytest.raises(ValueError, match=f"{name}: block_size must be an integer of at least 2, got {block}"):
            function(x, block)
    with pytest.raises(ValueError, match=rf"{name}: x must have 4 axes, .* got shape \(3, 4, 6\)"):
        function(x[0], 2)
    with pytest.raises(ValueError, match=f"{name}: data_format must be"):
        function(x, 2, "first")
    with pytest.raises(ValueError, match=f'{name}: mode must be one of "DCR", "CRD"'):
        function(x, 2, mode="RCD")
    with pytest.raises(TypeError, match=f"{name}: x must be an array or a tensor, got None"):
        function(None, 2)


@given(
    st.integers(0, 2),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(2, 3),
    st.sampled_from(MODES),
)
def test_drawn_shapes_and_gradients(n, height, width, channels, block, mode):
    """Elements change their places alone, so all is exact, and the gradient of each way is the other."""
    deep = np.random.default_rng(n).normal(size=(n, height, width, channels * block**2))
    flat = by_loops(deep, block, mode)
    for function, x, expected in ((ops.depth_to_space, deep, flat), (ops.space_to_depth, flat, deep)):
        result, pullback = convolith.vjp(lambda x, f=function: f(x, block, mode=mode), x)
        np.testing.assert_array_equal(result, expected)
        np.testing.assert_array_equal(pullback(expected**2)[0], x**2)
