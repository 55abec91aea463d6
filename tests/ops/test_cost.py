"""Shapes, operations and parameters from shapes alone: against the results, torch's counter, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import layers, ops
from tests.geometries import convolutions, poolings
from tests.ops.calls import CALLS


@pytest.mark.parametrize("name", [name for name, (_, arrays) in CALLS.items() if arrays[0].dtype == np.float64])
def test_every_operation_has_a_shape_and_a_count(name):
    function, arrays = CALLS[name]
    try:
        found = ops.output_shape(function, *(array.shape for array in arrays), dtype="float64")
    except TypeError as error:  # of what needs numbers, not shapes
        assert "has no values yet" in str(error) or "must be" in str(error) or "symbolic" in str(error)
        return
    result = function(*arrays)
    if isinstance(result, np.ndarray):
        assert found == result.shape
        assert ops.count_flops(function, *(array.shape for array in arrays)) >= 0


@given(convolutions(batches=(1, 2)))
def test_convolutions(example):
    flops = ops.count_flops(
        lambda x, kernel: ops.conv(x, kernel, **example.keywords), example.input_shape, example.kernel_shape
    )
    *window, depth, filters = example.kernel_shape
    assert flops == 2 * math.prod(example.output_shape) * math.prod(window) * depth
    channels = example.input_shape[-1]
    assert ops.count_parameters(channels, filters, window, example.groups) == math.prod(example.kernel_shape) + filters
    assert ops.output_shape(
        lambda x, kernel: ops.conv(x, kernel, **example.keywords),
        (None, *example.input_shape[1:]),
        example.kernel_shape,
    ) == (None, *example.output_shape[1:])


@given(poolings())
def test_poolings(example):
    assert ops.pool_output_shape(example.input_shape, **example.keywords) == example.output_shape
    unknown = ops.pool_output_shape((None, *example.input_shape[1:]), **example.keywords)
    assert unknown == (None, *example.output_shape[1:])
    batch, *sizes, channels = example.input_shape
    first = ops.pool_output_shape((batch, channels, *sizes), **example.keywords, data_format="channels_first")
    assert first == (batch, example.output_shape[-1], *example.output_shape[1:-1])
    flops = ops.count_flops(lambda x: ops.max_pool(x, **example.keywords), example.input_shape)
    assert flops == math.prod(example.output_shape) * math.prod(example.pool_size)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("images", "kernel", "groups", "strides", "padding"),
    [((2, 8, 9, 7), (6, 8, 3, 2), 1, (2, 1), 1), ((1, 6, 5, 5), (9, 2, 3, 3), 3, (1, 1), 0)],
)
def test_torch_counts_as_many(torch, images, kernel, groups, strides, padding):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        torch.nn.functional.conv2d(torch.ones(images), torch.ones(kernel), None, strides, padding, 1, groups)
    pads = ((padding, padding),) * 2
    found = ops.count_flops(
        lambda x, k: ops.conv(x, k, strides, pads, groups=groups),
        (images[0], *images[2:], images[1]),
        (*kernel[2:], kernel[1], kernel[0]),
    )
    assert found == counter.get_total_flops()
    layer = torch.nn.Conv2d(images[1], kernel[0], kernel[2:], groups=groups)
    counted = ops.count_parameters(images[1], kernel[0], kernel[2:], groups)
    assert counted == sum(parameter.numel() for parameter in layer.parameters())


def test_by_hand():
    """LeNet-5's layers as everybody counts them: 61,706 parameters, and the first layer of a ResNet."""
    counts = [
        ops.count_parameters(1, 6, (5, 5)),
        ops.count_parameters(6, 16, (5, 5)),
        ops.count_parameters(400, 120),
        ops.count_parameters(120, 84),
        ops.count_parameters(84, 10),
    ]
    assert counts == [156, 2416, 48120, 10164, 850] and sum(counts) == 61_706
    assert ops.count_parameters(3, 64, [7, 7], bias=False) == 9408
    assert ops.count_parameters(32, 64, 3, groups=32) == 3 * 64 + 64  # depthwise, two kernels a channel
    stem = ops.count_flops(lambda x, k: ops.conv(x, k, 2, "same"), (1, 224, 224, 3), (7, 7, 3, 64))
    assert stem == 2 * 112 * 112 * 64 * 147  # 118 million multiply-adds
    dense = ops.count_flops(lambda x, w, b: ops.relu(ops.dense(x, w, b)), (8, 400), (400, 120), (120,))
    assert dense == 8 * 120 * (2 * 400 + 1 + 1)


def test_a_gradient_has_shapes_and_a_count_too():
    def slopes(x, kernel):
        result, pullback = convolith.vjp(ops.conv, x, kernel)
        return pullback(result)

    assert ops.output_shape(slopes, (2, 5, 5, 3), (3, 3, 3, 4)) == ((2, 5, 5, 3), (3, 3, 3, 4))
    forward = ops.count_flops(ops.conv, (2, 5, 5, 3), (3, 3, 3, 4))
    counted = ops.count_flops(slopes, (2, 5, 5, 3), (3, 3, 3, 4))
    assert 3 * forward <= counted <= 3 * forward + 2 * 5 * 5 * 3 + 3 * 3 * 3 * 4  # each gradient is handed over


@pytest.mark.parametrize(("dtype", "expected"), [(None, np.float32), ("float64", np.float64), (np.int32, np.int32)])
def test_the_function_is_given_the_dtype(dtype, expected):
    def summed(x):
        return ops.sum(x) if x.dtype == expected else x

    assert ops.output_shape(summed, (2, 3), dtype=dtype) == ()
    assert ops.count_flops(summed, (2, 3), dtype=dtype) == 6


@given(
    st.sampled_from([layers.Conv1D, layers.Conv2D, layers.Conv3D]), st.integers(1, 3), st.integers(1, 4), st.booleans()
)
def test_layers_have_as_many_parameters(kind, channels, filters, bias):
    rank = int(kind.__name__[4])
    layer = kind(filters, 2, use_bias=bias)
    layer.build((None, *[4] * rank, channels))
    assert layer.count_params() == ops.count_parameters(channels, filters, (2,) * rank, bias=bias)


def test_what_is_refused():
    with pytest.raises(TypeError, match="output_shape: input_shapes must be sequences of integers, got 3"):
        ops.output_shape(ops.relu, 3)
    with pytest.raises(TypeError, match="count_flops: input_shapes must be an integer, got None"):
        ops.count_flops(ops.relu, (None, 3))
    with pytest.raises(TypeError, match="output_shape: dtype must be one of real numbers"):
        ops.output_shape(ops.relu, (1,), dtype=complex)
    with pytest.raises(ValueError, match="conv: kernel of shape"):
        ops.output_shape(ops.conv, (1, 4, 4, 3), (3, 3, 2, 8))
    with pytest.raises(
        ValueError, match="count_parameters: groups must divide channels and filters, got 2 for 3 and 4"
    ):
        ops.count_parameters(3, 4, groups=2)
    with pytest.raises(ValueError, match="count_parameters: kernel_size must be at least 1, got 0"):
        ops.count_parameters(3, 4, (3, 0))
    with pytest.raises(TypeError, match="count_parameters: filters must be an integer, got 2.5"):
        ops.count_parameters(3, 2.5)
    with pytest.raises(ValueError, match="pool_output_shape: pool_size 3 x 3 does not fit in input_shape"):
        ops.pool_output_shape((1, 2, 2, 1), 3)


def test_the_function_gets_tensors_of_the_dtype():
    given = []

    def function(x):
        given.append((x.shape, x.dtype))
        return ops.relu(x)

    assert ops.count_flops(function, (2, 3), dtype="float64") == ops.count_flops(function, (2, 3))
    assert given == [((2, 3), np.float64), ((2, 3), np.float32)]
