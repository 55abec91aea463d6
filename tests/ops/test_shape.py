from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.slopes import check_slopes

X = np.arange(24.0).reshape(2, 3, 4)
UNKNOWN = Tensor(Spec((None, 6), np.dtype(np.float32)))


@pytest.mark.parametrize("shape", [(24,), (4, 6), (-1,), (2, -1), (-1, 2, 2, 2), (1, 24, 1), 24, -1, [6, 4]])
def test_reshape(shape):
    np.testing.assert_array_equal(ops.reshape(X, shape), X.reshape(shape))
    check_slopes(lambda x: ops.reshape(x, shape), X)


@pytest.mark.parametrize("shape", [np.int64(24), np.uint8(24), np.array([4, 6]), (np.int32(4), np.int64(-1))])
def test_sizes_may_be_numpys_integers(shape):
    np.testing.assert_array_equal(ops.reshape(X, shape), X.reshape(shape))


@pytest.mark.parametrize("axes", [(1.7, 0, 2), (1.0, 0.0, 2.0), ("1", 0, 2), (0, None, 2), np.array([0.0, 1, 2])])
def test_axes_of_transpose_that_are_no_integers(axes):
    with pytest.raises(TypeError):
        ops.transpose(X, axes)


def test_reshape_keeps_any_dtype():
    for dtype in (np.int64, np.uint8, np.float16, bool):
        assert ops.reshape(np.zeros(4, dtype), (2, 2)).dtype == ops.transpose(np.zeros((1, 2), dtype)).dtype == dtype


@pytest.mark.parametrize("shape", [(5,), (-1, 5), (-1, -1), (-2, 12), (0,), (-1, 0), (23,), ()])
def test_reshape_to_another_number_of_elements(shape):
    with pytest.raises(ValueError, match=r"reshape: newshape must hold the 24 elements of \(2, 3, 4\), came"):
        ops.reshape(X, shape)


def test_reshape_of_nothing():
    assert ops.reshape(np.ones((0, 4)), (-1, 2, 2)).shape == (0, 2, 2)
    assert ops.reshape(np.ones((0, 4)), (0,)).shape == (0,)
    with pytest.raises(ValueError):
        ops.reshape(np.ones((0, 4)), (-1, 0))


def test_reshape_with_an_unknown_batch():
    assert ops.reshape(UNKNOWN, (-1, 2, 3)).shape == (None, 2, 3)
    assert ops.reshape(UNKNOWN, (-1, 3)).shape == (None, 3)
    assert ops.reshape(UNKNOWN, -1).shape == (None,)
    assert ops.reshape(UNKNOWN, (None, 12)).shape == (None, 12)
    for shape in [(2, 3), (6, -1), (-1, 4), (-1, 0), (6,)]:
        with pytest.raises(ValueError, match=r"reshape: newshape must start with -1 .*\(None, 6\)"):
            ops.reshape(UNKNOWN, shape)


@pytest.mark.parametrize("axes", [None, (0, 2, 1), (2, 0, 1), (-1, 0, 1), [1, 2, 0], np.array([1, 2, 0])])
def test_transpose(axes):
    np.testing.assert_array_equal(ops.transpose(X, axes), X.transpose(axes))
    check_slopes(lambda x: ops.transpose(x, axes), X)


@pytest.mark.parametrize("axes", [(0, 1), (0, 1, 1), (0, 1, 3), (0, 1, 2, 3)])
def test_wrong_axes(axes):
    with pytest.raises(ValueError, match="transpose: axes must be an order of the 3 axes of x, came"):
        ops.transpose(X, axes)
