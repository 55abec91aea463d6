"""Patches against loops and torch, and folding as their adjoint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import dtypes, seeds
from tests.ops.linear import Linear
from tests.reference import patches as reference


def several(rank, largest):
    return st.tuples(*[st.integers(1, largest)] * rank)


@st.composite
def patchings(draw, ranks=(2, 3), paddings=("valid", "same")):
    rank = draw(st.sampled_from(ranks))
    image = draw(several(rank, 6))
    size, strides, rates = draw(several(rank, 4)), draw(several(rank, 3)), draw(several(rank, 2))
    padding = draw(st.sampled_from(paddings))
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


def checked(extract, fold, geometry, images, generator, first):
    """Compare patches, what they fold to, and the gradients of both, which are each other; of integers all is exact."""
    if first:
        images = np.moveaxis(images, -1, 1)
    patches, pullback = convolith.vjp(extract, images)
    values = np.moveaxis(images, 1, -1) if first else images
    expected = reference.extract_patches(values, *geometry)
    np.testing.assert_array_equal(np.moveaxis(patches, 1, -1) if first else patches, expected)
    linear = Linear(lambda units: reference.extract_patches(units, *geometry), values.shape[1:])
    upstream = generator.integers(-9, 10, expected.shape).astype(images.dtype)
    back = pullback(np.moveaxis(upstream, -1, 1) if first else upstream)[0]
    np.testing.assert_array_equal(np.moveaxis(back, 1, -1) if first else back, linear.back(upstream))
    if fold is None:
        return
    folded, pullback = convolith.vjp(fold, np.moveaxis(upstream, -1, 1) if first else upstream)
    np.testing.assert_array_equal(np.moveaxis(folded, 1, -1) if first else folded, linear.back(upstream))
    unfolded = pullback(images)[0]
    np.testing.assert_array_equal(np.moveaxis(unfolded, 1, -1) if first else unfolded, expected)


@settings(max_examples=40)
@given(patchings(), seeds, dtypes, st.integers(0, 2), st.integers(1, 2), st.booleans())
def test_extract_patches_and_fold(patching, seed, dtype, n, channels, first):
    image, arguments, geometry = patching
    generator = np.random.default_rng(seed)
    images = generator.integers(-9, 10, (n, *image, channels)).astype(dtype)
    checked(
        lambda x: ops.image.extract_patches(x, *arguments, "channels_first" if first else None),
        lambda x: ops.image.fold(x, image, *arguments, "channels_first" if first else None),
        geometry, images, generator, first,
    )  # fmt: skip


@settings(max_examples=10)
@given(patchings(ranks=[3]), seeds, dtypes, st.integers(0, 2), st.integers(1, 2), st.booleans())
def test_extract_patches_3d(patching, seed, dtype, n, channels, first):
    sizes, arguments, geometry = patching
    generator = np.random.default_rng(seed)
    volumes = generator.integers(-9, 10, (n, *sizes, channels)).astype(dtype)
    checked(
        lambda x: ops.image.extract_patches_3d(x, *arguments, "channels_first" if first else None),
        None, geometry, volumes, generator, first,
    )  # fmt: skip
    if n:
        patches = ops.image.extract_patches_3d(volumes, *arguments)
        np.testing.assert_array_equal(ops.image.extract_patches_3d(volumes[0], *arguments), patches[0])


def test_extract_patches_3d_elsewhere(generator):
    volumes = generator.normal(size=(1, 4, 3, 5, 2))
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
    with pytest.raises(TypeError, match="extract_patches_3d: volumes must be an array or a tensor, got None"):
        ops.image.extract_patches_3d(None, 2)


@pytest.mark.torch
@settings(max_examples=20)
@given(patchings([2], ["valid"]), seeds, st.integers(1, 3))
def test_torch_has_the_channels_before_the_kernel(torch, patching, seed, channels):
    image, (size, strides, rates, _), _ = patching
    generator = np.random.default_rng(seed)
    images = generator.integers(-9, 10, (2, *image, channels)).astype(np.float32)
    patches, pullback = convolith.vjp(lambda x: ops.image.extract_patches(x, size, strides, rates), images)
    theirs = torch.tensor(np.moveaxis(images, -1, 1)).requires_grad_()
    unfolded = torch.nn.functional.unfold(theirs, size, stride=strides, dilation=rates)
    n, rows, columns, elements = patches.shape

    def as_theirs(patches):
        by_channel = patches.reshape(n, rows * columns, elements // channels, channels)
        return by_channel.transpose(0, 3, 2, 1).reshape(n, elements, -1)

    np.testing.assert_array_equal(as_theirs(patches), unfolded.detach().numpy())
    folded = torch.nn.functional.fold(unfolded.detach(), image, size, stride=strides, dilation=rates)
    ours = ops.image.fold(patches, image, size, strides, rates)
    np.testing.assert_array_equal(np.moveaxis(ours, -1, 1), folded.numpy())
    upstream = generator.integers(-9, 10, patches.shape).astype(np.float32)
    unfolded.backward(torch.tensor(as_theirs(upstream)))
    np.testing.assert_array_equal(np.moveaxis(pullback(upstream)[0], -1, 1), theirs.grad.numpy())


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
    with pytest.raises(TypeError, match="extract_patches: images must be an array or a tensor, got None"):
        ops.image.extract_patches(None, 2)
    for shape in ((2, 2, 5), (2, 1, 4)):
        with pytest.raises(ValueError, match="fold: patches must be 2 x 2 and of a multiple of 4 elements"):
            ops.image.fold(np.zeros(shape), (4, 4), 2)
    for output_size in (4, (4,), (0, 4)):
        with pytest.raises(ValueError, match="fold: output_size must be"):
            ops.image.fold(np.zeros((2, 2, 4)), output_size, 2)
    with pytest.raises(TypeError, match="fold: patches must be an array or a tensor, got None"):
        ops.image.fold(None, (4, 4), 2)
