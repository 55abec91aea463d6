"""Local response normalisation against the loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import dtypes, normal, seeds
from tests.reference import normalization as reference


@given(st.integers(1, 12), st.integers(0, 4), st.integers(0, 4), seeds, dtypes)
def test_local_response(channels, before, after, seed, dtype):
    (x,) = normal(seed, dtype, (2, 1, 3, channels))
    if abs(before - after) > 1 or before < after:
        before = after
    size = before + after + 1
    result = ops.local_response_normalization(x, bias=1.5, alpha=0.3, beta=0.75, size=size)
    exact = reference.local_response(x.astype(np.float64), size // 2, (size - 1) // 2, 1.5, 0.3, 0.75)
    np.testing.assert_allclose(result, exact, rtol=64 * np.finfo(dtype).eps, atol=0)


def test_a_nan_stays_in_its_window():
    x = np.zeros((1, 1, 1, 9), np.float32)
    x[..., 4] = np.nan
    assert np.isnan(ops.local_response_normalization(x, 2)).ravel().tolist() == [False] * 2 + [True] * 5 + [False] * 2
