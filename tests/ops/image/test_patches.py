"""Patches against loops and torch, and folding as their adjoint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import seeds
from tests.ops.slopes import check_slopes
from tests.reference import patches as reference


def several(rank, largest):
    return st.tuples(*[st.integers(1, largest)] * rank)


@st.composite
def patchings(draw, ranks=(2, 3)):
    rank = draw(st.sampled_from(ranks))
    image = draw(several(rank, 6))
    size, strides, rates = draw(several(rank, 4)), draw(several(rank, 3)), draw(several(rank, 2))
    padding = draw(st.sampled_from(["valid", "same"]))
    extents = [rate * (one - 1) + 1 for one, rate in zip(size, rates, strict=True)]
    if padding == "valid":
        assume(all(pixels >= extent for pixels, extent in zip(image, extents, strict=True)))
        counts = [(image[axis] - extents[axis]) // strides[axis] + 1 for axis in range(rank)]
        before = [0] * rank
    else:
        counts = [-(-image[axis] // strides[axis]) for axis in range(rank)]
        totals = [(counts[axis] - 1) * strides[axis] + extents[axis] - image[axis] for axis in range(rank)]
        before = [max(0, total) // 2 for total in totals]
    return image, (size, strides, rates, padding), (size, strides, rates, before, counts)


@given(patchings(), seeds, st.integers(0, 2), st.integers(1, 3))
def test_extract_patches(patching, seed, n, channels):
    image, arguments, geometry = patching
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(n, *image, channels))
    patches = ops.image.extract_patches(images, *arguments)
    np.testing.assert_array_equal(patches, reference.extract_patches(images, *geometry))
    first = ops.image.extract_patches(np.moveaxis(images, -1, 1), *arguments, data_format="channels_first")
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), patches)
    upstream = generator.integers(-9, 10, patches.shape).astype(float)
    values = generator.integers(-9, 10, images.shape).astype(float)
    folded = ops.image.fold(upstream, image, *arguments)
    # Of integers both sides are exact.
    assert np.sum(ops.image.extract_patches(values, *arguments) * upstream) == np.sum(values * folded)


@given(patchings(ranks=[3]), seeds, st.integers(0, 2), st.integers(1, 3))
def test_extract_patches_3d(patching, seed, n, channels):
    sizes, arguments, geometry = patching
    volumes = np.random.default_rng(seed).normal(size=(n, *sizes, channels))
    patches = ops.image.extract_patches_3d(volumes, *arguments)
    np.testing.assert_array_equal(patches, reference.extract_patches(volumes, *geometry))
    first = ops.image.extract_patches_3d(np.moveaxis(volumes, -1, 1), *arguments, data_format="channels_first")
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), patches)
    if n:
        np.testing.assert_array_equal(ops.image.extract_patches_3d(volumes[0], *arguments), patches[0])


def test_extract_patches_3d_elsewhere(generator):
    volumes = generator.normal(size=(1, 4, 3, 5, 2))
    check_slopes(lambda x: ops.image.extract_patches_3d(x, (2, 1, 3), 2, padding="same"), volumes)
    np.testing.assert_array_equal(
        ops.image.extract_patches_3d(volumes, 2), ops.image.extract_patches(volumes, (2, 2, 2))
    )
    symbolic = Tensor(Spec((None, 4, 4, 4, 3), np.dtype(np.float32)))
    assert ops.image.extract_patches_3d(symbolic, 2).shape == (None, 2, 2, 2, 24)
    for size in ((2, 2), (1, 2, 3, 4)):
        with pytest.raises(ValueError, match="extract_patches_3d: size must be an integer of at least 1 or 3 of"):
            ops.image.extract_patches_3d(volumes, size)
    with pytest.raises(ValueError, match="extract_patches_3d: volumes must have 4 axes .* or 5"):
        ops.image.extract_patches_3d(volumes[0, 0], 2)
    with pytest.raises(ValueError, match=r"extract_patches_3d: size \(4, 4, 4\) with dilation_rate .* does not fit"):
        ops.image.extract_patches_3d(volumes, 4)
    with pytest.raises(TypeError, match="extract_patches_3d: volumes must be an array or a tensor, came None"):
        ops.image.extract_patches_3d(None, 2)


@pytest.mark.torch
@pytest.mark.parametrize(("size", "strides", "rates"), [((2, 3), (1, 2), (2, 1)), (2, 2, 1), ((3, 1), 1, 1)])
def test_torch_has_the_channels_before_the_kernel(size, strides, rates, generator):
    torch = pytest.importorskip("torch")
    images = generator.integers(-9, 10, (2, 6, 5, 3)).astype(np.float32)
    patches = ops.image.extract_patches(images, size, strides, rates)
    unfolded = torch.nn.functional.unfold(
        torch.tensor(np.moveaxis(images, -1, 1)), size, stride=strides, dilation=rates
    )
    n, rows, columns, elements = patches.shape
    ours = patches.reshape(n, rows * columns, elements // 3, 3).transpose(0, 3, 2, 1).reshape(n, elements, -1)
    np.testing.assert_array_equal(ours, unfolded.numpy())
    folded = torch.nn.functional.fold(unfolded, (6, 5), size, stride=strides, dilation=rates)
    np.testing.assert_array_equal(
        np.moveaxis(ops.image.fold(patches, (6, 5), size, strides, rates), -1, 1), folded.numpy()
    )


def test_gradients(generator):
    images = generator.normal(size=(1, 4, 5, 2))
    check_slopes(lambda x: ops.image.extract_patches(x, (2, 3), 2, padding="same"), images)
    patches = ops.image.extract_patches(images, 2)
    check_slopes(lambda x: ops.image.fold(x, (4, 5), 2), patches)


def test_dtypes_single_images_and_unknown_batches():
    bytes_in = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    patches = ops.image.extract_patches(bytes_in, 2)
    assert patches.dtype == np.uint8 and patches.shape == (2, 2, 4)
    np.testing.assert_array_equal(ops.image.fold(patches, (4, 4), 2), bytes_in)
    assert ops.image.extract_patches(np.zeros((4, 4, 4, 1)), (2, 2, 2)).shape == (2, 2, 2, 8)
    symbolic = Tensor(Spec((None, 4, 4, 3), np.dtype(np.float32)))
    assert ops.image.extract_patches(symbolic, 2).shape == (None, 2, 2, 12)
    result, pullback = convolith.vjp(lambda x: ops.image.extract_patches(x, 3, 1), np.ones((1, 3, 3, 1)))
    np.testing.assert_array_equal(pullback(result)[0], np.ones((1, 3, 3, 1)))


def test_what_is_refused():
    image = np.zeros((4, 4, 1))
    with pytest.raises(ValueError, match=r"extract_patches: size \(5, 1\) with dilation_rate \(1, 1\) does not fit"):
        ops.image.extract_patches(image, (5, 1))
    with pytest.raises(ValueError, match="extract_patches: images must not be empty"):
        ops.image.extract_patches(image[:0], 1, padding="same")
    for argument, value in (("size", 0), ("strides", (1, 2, 3)), ("dilation_rate", 1.5), ("size", 2**31)):
        arguments = {"size": 2, argument: value}
        kind = TypeError if value == 1.5 else ValueError
        with pytest.raises(kind, match=f"extract_patches: {argument} must be (an integer|below)"):
            ops.image.extract_patches(image, **arguments)
    with pytest.raises(ValueError, match='extract_patches: padding must be one of "valid", "same"'):
        ops.image.extract_patches(image, 2, padding="full")
    with pytest.raises(ValueError, match="extract_patches: images must have 3 axes"):
        ops.image.extract_patches(image[..., 0], 2)
    with pytest.raises(ValueError, match="extract_patches: data_format must be"):
        ops.image.extract_patches(image, 2, data_format="last")
    with pytest.raises(TypeError, match="extract_patches: images must be an array or a tensor, came None"):
        ops.image.extract_patches(None, 2)
    for shape in ((2, 2, 5), (2, 1, 4)):
        with pytest.raises(ValueError, match="fold: patches must be 2 x 2 and of a multiple of 4 elements"):
            ops.image.fold(np.zeros(shape), (4, 4), 2)
    for output_size in (4, (4,), (0, 4)):
        with pytest.raises(ValueError, match="fold: output_size must be"):
            ops.image.fold(np.zeros((2, 2, 4)), output_size, 2)
    with pytest.raises(TypeError, match="fold: patches must be an array or a tensor, came None"):
        ops.image.fold(None, (4, 4), 2)
