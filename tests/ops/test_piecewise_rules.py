"""Arguments of functions of straight pieces, what is kept for their gradients, and second derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convolith import ops
from convolith.ops.activation import rectifier
from convolith.ops.piecewise import Pieces
from tests.ops.slopes import check_second_slopes, check_slopes

X = np.random.default_rng(7).normal(size=(3, 4)) * 2
FUNCTIONS = [ops.relu6, ops.hard_sigmoid, ops.sparse_sigmoid, ops.hard_tanh, ops.hard_shrink, ops.soft_shrink]
FUNCTIONS += [ops.leaky_relu, lambda x: ops.threshold(x, 0.25, -3.0), lambda x: rectifier(x, 0.5, 2.0, 0.25)]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_first_and_second_derivatives(function):
    check_slopes(function, X)
    check_second_slopes(function, X)


def test_the_gradient_reads_the_result_only_where_that_tells_the_piece():
    identity, flat = (1.0, 0.0), (0.0, 0.0)
    assert Pieces(0.0, 6.0, flat, identity, (0.0, 6.0)).tells_piece()
    assert Pieces(0.0, math.inf, (0.2, 0.0), identity, identity).tells_piece()
    assert Pieces(1.0, math.inf, (0.0, -5.0), identity, identity).tells_piece()
    assert not Pieces(1.0, math.inf, (0.0, 5.0), identity, identity).tells_piece()  # 5 is a result of both pieces
    assert not Pieces(0.0, 6.0, (-1.0, 0.0), identity, (0.0, 6.0)).tells_piece()  # falls
    assert not Pieces(2.0, 2.0, flat, identity, (0.0, 1.0)).tells_piece()  # the same, from above
    assert not Pieces(0.0, 0.0, flat, identity, flat).tells_piece()  # nothing between: all is 0
    assert not Pieces(-3.0, 3.0, flat, (1 / 6, 0.5), (0.0, 1.0)).tells_piece()  # rounding may leave the piece
    assert not Pieces(-1.0, 1.0, identity, flat, identity, inner_knots=True).tells_piece()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: ops.hard_shrink(X, -1), "hard_shrink: threshold must be a finite number of at least 0, got -1"),
        (lambda: ops.soft_shrink(X, np.nan), "soft_shrink: threshold must be a finite number of at least 0, got nan"),
        (lambda: ops.soft_shrink(X, X), "soft_shrink: threshold must be a finite number of at least 0, got array"),
        (lambda: ops.threshold(X, np.inf, 1), "threshold: threshold must be a finite number, got inf"),
        (lambda: ops.threshold(X, 1, "0"), "threshold: default_value must be a finite number, got '0'"),
        (lambda: ops.leaky_relu(X, -0.1), "leaky_relu: negative_slope must be a finite number of at least 0, got -0"),
        (lambda: ops.leaky_relu(X, np.inf), "leaky_relu: negative_slope must be a finite number of at least 0, got"),
        (
            lambda: ops.prelu(X, np.zeros(3)),
            r"prelu: x and alpha must .* broadcast, got \(3, 4\) and \(3,\)",
        ),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
