from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

shapes = mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3).map(lambda found: found.input_shapes)


@settings(max_examples=30)
@given(shapes=shapes, seed=st.integers(0, 99))
def test_values_and_gradients_broadcast(shapes, seed):
    numbers = np.random.default_rng(seed)
    condition = numbers.integers(0, 2, shapes[0]).astype(bool)
    x1, x2 = numbers.normal(size=shapes[1]), numbers.normal(size=shapes[2])
    np.testing.assert_array_equal(ops.where(condition, x1, x2), np.where(condition, x1, x2), strict=True)
    check_slopes(lambda x1, x2: ops.where(condition, x1, x2), x1, x2)
    check_in_plan(lambda c, x1, x2: ops.where(c, x1 * 1, x2 * 1), condition, x1, x2)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float32, np.float64, bool])
def test_what_is_not_zero_is_true(dtype):
    condition = np.array([0, 1, 2]).astype(dtype)
    np.testing.assert_array_equal(ops.where(condition, 1, 0), [0, 1, 1])
    assert ops.where(np.nan, 1, 0) == 1


def test_the_one_not_chosen_does_not_matter():
    x = np.array([0.0, 4])
    _, pullback = convolith.vjp(lambda x: ops.where(x > 0, ops.sqrt(ops.where(x > 0, x, 1)), 0.0), x)
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [0, 0.25])
    np.testing.assert_array_equal(ops.where([True, False], [1.0, 2.0], [np.nan, np.inf]), [1, np.inf])


def test_narrow_floats_keep_their_dtype():
    x = np.ones((2, 3), np.float16)
    result, pullback = convolith.vjp(lambda x: ops.where(True, x, np.float16(0)), x)
    assert result.dtype == np.float16 and pullback(np.ones((2, 3), np.float16))[0].dtype == np.float16
    narrow = convolith.vjp(lambda x: ops.where(np.ones((4, 1, 1), bool), x, np.float16(0)), x)
    by_x = narrow[1](np.ones((4, 2, 3), np.float16))[0]
    np.testing.assert_array_equal(by_x, np.full((2, 3), 4, np.float16), strict=True)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"where: condition and x1 and x2 must .* got \(2,\) and \(\) and \(3,\)"):
        ops.where(np.ones(2, bool), 1, np.ones(3))
    for arguments in [(None, 1, 2), (True, None, 2), (True, 1, None)]:
        with pytest.raises(TypeError, match="where: .* must be an array or a tensor, got None"):
            ops.where(*arguments)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nan_to_num(dtype):
    x = np.array([np.nan, np.inf, -np.inf, 1], dtype)
    np.testing.assert_array_equal(ops.nan_to_num(x), np.nan_to_num(x), strict=True)
    np.testing.assert_array_equal(ops.nan_to_num(x, 2, 3, 4), np.array([2, 3, 4, 1], dtype), strict=True)
    _, pullback = convolith.vjp(lambda x: ops.nan_to_num(x), x)
    np.testing.assert_array_equal(pullback(np.ones(4, dtype))[0], [0, 0, 0, 1])
    assert ops.nan_to_num(np.array([1, 2], np.int16)).dtype == np.float32
    assert ops.nan_to_num([np.nan]).tolist() == [0]
    assert ops.nan_to_num(Tensor(Spec((None,), np.dtype(dtype)))).dtype == dtype


@given(shape=st.lists(st.integers(0, 3), max_size=3), seed=st.integers(0, 99), dtype=st.sampled_from(["f4", "f8"]))
def test_nan_to_num_of_drawn_arrays(shape, seed, dtype):
    x = np.random.default_rng(seed).choice([np.nan, np.inf, -np.inf, 1, -2.5], shape).astype(dtype)
    np.testing.assert_array_equal(ops.nan_to_num(x), np.nan_to_num(x))
    np.testing.assert_array_equal(ops.nan_to_num(x, 7, 8, -9), np.nan_to_num(x, nan=7, posinf=8, neginf=-9))
