"""The dense product's arguments, and derivatives beyond the first."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.slopes import check_second_slopes, check_slopes

numbers = np.random.default_rng(5)
KERNEL, BIAS = numbers.integers(-9, 10, (3, 4)) / 4, numbers.integers(-9, 10, 4) / 4  # whose sums are exact


@pytest.mark.parametrize("batch", [(), (5,), (2, 5), (2, 1, 3), (0,), (2, 0)])
def test_any_number_of_batch_axes(batch):
    inputs = numbers.integers(-9, 10, (*batch, 3)) / 4
    np.testing.assert_array_equal(ops.dense(inputs, KERNEL, BIAS), inputs @ KERNEL + BIAS)
    assert ops.matmul(inputs, KERNEL).shape == (*batch, 4)
    check_slopes(lambda x, k, b: ops.dense(x, k, b), inputs, KERNEL, BIAS)


def test_an_unknown_batch_size():
    assert ops.dense(Tensor(Spec((None, 3), np.dtype("f4"))), KERNEL).shape == (None, 4)
    assert ops.dense(Tensor(Spec((None, 7, 3), np.dtype("f4"))), KERNEL, BIAS).shape == (None, 7, 4)


def test_fused_relu_is_the_same_as_apart():
    inputs, upstream = numbers.normal(size=(6, 3)), numbers.normal(size=(6, 4))
    fused = convolith.vjp(lambda x, k, b: ops.dense(x, k, b, "relu"), inputs, KERNEL, BIAS)
    apart = convolith.vjp(lambda x, k, b: ops.relu(ops.dense(x, k, b)), inputs, KERNEL, BIAS)
    np.testing.assert_array_equal(fused[0], apart[0])
    for one, other in zip(fused[1](upstream), apart[1](upstream), strict=True):
        np.testing.assert_array_equal(one, other)


def test_second_derivatives():
    check_second_slopes(ops.dense, numbers.normal(size=(2, 3)), KERNEL, BIAS)


def test_what_is_refused():
    inputs = np.ones((5, 3))
    with pytest.raises(ValueError, match=r"dense: inputs must have 3 features .*kernel of shape \(3, 4\).*\(5, 2\)"):
        ops.dense(inputs[:, :2], KERNEL)
    with pytest.raises(ValueError, match=r"dense: inputs must have 3 features .*got shape \(\)"):
        ops.dense(1.0, KERNEL)
    with pytest.raises(ValueError, match=r"dense: kernel must have 2 axes \(features, units\).*got shape \(3,\)"):
        ops.dense(inputs, KERNEL[:, 0])
    with pytest.raises(ValueError, match=r"none of them empty, got shape \(0, 4\)"):
        ops.dense(inputs[:, :0], KERNEL[:0])
    with pytest.raises(ValueError, match=r"dense: bias must have shape \(4,\), one a unit, got \(3,\)"):
        ops.dense(inputs, KERNEL, BIAS[:3])
    with pytest.raises(ValueError, match="dense: activation must be None or .relu.*got 'softmax'"):
        ops.dense(inputs, KERNEL, activation="softmax")
