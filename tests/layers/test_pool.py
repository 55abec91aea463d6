"""Pooling layers: every argument of Keras's; values by the oracle."""

import numpy as np
import pytest

from convolith import layers
from tests.bounds import assert_within, sum_bound
from tests.reference import pool as reference

KINDS = {layers.MaxPooling2D: reference.max_pool, layers.AveragePooling2D: reference.average_pool}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("arguments", "oracle", "shape"),
    [
        ({}, ((2, 2), (2, 2), ((0, 0), (0, 0))), (2, 3, 4, 3)),
        ({"pool_size": 3}, ((3, 3), (3, 3), ((0, 0), (0, 0))), (2, 2, 3, 3)),
        ({"pool_size": (3, 2), "strides": 1}, ((3, 2), (1, 1), ((0, 0), (0, 0))), (2, 5, 8, 3)),
        ({"pool_size": 3, "strides": 2, "padding": "SAME"}, ((3, 3), (2, 2), ((1, 1), (1, 1))), (2, 4, 5, 3)),
        ({"padding": ((0, 1), (1, 0))}, ((2, 2), (2, 2), ((0, 1), (1, 0))), (2, 4, 5, 3)),
    ],
)
def test_each_argument_means_what_it_does_in_keras(generator, kind, arguments, oracle, shape):
    x = generator.normal(size=(2, 7, 9, 3)).astype("float32")
    layer = kind(**arguments)
    result = layer(x)
    assert result.shape == shape == layer.compute_output_shape((2, 7, 9, 3))
    bound = sum_bound(9, KINDS[kind](abs(x.astype(np.float64)), *oracle)) if kind is layers.AveragePooling2D else 0
    assert_within(result, KINDS[kind](x.astype(np.float64), *oracle), bound)


def test_explicit_padding_counts_in_the_mean_where_asked():
    x = np.ones((1, 2, 2, 1), "float32")
    padding = ((1, 1), (1, 1))
    assert layers.AveragePooling2D(2, padding=padding)(x).ravel().tolist() == [1, 1, 1, 1]
    assert layers.AveragePooling2D(2, padding=padding, count_include_pad=True)(x).ravel().tolist() == [0.25] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_channels_first(generator, kind):
    x = generator.normal(size=(2, 4, 6, 3)).astype("float32")
    result = kind(data_format="channels_first")(x.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(result.transpose(0, 2, 3, 1), kind()(x))


def test_aliases():
    assert layers.MaxPool2D is layers.MaxPooling2D
    assert layers.AvgPool2D is layers.AveragePooling2D


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pool_size": 0}, "'p': pool_size must be an integer >= 1 or 2 of them, got 0"),
        ({"strides": (1, 2, 3)}, "'p': strides must be an integer >= 1 or 2 of them"),
        ({"padding": "full"}, "'p': padding must be 'valid', 'same' or 2 pairs"),
        ({"data_format": "HWC"}, "'p': data_format must be"),
        ({"stride": 2}, "'p': unknown keyword arguments"),
    ],
)
def test_a_wrong_argument_is_named(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(name="p", **arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_an_input_that_does_not_fit_is_named(kind):
    with pytest.raises(ValueError, match=r"'p': expected an input with 4 axes, got shape \(None, 4\)"):
        kind(name="p")(np.zeros((2, 4), "float32"))
    with pytest.raises(ValueError, match=f"{kind.__name__} 'p': .*pool"):
        kind(3, name="p")(np.zeros((2, 2, 2, 1), "float32"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_configuration_makes_an_equal_layer(kind):
    layer = kind(3, 2, "same", name="p")
    assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()
