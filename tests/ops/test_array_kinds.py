"""Every way an array can lie in memory gives the same result, bit for bit, and no op changes its inputs."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops


def backwards(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array[::-1, ...])[::-1, ...]


def every_other(array: np.ndarray) -> np.ndarray:
    other = np.nan if array.dtype.kind == "f" else 0
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), other, array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def off_by_a_byte(array: np.ndarray) -> np.ndarray:
    memory = np.empty(array.nbytes + 1, np.uint8)
    view = memory[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    assert not view.flags.aligned
    return view


def read_only(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def subclass(array: np.ndarray) -> np.ndarray:
    class Named(np.ndarray):
        pass

    return array.view(Named)


KINDS = {
    "backwards": backwards,
    "every other element": every_other,
    "Fortran order": np.asfortranarray,
    "off by a byte": off_by_a_byte,
    "read-only": read_only,
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "a subclass": subclass,
    "a list": lambda array: array.tolist(),
}

rng = np.random.default_rng(8)
IMAGES = rng.integers(-9, 10, (3, 8, 7, 4)).astype(np.float32)
KERNEL = rng.integers(-9, 10, (3, 2, 4, 5)).astype(np.float32)
LOCAL = rng.integers(-9, 10, (2, 192, 5)).astype(np.float32)
MATRIX = rng.integers(-9, 10, (6, 4)).astype(np.float32)
WEIGHTS = rng.integers(-9, 10, (4, 5)).astype(np.float32)
TAPS = KERNEL[..., :2].copy()
BIAS = rng.integers(-9, 10, 5).astype(np.float32)
TRANSFORMS = (rng.normal(size=(3, 8)) * [1, 1, 4, 1, 1, 4, 0.01, 0.01]).astype(np.float32)
LABELS = np.array([0, 3, 2, 1, 1, 0])

CASES = {
    "conv": (lambda x, k, b: ops.conv(x, k, 1, "same", bias=b), (IMAGES, KERNEL, BIAS)),
    "conv_transpose": (lambda x, k, b: ops.conv_transpose(x, k, 2, bias=b), (IMAGES, KERNEL.swapaxes(2, 3), BIAS)),
    "locally_connected": (
        lambda x, k, b: ops.locally_connected(x, k, (8, 6), bias=b),
        (IMAGES, LOCAL, np.stack([BIAS, BIAS])[None]),
    ),
    "dense": (lambda x, k, b: ops.dense(x, k, b), (MATRIX, WEIGHTS, BIAS)),
    "depthwise_conv": (lambda x, k: ops.depthwise_conv(x, k, 2, "same"), (IMAGES, TAPS)),
    "depthwise_conv of series": (lambda x, k: ops.depthwise_conv(x, k), (IMAGES[0], TAPS[0])),
    "matmul": (ops.matmul, (MATRIX, WEIGHTS)),
    "matmul of batches": (lambda x, w: ops.matmul(x[:, :4, :4], w), (IMAGES[..., 0], WEIGHTS)),
    "einsum": (lambda x, w: ops.einsum("ij,jk->ki", x, w), (MATRIX, WEIGHTS)),
    "where": (lambda x: ops.where(x > 0, x, ops.sin(x)), (MATRIX,)),
    "sum": (lambda x: ops.sum(x, axis=(1, 2)), (IMAGES,)),
    "statistics": (lambda x: ops.std(x, 1) * ops.prod(x, 1) + ops.logsumexp(x, 1) * ops.min(x, 1), (MATRIX,)),
    "indexing": (lambda x: ops.get_item(x, (slice(1, None, 2), [2, 0, 2])), (MATRIX,)),
    "joining": (lambda x, w: ops.concatenate([x, ops.transpose(w), ops.flip(x)]), (MATRIX, WEIGHTS)),
    "padding": (lambda x: ops.pad(ops.tile(ops.roll(x, 1, 0), 2), ((1, 1), (2, 0)), "reflect"), (MATRIX,)),
    "order": (lambda x: ops.sort(x, 0) + ops.cumsum(ops.take(x, LABELS, 0), 1), (MATRIX,)),
    "max_pool": (lambda x: ops.max_pool(x, 2), (IMAGES,)),
    "average_pool": (lambda x: ops.average_pool(x, 2), (IMAGES,)),
    "depth_to_space": (lambda x: ops.depth_to_space(x, 2), (IMAGES,)),
    "upsample": (lambda x: ops.upsample(x, 2), (IMAGES,)),
    "resize": (lambda x: ops.image.resize(x, (5, 9)), (IMAGES,)),
    "resize to the same size": (lambda x: ops.image.resize(x, (8, 7)), (IMAGES,)),
    "affine_transform": (ops.image.affine_transform, (IMAGES, TRANSFORMS)),
    "extract_patches": (lambda x: ops.image.extract_patches(x, 3, 1, padding="same"), (IMAGES,)),
    "gaussian_blur": (ops.image.gaussian_blur, (IMAGES,)),
    "crop_images": (lambda x: ops.image.crop_images(x, 0, 0, 0, 0), (IMAGES,)),
    "rgb_to_hsv": (ops.image.rgb_to_hsv, (abs(IMAGES[..., :3]),)),
    "lp_pool": (lambda x: ops.lp_pool(x, 2), (IMAGES,)),
    "adaptive_max_pool": (lambda x: ops.adaptive_max_pool(x, 3), (IMAGES,)),
    "global_concat_pool": (ops.global_concat_pool, (IMAGES,)),
    "depthwise_max_pool": (lambda x: ops.depthwise_max_pool(x, 2), (IMAGES,)),
    "max_unpool": (lambda x: ops.max_unpool(*ops.max_pool_with_indices(x, 2), 2, output_size=(8, 7)), (IMAGES,)),
    "relu": (ops.relu, (IMAGES,)),
    "softmax": (ops.softmax, (MATRIX,)),
    "sparse_categorical_crossentropy": (
        lambda x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True),
        (MATRIX,),
    ),
    "categorical_crossentropy": (
        lambda t, x: ops.categorical_crossentropy(t, x, from_logits=True),
        (ops.softmax(MATRIX), MATRIX),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_do_not_depend_on_the_memory(name, kind):
    function, arrays = CASES[name]
    if kind == "a list":
        same = [np.asarray(array.tolist(), np.float64) for array in arrays]  # as NumPy reads a list
    else:
        same = [array.copy() for array in arrays]
    strange = [KINDS[kind](array) for array in arrays]
    kept = [np.array(array) for array in strange]
    expected, pullback = convolith.vjp(function, *same)
    result, strange_pullback = convolith.vjp(function, *strange)
    assert type(result) is np.ndarray and result.dtype == expected.dtype and result.dtype.isnative
    np.testing.assert_array_equal(result, expected)
    upstream = np.arange(1, expected.size + 1, dtype=expected.dtype).reshape(expected.shape)
    odd_upstream = upstream if kind == "a list" else KINDS[kind](upstream)
    for gradient, other in zip(strange_pullback(odd_upstream), pullback(upstream), strict=True):
        assert type(gradient) is np.ndarray and gradient.dtype.isnative
        np.testing.assert_array_equal(gradient, other)
    for before, after in zip(kept, strange, strict=True):
        np.testing.assert_array_equal(before, np.array(after), err_msg="an input was changed")


@pytest.mark.parametrize("name", CASES)
def test_an_input_may_be_given_twice_and_results_are_the_callers(name):
    function, arrays = CASES[name]
    first, second = function(*arrays), function(*arrays)
    assert not any(np.shares_memory(first, array) for array in (second, *arrays))
    first[...] = 0  # a result is the caller's to change
    np.testing.assert_array_equal(second, function(*arrays))


INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


@pytest.mark.parametrize(
    "name", ["conv", "conv_transpose", "locally_connected", "dense", "depthwise_conv", "max_pool", "relu", "softmax"]
)
@pytest.mark.parametrize("dtype", [*INTEGERS, np.bool_, np.float16, np.float64])
def test_other_dtypes_become_floats_as_in_keras(name, dtype):
    function, arrays = CASES[name]
    given = [abs(array).astype(dtype) for array in arrays]
    wide = np.float64 if dtype is np.float64 else np.float32
    result = function(*given)
    assert result.dtype == wide
    np.testing.assert_array_equal(result, function(*[array.astype(wide) for array in given]))


def test_mixed_float_dtypes_run_in_the_wider():
    result = ops.conv(IMAGES.astype(np.float64), KERNEL)
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, ops.conv(IMAGES.astype(np.float64), KERNEL.astype(np.float64)))
    assert ops.conv(IMAGES.astype(np.uint8), KERNEL).dtype == np.float32
