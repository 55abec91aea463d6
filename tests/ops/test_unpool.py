"""Max pooling with indices, and unpooling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import gamma
from tests.geometries import dtypes, laid_out, poolings, seeds
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
    x, upstream = laid_out(seed, np.float64, example.input_shape, example.output_shape)
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
        window = {key: value for key, value in example.keywords.items() if key != "ceil_mode"}
        return ops.max_unpool(values, indices, **window, data_format=data_format, output_size=size)

    result, pullback = convolith.vjp(there_and_back, given_x)
    chosen = np.zeros(x.shape, bool)
    for index in np.ndindex(example.output_shape):
        pixel = reference.max_pool_indices(x, example.axes)[index]
        chosen[(index[0], *np.unravel_index(pixel, size), index[-1])] = True
    expected = np.where(chosen, x, 0)
    np.testing.assert_array_equal(result, np.moveaxis(expected, -1, 1) if first else expected)
    (gradient,) = pullback(2 * np.ones_like(result))
    np.testing.assert_array_equal(np.moveaxis(gradient, 1, -1) if first else gradient, 2 * chosen)


@given(st.integers(0, 2), st.integers(1, 3), st.integers(1, 6), dtypes, seeds)
def test_where_one_replaces_another(n, channels, count, dtype, seed):
    """The last of those with the same index is what is left, and what has a gradient; all is exact."""
    generator = np.random.default_rng(seed)
    x, indices = (
        generator.normal(size=(n, count, channels)).astype(dtype),
        generator.integers(0, 5, (n, count, channels)),
    )
    result, pullback = convolith.vjp(lambda x: ops.max_unpool(x, indices, 5, 1), x)
    expected, last = np.zeros((n, count + 4, channels), dtype), {}
    for image, place, channel in np.ndindex(x.shape):
        expected[image, indices[image, place, channel], channel] = x[image, place, channel]
        last[image, indices[image, place, channel], channel] = place
    np.testing.assert_array_equal(result, expected, strict=True)
    upstream = generator.normal(size=result.shape).astype(dtype)
    gradient = np.zeros_like(x)
    for (image, index, channel), place in last.items():
        gradient[image, place, channel] = upstream[image, index, channel]
    np.testing.assert_array_equal(pullback(upstream)[0], gradient, strict=True)


def test_the_gradient_of_the_gradient():
    x, indices = np.random.default_rng(1).normal(size=(1, 2, 2, 1)), np.array([[3, 8]] * 2).reshape(1, 2, 2, 1)

    def pulled_back(x):
        result, pullback = convolith.vjp(lambda x: ops.square(ops.max_unpool(x, indices, 2, 1)), x)
        return pullback(result)[0]

    result, pullback = convolith.vjp(pulled_back, x)  # 2 x^3 of the last one to come to each place
    last = np.array([[0, 0], [1, 1]]).reshape(x.shape)
    np.testing.assert_allclose(result, 2 * x**3 * last, rtol=gamma(4, np.float64))
    np.testing.assert_allclose(pullback(np.ones_like(x))[0], 6 * x**2 * last, rtol=gamma(8, np.float64))


@pytest.mark.torch
@settings(max_examples=30)
@given(st.integers(1, 3), st.booleans(), st.integers(1, 2), seeds)
def test_torch_unpools_alike(torch, rank, more, n, seed):
    """Of windows side by side, so that no index comes twice; torch pools series, images and volumes."""
    generator = np.random.default_rng(seed)
    size = tuple(2 * extent + more for extent in generator.integers(1, 3, rank).tolist())
    x = generator.normal(size=(n, 2, *size))
    functional = torch.nn.functional
    pooled, indices = getattr(functional, f"max_pool{rank}d")(torch.tensor(x), 2, return_indices=True)
    leaf = pooled.clone().requires_grad_()
    expected = getattr(functional, f"max_unpool{rank}d")(leaf, indices, 2, output_size=size)
    values, ours = ops.max_pool_with_indices(x, 2, data_format="channels_first")
    np.testing.assert_array_equal(values, pooled.numpy())
    np.testing.assert_array_equal(ours, indices.numpy())
    result, pullback = convolith.vjp(
        lambda x: ops.max_unpool(x, ours, 2, data_format="channels_first", output_size=size), values
    )
    np.testing.assert_array_equal(result, expected.detach().numpy())
    upstream = generator.normal(size=result.shape)
    expected.backward(torch.tensor(upstream))
    np.testing.assert_array_equal(pullback(upstream)[0], leaf.grad.numpy())


def test_symbolic_tensors_and_other_integers():
    x = Tensor(Spec((None, 4, 6, 2), np.dtype(np.float32)))
    values, indices = ops.max_pool_with_indices(x, 2)
    assert values.shape == indices.shape == (None, 2, 3, 2) and indices.dtype == np.int64
    assert ops.max_unpool(values, indices, 2).shape == (None, 4, 6, 2)
    assert ops.max_unpool(values, indices, 2, output_size=(5, 7)).shape == (None, 5, 7, 2)
    result = ops.max_unpool(np.array([[[3.0], [4.0]]]), np.array([[[0], [3]]], np.uint8), 2)
    assert result.ravel().tolist() == [3, 0, 0, 4]


@pytest.mark.torch
@settings(max_examples=100)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), st.none() | st.integers(-1, 14))
def test_the_sizes_are_those_that_torch_takes(torch, count, pool, stride, pads, size):
    """Along one axis of inputs of zeros. torch finds sizes below 1 itself, but makes no images of them."""
    pads = min(pads, pool // 2)
    x, indices = np.zeros((1, 1, count), np.float32), np.zeros((1, 1, count), np.int64)
    arguments = pool, stride, pads, None if size is None else (size,)
    try:
        expected = torch.nn.functional.max_unpool1d(torch.tensor(x), torch.tensor(indices), *arguments).numpy()
    except (ValueError, RuntimeError):
        expected = None
    window = {"strides": stride, "padding": ((pads, pads),), "data_format": "channels_first", "output_size": size}
    if expected is None or not expected.size:
        with pytest.raises(ValueError, match="max_unpool: output_size must be"):
            ops.max_unpool(x, indices, pool, **window)
    else:
        np.testing.assert_array_equal(ops.max_unpool(x, indices, pool, **window), expected, strict=True)


@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_the_sizes_with_same_are_those_that_are_pooled_to_the_inputs(size, pool, stride, rate):
    count = -(-size // stride)
    x, indices = np.zeros((1, count, 1)), np.zeros((1, count, 1), int)
    fits = [other for other in range(1, 40) if -(-other // stride) == count]
    for wanted in (*fits, fits[0] - 1, fits[-1] + 1):
        keywords = {"padding": "SAME", "dilation_rate": rate, "output_size": wanted}
        if wanted in fits:
            assert ops.max_unpool(x, indices, pool, stride, **keywords).shape == (1, wanted, 1)
        else:
            with pytest.raises(ValueError, match="max_unpool: output_size must be"):
                ops.max_unpool(x, indices, pool, stride, **keywords)
    assert ops.max_unpool(x, indices, pool, stride, "same").shape == (1, fits[-1], 1)


def test_what_is_refused():
    x, indices = np.ones((1, 2, 2, 1)), np.zeros((1, 2, 2, 1), int)
    for wrong, shown in ((indices - 1, "-1 to -1"), (indices + 9, "9 to 9")):
        with pytest.raises(ValueError, match=rf"max_unpool: indices must be from 0 to 8, .* got {shown}"):
            ops.max_unpool(x, wrong, 2, 1)
    for wrong in (indices[:, :1], indices[0]):
        with pytest.raises(ValueError, match="max_unpool: indices must have the shape of inputs, got"):
            ops.max_unpool(x, wrong, 2, 1)
    with pytest.raises(TypeError, match="max_unpool: indices must be integers, got float64"):
        ops.max_unpool(x, x, 2)
    for name, arguments in (("inputs", (None, indices)), ("indices", (x, None))):
        with pytest.raises(TypeError, match=f"max_unpool: {name} must be an array or a tensor, got None"):
            ops.max_unpool(*arguments, 2)
    with pytest.raises(ValueError, match="max_unpool: output_size must be an integer of at least 1 or 2 of them"):
        ops.max_unpool(x, indices, 2, output_size=0)
    with pytest.raises(TypeError, match="max_unpool: output_size must be an integer or 2 of them"):
        ops.max_unpool(x, indices, 2, output_size="4")
    off = r"output_size must be from .3, 3. to .5, 5. for inputs of shape .1, 1, 2, 2., .* got 6"
    with pytest.raises(ValueError, match=f"max_unpool: {off}"):
        ops.max_unpool(x.reshape(1, 1, 2, 2), indices.reshape(1, 1, 2, 2), 2, None, "valid", "channels_first", 1, 6)
    with pytest.raises(ValueError, match=r"max_unpool: padding must be at most half of pool_size \(2, 2\), got"):
        ops.max_unpool(x, indices, 2, 2, ((0, 0), (2, 0)))
    with pytest.raises(ValueError, match="max_unpool: inputs must have 3, 4 or 5 axes"):
        ops.max_unpool(x[0, 0], indices[0, 0], 2)
    with pytest.raises(ValueError, match="max_unpool: data_format must be"):
        ops.max_unpool(x, indices, 2, data_format="first")
    with pytest.raises(ValueError, match="max_pool_with_indices: pool_size 3 x 3 does not fit"):
        ops.max_pool_with_indices(x, 3)


def test_sizes_beyond_the_limit():
    one = np.zeros((1, 4, 4, 1), np.float32)
    with pytest.raises(ValueError, match=r"max_unpool: pool_size and strides must be so small .* shape \(1, 4, 4, 1\)"):
        ops.max_unpool(one, one.astype(int), 2, 2**30)
