"""What the comparison of gradients with what a function grows by sees."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from tests.ops.slopes import check_second_slopes, check_slopes

X = np.random.default_rng(0).normal(size=(3, 4))


@pytest.mark.parametrize(
    ("check", "function"),
    [
        (check_slopes, lambda x, share: ops.square(x) + share * ops.stop_gradient(x)),
        (check_second_slopes, lambda x, share: ops.square(x) + share * x * ops.stop_gradient(x)),
    ],
)
def test_a_share_that_has_no_slope_shows(check, function):
    check(lambda x: function(x, 0.0), X)
    for share in (1, 1e-8):
        with pytest.raises(AssertionError, match="more than the gradients say"):
            check(lambda x, share=share: function(x, share), X)


def test_one_element_of_one_array_shows():
    mask = np.zeros_like(X)
    mask[1, 2] = 1e-7
    with pytest.raises(AssertionError, match="more than the gradients say"):
        check_slopes(lambda x, y: x * y + mask * ops.stop_gradient(y), X, X[::-1].copy())
