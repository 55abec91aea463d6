"""Scaling and moving, with all gradients, against the definition in loops over pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds
from tests.ops.plans import check_in_plan


def sinc(x):
    return np.sin(np.pi * x) / (np.pi * x) if x else 1.0


def cubic(x):
    if x.real < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x.real < 2 else 0.0


def linear(x):
    return 1 - x if x.real < 1 else 0.0


KERNELS = {
    "linear": linear,
    "triangle": linear,
    "tricubic": cubic,
    "lanczos3": lambda x: sinc(x) * sinc(x / 3) if x.real < 3 else 0.0,
    "lanczos5": lambda x: sinc(x) * sinc(x / 5) if x.real < 5 else 0.0,
}
STEP = 1e-100


def definition(source, target, scale, translation, method, antialias):
    """The weights (target, source) along an axis, and their sum before it is made 1.

    Scale and translation may be complex: all is analytic but for where pieces meet, so a step along the imaginary axis
    gives a slope without any difference (Squire and Trapp, SIAM Review 40, 1998).
    """
    weights, totals = np.zeros((target, source), complex), np.ones(target)
    for place in range(target):
        centre = (place + 0.5 - translation) / scale
        if not 0 <= centre.real <= source:
            continue
        wide = 1 / scale if antialias and scale.real < 1 else 1.0
        for pixel in range(source):
            apart = (centre - pixel - 0.5) / wide
            weights[place, pixel] = KERNELS[method](apart if apart.real >= 0 else -apart)
        totals[place] = weights[place].sum().real
        weights[place] /= weights[place].sum()
    return weights, totals


class Axis:
    """The weights along an axis, and their slopes by scale and translation, each exact, its size, and how far off.

    A place is off by six roundings of the sizes that it is computed from. Weights have slopes below 2, and these ones
    below 12; terms of polynomials are at most 36, of which 24 roundings come with the slope of the widening. A weight
    is divided by the sum of all, of which each is off as much; a slope by it takes the sum's slope, too.
    """

    def __init__(self, source, target, scale, translation, method, antialias):
        weights, totals = definition(source, target, scale, translation, method, antialias)
        least = totals.min()
        place = (target + abs(translation) + 1) / scale + source
        moved, terms = gamma(6, np.float64) * place, gamma(24, np.float64) * 36
        self.off = (source + 1) * (2 * moved + terms) / least
        self.weights, self.slopes, self.slopes_off = weights.real, [], []
        for step, speed in (((STEP * 1j, 0), place / scale), ((0, STEP * 1j), 1 / scale)):
            moving, _ = definition(source, target, scale + step[0], translation + step[1], method, antialias)
            self.slopes.append(moving.imag / STEP)
            steepest = 2 * speed * (source + 1) / least
            self.slopes_off.append((12 * moved + terms) * speed * (source + 1) / least + 2 * steepest * self.off)


def along(axis, array, matrix):
    """An array (n, rows, columns, c) with a matrix along its rows (0) or columns (1)."""
    return np.einsum("yr,nrxc->nyxc" if axis == 0 else "yr,nxrc->nxyc", matrix, array)


def unsure(axes, sizes, values):
    """How far the result is off by what the weights are: those of one axis, times those of the other."""
    offs = [np.full_like(size, axis.off) for size, axis in zip(sizes, axes, strict=True)]
    return along(1, along(0, values, offs[0]), sizes[1]) + along(1, along(0, values, sizes[0]), offs[1])


@settings(max_examples=40)
@given(
    seeds,
    dtypes,
    st.integers(0, 2),
    st.sampled_from(sorted(KERNELS)),
    st.booleans(),
    st.tuples(st.integers(1, 6), st.integers(1, 5)),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.booleans(),
)
def test_values_and_gradients(seed, dtype, n, method, antialias, source, target, exact):
    """`exact` draws halves, of which all places are exact, on pixels, edges and where pieces of weights meet, too."""
    generator = np.random.default_rng(seed)
    images = generator.normal(size=(n, *source, 2)).astype(dtype)
    scale, move = generator.uniform(0.4, 2.5, 2), generator.uniform(-1.5, 1.5, 2)
    if exact and method not in ("linear", "triangle"):  # whose slopes jump where pieces meet, as at scale 1 all do
        scale, move = generator.choice([0.5, 2], 2), generator.integers(-3, 4, 2) / 2
    result, pullback = convolith.vjp(
        lambda x, scale, move: ops.image.scale_and_translate(
            x, (n, *target, 2), scale, move, (1, -2), method, antialias
        ),
        images,
        scale,
        move,
    )
    assert result.dtype == dtype and result.shape == (n, *target, 2)
    upstream = generator.normal(size=result.shape).astype(dtype)
    axes = [Axis(*one, method, antialias) for one in zip(source, target, scale, move, strict=True)]
    matrices = [axis.weights for axis in axes]
    wrong = [abs(axis.weights) + axis.off for axis in axes]
    large_images, large_upstream, factor = abs(images).astype(float), abs(upstream).astype(float), sides(dtype)
    # A weight is rounded to the dtype, multiplied and added to the others along its axis, and so along the other one.
    relative = gamma(sum(source) + 4, dtype)
    exact = along(1, along(0, images, matrices[0]), matrices[1])
    more = along(1, along(0, large_images, wrong[0]), wrong[1])
    assert_within(result, exact, factor * (relative * more + unsure(axes, wrong, large_images)))
    by_images, by_scale, by_move = pullback(upstream)
    turned, turned_wrong = ([matrix.T for matrix in one] for one in (matrices, wrong))
    exact = along(1, along(0, upstream, turned[0]), turned[1])
    more = along(1, along(0, large_upstream, turned_wrong[0]), turned_wrong[1])
    allowed = gamma(sum(target) + 4, dtype) * more + unsure(axes, turned_wrong, large_upstream)
    assert_within(by_images, exact, factor * allowed, "by images")
    # What the weights of an axis have for a gradient is a sum over all else; it is multiplied by their slopes.
    relative = gamma(sum(source) + 2 * images.size + 2 * result.size + 8, dtype)
    for number, found in enumerate((by_scale, by_move)):
        slopes, allowed = np.zeros((2, 2))
        for axis, one in enumerate(axes):
            other = along(1 - axis, images, matrices[1 - axis])
            large = along(1 - axis, large_images, wrong[1 - axis])
            equation = "yr,nrxc,nyxc->" if axis == 0 else "yr,nxrc,nxyc->"
            slopes[axis] = np.einsum(equation, one.slopes[number], other, upstream)
            size = abs(one.slopes[number]) + one.slopes_off[number]
            allowed[axis] = relative * np.einsum(equation, size, large, large_upstream)
            off = np.full_like(size, one.slopes_off[number])
            allowed[axis] += np.einsum(equation, off, large, large_upstream)
            off = np.full_like(matrices[1 - axis], axes[1 - axis].off)
            allowed[axis] += np.einsum(equation, size, along(1 - axis, large_images, off), large_upstream)
        assert_within(found, slopes, factor * allowed, "by scale" if number == 0 else "by translation")


def test_in_a_plan(generator):
    images = generator.normal(size=(2, 5, 4, 2)).astype(np.float32)
    scale, move = np.array([0.61, 1.37], np.float32), np.array([0.23, -0.41], np.float32)
    for method in ("bilinear", "bicubic", "lanczos3", "lanczos5"):
        check_in_plan(
            lambda x, scale, move, method=method: ops.image.scale_and_translate(
                x * 1, (2, 4, 5, 2), scale, move, (1, 2), method
            ),
            images,
            scale,
            move,
        )


def test_by_hand_and_other_axes():
    images = np.arange(9, dtype=np.float32).reshape(3, 3)
    scale = np.array([2.0, 2.0], np.float32)
    found = ops.image.scale_and_translate(images, (5, 5), scale, 0.5 - scale / 2, (0, 1), "linear")
    np.testing.assert_array_equal(found, np.add.outer(np.arange(5) * 1.5, np.arange(5) * 0.5))
    same = ops.image.scale_and_translate(images, (3, 3), np.zeros(0), np.zeros(0), (), "linear")
    np.testing.assert_array_equal(same, images)
    bytes_in = images.astype(np.uint8)
    moved = ops.image.scale_and_translate(bytes_in, (3, 3), np.ones(1), np.ones(1), (-1,), "cubic")
    assert moved.dtype == np.float32
    np.testing.assert_array_equal(moved, [[0, 0, 1], [0, 3, 4], [0, 6, 7]])
    flipped = ops.image.scale_and_translate(images, (3, 3), np.array([-1.0]), np.array([3.0]), (0,), "linear")
    np.testing.assert_array_equal(flipped, images[::-1])
    empty = ops.image.scale_and_translate(images[None, :0], (1, 0, 5), np.ones(1), np.ones(1), (2,), "linear")
    assert empty.shape == (1, 0, 5)
    unknown = Tensor(Spec((None, 4, 4, 3), np.dtype(np.float32)))
    result = ops.image.scale_and_translate(unknown, (None, 8, 4, 3), np.full(1, 2.0), np.zeros(1), (1,), "linear")
    assert result.shape == (None, 8, 4, 3) and result.dtype == np.float32


@pytest.mark.parametrize("beyond", [2.0**-9, 2.0**-30])
def test_what_comes_from_outside_is_0_however_near(beyond):
    """An edge itself belongs to the images, where its pixel alone has a weight."""
    row = np.array([3.0, 4, 5])
    for out, at_first, at_last in ((-beyond, 3, 5), (0.0, 3, 5), (beyond, 0, 0)):
        first, last = (
            ops.image.scale_and_translate(row, (1,), np.ones(1), np.array([move]), (0,), "linear")[0]
            for move in (0.5 + out, 0.5 - 3 - out)
        )
        assert (first, last) == (at_first, at_last)


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
        match=r"scale_and_translate: scale must have shape \(1,\), .* got \(2,\)",
    ):
        act(scale=np.ones(2))
    with pytest.raises(ValueError, match=r"scale_and_translate: translation must have shape \(1,\), .* got \(\)"):
        act(move=1.0)
    for scale in (0.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="scale_and_translate: scale must be finite and not 0, got"):
            act(scale=np.array([scale]))
    with pytest.raises(ValueError, match='scale_and_translate: method must be one of "linear", .* got "?\'nearest'):
        act(method="nearest")
    with pytest.raises(ValueError, match="scale_and_translate: spatial_dims must name different axes of the 4"):
        act(dims=(1, -3))
    with pytest.raises(TypeError, match="scale_and_translate: spatial_dims must be an integer or a sequence of them"):
        act(dims=(1.0,))
    with pytest.raises(TypeError, match="scale_and_translate: output_shape must be an integer or a sequence of them"):
        act((2, 5.0, 4, 1))
    for argument in ("images", "scale", "move"):
        name = {"move": "translation"}.get(argument, argument)
        with pytest.raises(TypeError, match=f"scale_and_translate: {name} must be an array or a tensor, got None"):
            act(**{argument: None})
