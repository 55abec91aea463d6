from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import layers, ops
from convolith.graph.tensor import Spec, Tensor, Variable
from tests.ops.plans import check_in_plan

UNKNOWN = Tensor(Spec((None, 3), np.dtype(np.float32)))


@pytest.mark.parametrize(
    "value, dtype",
    [
        (1.5, np.float32),
        ([1.5, 2], np.float32),
        (3, np.int32),
        ([[1, 2]], np.int32),
        (2**40, np.int64),
        (True, bool),
        (np.float64(1), np.float64),
        (np.arange(3), np.int64),
        (np.zeros(2, ">f4"), np.float32),
    ],
)
def test_convert_to_tensor(value, dtype):
    result = ops.convert_to_tensor(value)
    assert type(result) is np.ndarray and result.dtype == dtype and result.dtype.isnative
    np.testing.assert_array_equal(result, np.asarray(value))
    assert ops.convert_to_tensor(value, "float64").dtype == np.float64


def test_what_is_a_tensor_already_is_not_copied():
    array = np.ones(3, np.float32)
    assert ops.convert_to_tensor(array) is array and ops.convert_to_tensor(array, "float32") is array
    assert ops.convert_to_tensor(array[::2]).flags.c_contiguous
    assert ops.convert_to_tensor(UNKNOWN) is UNKNOWN and ops.convert_to_tensor(UNKNOWN, "int32").dtype == np.int32
    assert ops.convert_to_numpy(array) is array
    np.testing.assert_array_equal(ops.convert_to_numpy(Variable([1.0])), [1])


def test_what_cannot_be_converted():
    for value in ("text", [1j], [None], {"a": 1}):
        with pytest.raises(TypeError, match="real numbers"):
            ops.convert_to_tensor(value)
    for keywords in ({"sparse": True}, {"ragged": True}):
        with pytest.raises(ValueError, match="convert_to_tensor: (sparse|ragged) must be None"):
            ops.convert_to_tensor([1], **keywords)
    with pytest.raises(TypeError, match="no values yet"):
        ops.convert_to_numpy(UNKNOWN)


def test_what_is_known_without_values():
    assert ops.shape(UNKNOWN) == (None, 3) and ops.ndim(UNKNOWN) == 2 and ops.size(UNKNOWN) is None
    assert ops.shape([[1, 2]]) == (1, 2) and ops.size([[1, 2]]) == 2 and ops.ndim(1) == 0
    assert ops.dtype(UNKNOWN) == "float32" and ops.dtype(np.zeros(1, bool)) == "bool"
    assert ops.is_tensor(UNKNOWN) and ops.is_tensor(np.ones(2)) and not ops.is_tensor([1, 2])
    for function in (ops.shape, ops.ndim, ops.dtype):
        with pytest.raises(TypeError, match="x must be an array or a tensor, got None"):
            function(None)
    assert ops.shape(layers.Input((2,))) == (None, 2)


def test_stop_gradient():
    x = np.array([3.0, -1])
    result, pullback = convolith.vjp(lambda x: x * x * ops.stop_gradient(x), x)
    np.testing.assert_array_equal(result, x**3)
    np.testing.assert_array_equal(pullback(np.ones(2))[0], 2 * x * x)
    check_in_plan(lambda x: ops.stop_gradient(x * 2) * x, x)
    copy = ops.stop_gradient(x)
    assert copy is not x and not np.shares_memory(copy, x)
    assert ops.stop_gradient(np.arange(3)).dtype == np.int64


numbers = st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.uint8, np.int32, np.int64, bool])


@given(st.lists(st.integers(0, 3), max_size=3), st.integers(0, 99), numbers, numbers)
def test_drawn_arrays_from_dtype_to_dtype(shape, seed, before, after):
    x = np.random.default_rng(seed).integers(0, 100, shape).astype(before)
    np.testing.assert_array_equal(ops.cast(x, after), x.astype(after), strict=True)
    np.testing.assert_array_equal(ops.convert_to_tensor(x, after), x.astype(after), strict=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(x.T), x.T, strict=True)
    np.testing.assert_array_equal(ops.stop_gradient(x), x, strict=True)
    assert ops.is_tensor(x) and not ops.is_tensor(x.tolist())
