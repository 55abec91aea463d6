"""Relu taken along by an addition, whose bits are those of the two apart."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from tests.ops.plans import check_in_plan, operations

numbers = np.random.default_rng(5)
X = numbers.normal(size=(2, 7, 6, 3)).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 17, 200_001])
def test_sum_and_relu(isa, dtype, size):
    x, y = (numbers.normal(size=size).astype(dtype) for _ in range(2))
    x[0] = np.nan
    assert operations(lambda x, y: ops.relu(x + y), x, y) == ["add"]
    check_in_plan(lambda x, y: ops.relu(x + y), x, y)
    np.testing.assert_array_equal(ops.relu(x + y), np.maximum(x + y, 0))


def test_relu_after_sums_of_other_shapes_stays():
    assert operations(lambda x, y: ops.relu(x + y), X, X[:1]) == ["add", "relu"]
    check_in_plan(lambda x, y: ops.relu(x + y), X, X[:1])
