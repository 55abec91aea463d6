"""What the engine's pooling refuses, whatever ops have let through."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.engine import pool

IMAGE = (1, 4, 5, 2)
NONE = ((0, 0), (0, 0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 2), (1, 1), ((2, 0), (0, 0))), "expected padding less than pool_size"),
        (((2, 2), (1, 1), ((0, 0), (0, 2))), "expected padding less than pool_size"),
        (((5, 2), (1, 1), NONE), "does not fit into inputs"),
        (((2, 2), (1, 1), NONE, (4, 1)), "does not fit into inputs"),
        (((6, 2), (2, 1), NONE, None, True), "does not fit into inputs"),
        (((2, 2), (1, 1), ((0, 0), (3, 3)), (1, 6)), "windows that hold nothing of inputs"),
    ],
)
def test_windows_that_hold_nothing(arguments, message):
    with pytest.raises(ValueError, match=message):
        pool.PoolGeometry(IMAGE, *arguments)


def test_shapes():
    assert pool.PoolGeometry(IMAGE, (2, 2), (2, 2), NONE).output_shape == (1, 2, 2, 2)
    assert pool.PoolGeometry(IMAGE, (2, 2), (2, 2), NONE, None, True).output_shape == (1, 2, 3, 2)
    assert pool.PoolGeometry((3, 7, 4), (2,), (1,), ((0, 0),), (3,)).output_shape == (3, 4, 4)
    assert pool.PoolGeometry.adaptive((3, 7, 8, 9, 4), (2, 3, 10)).output_shape == (3, 2, 3, 10, 4)


def test_arrays_of_another_kind():
    geometry = pool.PoolGeometry(IMAGE, (2, 2), (2, 2), NONE)
    x, out = np.ones(IMAGE, np.float32), np.empty((1, 2, 2, 2), np.float32)
    with pytest.raises(TypeError, match="engine: expected a C-contiguous writable array of int64, got float32"):
        pool.max_pool_indices(geometry, x, out)
    fixed = np.empty(out.shape, np.int64)
    fixed.flags.writeable = False
    with pytest.raises(TypeError, match="engine: expected a C-contiguous writable array of int64, got int64"):
        pool.max_pool_indices(geometry, x, fixed)
    with pytest.raises(ValueError, match="engine: expected an array of 8 elements"):
        pool.max_pool_indices(geometry, x, np.empty(9, np.int64))
    with pytest.raises(ValueError, match="engine: expected an array of 40 elements"):
        pool.max_pool(geometry, x[:, :3], out)
    with pytest.raises(TypeError, match="engine: expected a C-contiguous writable array of one element type"):
        pool.average_pool(geometry, x.astype(np.float64), out)
