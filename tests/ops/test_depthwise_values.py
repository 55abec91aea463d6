"""Depthwise convolution forward and backward: within the derived bound of the oracle and of torch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides, sum_bound
from tests.geometries import Convolution, convolutions, dtypes, laid_out, seeds
from tests.reference import depthwise as reference

activations = st.sampled_from([None, "relu"])


class Depthwise(Convolution):
    """A valid depthwise convolution: a convolution's window, kernel (h, w, c, multiplier)."""

    @property
    def geometry(self) -> tuple:
        return super().geometry[:3]

    @property
    def keywords(self) -> dict:
        return {name: value for name, value in super().keywords.items() if name != "groups"}

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        return (*super().output_shape[:3], self.kernel_shape[2] * self.kernel_shape[3])


@st.composite
def depthwises(draw, batches=(1, 2)) -> Depthwise:
    """Any window; channels on both sides of one and two vectors of every instruction set; multipliers."""
    example = draw(convolutions(batches, ranks=st.just(2)))
    channels, multiplier = draw(st.integers(1, 33)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    shapes = (*example.input_shape[:3], channels), (*example.kernel_shape[:2], channels, multiplier)
    return Depthwise(*shapes, *example[2:])


def passes(example: Depthwise, x, kernel, upstream) -> list[np.ndarray]:
    """The oracle's result, and its gradients by input and kernel."""
    window = example.geometry
    return [
        reference.depthwise_conv(x, kernel, *window),
        reference.depthwise_conv_input_gradient(upstream, kernel, x.shape, *window),
        reference.depthwise_conv_kernel_gradient(x, upstream, kernel.shape, *window),
    ]


def lengths(example: Depthwise) -> tuple[int, int, int]:
    """How many products a sum of each pass has at most."""
    rows, columns, _, multiplier = example.kernel_shape
    n, out_rows, out_columns, _ = example.output_shape
    return rows * columns + 1, rows * columns * multiplier, n * out_rows * out_columns


@given(depthwises(), seeds, dtypes, activations, st.booleans())
def test_values_and_gradients(isa, example, seed, dtype, activation, with_bias):
    x, kernel, bias, upstream = laid_out(
        seed, dtype, example.input_shape, example.kernel_shape, example.output_shape[3:], example.output_shape
    )
    before = [array.copy() for array in (x, kernel, bias)]

    def layer(x, kernel, bias):
        return ops.depthwise_conv(
            x, kernel, bias=bias if with_bias else None, activation=activation, **example.keywords
        )

    result, pullback = convolith.vjp(layer, x, kernel, bias)
    by_input, by_kernel, by_bias = pullback(upstream)
    through = np.where(result > 0, upstream, 0) if activation == "relu" else upstream
    exact = passes(example, x, kernel, through)
    totals = passes(example, *(np.abs(array, dtype=np.float64) for array in (x, kernel, through)))
    if with_bias:
        exact[0] += bias
        totals[0] += abs(bias)
    if activation == "relu":
        exact[0] = np.maximum(exact[0], 0)
    largest = max(float(abs(array).max()) for array in (x, kernel, bias, upstream))
    names = "result", "gradient by the input", "gradient by the kernel"
    computed = result, by_input, by_kernel
    for name, ours, other, total, length in zip(names, computed, exact, totals, lengths(example), strict=True):
        assert ours.dtype == dtype
        assert_within(ours, other, sum_bound(length, total, dtype, largest) * sides(dtype), name)
    rows = (through if with_bias else 0 * through).reshape(-1, through.shape[-1]).astype(np.float64)
    allowed = sides(dtype) * sum_bound(len(rows), np.abs(rows).sum(axis=0), dtype)
    assert_within(by_bias, rows.sum(axis=0), allowed, "gradient by the bias")
    for array, copy in zip((x, kernel, bias), before, strict=True):
        np.testing.assert_array_equal(array, copy, err_msg="an input was changed")


@given(depthwises(), seeds, dtypes)
def test_adjoint_identity(isa, example, seed, dtype):
    """<conv(x), y> = <x, gradient by x of y> = <kernel, gradient by the kernel of y>; no oracle is needed."""
    x, kernel, y = laid_out(seed, dtype, example.input_shape, example.kernel_shape, example.output_shape)
    result, pullback = convolith.vjp(lambda x, kernel: ops.depthwise_conv(x, kernel, **example.keywords), x, kernel)
    pairs = (result, y), *zip((x, kernel), pullback(y), strict=True)
    forward, backward, sideways = (np.vdot(a.astype(np.float64), b.astype(np.float64)) for a, b in pairs)
    magnitudes = np.vdot(reference.depthwise_conv(abs(x), abs(kernel), *example.geometry), abs(y.astype(np.float64)))
    # Each side is off by at most its own sum's error; the float64 scalar products add theirs.
    roundings = 2 * gamma(max(lengths(example)) + 1, dtype) + 4 * gamma(y.size + x.size + 2, np.float64)
    assert abs(forward - backward) <= roundings * magnitudes + 1e-30
    assert abs(forward - sideways) <= roundings * magnitudes + 1e-30


@pytest.mark.torch
@given(depthwises(), seeds, dtypes)
def test_against_torch(isa, example, seed, dtype):
    torch = pytest.importorskip("torch")
    x, kernel, bias, upstream = laid_out(
        seed, dtype, example.input_shape, example.kernel_shape, example.output_shape[3:], example.output_shape
    )
    result, pullback = convolith.vjp(
        lambda x, kernel, bias: ops.depthwise_conv(x, kernel, bias=bias, **example.keywords), x, kernel, bias
    )

    def theirs(*arrays):
        *leaves, g = (torch.from_numpy(array.astype(np.float64)) for array in arrays)
        x, kernel, bias = (leaf.requires_grad_() for leaf in leaves)
        (top, bottom), (left, right) = example.pads
        padded = torch.nn.functional.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
        rows, columns, channels, multiplier = kernel.shape
        ohw = kernel.reshape(rows, columns, 1, channels * multiplier).permute(3, 2, 0, 1).contiguous()
        y = torch.nn.functional.conv2d(padded, ohw, bias, example.strides, 0, example.dilation_rate, channels)
        y.backward(g.permute(0, 3, 1, 2))
        return [array.detach().numpy() for array in (y.permute(0, 2, 3, 1), x.grad, kernel.grad, bias.grad)]

    arrays = x, kernel, bias, upstream
    # torch runs in float64 twice, the second time for the sums of magnitudes.
    expected, sums = theirs(*arrays), theirs(*(abs(array) for array in arrays))
    for ours, other, total, length in zip(
        (result, *pullback(upstream)), expected, sums, (*lengths(example), lengths(example)[2]), strict=True
    ):
        assert_within(ours, other, sides(dtype) * sum_bound(length, total, dtype, 2.0**10))


@given(depthwises(batches=(0, 0)))
def test_an_empty_batch(isa, example):
    x, kernel, upstream = laid_out(0, np.float32, example.input_shape, example.kernel_shape, example.output_shape)
    result, pullback = convolith.vjp(lambda x, k: ops.depthwise_conv(x, k, **example.keywords), x, kernel)
    assert result.shape == example.output_shape
    by_input, by_kernel = pullback(upstream)
    assert by_input.shape == example.input_shape
    assert by_kernel.shape == kernel.shape and not by_kernel.any()


@given(depthwises(), seeds)
def test_one_spatial_axis_is_the_width_of_images_of_height_one(isa, example, seed):
    (n, _, w, c), (_, columns, _, m) = example.input_shape, example.kernel_shape
    x, kernel = laid_out(seed, np.float32, (n, w, c), (columns, c, m))
    arguments = example.strides[1], example.pads[1:], None, example.dilation_rate[1]
    images = ops.depthwise_conv(
        x[:, None], kernel[None], example.strides, ((0, 0), example.pads[1]), None, example.dilation_rate
    )
    result, pullback = convolith.vjp(lambda x, k: ops.depthwise_conv(x, k, *arguments), x, kernel)
    np.testing.assert_array_equal(result, images[:, 0])
    by_input, by_kernel = pullback(result)
    assert by_input.shape == x.shape and by_kernel.shape == kernel.shape
    first = ops.depthwise_conv(x.transpose(0, 2, 1), kernel, *arguments[:2], "channels_first", arguments[3])
    np.testing.assert_array_equal(first.transpose(0, 2, 1), result)


def test_what_is_no_number_stays_where_it_is(isa):
    x = np.ones((1, 5, 11, 19), np.float32)
    x[0, 2, 3, 18] = np.nan
    result = ops.depthwise_conv(x, np.ones((3, 3, 19, 1), np.float32), padding="same")
    reached = np.zeros(result.shape, bool)
    reached[0, 1:4, 2:5, 18] = True
    np.testing.assert_array_equal(np.isnan(result), reached)


@pytest.mark.parametrize("width", [8, 16, 18, 32])
def test_a_column_that_no_window_reads_meets_nothing(isa, width):
    """Not even the zero that stands for a result that is not there."""
    x = np.ones((1, 5, width, 19), np.float32)
    x[:, :, -1] = np.inf
    result, pullback = convolith.vjp(
        lambda x, kernel: ops.depthwise_conv(x, kernel, strides=2), x, np.ones((3, 3, 19, 1), np.float32)
    )
    assert np.isfinite(result).all()
    by_input, by_kernel = pullback(np.ones_like(result))
    assert np.isfinite(by_input).all() and not by_input[:, :, -1].any()
    np.testing.assert_array_equal(by_kernel, np.full_like(by_kernel, result.shape[1] * result.shape[2]))


def test_nan_passes_through_the_fused_relu(isa):
    x = np.full((1, 4, 9, 18), np.nan, np.float32)
    assert np.isnan(ops.depthwise_conv(x, np.ones((3, 3, 18, 1), np.float32), activation="relu")).all()
