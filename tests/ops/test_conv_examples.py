"""Convolutions worked by hand: the numbers that a lecture writes on the board."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops

NINE = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3, 1)


def plane(rows) -> np.ndarray:
    """A kernel of one channel."""
    return np.array(rows, np.float32)[:, :, None, None]


def test_the_identity_kernel_adds_the_diagonal():
    np.testing.assert_array_equal(ops.conv(NINE, plane(np.eye(2)))[0, :, :, 0], [[6, 8], [12, 14]])


def test_two_channels_add_up():
    images = np.stack([np.arange(1, 10), np.arange(9)], axis=-1).reshape(1, 3, 3, 2)
    kernel = np.stack([[[1, 2], [3, 4]], [[0, 1], [2, 3]]], axis=-1)[..., None]
    np.testing.assert_array_equal(ops.conv(images, kernel)[0, :, :, 0], [[56, 72], [104, 120]])


def test_a_plus_with_same_padding():
    plus = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    image = np.array([[0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]).reshape(1, 4, 4, 1)
    result = ops.conv(image, plane(plus), padding="same")[0, :, :, 0]
    np.testing.assert_array_equal(result, [[2, 2, 2, 0], [2, 5, 2, 1], [2, 2, 2, 0], [0, 1, 0, 0]])


def test_the_first_layer_of_a_resnet_pads_two_before_and_three_after():
    assert ops.explicit_padding((224, 224), 7, 2, "same") == ((2, 3), (2, 3))
    images = np.random.default_rng(0).standard_normal((1, 224, 224, 1)).astype(np.float32)
    kernel = np.ones((7, 7, 1, 1), np.float32)
    same = ops.conv(images, kernel, 2, "same")
    assert same.shape == (1, 112, 112, 1)
    np.testing.assert_array_equal(same, ops.conv(images, kernel, 2, ((2, 3), (2, 3))))


def test_a_transposed_convolution_is_the_sum_of_shifted_filters(generator):
    image, kernel = generator.integers(-9, 10, (4, 5)), generator.integers(-9, 10, (3, 2))
    expected = np.zeros((4 + 3 - 1, 5 + 2 - 1))
    for (y, x), pixel in np.ndenumerate(image):
        expected[y : y + 3, x : x + 2] += pixel * kernel
    result = ops.conv_transpose(image.reshape(1, 4, 5, 1), plane(kernel))
    assert result.shape == (1, 6, 6, 1)
    np.testing.assert_array_equal(result[0, :, :, 0], expected)


def test_dilation_spreads_the_kernel():
    """A unit impulse's transposed convolution shows the kernel as it is applied."""
    kernel = np.array([1, 2, 3], np.float32).reshape(3, 1, 1)
    spread = ops.conv_transpose(np.ones((1, 1, 1), np.float32), kernel, dilation_rate=4)
    assert spread.ravel().tolist() == [1, 0, 0, 0, 2, 0, 0, 0, 3]
    signal = np.arange(20, dtype=np.float32).reshape(1, 20, 1)
    np.testing.assert_array_equal(ops.conv(signal, kernel, dilation_rate=4), ops.conv(signal, spread.reshape(9, 1, 1)))


def test_causal_padding_sees_only_what_was_before(generator):
    signal, kernel = generator.standard_normal((2, 9, 3)), generator.standard_normal((3, 3, 4))
    result = ops.conv(signal, kernel, padding="causal", dilation_rate=2)
    np.testing.assert_array_equal(result, ops.conv(signal, kernel, padding=((4, 0),), dilation_rate=2))
    later = signal.copy()
    later[:, 5:] += 1
    changed = ops.conv(later, kernel, padding="CAUSAL", dilation_rate=2)
    np.testing.assert_array_equal(changed[:, :5], result[:, :5])
    assert (changed[:, 5:] != result[:, 5:]).all()


def test_a_volume_is_the_sum_of_its_slices(generator):
    volume, kernel = generator.integers(-9, 10, (1, 5, 4, 6, 2)), generator.integers(-9, 10, (3, 2, 3, 2, 7))
    result = ops.conv(volume, kernel)
    for z in range(3):
        slices = sum(ops.conv(volume[:, z + tap], kernel[tap]) for tap in range(3))
        np.testing.assert_array_equal(result[:, z], slices)


@pytest.mark.parametrize("rank", [1, 3])
def test_a_line_is_a_convolution_of_any_rank(generator, rank):
    """Extents of 1 change nothing."""
    line, kernel = generator.integers(-9, 10, (2, 9, 3)), generator.integers(-9, 10, (4, 3, 5))
    expected = ops.conv(line.reshape(2, 1, 9, 3), kernel.reshape(1, 4, 3, 5), (1, 2))
    shape = (1,) * (rank - 1)
    strides = (*shape, 2)
    result = ops.conv(line.reshape(2, *shape, 9, 3), kernel.reshape(*shape, 4, 3, 5), strides)
    np.testing.assert_array_equal(result.ravel(), expected.ravel())
