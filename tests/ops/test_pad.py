"""Padding in every mode against NumPy and torch, its gradient, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from convolith.ops.pad import MODES
from tests.ops.linear import Linear
from tests.ops.plans import check_in_plan

UNKNOWN = Tensor(Spec((None, 4, 3), np.dtype(np.float32)))


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=20)
@given(st.tuples(st.integers(1, 7), st.integers(1, 5)), st.data())
def test_values_and_gradients(mode, shape, data):
    """A gradient is the sum of all copies of an element; of integers it is exact."""
    widest = [{"reflect": size - 1, "symmetric": size, "wrap": size}.get(mode, 7) for size in shape]
    widths = [data.draw(st.tuples(st.integers(0, most), st.integers(0, most))) for most in widest]
    generator = np.random.default_rng(len(mode))
    x = generator.normal(size=shape)
    result, pullback = convolith.vjp(lambda x: ops.pad(x, widths, mode), x)
    np.testing.assert_array_equal(result, np.pad(x, widths, mode), strict=True)
    upstream = generator.integers(-9, 10, result.shape).astype(float)
    linear = Linear(lambda units: np.pad(units, [(0, 0), *widths], mode), shape)
    np.testing.assert_array_equal(pullback(upstream)[0], linear.back(upstream[None])[0], strict=True)


@pytest.mark.torch
@settings(max_examples=30)
@given(
    st.sampled_from(["constant", "reflect", "edge", "wrap"]),
    st.tuples(st.integers(2, 5), st.integers(2, 4)),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=2),
    st.integers(0, 99),
)
def test_torch_pads_alike(torch, mode, shape, widths, seed):
    if mode != "constant":  # torch takes no more than there is
        widths = [(min(low, size - 1), min(high, size - 1)) for (low, high), size in zip(widths, shape, strict=True)]
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(2, 3, *shape))
    leaf = torch.tensor(x).requires_grad_()
    theirs = {"edge": "replicate", "wrap": "circular"}.get(mode, mode)
    expected = torch.nn.functional.pad(leaf, (*widths[1], *widths[0]), theirs)
    result, pullback = convolith.vjp(lambda x: ops.pad(x, [(0, 0), (0, 0), *widths], mode), x)
    np.testing.assert_array_equal(result, expected.detach().numpy())
    upstream = generator.integers(-9, 10, result.shape).astype(float)
    expected.backward(torch.tensor(upstream))
    np.testing.assert_array_equal(pullback(upstream)[0], leaf.grad.numpy())


@pytest.mark.parametrize("width", [2, (1, 2), [1, 2], ((1, 2),), ((1, 2), (0, 3)), np.array([[1, 0], [2, 2]]), 0])
def test_ways_to_give_the_widths(width):
    x = np.arange(6, dtype=np.int16).reshape(2, 3)
    np.testing.assert_array_equal(ops.pad(x, width), np.pad(x, width), strict=True)


def test_a_single_number_has_no_edges():
    result, pullback = convolith.vjp(lambda x: ops.pad(x, 2), np.array(3.0))
    assert result.shape == () and result == 3 and pullback(np.array(5.0))[0] == 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.float16])
def test_another_value(dtype):
    x = np.ones((2, 2), dtype)
    np.testing.assert_array_equal(ops.pad(x, 1, constant_values=-5), np.pad(x, 1, constant_values=-5), strict=True)
    np.testing.assert_array_equal(ops.pad(np.ones((0, 2)), ((1, 1), (0, 0)), constant_values=3), np.full((2, 2), 3))


def test_the_gradient_by_the_value():
    _, pullback = convolith.vjp(lambda x, value: ops.pad(x, 1, constant_values=value), np.ones((2, 3)), np.array(2.0))
    by_x, by_value = pullback(np.ones((4, 5)))
    assert by_x.shape == (2, 3) and by_value == 14


def test_unknown_batches():
    assert ops.pad(UNKNOWN, ((0, 0), (1, 2), (0, 3))).shape == (None, 7, 6)
    assert ops.pad(UNKNOWN, ((0, 0), (1, 1), (0, 0)), "reflect").shape == (None, 6, 3)
    assert ops.pad(UNKNOWN, 1).shape == (None, 6, 5)


def test_in_a_plan():
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    for mode in MODES:
        check_in_plan(lambda x, mode=mode: ops.pad(x * 2, ((0, 0), (1, 2)), mode) * ops.pad(x, ((0, 0), (2, 1))), x)


@pytest.mark.parametrize("width", [-1, (1, -1), (1, 2, 3), ((1, 2), (1, 2), (1, 2)), 0.5, "one", ((1,), (2, 3))])
def test_widths_that_are_none(width):
    with pytest.raises(
        ValueError, match="pad: pad_width must be an integer, a pair or a pair for each axis of x of shape .2, 3."
    ):
        ops.pad(np.ones((2, 3)), width)


def test_what_is_refused():
    with pytest.raises(ValueError, match="pad: pad_width must be .* got -1"):
        ops.pad(np.ones(()), -1)
    with pytest.raises(ValueError, match='pad: mode must be one of "constant", "reflect", .* got \'mean\''):
        ops.pad(np.ones(3), 1, "mean")
    with pytest.raises(ValueError, match='pad: constant_values must be None unless mode is "constant"'):
        ops.pad(np.ones(3), 1, "edge", 0)
    with pytest.raises(ValueError, match=r"pad: constant_values must be one number, got shape \(2,\)"):
        ops.pad(np.ones(3), 1, constant_values=[0, 1])
    for x in (np.ones((0, 3)), UNKNOWN):
        with pytest.raises(ValueError, match="pad: axis 0 of x of shape .* has no known elements to fill 'edge' with"):
            ops.pad(x, 1, "edge")
