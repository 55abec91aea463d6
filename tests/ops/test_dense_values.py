"""The dense layer's product forward and backward: within the derived bound of the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, sides, sum_bound
from tests.geometries import dtypes, laid_out, seeds
from tests.reference import dense as reference

sizes = st.tuples(st.integers(1, 12), st.integers(1, 20), st.integers(1, 40))


def allowed(length: int, magnitudes: np.ndarray, dtype: type) -> np.ndarray:
    """The bound; float64 allows the oracle's own error besides. Operands are below 2^10."""
    return sum_bound(length, magnitudes, dtype, 1024) * sides(dtype)


@given(sizes, seeds, dtypes, st.sampled_from([None, "relu"]))
def test_forward_and_gradients(isa, size, seed, dtype, activation):
    m, k, n = size
    x, kernel, bias, upstream = laid_out(seed, dtype, (m, k), (k, n), (n,), (m, n))
    result, pullback = convolith.vjp(lambda *arrays: ops.dense(*arrays, activation=activation), x, kernel, bias)
    exact = reference.dense(x, kernel, bias)
    bound = allowed(k + 1, reference.dense(abs(x), abs(kernel), abs(bias)), dtype)
    assert result.dtype == dtype
    assert_within(result, np.maximum(exact, 0) if activation else exact, bound)

    through = np.where(result > 0, upstream, 0) if activation else upstream
    by_input, by_kernel, by_bias = pullback(upstream)
    bound = allowed(n, reference.dense_input_gradient(abs(through), abs(kernel)), dtype)
    assert_within(by_input, reference.dense_input_gradient(through, kernel), bound, "gradient by the input")
    bound = allowed(m, reference.dense_kernel_gradient(abs(x), abs(through)), dtype)
    assert_within(by_kernel, reference.dense_kernel_gradient(x, through), bound, "gradient by the kernel")
    assert_within(by_bias, reference.sum_rows(through), allowed(m, reference.sum_rows(abs(through)), dtype), "bias")


@given(st.lists(st.integers(1, 3), min_size=0, max_size=3), seeds)
def test_leading_axes_are_rows(isa, leading, seed):
    x, kernel = laid_out(seed, np.float32, (*leading, 2, 5), (5, 7))
    result, pullback = convolith.vjp(ops.dense, x, kernel)
    np.testing.assert_array_equal(result.reshape(-1, 7), ops.dense(x.reshape(-1, 5), kernel))
    by_input, by_kernel = pullback(result)
    assert by_input.shape == x.shape and by_kernel.shape == kernel.shape


@given(sizes, seeds)
def test_matmul_is_dense_without_bias(isa, size, seed):
    m, k, n = size
    a, b = laid_out(seed, np.float32, (m, k), (k, n))
    np.testing.assert_array_equal(ops.matmul(a, b), ops.dense(a, b))


def test_an_empty_batch(isa):
    x, kernel, bias = np.zeros((0, 5), np.float32), np.ones((5, 3), np.float32), np.ones(3, np.float32)
    result, pullback = convolith.vjp(ops.dense, x, kernel, bias)
    assert result.shape == (0, 3)
    by_input, by_kernel, by_bias = pullback(result)
    assert by_input.shape == (0, 5) and not by_kernel.any() and not by_bias.any()


@pytest.mark.parametrize("size", [(1, 1, 1), (1, 700, 1), (3, 1000, 17), (65, 129, 33), (14, 64, 32), (28, 513, 31)])
def test_exact_integers_give_the_exact_result(isa, generator, size):
    m, k, n = size
    x, kernel, upstream = (generator.integers(-8, 9, shape) for shape in ((m, k), (k, n), (m, n)))
    single = [array.astype(np.float32) for array in (x, kernel, upstream)]
    result, pullback = convolith.vjp(ops.dense, *single[:2])
    np.testing.assert_array_equal(result, x @ kernel)
    by_input, by_kernel = pullback(single[2])
    np.testing.assert_array_equal(by_input, upstream @ kernel.T)
    np.testing.assert_array_equal(by_kernel, x.T @ upstream)
