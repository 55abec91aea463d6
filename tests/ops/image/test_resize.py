"""Resizing and its gradient against loops and torch, and Pillow; what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, seeds
from tests.reference import resize as reference

INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"]
sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))


# A pixel's share of an area is a difference of places; Keys's polynomial has terms of 36 in all at a distance of 2 with
# a = -3/4; of a sinc, five roundings are those of its argument, sine and quotient.
TERMS = {"nearest": (0, 1), "area": (0, 1), "bilinear": (1, 1), "bicubic": (36, 6), "lanczos": (1, 12)}
STEEPEST = {"nearest": 0, "area": 2, "bilinear": 1, "bicubic": 1.4, "lanczos": 2}
RADIUS = {"nearest": 0, "area": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}


def exactly(images, upstream, target, dtype, interpolation, **options):
    """The result and the gradient, each with its bound.

    A weight is that of a distance, which four roundings of places among the source's pixels put off (`STEEPEST` are the
    weights' slopes), and what its terms round to (`TERMS`, with how many roundings). It is divided by the sum of a row,
    which is above 0.4 as half of every window stands on the image, and off by as much for each pixel; the edge's may
    gather those of half a window (`RADIUS`) beyond it. All that is in float64; then the weights are rounded to the
    dtype, multiplied and added up along each axis.
    """
    matrices, offs = [], []
    for source, size in zip(images.shape[1:3], target, strict=True):
        matrices.append(reference.matrix(source, size, interpolation, *options.values()))
        kind = interpolation.rstrip("35")
        (terms, roundings), reach = TERMS[kind], STEEPEST[kind] * (source + 1)
        gathered = 1 if options["antialias"] or options["exclude_outside"] else 1 + RADIUS[interpolation]
        off = gathered * (gamma(roundings, np.float64) * terms + gamma(4, np.float64) * reach)
        weighed = abs(matrices[-1]) > 0
        offs.append(weighed * 2.5 * off * (1 + weighed.sum(axis=1, keepdims=True) * abs(matrices[-1])))
    sizes = [abs(matrix) for matrix in matrices]
    large = [size + off for size, off in zip(sizes, offs, strict=True)]
    taps = sum(int((size > 0).sum(axis=axis).max()) for size in sizes for axis in (0, 1))

    def bounded(equation, values):
        def of_sizes(down, across):
            return np.einsum(equation, down, across, abs(values).astype(float))

        unsure = of_sizes(offs[0], large[1]) + of_sizes(sizes[0], offs[1])
        exact = np.einsum(equation, *matrices, values.astype(float))
        return exact, sides(dtype) * (unsure + gamma(taps + 4, dtype) * of_sizes(*large))

    return bounded("yr,xc,nrck->nyxk", images), bounded("yr,xc,nyxk->nrck", upstream)


@settings(max_examples=50)
@given(
    seeds, dtypes, st.integers(0, 2), sizes, sizes, st.sampled_from(INTERPOLATIONS), st.booleans(), st.booleans(),
    st.booleans(), st.sampled_from([-0.5, -0.75]), st.booleans(),
)  # fmt: skip
def test_values_and_gradients(
    seed, dtype, n, source, target, interpolation, antialias, align_corners, exclude_outside, cubic, first
):
    align_corners = align_corners and interpolation != "area"
    generator = np.random.default_rng(seed)
    images, upstream = (generator.normal(size=(n, *size, 2)).astype(dtype) for size in (source, target))
    options = {"antialias": antialias, "align_corners": align_corners}

    def function(images):
        more = {"cubic_coefficient": cubic, "exclude_outside": exclude_outside, **options}
        if not first:
            return ops.image.resize(images, target, interpolation, **more)
        resized = ops.image.resize(
            ops.transpose(images, (0, 3, 1, 2)), target, interpolation, data_format="channels_first", **more
        )
        return ops.transpose(resized, (0, 2, 3, 1))

    result, pullback = convolith.vjp(function, images)
    assert result.dtype == dtype
    options |= {"cubic": cubic, "exclude_outside": exclude_outside}
    forward, backward = exactly(images, upstream, target, dtype, interpolation, **options)
    assert_within(result, *forward)
    assert_within(pullback(upstream)[0], *backward, "gradient")


IN_TORCH = {
    "bilinear": ("bilinear", False, -0.75), "bicubic": ("bicubic", False, -0.75),
    "wide bilinear": ("bilinear", True, -0.5), "wide bicubic": ("bicubic", True, -0.5),
    "nearest": ("nearest-exact", False, -0.5), "area": ("area", False, -0.5),
}  # fmt: skip


@pytest.mark.torch
@settings(max_examples=50)
@given(seeds, sizes, sizes, st.sampled_from(sorted(IN_TORCH)), st.booleans())
def test_against_torch(torch, seed, source, target, name, align_corners):
    mode, antialias, cubic = IN_TORCH[name]
    if mode in ("nearest-exact", "area") or antialias:  # torch has no corners there, or keeps them elsewhere
        align_corners = False
    if mode == "area":  # of whole pixels, as torch's
        source = tuple(size * (1 + more % 3) for size, more in zip(target, source, strict=True))
    if mode == "nearest-exact":  # torch finds pixels by rounded products, which do not tell the edge of two from one
        assume(all((2 * at + 1) * s % (2 * t) for s, t in zip(source, target, strict=True) for at in range(t)))
    generator = np.random.default_rng(seed)
    images, upstream = (generator.normal(size=(2, *size, 2)) for size in (source, target))
    theirs = torch.tensor(np.moveaxis(images, -1, 1)).requires_grad_()
    corners = {"align_corners": align_corners} if mode in ("bilinear", "bicubic") else {}
    more = {"antialias": True} if antialias else {}
    expected = torch.nn.functional.interpolate(theirs, target, mode=mode, **corners, **more)
    expected.backward(torch.tensor(np.moveaxis(upstream, -1, 1)))
    options = {"antialias": antialias, "align_corners": align_corners}
    interpolation = mode.removesuffix("-exact")
    result, pullback = convolith.vjp(
        lambda x: ops.image.resize(
            x, target, interpolation, cubic_coefficient=cubic, exclude_outside=antialias, **options
        ),
        images,
    )
    options |= {"cubic": cubic, "exclude_outside": antialias}
    (_, bound), (_, by_images) = exactly(images, upstream, target, np.float64, interpolation, **options)
    assert_within(result, np.moveaxis(expected.detach().numpy(), 1, -1), bound)
    assert_within(pullback(upstream)[0], np.moveaxis(theirs.grad.numpy(), 1, -1), by_images, "gradient")


@pytest.mark.parametrize("align_corners", [False, True])
def test_nearest_of_every_two_sizes(align_corners):
    """Whichever the sizes, of two pixels as near the later one."""
    for source in range(1, 13):
        for target in range(1, 13):
            pixels = np.arange(source, dtype=np.float32).reshape(1, source, 1)
            found = ops.image.resize(pixels, (1, target), "nearest", align_corners=align_corners)
            options = "nearest", False, align_corners, -0.5, True
            np.testing.assert_array_equal(found.ravel(), reference.matrix(source, target, *options) @ pixels.ravel())


def test_pillow_resizes_alike(generator):
    pillow = pytest.importorskip("PIL.Image")
    image = generator.normal(size=(9, 13)).astype(np.float32)
    names = {"bilinear": "BILINEAR", "bicubic": "BICUBIC", "lanczos3": "LANCZOS", "area": "BOX"}
    for interpolation, name in names.items():
        for height, width in ((3, 26), (18, 5), (4, 4)):
            if interpolation == "area" and (9 % height or 13 % width):
                continue  # Pillow's box takes whole pixels
            theirs = pillow.fromarray(image).resize((width, height), pillow.Resampling[name])
            ours = ops.image.resize(image[..., None], (height, width), interpolation, antialias=True)
            options = {"antialias": True, "align_corners": False, "cubic": -0.5, "exclude_outside": True}
            one = image[None, ..., None]
            (_, bound), _ = exactly(
                one, np.zeros((1, height, width, 1)), ours.shape[:2], np.float32, interpolation, **options
            )
            # Pillow's weights are of float64, too, and it rounds to float32 once an axis, less often than we do.
            assert_within(ours[..., 0], np.asarray(theirs).astype(np.float64), 2 * bound[0, ..., 0])


def test_by_hand():
    row = np.array([0, 4, 8], np.float32).reshape(1, 3, 1)
    for size, interpolation, expected in [
        (6, "nearest", [0, 0, 4, 4, 8, 8]),
        (2, "nearest", [0, 8]),
        (6, "bilinear", [0, 1, 3, 5, 7, 8]),
        (1, "area", [4]),
        (2, "area", [4 / 3, 20 / 3]),
        (3, "bicubic", [0, 4, 8]),
    ]:
        result = ops.image.resize(row, (1, size), interpolation)[0, :, 0]
        # Of up to three weights of thirds: each is rounded, multiplied and added.
        assert_within(result, np.array(expected), gamma(4) * np.array(expected))
    aligned = ops.image.resize(row, (1, 5), align_corners=True)[0, :, 0]
    np.testing.assert_array_equal(aligned, [0, 2, 4, 6, 8])


def test_the_same_size_is_a_copy_in_floats():
    image = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    result = ops.image.resize(image, (2, 3), "bicubic")
    np.testing.assert_array_equal(result, image)
    assert not np.shares_memory(result, image)
    assert ops.image.resize(image.astype(np.uint8), (2, 3)).dtype == np.float32


def test_aspect_ratios():
    image = np.arange(24, dtype=np.float32).reshape(4, 6, 1)
    cropped = ops.image.resize(image, (2, 2), "area", crop_to_aspect_ratio=True)
    np.testing.assert_array_equal(cropped, ops.image.resize(image[:, 1:5], (2, 2), "area"))
    padded = ops.image.resize(image, (3, 3), "area", pad_to_aspect_ratio=True, fill_value=-1)
    around = np.pad(image, ((1, 1), (0, 0), (0, 0)), constant_values=-1)
    np.testing.assert_array_equal(padded, ops.image.resize(around, (3, 3), "area"))


def test_a_nan_spoils_what_it_has_a_part_in():
    image = np.ones((1, 6, 1), np.float32)
    image[0, 0] = np.nan
    result = ops.image.resize(image, (1, 3))[0, :, 0]
    np.testing.assert_array_equal(result, [np.nan, 1, 1])


def test_unknown_batches_and_bytes():
    symbolic = Tensor(Spec((None, 4, 4, 3), np.dtype(np.float32)))
    assert ops.image.resize(symbolic, (2, 8)).shape == (None, 2, 8, 3)
    assert ops.image.resize(np.zeros((4, 4, 1), np.uint8), 2).dtype == np.float32


def test_what_is_refused():
    image = np.zeros((4, 4, 1))
    for size in (0, (1, 2, 3)):
        with pytest.raises(ValueError, match="resize: size must be an integer of at least 1 or 2 of them"):
            ops.image.resize(image, size)
    with pytest.raises(TypeError, match="resize: size must be an integer or 2 of them"):
        ops.image.resize(image, None)
    with pytest.raises(ValueError, match='resize: interpolation must be one of "nearest", "bilinear"'):
        ops.image.resize(image, 2, "cubic")
    with pytest.raises(ValueError, match='resize: fill_mode must be one of "constant"'):
        ops.image.resize(image, 2, fill_mode="reflect")
    with pytest.raises(ValueError, match="resize: only one of crop_to_aspect_ratio and pad_to_aspect_ratio"):
        ops.image.resize(image, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)
    with pytest.raises(ValueError, match='resize: align_corners must be False with interpolation "area"'):
        ops.image.resize(image, 2, "area", align_corners=True)
    for argument in ("fill_value", "cubic_coefficient"):
        with pytest.raises(TypeError, match=f"resize: {argument} must be a number, got None"):
            ops.image.resize(image, 2, **{argument: None})
    with pytest.raises(ValueError, match=r"resize: images must not be empty, but of a batch, got shape \(0, 4, 1\)"):
        ops.image.resize(image[:0], 2)
    with pytest.raises(ValueError, match="resize: images must have 3 axes"):
        ops.image.resize(image[0], 2)
    with pytest.raises(ValueError, match="resize: data_format must be"):
        ops.image.resize(image, 2, data_format="last")
    with pytest.raises(TypeError, match="resize: images must be an array or a tensor, got None"):
        ops.image.resize(None, 2)
