"""Normalisations forward and backward, within bounds derived from the oracle's moments."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.slopes import check_slopes
from tests.reference import normalization as reference
from tests.running_error import Rounded, gradients

CHAIN = 256  # what the engine sums in float before it goes on in double
shapes = st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 5), st.integers(1, 40))
offsets = st.sampled_from([0.0, 3.0, -100.0])


def bounds(x, axes, scale, shift, epsilon, dtype, chain=CHAIN):
    """Bound of the result: a mean of n elements is off by gamma(n) of their magnitude, the variance likewise.

    A block's mean that is off by e changes the variance between blocks by at most 2 e times the deviation, and e^2.
    """
    result, means, variances = reference.normalize(x, axes, scale, shift, epsilon)
    length = min(int(np.prod([x.shape[axis] for axis in axes])), chain) + 8
    off = gamma(length, dtype) * np.broadcast_to(np.abs(x).mean(axis=axes, keepdims=True), x.shape)
    inverse = 1 / np.sqrt(variances + epsilon)
    relative = gamma(length + 8, dtype) + (2 * off * np.sqrt(variances) + off**2) * inverse**2
    spread = abs(x - means) + off
    return result, sides(dtype) * (abs(scale) * inverse * (off + spread * relative) + gamma(8, dtype) * abs(shift))


def gradient_bound(x, axes, scale, epsilon, upstream, dtype):
    """Every product of upstream and x counts with its magnitude, also where they cancel."""
    _, means, variances = reference.normalize(x, axes, np.ones(x.shape), np.zeros(x.shape), epsilon)
    inverse, slope = 1 / np.sqrt(variances + epsilon), abs(upstream * scale)
    size = (abs(x) + np.broadcast_to(abs(x).mean(axis=axes, keepdims=True), x.shape)) * inverse
    sums = [np.broadcast_to(one.mean(axis=axes, keepdims=True), x.shape) for one in (slope, slope * size)]
    length = min(int(np.prod([x.shape[axis] for axis in axes])), CHAIN)
    return sides(dtype) * gamma(3 * length + 32, dtype) * inverse * (slope + sums[0] + size * sums[1]) * (1 + size)


@given(shapes, st.sampled_from([-1, 1, 3]), seeds, dtypes, offsets, st.booleans(), st.booleans())
def test_normalize_batch(isa, shape, axis, seed, dtype, offset, scaled, per_image):
    assume(np.prod(shape[1:] if per_image else shape) > shape[axis])
    x, upstream = laid_out(seed, dtype, shape, shape)
    x = x + dtype(offset)
    channels = shape[axis]
    scale, shift = (one if scaled else None for one in laid_out(seed + 1, dtype, (channels,), (channels,)))
    place = axis % 4
    axes = tuple(one for one in range(4) if one != place and not (per_image and one == 0))
    function = ops.instance_normalization if per_image else ops.normalize_batch

    def normalize(*arrays):
        results = function(*arrays, axis=axis, epsilon=1e-2)
        return results if per_image else results[0]

    arrays = [x, *([scale, shift] if scaled else [])]
    result, pullback = convolith.vjp(normalize, *arrays)
    wide = [
        np.broadcast_to(value if one is None else one.reshape([-1 if a == place else 1 for a in range(4)]), shape)
        for one, value in ((scale, 1.0), (shift, 0.0))
    ]
    wide = [one.astype(np.float64) for one in wide]
    exact, bound = bounds(x.astype(np.float64), axes, *wide, 1e-2, dtype)
    assert result.dtype == dtype
    assert_within(result, exact, bound)
    if not per_image:
        _, mean, variance = reference.normalize(x.astype(np.float64), axes, *wide, 1e-2)
        index = tuple(slice(None) if a == place else 0 for a in range(4))
        magnitude = abs(x.astype(np.float64)).mean(axis=axes)
        off = sides(dtype) * gamma(CHAIN + 8, dtype) * magnitude
        _, means, variances = ops.normalize_batch(x, axis=axis)
        assert_within(means, mean[index], off, "mean")
        variance = variance[index]
        bound = sides(dtype) * gamma(2 * CHAIN, dtype) * variance + 2 * off * np.sqrt(variance) + off**2
        assert_within(variances, variance, bound, "variance")
    gradients = pullback(upstream)
    exact = reference.normalize_gradient(x.astype(np.float64), axes, wide[0], 1e-2, upstream.astype(np.float64))
    bound = gradient_bound(x.astype(np.float64), axes, wide[0], 1e-2, upstream.astype(np.float64), dtype)
    assert_within(gradients[0], exact, bound, "gradient")
    if scaled:
        rest = tuple(one for one in range(4) if one != place)
        double = upstream.astype(np.float64)
        length = gamma(2 * min(x.size // channels, CHAIN) + 16, dtype) * sides(dtype)
        assert_within(gradients[2], double.sum(axis=rest), length * abs(double).sum(axis=rest), "beta")


def test_long_sums_of_large_numbers_keep_their_variance(isa):
    """A million numbers around 1,000, not far apart: a sum of squares less the square of the sum would lose them.

    They are whole, so a block of CHAIN has an exact sum and mean, and each number less it is exact; the squares and
    their sum are rounded, and both results once more.
    """
    x = np.random.default_rng(1).integers(998, 1003, (64, 128, 128, 1)).astype(np.float32)
    _, mean, variance = ops.normalize_batch(x)
    assert_within(mean, x.mean(axis=(0, 1, 2), dtype=np.float64), gamma(1) * 1001, "mean")
    exact = x.var(axis=(0, 1, 2), dtype=np.float64)
    assert_within(variance, exact, gamma(CHAIN + 2) * exact, "variance")


def test_slopes():
    generator = np.random.default_rng(3)
    x, gamma_, beta = generator.normal(size=(2, 3, 2, 4)), generator.normal(size=4), generator.normal(size=4)
    mean, variance = generator.normal(size=4), generator.uniform(0.5, 2, 4)
    check_slopes(lambda *a: ops.normalize_batch(*a)[0], x, gamma_, beta)
    check_slopes(lambda x: ops.normalize_batch(x)[1], x)
    check_slopes(lambda x: ops.normalize_batch(x)[2], x)
    check_slopes(lambda *a: ops.instance_normalization(*a), x, gamma_, beta)
    check_slopes(lambda x, m, v, o, s: ops.batch_normalization(x, m, v, -1, o, s), x, mean, variance, beta, gamma_)
    check_slopes(lambda *a: ops.layer_normalization(*a, axis=(-1, 1)), x, generator.normal(size=(3, 4)))
    check_slopes(lambda *a: ops.group_normalization(a[0], 2, *a[1:]), x, gamma_, beta)
    check_slopes(lambda x: ops.group_normalization(x, 3, axis=1), x)
    check_slopes(lambda x: ops.rms_normalization(x, np.full((3, 2), 2.0), axis=(1, 2)), x)
    for order in (1, 2, 3):
        check_slopes(lambda x, order=order: ops.normalize(x, 1, order), x)
    check_slopes(lambda x: ops.local_response_normalization(x, 1, 1.5, 0.3, 0.75), x)
    check_slopes(lambda x: ops.local_response_normalization(x, size=4, beta=0.75, data_format="channels_first"), x)


@given(shapes, st.sampled_from([-1, 1, 3]), seeds, dtypes, st.booleans())
def test_with_given_moments(shape, axis, seed, dtype, scaled):
    """The result, and the gradients by x, mean, variance, offset and scale, as their formula bounds them."""
    x, upstream = laid_out(seed, dtype, shape, shape)
    mean, variance, offset, scale = laid_out(seed + 1, dtype, *[shape[axis : axis + 1 or None]] * 4)
    arrays = [x, mean, abs(variance), *([offset, scale] if scaled else [])]
    result, pullback = convolith.vjp(
        lambda x, mean, variance, *rest: ops.batch_normalization(x, mean, variance, axis, *rest), *arrays
    )
    leaves = [Rounded(np.moveaxis(x, axis, -1), dtype=dtype), *(Rounded(array, dtype=dtype) for array in arrays[1:])]
    formula = (leaves[0] - leaves[1]) / (leaves[2] + 1e-3).sqrt()
    if scaled:
        formula = formula * leaves[4] + leaves[3]
    exact = formula, *gradients(formula, np.moveaxis(upstream, axis, -1), leaves)
    by_x, *others = pullback(upstream)
    computed = np.moveaxis(result, axis, -1), np.moveaxis(by_x, axis, -1), *others
    for what, ours, wanted in zip(("result", *"xmvos"), computed, exact, strict=False):
        assert_within(ours, wanted.value, sides(dtype) * wanted.error, what)
