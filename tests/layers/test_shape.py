"""Flatten."""

import numpy as np
import pytest

from convolith import layers


@pytest.mark.parametrize(
    ("shape", "flat"), [((2, 3, 4, 5), (2, 60)), ((2, 7), (2, 7)), ((3,), (3, 1)), ((0, 2, 2), (0, 4))]
)
def test_all_axes_but_the_batch_become_one(shape, flat):
    x = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    np.testing.assert_array_equal(layers.Flatten()(x), x.reshape(flat))


def test_an_unknown_batch_stays_unknown():
    assert layers.Flatten()(layers.Input((4, 4, 3))).shape == (None, 48)
    assert layers.Flatten().compute_output_shape((None, 4, 4, 3)) == (None, 48)


def test_channels_first_puts_the_channels_last_before():
    x = np.arange(24, dtype="float32").reshape(1, 2, 3, 4)
    np.testing.assert_array_equal(
        layers.Flatten(data_format="channels_first")(x), x.transpose(0, 2, 3, 1).reshape(1, 24)
    )


def test_a_wrong_format_is_named():
    with pytest.raises(ValueError, match="Flatten 'f': data_format must be 'channels_last' or 'channels_first', got 1"):
        layers.Flatten(1, name="f")


def test_the_configuration_makes_an_equal_layer():
    layer = layers.Flatten("channels_first", name="f")
    assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()
