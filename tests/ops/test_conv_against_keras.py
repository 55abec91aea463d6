"""Keras as an independent oracle of sizes and values, paddings above all, and of the layers' arguments and weights."""

from __future__ import annotations

import inspect
import itertools

import numpy as np
import pytest

from convolith import layers, ops
from tests.bounds import assert_within, sum_bound

CONVOLUTIONS = [f"Conv{rank}D{kind}" for rank in (1, 2, 3) for kind in ("", "Transpose")]


def assert_near(result, expected, magnitudes):
    """Sums of at most 200 products, of what Keras gives for magnitudes; either side may be off."""
    assert_within(result, expected, 2 * sum_bound(200, magnitudes, largest=10))


def of_layer(keras, layer, x):
    """A Keras layer's weights, its result, and what it comes to with magnitudes in place of all numbers."""
    result, weights = keras.ops.convert_to_numpy(layer(x)), layer.get_weights()
    layer.set_weights([abs(weight) for weight in weights])
    return weights, result, keras.ops.convert_to_numpy(layer(abs(x)))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv_transpose(keras, generator, rank, padding):
    for kernel_size, strides, dilation, extra, size in itertools.product(
        (1, 2, 3, 4), (1, 2, 3), (1, 2), (None, 0, 1, 2), (1, 4)
    ):
        extent = dilation * (kernel_size - 1) + 1
        refused = extra is not None and extra >= strides or strides > 1 and dilation > 1  # by Keras's layers too
        empty = padding == "same" and extra is not None and (size - 1) * strides + extent % 2 + extra == 0
        if refused or empty:
            continue
        x = generator.standard_normal((1, *[size] * rank, 2)).astype(np.float32)
        kernel = generator.standard_normal((*[kernel_size] * rank, 2, 2)).astype(np.float32)
        result = ops.conv_transpose(x, kernel, strides, padding, extra, dilation_rate=dilation)
        expected, magnitudes = (
            keras.ops.conv_transpose(*pair, strides, padding, extra, "channels_last", dilation)
            for pair in ((x, kernel), (abs(x), abs(kernel)))
        )
        assert_near(result, *map(keras.ops.convert_to_numpy, (expected, magnitudes)))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_conv(keras, generator, rank):
    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    for padding, strides, dilation, groups in itertools.product(paddings, (1, 2), (1, 2), (1, 2)):
        if strides > 1 and dilation > 1:
            continue
        x = generator.standard_normal((1, *(6, 7, 8)[:rank], 4)).astype(np.float32)
        arguments = {"padding": padding, "strides": strides, "dilation_rate": dilation, "groups": groups}
        layer, ours = (getattr(house, f"Conv{rank}D")(4, 3, **arguments) for house in (keras.layers, layers))
        weights, *expected = of_layer(keras, layer, x)
        ours.build(x.shape)
        ours.set_weights(weights)
        assert_near(ours(x), *expected)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_arguments_and_weights(keras, generator, name):
    theirs, ours = getattr(keras.layers, name), getattr(layers, name)
    arguments = [list(inspect.signature(one).parameters) for one in (theirs, ours)]
    assert [argument for argument in arguments[1] if argument in arguments[0]] == arguments[0]
    rank = int(name[4])
    x = generator.standard_normal((2, *[5] * rank, 3)).astype(np.float32)
    pair = theirs(4, 2), ours(4, 2)
    weights, *expected = of_layer(keras, pair[0], x)
    pair[1].build(x.shape)
    pair[1].set_weights(weights)
    assert_near(pair[1](x), *expected)
    config = pair[0].get_config()
    for argument, value in pair[1].get_config().items():
        if argument in ("filters", "kernel_size", "strides", "padding", "dilation_rate", "output_padding", "use_bias"):
            assert value == config[argument], argument
