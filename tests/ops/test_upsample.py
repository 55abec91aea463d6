"""Repeating elements along each spatial axis, and adding the gradients up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import dtypes, seeds
from tests.ops.linear import Linear


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_against_numpys_repeat(rank, data_format):
    x = np.arange(2 * 3**rank * 4, dtype=np.int64).reshape(2, *(3,) * rank, 4)
    factors = (2, 1, 3)[:rank]
    expected = x
    for axis, factor in enumerate(factors):
        expected = np.repeat(expected, factor, axis=axis + 1)
    if data_format == "channels_first":
        x, expected = np.moveaxis(x, -1, 1), np.moveaxis(expected, -1, 1)
    result = ops.upsample(x, factors, data_format)
    assert result.dtype == x.dtype
    np.testing.assert_array_equal(result, expected)


def test_an_unknown_batch():
    assert ops.upsample(Tensor(Spec((None, 2, 3, 1), np.dtype(np.float32))), 2).shape == (None, 4, 6, 1)


def test_what_is_refused():
    x = np.zeros((1, 2, 2, 1))
    with pytest.raises(ValueError, match=r"upsample: inputs must have axes of the batch.*got shape \(2, 1\)"):
        ops.upsample(x[0, 0], 2)
    for size in (0, (2, 2, 2)):
        with pytest.raises(ValueError, match="upsample: size must be an integer of at least 1"):
            ops.upsample(x, size)
    with pytest.raises(TypeError, match="upsample: size must be an integer or 2 of them, got 1.5"):
        ops.upsample(x, 1.5)
    with pytest.raises(ValueError, match="upsample: data_format must be"):
        ops.upsample(x, 2, "last")
    with pytest.raises(TypeError, match="upsample: inputs must be an array or a tensor, got None"):
        ops.upsample(None, 2)


axes = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3)


@given(axes, seeds, dtypes, st.integers(0, 2))
def test_drawn_shapes_and_gradients(axes, seed, dtype, n):
    """A gradient is the sum of all repetitions; of integers it is exact."""
    sizes, factors = zip(*axes, strict=True)
    generator = np.random.default_rng(seed)

    def definition(x):
        for axis, factor in enumerate(factors):
            x = x.repeat(factor, axis + 1)
        return x

    x = generator.normal(size=(n, *sizes, 2)).astype(dtype)
    result, pullback = convolith.vjp(lambda x: ops.upsample(x, factors), x)
    np.testing.assert_array_equal(result, definition(x), strict=True)
    upstream = generator.integers(-9, 10, result.shape).astype(dtype)
    gradient = Linear(definition, (*sizes, 2)).back(upstream)
    np.testing.assert_array_equal(pullback(upstream)[0], gradient.astype(dtype), strict=True)


@pytest.mark.torch
@settings(max_examples=20)
@given(axes, seeds)
def test_torch_repeats_alike(torch, axes, seed):
    sizes, factors = zip(*axes, strict=True)
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(2, 3, *sizes))
    leaf = torch.tensor(x).requires_grad_()
    expected = torch.nn.functional.interpolate(leaf, scale_factor=factors)
    result, pullback = convolith.vjp(lambda x: ops.upsample(x, factors, "channels_first"), x)
    np.testing.assert_array_equal(result, expected.detach().numpy())
    upstream = generator.integers(-9, 10, result.shape).astype(float)
    expected.backward(torch.tensor(upstream))
    np.testing.assert_array_equal(pullback(upstream)[0], leaf.grad.numpy())
