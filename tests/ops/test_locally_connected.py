"""The locally connected product: the oracle's values, gradients that are slopes, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, sides, sum_bound
from tests.geometries import convolutions, dtypes, laid_out, seeds
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import conv as reference_conv
from tests.reference import locally_connected as reference

IMAGES, KERNEL = np.ones((2, 4, 5, 3), np.float32), np.ones((12, 12, 6), np.float32)


@given(convolutions(batches=(0, 2)), seeds, dtypes, st.sampled_from([None, "relu"]))
def test_values(example, seed, dtype, activation):
    rank = len(example.strides)
    size, pads = example.kernel_shape[:-2], example.pads
    shape = reference_conv.output_shape(example.input_shape, example.kernel_shape, example.strides, pads, (1,) * rank)
    kernel_shape = (math.prod(shape[1:-1]), math.prod(size) * example.input_shape[-1], 3)
    assume(min(shape[1:-1]) > 0)
    x, kernel, bias = laid_out(seed, dtype, example.input_shape, kernel_shape, (*shape[1:-1], 3))
    upstream = laid_out(seed + 1, dtype, (*shape[:-1], 3))[0]
    result, pullback = convolith.vjp(
        lambda x, kernel, bias: ops.locally_connected(
            x, kernel, size, example.strides, pads, bias=bias, activation=activation
        ),
        *(x, kernel, bias),
    )
    exact = reference.locally_connected(x, kernel, bias, size, example.strides, pads)
    magnitudes = reference.locally_connected(
        *(abs(array.astype(np.float64)) for array in (x, kernel, bias)), size, example.strides, pads
    )
    largest = max(float(abs(array).max(initial=0)) for array in (x, kernel))
    bound = sum_bound(kernel_shape[1] + 1, magnitudes, dtype, largest) * sides(dtype)
    assert result.dtype == dtype
    assert_within(result, np.maximum(exact, 0) if activation else exact, bound)
    through = np.where(result > 0, upstream, 0) if activation else upstream
    window = size, example.strides, pads
    exact = *reference.locally_connected_gradients(x, kernel, through, *window), through.sum(axis=0, dtype=np.float64)
    doubles = [abs(array.astype(np.float64)) for array in (x, kernel, through)]
    totals = *reference.locally_connected_gradients(*doubles, *window), doubles[2].sum(axis=0)
    lengths = math.prod(size) * 3, shape[0], shape[0]
    for ours, other, total, length in zip(pullback(upstream), exact, totals, lengths, strict=True):
        assert_within(ours, other, sides(dtype) * sum_bound(length + 1, total, dtype, 2.0**10))


@settings(max_examples=15)
@given(convolutions(batches=(1, 2)), seeds)
def test_one_kernel_everywhere_is_a_convolution(example, seed):
    size = example.kernel_shape[:-2]
    assume(all(k <= n + sum(p) for k, n, p in zip(size, example.input_shape[1:-1], example.pads, strict=True)))
    x, kernel = laid_out(seed, np.float64, example.input_shape, (*size, example.input_shape[-1], 2))
    keywords = {"strides": example.strides, "padding": example.pads}
    expected = ops.conv(x, kernel, **keywords)
    pixels = math.prod(expected.shape[1:-1])
    everywhere = np.broadcast_to(kernel.reshape(-1, 2), (pixels, kernel.size // 2, 2))
    bound = 2 * sum_bound(
        kernel.size // 2, reference_conv.conv(abs(x), abs(kernel), example.strides, example.pads, (1,) * len(size)),
        np.float64, float(max(abs(x).max(), abs(kernel).max())),
    )  # fmt: skip
    assert_within(ops.locally_connected(x, everywhere, size, **keywords), expected, bound)


@pytest.mark.parametrize("options", [{}, {"strides": 2, "padding": "same"}, {"padding": ((0, 2), (1, 0))}])
def test_derivatives_of_first_and_second_order(generator, options):
    images = generator.standard_normal((2, 4, 3, 2))
    _, rows, columns, _ = ops.conv_output_shape(images.shape, (2, 3, 2, 1), **options)
    kernel, bias = generator.standard_normal((rows * columns, 12, 2)), generator.standard_normal((rows, columns, 2))
    for check in (check_slopes, check_second_slopes):
        check(lambda x, k, b: ops.locally_connected(x, k, (2, 3), bias=b, **options), images, kernel, bias)


def test_channels_first_is_the_transpose(generator):
    for rank in (1, 2, 3):
        images = generator.standard_normal((2, *[4] * rank, 3))
        kernel, bias = generator.standard_normal((3**rank, 2**rank * 3, 5)), generator.standard_normal((*[3] * rank, 5))
        last = ops.locally_connected(images, kernel, 2, bias=bias)
        first = ops.locally_connected(np.moveaxis(images, -1, 1), kernel, 2, bias=bias, data_format="channels_first")
        np.testing.assert_array_equal(np.moveaxis(first, 1, -1), last)


def test_a_batch_of_unknown_size():
    result = ops.locally_connected(Tensor(Spec((None, 4, 5, 3), np.dtype(np.float32))), KERNEL, 2)
    assert result.shape == (None, 3, 4, 6)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"inputs": IMAGES[0, 0]}, ValueError, r"inputs must have 3, 4 or 5 axes .*got shape \(5, 3\)"),
        ({"inputs": None}, TypeError, "inputs must be an array or a tensor, got None"),
        ({"kernel": None}, TypeError, "kernel must be an array or a tensor, got None"),
        ({"kernel": KERNEL[:11]}, ValueError, r"kernel must have shape \(12, 12, filters\) .*got \(11, 12, 6\)"),
        ({"kernel": KERNEL[:, :, :0]}, ValueError, r"kernel must have shape \(12, 12, filters\)"),
        ({"kernel": KERNEL[0]}, ValueError, r"kernel must have shape \(12, 12, filters\)"),
        ({"kernel_size": 0}, ValueError, "kernel_size must be an integer of at least 1 or 2 of them"),
        ({"kernel_size": "2"}, TypeError, "kernel_size must be an integer or 2 of them"),
        ({"kernel_size": 6}, ValueError, "kernel_size 6 x 6 does not fit in inputs of shape"),
        ({"strides": (1, 2, 3)}, ValueError, "strides must be an integer of at least 1 or 2 of them"),
        ({"padding": "causal"}, ValueError, 'padding must be "valid", "same" or'),
        ({"data_format": "NHWC"}, ValueError, "data_format must be"),
        ({"bias": np.ones(6)}, ValueError, r"bias must have shape \(3, 4, 6\), got \(6,\)"),
        ({"activation": "tanh"}, ValueError, 'activation must be None or "relu"'),
    ],
)
def test_what_is_refused(change, error, message):
    arguments = {"inputs": IMAGES, "kernel": KERNEL, "kernel_size": 2, **change}
    with pytest.raises(error, match=f"locally_connected: {message}"):
        ops.locally_connected(**arguments)


def test_in_a_plan(generator):
    images, kernel = (generator.standard_normal(shape).astype(np.float32) for shape in ((2, 4, 5, 3), (12, 12, 6)))
    bias = generator.standard_normal((3, 4, 6)).astype(np.float32)
    check_in_plan(lambda x, k, b: ops.relu(ops.locally_connected(x, k, 2, bias=b)), images, kernel, bias)
