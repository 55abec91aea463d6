"""The public shape rules: the sizes that the convolutions have, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import convolutions, transposed_convolutions


@given(convolutions(batches=(0, 2)))
def test_conv_output_shape(example):
    assert ops.conv_output_shape(example.input_shape, example.kernel_shape, **example.keywords) == example.output_shape
    unknown = ops.conv_output_shape((None, *example.input_shape[1:]), example.kernel_shape, **example.keywords)
    assert unknown == (None, *example.output_shape[1:])


@given(transposed_convolutions(batches=(0, 2)))
def test_conv_transpose_output_shape(example):
    found = ops.conv_transpose_output_shape(example.input_shape, example.kernel_shape, **example.keywords)
    assert found == example.output_shape


def test_channels_first():
    assert ops.conv_output_shape((None, 3, 9), (3, 3, 4), 2, "same", "channels_first") == (None, 4, 5)
    shape = ops.conv_transpose_output_shape((2, 3, 9, 8), (3, 3, 4, 3), 2, data_format="channels_first")
    assert shape == (2, 4, 19, 17)


@given(convolutions())
def test_explicit_padding(example):
    keywords = example.keywords
    del keywords["groups"]
    pads = ops.explicit_padding(example.input_shape[1:-1], example.kernel_shape[:-2], **keywords)
    assert pads == example.pads


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), max_size=3))
def test_receptive_field(windows):
    """The gradient of one result says which inputs it sees: the first to the last of them."""
    extents = [dilation * (size - 1) + 1 for size, _, dilation in windows]
    length = 1
    for extent, (_, strides, _) in zip(extents[::-1], windows[::-1], strict=True):
        length = (length - 1) * strides + extent
    seen, jump = ops.receptive_field(windows)
    assert seen == length
    # The length in pixels that two neighbouring results see tells how far apart they are.
    two = 2
    for extent, (_, strides, _) in zip(extents[::-1], windows[::-1], strict=True):
        two = (two - 1) * strides + extent
    assert two - length == jump
    line = np.ones((1, two, 1))
    for size, strides, dilation in windows:
        line = ops.conv(line, np.ones((size, 1, 1)), strides, dilation_rate=dilation)
    assert line.shape == (1, 2, 1)


def test_receptive_fields_of_networks():
    assert ops.receptive_field([]) == (1, 1)
    assert ops.receptive_field([(3,)] * 3) == (7, 1)
    assert ops.receptive_field([(3, 1, 2**at) for at in range(4)]) == (31, 1)
    lenet = [(5,), (2, 2), (5,), (2, 2)]
    assert ops.receptive_field(lenet) == (16, 4)


@pytest.mark.parametrize(
    ("windows", "error", "message"),
    [
        ([3], TypeError, r"windows must be of tuples \(size, strides, dilation_rate\), got 3"),
        ([()], ValueError, r"windows must be of one to three integers, got \(\)"),
        ([(1, 2, 3, 4)], ValueError, "windows must be of one to three integers"),
        ([(3, 0)], ValueError, "windows must be an integer of at least 1"),
        ([(3, 1.5)], ValueError, "windows must be an integer of at least 1"),
    ],
)
def test_wrong_windows(windows, error, message):
    with pytest.raises(error, match=f"receptive_field: {message}"):
        ops.receptive_field(windows)


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="conv_output_shape: kernel_shape 3 does not fit in input_shape"):
        ops.conv_output_shape((1, 2, 3), (3, 3, 4))
    with pytest.raises(TypeError, match="conv_output_shape: strides must be an integer"):
        ops.conv_output_shape((1, 2, 3), (3, 3, 4), "2")
    with pytest.raises(ValueError, match="conv_transpose_output_shape: output_padding must be smaller than strides"):
        ops.conv_transpose_output_shape((1, 2, 3), (3, 4, 3), output_padding=1)
    with pytest.raises(TypeError, match="conv_transpose_output_shape: dilation_rate must be an integer"):
        ops.conv_transpose_output_shape((1, 2, 3), (3, 4, 3), dilation_rate="1")
    with pytest.raises(ValueError, match="explicit_padding: padding must be"):
        ops.explicit_padding((5, 5), 3, padding="full")
    with pytest.raises(ValueError, match="explicit_padding: sizes must be"):
        ops.explicit_padding((5, -5), 3)
    with pytest.raises(TypeError, match="explicit_padding: kernel_size must be an integer"):
        ops.explicit_padding((5, 5), "3")
