"""Flatten, Reshape, Permute and RepeatVector."""

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


@pytest.mark.parametrize(
    ("target", "shape"),
    [((6, 2), (2, 6, 2)), ((-1, 4), (2, 3, 4)), ((12,), (2, 12)), (-1, (2, 12)), ([2, -1], (2, 2, 6))],
)
def test_reshape(target, shape):
    x = np.arange(24, dtype="float32").reshape(2, 3, 4)
    np.testing.assert_array_equal(layers.Reshape(target)(x), x.reshape(shape))
    assert layers.Reshape(target)(layers.Input((3, 4))).shape == (None, *shape[1:])
    assert layers.Reshape(target)(x[:0]).shape == (0, *shape[1:])


def test_permute_and_repeat_vector():
    x = np.arange(24, dtype="float32").reshape(2, 3, 4)
    np.testing.assert_array_equal(layers.Permute((2, 1))(x), x.transpose(0, 2, 1))
    np.testing.assert_array_equal(layers.RepeatVector(3)(x[:, 0]), np.repeat(x[:, :1], 3, axis=1))
    assert layers.RepeatVector(3)(layers.Input((5,))).shape == (None, 3, 5)


def test_what_the_shape_layers_refuse():
    x = np.zeros((2, 3, 4), "float32")
    for target in ((5, 2), (-1, 5)):
        with pytest.raises(ValueError, match=r"Reshape 'r': target_shape .* must hold the 12 elements of each sample"):
            layers.Reshape(target, name="r")(x)
    for target in ((-1, -1), (2.0, 6), (-2, 6)):
        with pytest.raises(ValueError, match="Reshape 'r': target_shape must be of integers"):
            layers.Reshape(target, name="r")
    for dims in ((0, 1), (1, 1), (2, 3), (1.0, 2)):
        with pytest.raises(ValueError, match="Permute 'p': dims must be an order of the integers from 1, got"):
            layers.Permute(dims, name="p")
    with pytest.raises(ValueError, match="Permute 'p': expected an input with 3 axes"):
        layers.Permute((2, 1), name="p")(x[0])
    with pytest.raises(ValueError, match="RepeatVector 'v': n must be an integer >= 1, got 0"):
        layers.RepeatVector(0, name="v")
    with pytest.raises(ValueError, match="RepeatVector 'v': expected an input with 2 axes"):
        layers.RepeatVector(2, name="v")(x)


@pytest.mark.parametrize("layer", [layers.Reshape((2, -1)), layers.Permute((2, 1)), layers.RepeatVector(2)])
def test_the_configurations_of_the_others_too(layer):
    assert layers.deserialize(layers.serialize(layer)).get_config() == layer.get_config()
