"""Transposed convolution layers: parameters around the op, Keras's arguments, weights and errors."""

import numpy as np
import pytest

import convolith
from convolith import layers
from tests.bounds import assert_within, sum_bound
from tests.reference import conv_transpose as reference


@pytest.mark.parametrize(
    ("name", "arguments", "before", "sizes"),
    [
        ("Conv1DTranspose", {}, (0,), (9,)),
        ("Conv1DTranspose", {"strides": 4, "output_padding": 2}, (0,), (29,)),
        ("Conv2DTranspose", {"padding": "SAME", "strides": 2}, (0, 0), (14, 10)),
        ("Conv2DTranspose", {"padding": "same", "dilation_rate": 2}, (2, 2), (7, 5)),
        ("Conv2DTranspose", {"padding": [(1, 0), (2, 3)], "groups": 2}, (1, 2), (8, 2)),
        ("Conv2DTranspose", {"strides": (2, 3), "use_bias": False}, (0, 0), (15, 15)),
        ("Conv3DTranspose", {"strides": (1, 2, 1), "output_padding": (0, 1, 0)}, (0, 0, 0), (9, 12, 5)),
    ],
)
def test_each_argument_means_what_it_does_in_keras(generator, name, arguments, before, sizes):
    shape = (2, *(7, 5, 3)[: len(sizes)], 4)
    x = generator.normal(size=shape).astype("float32")
    layer = getattr(layers, name)(6, 3, bias_initializer="random_normal", **arguments)
    result = layer(x)
    assert result.shape == (2, *sizes, 6) == layer.compute_output_shape(shape)
    kernel, *bias = layer.get_weights()
    assert kernel.shape == (*[3] * len(sizes), 6 // layer.groups, 4)
    shift = bias[0].astype(np.float64) if bias else np.zeros(6)
    rest = result.shape, layer.strides, before, layer.dilation_rate, layer.groups
    doubles = x.astype(np.float64), kernel.astype(np.float64)
    magnitudes = reference.conv_transpose(*map(abs, doubles), *rest) + abs(shift)
    exact = reference.conv_transpose(*doubles, *rest) + shift
    assert_within(result, exact, sum_bound(kernel[..., 0, :].size + 1, magnitudes))


def test_channels_first_is_the_same_on_other_axes(generator):
    x = generator.normal(size=(2, 5, 6, 3)).astype("float32")
    last = layers.Conv2DTranspose(4, 3, 2, "same", activation="relu")
    first = layers.Conv2DTranspose(4, 3, 2, "same", data_format="channels_first", activation="relu")
    result = last(x)
    first.build((None, 3, 5, 6))
    first.set_weights(last.get_weights())
    np.testing.assert_array_equal(first(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1), result)
    assert not (result < 0).any() and result.any()


def test_weights_and_positional_arguments_are_as_in_keras():
    layer = layers.Conv2DTranspose(6, (3, 5), (2, 3), "same", (1, 2), "channels_last", name="t")
    layer.build((None, 8, 8, 4))
    assert [(weight.path, weight.shape) for weight in layer.weights] == [("t/kernel", (3, 5, 6, 4)), ("t/bias", (6,))]
    assert layer.output_padding == (1, 2)
    swapped = layers.Conv3DTranspose(6, 3, 2, "valid", "channels_first", 1)  # Keras's order, only there
    assert (swapped.data_format, swapped.output_padding) == ("channels_first", (1, 1, 1))


def test_aliases():
    for rank in (1, 2, 3):
        assert getattr(layers, f"Convolution{rank}DTranspose") is getattr(layers, f"Conv{rank}DTranspose")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"output_padding": 1}, r"'t': output_padding must be smaller than strides \(1, 1\), got \(1, 1\)"),
        ({"output_padding": -1}, "'t': output_padding must be an integer >= 0 or 2 of them, got -1"),
        ({"output_padding": (0, 1, 0)}, "'t': output_padding must be an integer >= 0 or 2 of them"),
        ({"padding": "causal"}, "'t': padding must be 'valid', 'same' or 2 pairs"),
        ({"groups": 3}, "'t': filters must be a multiple of groups, got 4 and 3"),
        ({"strides": 0}, "'t': strides must be an integer >= 1"),
        ({"colour": "red"}, "'t': unknown keyword arguments"),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        layers.Conv2DTranspose(**{"filters": 4, "kernel_size": 3, "name": "t", **arguments})


def test_an_input_that_does_not_fit():
    layer = layers.Conv2DTranspose(4, 3, groups=2, name="t")
    with pytest.raises(ValueError, match="Conv2DTranspose 't': expected channels that are a multiple of groups 2"):
        layer(np.zeros((1, 4, 4, 3), "float32"))
    with pytest.raises(ValueError, match="Conv2DTranspose 't': .*the result would have the sizes 0 x 4"):
        layers.Conv2DTranspose(4, 1, padding=((2, 2), (0, 0)), name="t")(np.zeros((1, 4, 4, 3), "float32"))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_configuration_makes_an_equal_layer(rank):
    layer = getattr(layers, f"Conv{rank}DTranspose")(4, 3, 2, output_padding=1, groups=2, name="t", activation="relu")
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    assert (again.output_padding, again.groups) == ((1,) * rank, 2)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_network_of_them_learns(generator, rank):
    """Down and up again: the layers in a model train, and predict what they compute alone."""
    convolith.utils.set_random_seed(0)
    down, up = (getattr(layers, f"Conv{rank}D{kind}") for kind in ("", "Transpose"))
    model = convolith.Sequential(
        [layers.Input((*[4] * rank, 2)), down(8, 2, 2, activation="relu"), up(2, 2, 2, name="up")]
    )
    model.compile(convolith.optimizers.SGD(0.05), "mse")
    x = generator.standard_normal((12, *[4] * rank, 2)).astype("float32")
    losses = [model.train_on_batch(x, x) for _ in range(20)]
    assert losses[-1] < losses[0]
    alone = x
    for layer in model.layers:
        alone = layer(alone)
    np.testing.assert_array_equal(model.predict(x, verbose=0), alone)
