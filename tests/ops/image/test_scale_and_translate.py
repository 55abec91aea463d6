"""Scaling and moving against the definition in loops over pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import dtypes, seeds
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes


def sinc(x):
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0


def cubic(x):
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0


KERNELS = {
    "linear": lambda x: max(0.0, 1 - x),
    "triangle": lambda x: max(0.0, 1 - x),
    "tricubic": cubic,
    "lanczos3": lambda x: sinc(x) * sinc(x / 3) if x < 3 else 0.0,
    "lanczos5": lambda x: sinc(x) * sinc(x / 5) if x < 5 else 0.0,
}


def definition(values, size, scale, translation, method, antialias):
    """Along the first axis."""
    out = np.zeros((size, *values.shape[1:]))
    for place in range(size):
        centre = (place + 0.5 - translation) / scale
        if not 0 <= centre <= len(values):
            continue
        wide = max(1.0, 1 / scale) if antialias else 1.0
        weights = [KERNELS[method](abs(centre - pixel - 0.5) / wide) for pixel in range(len(values))]
        if abs(sum(weights)) > 1e-3:  # no total drawn here lies between this and what counts as nothing
            out[place] = sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)
    return out


@given(
    seeds,
    dtypes,
    st.sampled_from(sorted(KERNELS)),
    st.booleans(),
    st.tuples(st.integers(1, 6), st.integers(1, 5)),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
)
def test_values(seed, dtype, method, antialias, source, target):
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(2, *source, 2)).astype(dtype)
    scale, move = generator.uniform(0.4, 2.5, 2), generator.uniform(-1.5, 1.5, 2)
    found = ops.image.scale_and_translate(images, (2, *target, 2), scale, move, (1, -2), method, antialias)
    assert found.dtype == dtype and found.shape == (2, *target, 2)
    exact = np.moveaxis(images.astype(float), 1, 0)
    exact = np.moveaxis(definition(exact, target[0], scale[0], move[0], method, antialias), 0, 1)
    exact = np.moveaxis(exact, 2, 0)
    exact = np.moveaxis(definition(exact, target[1], scale[1], move[1], method, antialias), 0, 2)
    # Weights of the sum 1 whose sizes add up to less than 3 along each axis; up to 6 products of each, in two sums.
    np.testing.assert_allclose(found, exact, rtol=0, atol=9 * 20 * np.finfo(dtype).eps * abs(images).max())


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos3", "lanczos5"])
@pytest.mark.parametrize("antialias", [True, False])
def test_gradients(generator, method, antialias):
    images = generator.normal(size=(2, 5, 4, 2))
    scale, move = np.array([0.61, 1.37]), np.array([0.23, -0.41])

    def function(images, scale, move):
        return ops.image.scale_and_translate(images, (2, 4, 5, 2), scale, move, (1, 2), method, antialias)

    check_slopes(function, images, scale, move)
    single = [array.astype(np.float32) for array in (images, scale, move)]
    check_in_plan(lambda x, scale, move: function(x * 1, scale, move), *single)


def test_at_pixels_slopes_of_lanczos_are_none(generator):
    """Where a pixel of the result is one of the images, the weight is at its top."""
    check_slopes(
        lambda x, move: ops.image.scale_and_translate(x, (5,), np.ones(1), move, (0,), "lanczos3"),
        generator.normal(size=5),
        np.zeros(1) + 1e-9,
    )


def test_by_hand_and_other_axes():
    images = np.arange(9, dtype=np.float32).reshape(3, 3)
    scale = np.array([2.0, 2.0], np.float32)
    found = ops.image.scale_and_translate(images, (5, 5), scale, 0.5 - scale / 2, (0, 1), "linear")
    np.testing.assert_allclose(found, np.add.outer(np.arange(5) * 1.5, np.arange(5) * 0.5), rtol=0, atol=1e-6)
    same = ops.image.scale_and_translate(images, (3, 3), np.zeros(0), np.zeros(0), (), "linear")
    np.testing.assert_array_equal(same, images)
    bytes_in = images.astype(np.uint8)
    moved = ops.image.scale_and_translate(bytes_in, (3, 3), np.ones(1), np.ones(1), (-1,), "cubic")
    assert moved.dtype == np.float32
    np.testing.assert_allclose(moved, [[0, 0, 1], [0, 3, 4], [0, 6, 7]], rtol=0, atol=1e-6)
    flipped = ops.image.scale_and_translate(images, (3, 3), np.array([-1.0]), np.array([3.0]), (0,), "linear")
    np.testing.assert_allclose(flipped, images[::-1], rtol=0, atol=1e-6)
    empty = ops.image.scale_and_translate(images[None, :0], (1, 0, 5), np.ones(1), np.ones(1), (2,), "linear")
    assert empty.shape == (1, 0, 5)
    unknown = Tensor(Spec((None, 4, 4, 3), np.dtype(np.float32)))
    result = ops.image.scale_and_translate(unknown, (None, 8, 4, 3), np.full(1, 2.0), np.zeros(1), (1,), "linear")
    assert result.shape == (None, 8, 4, 3) and result.dtype == np.float32


def test_what_is_refused():
    images, one = np.zeros((2, 4, 4, 1)), np.ones(1)

    def act(shape=(2, 5, 4, 1), scale=one, move=one, dims=(1,), method="linear", images=images):
        return ops.image.scale_and_translate(images, shape, scale, move, dims, method)

    for shape in ((2, 5, 5, 1), (2, 5, 4), (2, 0, 4, 1), (2, None, 4, 1)):
        with pytest.raises(ValueError, match=r"scale_and_translate: output_shape must be the shape of images, \(2, 4"):
            act(shape)
    with pytest.raises(ValueError, match="output_shape .* none of which is empty"):
        act(images=images[:, :0])
    with pytest.raises(
        ValueError,
        match=r"scale_and_translate: scale must have shape \(1,\), .* came \(2,\)",
    ):
        act(scale=np.ones(2))
    with pytest.raises(ValueError, match=r"scale_and_translate: translation must have shape \(1,\), .* came \(\)"):
        act(move=1.0)
    for scale in (0.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="scale_and_translate: scale must be finite and not 0, came"):
            act(scale=np.array([scale]))
    with pytest.raises(ValueError, match='scale_and_translate: method must be one of "linear", .* came "?\'nearest'):
        act(method="nearest")
    with pytest.raises(ValueError, match="scale_and_translate: spatial_dims must name different axes of the 4"):
        act(dims=(1, -3))
    with pytest.raises(TypeError, match="scale_and_translate: spatial_dims must be an integer or a sequence of them"):
        act(dims=(1.0,))
    with pytest.raises(TypeError, match="scale_and_translate: output_shape must be an integer or a sequence of them"):
        act((2, 5.0, 4, 1))
    for argument in ("images", "scale", "move"):
        name = {"move": "translation"}.get(argument, argument)
        with pytest.raises(TypeError, match=f"scale_and_translate: {name} must be an array or a tensor, came None"):
            act(**{argument: None})
