"""Broadcasting of shapes, and the dtypes in which inputs meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from convolith import config, layers, ops
from convolith.graph.tensor import Spec, Tensor
from convolith.ops.elementwise import broadcast

UNKNOWN = Tensor(Spec((None, 3), np.dtype(np.float32)))


@given(mutually_broadcastable_shapes(num_shapes=3, max_dims=4, max_side=3))
def test_shapes_broadcast_as_numpys(found):
    first, second, third = found.input_shapes
    assert broadcast("op", x1=first, x2=second, x3=third) == found.result_shape


def test_shapes_that_do_not_broadcast():
    with pytest.raises(ValueError, match=r"op: a and b must have shapes that broadcast, got \(2,\) and \(3,\)"):
        broadcast("op", a=(2,), b=(3,))


def test_an_unknown_batch():
    assert broadcast("op", a=(None, 3), b=(1, 3)) == broadcast("op", a=(None, 3), b=(3,)) == (None, 3)
    with pytest.raises(ValueError):
        broadcast("op", a=(None, 3), b=(2, 3))


INTEGERS = [np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint64, bool]


@given(st.sampled_from(INTEGERS), st.sampled_from([*INTEGERS, np.float16, np.float32, np.float64]))
def test_what_is_no_arithmetic_keeps_numpys_dtype(first, second):
    """But beside floats, whose dtype integers of any width take."""
    floats = [dtype for dtype in (first, second) if np.dtype(dtype).kind == "f"]
    expected = np.result_type(*(floats or (first, second)))
    assert ops.concatenate([np.ones(1, first), np.ones(1, second)]).dtype == expected
    assert ops.where(np.array([True]), np.ones(1, first), np.ones(1, second)).dtype == expected


@pytest.mark.parametrize(
    "dtype, number, expected",
    [
        (np.int8, 5, np.int8),
        (np.uint8, 300, np.uint16),
        (np.uint8, -1, np.int16),
        (bool, 2, np.int32),
        (bool, True, bool),
        (np.int32, 2**40, np.int64),
        (np.int32, 0.5, np.float32),
        (np.int16, 0.5, np.float32),
        (np.float16, 0.5, np.float16),
        (np.float32, 2**70, np.float32),
        (np.float64, 1, np.float64),
    ],
)
def test_a_number_takes_the_dtype_of_the_other_where_it_fits(dtype, number, expected):
    result = ops.where(np.array([True, False]), np.ones(2, dtype), number)
    assert result.dtype == expected and result[1] == expected(number)


@pytest.mark.parametrize(
    "x, listed, expected",
    [
        (np.ones(2, np.float32), [1.0, 2.5], np.float32),
        (np.ones(2, np.float32), (np.float64(1), 2), np.float32),
        (np.ones(2, np.float32), [1, 2], np.float32),
        (np.ones(2, np.float64), [1.0, 2.5], np.float64),
        (np.ones(2, np.float64), [1, 2], np.float64),
        ([1.0, 2.5], [1, 2], np.float32),
        (0.5, [1, 2], np.float32),
        (np.ones(2, np.int8), [1.0, 2.5], np.float32),
    ],
)
def test_a_list_widens_no_floats(x, listed, expected):
    """As in Keras, where a list of floats is of `floatx`."""
    result, turned = ops.add(x, listed), ops.where([False, False], listed, x)
    assert result.dtype == turned.dtype == expected
    np.testing.assert_array_equal(result, np.add(x, listed))
    assert ops.add(layers.Input((2,)), listed).dtype == np.float32


@pytest.mark.parametrize("number", [2, 2.0])
def test_lists_in_products_and_normalisation_keep_float32(number):
    x = np.ones((1, 4, 1), np.float32)
    assert ops.conv(x, [[[number]], [[number]]], bias=[number]).dtype == np.float32
    assert ops.matmul(x[0], [[number, number]]).dtype == ops.dot(x[0, :, 0], [number] * 4).dtype == np.float32
    assert ops.einsum("ij,jk->ik", x[0], [[number]]).dtype == np.float32
    normalized = ops.batch_normalization(x[0], [number], [number], axis=-1, offset=[number], scale=[number])
    assert normalized.dtype == np.float32


def test_what_widens_no_floats_alone():
    assert ops.dtype([1.0]) == ops.dtype(1.0) == "float32"


def test_lists_of_floats_follow_floatx():
    config.set_floatx("float64")
    try:
        assert ops.add([0.1], [0.2])[0] == 0.1 + 0.2
    finally:
        config.set_floatx("float32")


def test_numbers_alone_and_those_too_large():
    condition = np.array([True, False])
    assert ops.where(condition, 1, 0).dtype == np.int32
    assert ops.where(condition, 1, 0.5).dtype == np.float32
    assert ops.where(condition, True, False).dtype == bool
    with pytest.raises(
        TypeError, match="integers must have at most 64 bits with their sign, got 1180591620717411303424"
    ):
        ops.where(condition, np.ones(2, np.int32), 2**70)


def test_an_input_that_is_missing_or_no_number_is_named():
    with pytest.raises(TypeError, match="where: x2 must be an array or a tensor, got None"):
        ops.where(True, 1, None)
    with pytest.raises(TypeError, match=r"concatenate: xs\[1\] must be an array or a tensor, got None"):
        ops.concatenate([np.ones(2), None])
    with pytest.raises(TypeError, match=r"concatenate: xs\[1\] must hold real numbers"):
        ops.concatenate([np.ones(2), np.array([1j])])
    with pytest.raises(TypeError, match="equal: x2 must hold real numbers"):
        ops.equal(np.ones(2), "text")
