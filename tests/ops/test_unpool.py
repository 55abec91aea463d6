"""Max pooling with indices, and unpooling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import dtypes, normal, poolings, seeds
from tests.ops.slopes import check_slopes
from tests.reference import pool as reference


@given(poolings(), seeds, dtypes)
def test_indices_tell_the_first_largest(isa, example, seed, dtype):
    x = np.random.default_rng(seed).choice([-np.inf, -1, 0, 2, np.nan], example.input_shape).astype(dtype)
    values, indices = ops.max_pool_with_indices(x, **example.keywords)
    np.testing.assert_array_equal(values, ops.max_pool(x, **example.keywords))
    np.testing.assert_array_equal(indices, reference.max_pool_indices(x, example.axes))
    assert indices.dtype == np.int64
    rows = x.reshape(len(x), -1, x.shape[-1])
    there = np.take_along_axis(rows, indices.reshape(len(x), -1, x.shape[-1]), axis=1)
    np.testing.assert_array_equal(there.reshape(values.shape), values)


@given(poolings(), seeds)
def test_the_gradient_is_that_of_max_pool(example, seed):
    x, upstream = normal(seed, np.float64, example.input_shape, example.output_shape)
    _, pullback = convolith.vjp(lambda x: ops.max_pool_with_indices(x, **example.keywords)[0], x)
    _, other = convolith.vjp(lambda x: ops.max_pool(x, **example.keywords), x)
    np.testing.assert_array_equal(pullback(upstream)[0], other(upstream)[0])


@given(poolings(batches=(0, 2)), seeds, dtypes, st.booleans())
def test_unpooling_puts_each_maximum_back(example, seed, dtype, first):
    x = np.random.default_rng(seed).permutation(np.arange(1, np.prod(example.input_shape) + 1))
    x = x.astype(dtype).reshape(example.input_shape)
    size, data_format = x.shape[1:-1], "channels_first" if first else "channels_last"
    given_x = np.moveaxis(x, -1, 1) if first else x

    def there_and_back(x):
        values, indices = ops.max_pool_with_indices(x, **example.keywords, data_format=data_format)
        return ops.max_unpool(values, indices, size, data_format)

    result, pullback = convolith.vjp(there_and_back, given_x)
    chosen = np.zeros(x.shape, bool)
    for index in np.ndindex(example.output_shape):
        pixel = reference.max_pool_indices(x, example.axes)[index]
        chosen[(index[0], *np.unravel_index(pixel, size), index[-1])] = True
    expected = np.where(chosen, x, 0)
    np.testing.assert_array_equal(result, np.moveaxis(expected, -1, 1) if first else expected)
    (gradient,) = pullback(2 * np.ones_like(result))
    np.testing.assert_array_equal(np.moveaxis(gradient, 1, -1) if first else gradient, 2 * chosen)


def test_slopes_where_one_replaces_another():
    x, indices = np.random.default_rng(1).normal(size=(2, 2, 2, 1)), np.array([[3, 8], [3, 0]]).reshape(1, 2, 2, 1)
    check_slopes(lambda x, indices: ops.max_unpool(x, indices, 3), x, np.repeat(indices, 2, axis=0))

    def pulled_back(x):
        result, pullback = convolith.vjp(lambda x: ops.square(ops.max_unpool(x, indices, 3)), x)
        return pullback(result)[0]

    check_slopes(pulled_back, x[:1])


def test_symbolic_tensors_and_other_integers():
    x = Tensor(Spec((None, 4, 6, 2), np.dtype(np.float32)))
    values, indices = ops.max_pool_with_indices(x, 2)
    assert values.shape == indices.shape == (None, 2, 3, 2) and indices.dtype == np.int64
    assert ops.max_unpool(values, indices, (4, 6)).shape == (None, 4, 6, 2)
    result = ops.max_unpool(np.array([[[3.0], [4.0]]]), np.array([[[0], [3]]], np.uint8), 4)
    assert result.ravel().tolist() == [3, 0, 0, 4]


def test_what_is_refused():
    x, indices = np.ones((1, 2, 2, 1)), np.zeros((1, 2, 2, 1), int)
    for wrong, shown in ((indices - 1, "-1 to -1"), (indices + 9, "9 to 9")):
        with pytest.raises(ValueError, match=rf"max_unpool: indices must be from 0 to 8, .* came {shown}"):
            ops.max_unpool(x, wrong, 3)
    for wrong in (indices[:, :1], indices[0]):
        with pytest.raises(ValueError, match="max_unpool: indices must have the shape of inputs, came"):
            ops.max_unpool(x, wrong, 3)
    with pytest.raises(TypeError, match="max_unpool: indices must be integers, came float64"):
        ops.max_unpool(x, x, 3)
    for name, arguments in (("inputs", (None, indices)), ("indices", (x, None))):
        with pytest.raises(TypeError, match=f"max_unpool: {name} must be an array or a tensor, came None"):
            ops.max_unpool(*arguments, 3)
    with pytest.raises(ValueError, match="max_unpool: output_size must be an integer of at least 1 or 2 of them"):
        ops.max_unpool(x, indices, 0)
    with pytest.raises(TypeError, match="max_unpool: output_size must be an integer or 2 of them"):
        ops.max_unpool(x, indices, None)
    with pytest.raises(ValueError, match="max_unpool: inputs must have 3, 4 or 5 axes"):
        ops.max_unpool(x[0, 0], indices[0, 0], 3)
    with pytest.raises(ValueError, match="max_unpool: data_format must be"):
        ops.max_unpool(x, indices, 3, "first")
    with pytest.raises(ValueError, match="max_pool_with_indices: pool_size 3 x 3 does not fit"):
        ops.max_pool_with_indices(x, 3)
