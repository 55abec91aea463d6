"""Convolution forward and backward: within the derived bound of the oracle, on every instruction set."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import config, ops
from tests.bounds import assert_within, gamma, sides, sum_bound
from tests.geometries import Convolution, convolutions, dtypes, laid_out, seeds
from tests.reference import conv as reference

activations = st.sampled_from([None, "relu"])


def bound(example: Convolution, what: str, dtype: type, *arrays: np.ndarray) -> np.ndarray:
    """The bound of one pass, from the same pass of the magnitudes; float64 allows the oracle's own error besides."""
    *window, ci, co = example.kernel_shape
    window = math.prod(window)
    magnitudes = [np.abs(array, dtype=np.float64) for array in arrays]
    if what == "forward":
        length, total = window * ci + 1, reference.conv(*magnitudes[:2], *example.geometry) + sum(magnitudes[2:])
    elif what == "inputs":
        length = window * co // example.groups
        total = reference.conv_input_gradient(*magnitudes, example.input_shape, *example.geometry)
    else:
        length = math.prod(example.output_shape[:-1])
        total = reference.conv_kernel_gradient(*magnitudes, example.kernel_shape, *example.geometry)
    largest = max((float(array.max(initial=0)) for array in magnitudes), default=0.0)
    return sum_bound(length, total, dtype, largest) * sides(dtype)


@given(convolutions(), seeds, dtypes, activations, st.booleans())
def test_forward(isa, example, seed, dtype, activation, with_bias):
    x, kernel, bias = laid_out(seed, dtype, example.input_shape, example.kernel_shape, example.kernel_shape[-1:])
    extra = (bias,) if with_bias else ()
    before = x.copy(), kernel.copy(), bias.copy()
    result = ops.conv(x, kernel, bias=bias if with_bias else None, activation=activation, **example.keywords)
    exact = reference.conv(x, kernel, *example.geometry) + sum(array.astype(np.float64) for array in extra)
    if activation == "relu":
        exact = np.maximum(exact, 0)
    assert result.dtype == dtype
    assert_within(result, exact, bound(example, "forward", dtype, x, kernel, *extra))
    for array, copy in zip((x, kernel, bias), before, strict=True):
        np.testing.assert_array_equal(array, copy, err_msg="an input was changed")


@given(convolutions(), seeds, dtypes, activations)
def test_gradients(isa, example, seed, dtype, activation):
    shapes = example.input_shape, example.kernel_shape, example.kernel_shape[-1:], example.output_shape
    x, kernel, bias, upstream = laid_out(seed, dtype, *shapes)

    def layer(x, kernel, bias):
        return ops.conv(x, kernel, bias=bias, activation=activation, **example.keywords)

    result, pullback = convolith.vjp(layer, x, kernel, bias)
    by_input, by_kernel, by_bias = pullback(upstream)
    through = np.where(result > 0, upstream, 0) if activation == "relu" else upstream
    rest = example.geometry
    exact = reference.conv_input_gradient(through, kernel, example.input_shape, *rest)
    assert_within(by_input, exact, bound(example, "inputs", dtype, through, kernel), "gradient by the input")
    exact = reference.conv_kernel_gradient(x, through, example.kernel_shape, *rest)
    assert_within(by_kernel, exact, bound(example, "kernel", dtype, x, through), "gradient by the kernel")
    rows = through.reshape(-1, through.shape[-1]).astype(np.float64)
    allowed = sides(dtype) * sum_bound(len(rows), np.abs(rows).sum(axis=0), dtype)
    assert_within(by_bias, rows.sum(axis=0), allowed, "gradient by the bias")
    assert {array.dtype for array in (by_input, by_kernel, by_bias)} == {np.dtype(dtype)}


@given(convolutions(), seeds, dtypes)
def test_adjoint_identity(isa, example, seed, dtype):
    """<conv(x), y> = <x, conv_input_gradient(y)> = <kernel, conv_kernel_gradient(y)>; no oracle is needed."""
    x, kernel, y = laid_out(seed, dtype, example.input_shape, example.kernel_shape, example.output_shape)
    result, pullback = convolith.vjp(lambda x, kernel: ops.conv(x, kernel, **example.keywords), x, kernel)
    by_input, by_kernel = pullback(y)
    pairs = (result, y), (x, by_input), (kernel, by_kernel)
    forward, backward, sideways = (np.vdot(a.astype(np.float64), b.astype(np.float64)) for a, b in pairs)
    magnitudes = np.vdot(reference.conv(abs(x), abs(kernel), *example.geometry), abs(y.astype(np.float64)))
    *window, ci, co = example.kernel_shape
    longest = max(math.prod(window) * max(ci, co), y.size // co) + 1
    # Each side is off by at most its own sum's error; the float64 scalar products add theirs.
    allowed = 2 * gamma(longest, dtype) * magnitudes + 4 * gamma(y.size + x.size + 2, np.float64) * magnitudes + 1e-30
    assert abs(forward - backward) <= allowed
    assert abs(forward - sideways) <= allowed


@given(convolutions(batches=(0, 0)))
def test_an_empty_batch(isa, example):
    x, kernel, bias, upstream = laid_out(
        0, np.float32, example.input_shape, example.kernel_shape, example.kernel_shape[-1:], example.output_shape
    )
    result, pullback = convolith.vjp(
        lambda x, kernel, bias: ops.conv(x, kernel, bias=bias, **example.keywords), x, kernel, bias
    )
    assert result.shape == example.output_shape
    by_input, by_kernel, by_bias = pullback(upstream)
    assert by_input.shape == example.input_shape
    assert not by_kernel.any() and by_kernel.shape == kernel.shape
    assert not by_bias.any() and by_bias.shape == bias.shape


def test_one_of_everything(isa):
    one = np.full((1, 1, 1, 1), 3, np.float32)
    result, pullback = convolith.vjp(lambda x, kernel: ops.conv(x, kernel), one, 2 * one)
    assert result.shape == (1, 1, 1, 1) and result.item() == 18
    assert [gradient.item() for gradient in pullback(one)] == [18, 9]


def test_scalar_and_pair_arguments_mean_the_same(generator):
    x = generator.standard_normal((2, 9, 9, 4)).astype(np.float32)
    kernel = generator.standard_normal((3, 3, 4, 5)).astype(np.float32)
    once = ops.conv(x, kernel, strides=2, dilation_rate=1, padding="same")
    np.testing.assert_array_equal(once, ops.conv(x, kernel, (2, 2), "same", None, (1, 1)))
    first = ops.conv(x, kernel, data_format="channels_last")
    moved = ops.conv(np.moveaxis(x, -1, 1), kernel, data_format="channels_first")
    np.testing.assert_array_equal(np.moveaxis(moved, 1, -1), first)


@pytest.fixture
def by_definition():
    """Minimal filtering rounds even small integers; tests/engine/test_winograd.py has its bound."""
    config.disable_winograd()
    yield
    config.enable_winograd()


def test_exact_integers_give_the_exact_result(isa, generator, by_definition):
    """Small integers and their sums are exact in float32: one product too many or too few shows in any sum."""
    x = generator.integers(-8, 9, (2, 10, 9, 70))
    kernel = generator.integers(-8, 9, (3, 3, 70, 40))
    patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    exact = np.einsum("nyxcij,ijco->nyxo", patches, kernel)
    result = ops.conv(x.astype(np.float32), kernel.astype(np.float32))
    np.testing.assert_array_equal(result, exact)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_stays_where_it_is(isa, value):
    x = np.ones((1, 6, 6, 5), np.float32)
    x[0, 0, 0, 2] = value
    result = ops.conv(x, np.ones((2, 2, 5, 3), np.float32))
    assert not np.isfinite(result[0, 0, 0]).any()
    assert np.isfinite(result.reshape(-1, 3)[1:]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_no_number_does_not_reach_the_neighbours_of_few_filters(isa, value, dtype):
    """Neighbouring results that are computed together share a window, but of finite images alone."""
    x = np.ones((2, 6, 64, 2), dtype)
    x[1, 2, 20, 0] = value
    finite = np.isfinite(ops.conv(x, np.ones((2, 2, 2, 3), dtype)))
    assert not finite[1, 1:3, 19:21].any() and (~finite).sum() == 4 * 3
    late = np.isfinite(ops.conv(x[1, 2:3], np.ones((3, 2, 1), dtype), padding="causal"))
    assert np.flatnonzero(~late).tolist() == [20, 21, 22]


@pytest.mark.parametrize("filters", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("width", [12, 31, 61])
def test_few_filters_have_the_bits_of_many(isa, generator, filters, strides, width):
    """Neighbouring results that are computed together, against the same filters among others that fill vectors."""
    x = generator.standard_normal((2, 5, width, 3)).astype(np.float32)
    kernel = generator.standard_normal((3, 4, 3, 20)).astype(np.float32)
    bias = generator.standard_normal(20).astype(np.float32)
    padding = ((1, 1), (2, 1))
    few = ops.conv(x, kernel[..., :filters], strides, padding, bias=bias[:filters], activation="relu")
    many = ops.conv(x, kernel, strides, padding, bias=bias, activation="relu")
    np.testing.assert_array_equal(few, many[..., :filters])


def test_nan_passes_through_the_fused_relu(isa):
    x = np.full((1, 4, 4, 3), np.nan, np.float32)
    assert np.isnan(ops.conv(x, np.ones((3, 3, 3, 20), np.float32), activation="relu")).all()


@pytest.mark.parametrize("strides", [(2**22, 2**22, 2**22), (1, 10**6, 2), (5000, 1, 3)])
def test_strides_far_beyond_the_image(isa, generator, strides):
    inputs = generator.normal(size=(2, 3, 4, 5, 32)).astype("float32")
    kernel = generator.normal(size=(2, 3, 2, 32, 17)).astype("float32")
    outputs, gradients = convolith.vjp(lambda x, k: ops.conv(x, k, strides), inputs, kernel)
    upstream = generator.normal(size=outputs.shape).astype("float32")

    def expected(inputs, kernel, upstream):
        geometry = strides, ((0, 0),) * 3, (1, 1, 1), 1
        return (
            reference.conv_input_gradient(upstream, kernel, inputs.shape, *geometry),
            reference.conv_kernel_gradient(inputs, upstream, kernel.shape, *geometry),
        )

    wide = [array.astype(np.float64) for array in (inputs, kernel, upstream)]
    magnitudes, length = expected(*map(abs, wide)), max(17 * 12, outputs.size // 17)
    for gradient, wanted, total in zip(gradients(upstream), expected(*wide), magnitudes, strict=True):
        assert_within(gradient, wanted, sum_bound(length, total))
