"""Gradients by every array against what values grow by, on drawn sizes, of operations that are made of others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.ops.slopes import check_slopes

# Of height, width and a generator: the function and the arrays that it is differentiated by.
CASES = {
    "cast": lambda h, w, n: (lambda x: ops.cast(x, "float64") * x, [n.normal(size=(h, w))]),
    "convert_to_tensor": lambda h, w, n: (lambda x: ops.convert_to_tensor(x) * x, [n.normal(size=(h, w))]),
    "full_like": lambda h, w, n: (lambda x: ops.full_like(np.zeros((2, h, w)), x), [n.normal(size=(h, 1))]),
    "mod": lambda h, w, n: (ops.mod, [n.uniform(0.1, 0.4, (h, w)) + n.integers(-2, 3, (h, w)), np.ones(w)]),
    "nan_to_num": lambda h, w, n: (ops.nan_to_num, [n.normal(size=(h, w))]),
    "outer": lambda h, w, n: (ops.outer, [n.normal(size=h), n.normal(size=(w, 2))]),
    "ctc_loss": lambda h, w, n: (
        lambda x: ops.ctc_loss(np.ones((2, 1), int), x, [1, 1], [h, max(h - 1, 1)]),
        [n.normal(size=(2, h, w + 1))],
    ),
}


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=6)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_gradients_are_slopes(name, height, width, seed):
    function, arrays = CASES[name](height, width, np.random.default_rng(seed))
    check_slopes(function, *arrays)
