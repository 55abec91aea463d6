"""Transposed convolution forward and backward: within the derived bound of the oracle, on every instruction set."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides, sum_bound
from tests.geometries import convolutions, dtypes, laid_out, seeds, transposed_convolutions
from tests.ops.plans import check_in_plan
from tests.reference import conv as reference_conv
from tests.reference import conv_transpose as reference

activations = st.sampled_from([None, "relu"])


@given(transposed_convolutions(), seeds, dtypes, activations, st.booleans())
def test_forward(isa, example, seed, dtype, activation, with_bias):
    shapes = example.input_shape, example.kernel_shape, example.output_shape[-1:]
    x, kernel, bias = laid_out(seed, dtype, *shapes)
    copies = x.copy(), kernel.copy(), bias.copy()
    shift = bias.astype(np.float64) if with_bias else np.zeros(bias.shape)
    result = ops.conv_transpose(x, kernel, bias=bias if with_bias else None, activation=activation, **example.keywords)
    exact = reference.conv_transpose(x, kernel, *example.geometry) + shift
    if activation == "relu":
        exact = np.maximum(exact, 0)
    magnitudes = reference.conv_transpose(*(abs(a.astype(np.float64)) for a in (x, kernel)), *example.geometry)
    length = math.prod(example.kernel_shape[:-2]) * example.kernel_shape[-1] // example.groups + 1
    largest = max(float(abs(array).max(initial=0)) for array in (x, kernel))
    assert result.dtype == dtype
    assert_within(result, exact, sum_bound(length, magnitudes + abs(shift), dtype, largest) * sides(dtype))
    for array, copy in zip((x, kernel, bias), copies, strict=True):
        np.testing.assert_array_equal(array, copy, err_msg="an input was changed")


@given(transposed_convolutions(), seeds, activations)
def test_gradients(isa, example, seed, activation):
    """In a linear function of each, the gradients are what the differences of the oracle's results are."""
    shapes = example.input_shape, example.kernel_shape, example.output_shape[-1:], example.output_shape
    x, kernel, bias, upstream = laid_out(seed, np.float64, *shapes)

    def layer(x, kernel, bias):
        return ops.conv_transpose(x, kernel, bias=bias, activation=activation, **example.keywords)

    result, pullback = convolith.vjp(layer, x, kernel, bias)
    through = np.where(result > 0, upstream, 0) if activation else upstream
    by_input, by_kernel, by_bias = pullback(upstream)
    generator = np.random.default_rng(seed)
    products = x.size * math.prod(example.kernel_shape[:-1])
    for array, gradient, others in ((x, by_input, (kernel,)), (kernel, by_kernel, (x,))):
        direction = generator.standard_normal(array.shape)
        arrays = (direction, *others) if array is x else (*others, direction)
        moved = reference.conv_transpose(*arrays, *example.geometry)
        magnitudes = np.vdot(reference.conv_transpose(*map(abs, arrays), *example.geometry), abs(through))
        allowed = 8 * gamma(products + upstream.size + 8, np.float64) * magnitudes + 1e-300
        assert gradient.shape == array.shape
        assert abs(np.vdot(gradient, direction) - np.vdot(through, moved)) <= allowed
    rows = through.reshape(-1, through.shape[-1])
    assert_within(by_bias, rows.sum(axis=0), 2 * sum_bound(len(rows), np.abs(rows).sum(axis=0), np.float64))


@given(convolutions(), seeds, dtypes)
def test_it_is_the_adjoint_of_the_convolution(isa, example, seed, dtype):
    """<conv(x), y> = <x, conv_transpose(y)> where the sizes of x are those that conv_transpose makes of y's."""
    x, kernel, y = laid_out(seed, dtype, example.input_shape, example.kernel_shape, example.output_shape)
    keywords = example.keywords
    keywords["padding"] = example.pads
    extra = []
    for axis, (before, after) in enumerate(example.pads):
        extent = example.dilation_rate[axis] * (kernel.shape[axis] - 1) + 1
        whole = (y.shape[1 + axis] - 1) * example.strides[axis] + extent - before - after
        extra.append(x.shape[1 + axis] - whole)
    forward = np.vdot(ops.conv(x, kernel, **keywords).astype(np.float64), y.astype(np.float64))
    result = ops.conv_transpose(y, kernel, output_padding=extra, **keywords)
    backward = np.vdot(x.astype(np.float64), result.astype(np.float64))
    *window, ci, co = kernel.shape
    doubles = [abs(array.astype(np.float64)) for array in (x, kernel, y)]
    magnitudes = np.vdot(reference_conv.conv(*doubles[:2], *example.geometry), doubles[2])
    longest = math.prod(window) * max(ci, co) + 1
    allowed = 2 * gamma(longest, dtype) * magnitudes + 4 * gamma(y.size + x.size + 2, np.float64) * magnitudes + 1e-30
    assert abs(forward - backward) <= allowed


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_adjoint_of_the_named_paddings(generator, rank, strides, padding):
    """With "same" of a size that strides divide, and "valid", the same arguments make the adjoint, of small numbers."""
    size = 6 if padding == "same" else 4 * strides if strides > 2 else 3 + strides
    kernel = generator.integers(-9, 10, (*(2, 3, 4)[:rank], 3, 2)) / 4
    x = generator.integers(-9, 10, (2, *[size] * rank, 3)) / 4
    if padding == "valid":
        counts = [(size - k) // strides + 1 for k in kernel.shape[:rank]]
        x = x[(slice(None), *(slice((n - 1) * strides + max(k, strides)) for n, k in zip(counts, kernel.shape)))]  # noqa: B905
    forward = ops.conv(x, kernel, strides, padding)
    y = generator.integers(-9, 10, forward.shape) / 4
    backward = ops.conv_transpose(y, kernel, strides, padding)
    assert backward.shape == x.shape
    assert np.vdot(forward, y) == np.vdot(x, backward) != 0


@given(transposed_convolutions(batches=(0, 0)))
def test_an_empty_batch(isa, example):
    shapes = example.input_shape, example.kernel_shape, example.output_shape[-1:], example.output_shape
    x, kernel, bias, upstream = laid_out(0, np.float32, *shapes)
    result, pullback = convolith.vjp(
        lambda x, kernel, bias: ops.conv_transpose(x, kernel, bias=bias, **example.keywords), x, kernel, bias
    )
    assert result.shape == example.output_shape
    by_input, by_kernel, by_bias = pullback(upstream)
    assert by_input.shape == x.shape
    assert by_kernel.shape == kernel.shape and not by_kernel.any() and not by_bias.any()


def test_pixels_that_no_filter_reaches_hold_the_bias(isa, generator):
    """A stride wider than the kernel leaves gaps; with many channels and with few, through relu and not."""
    for filters in (2, 40):
        kernel, bias = generator.standard_normal((1, 1, filters, 3)), generator.standard_normal(filters)
        x = generator.standard_normal((2, 3, 3, 3)).astype(np.float32)
        result = ops.conv_transpose(x, kernel.astype(np.float32), 3, bias=bias.astype(np.float32))
        assert result.shape == (2, 9, 9, filters)
        np.testing.assert_array_equal(result[:, 1::3], np.broadcast_to(bias.astype(np.float32), (2, 3, 9, filters)))
        rectified = ops.conv_transpose(x, kernel.astype(np.float32), 3, bias=bias.astype(np.float32), activation="relu")
        np.testing.assert_array_equal(rectified, np.maximum(result, 0))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_in_a_plan(generator, rank):
    """Fused with relu, and with both gradients."""
    x, kernel, other, bias = (
        generator.standard_normal(shape).astype(np.float32)
        for shape in ((2, *[4] * rank, 3), (*[3] * rank, 20, 3), (*[2] * rank, 20, 5), (20,))
    )
    check_in_plan(
        lambda x, k, o, b: ops.relu(ops.conv(ops.relu(ops.conv_transpose(x, k, 2, "same", bias=b)), o, padding="same")),
        x, kernel, other, bias,
    )  # fmt: skip
