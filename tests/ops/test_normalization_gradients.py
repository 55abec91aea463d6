"""Normalisations and all of their gradients, within bounds that their formulas carry along, in which torch agrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.test_against_torch import autograd
from tests.running_error import Axes, Rounded, gradients

EPSILON = 0.1


class Normalization(NamedTuple):
    """The same function three times, of x (n, h, w, groups, each), gamma and beta (groups, each)."""

    ours: Callable[..., Any]
    theirs: Callable[..., Any]  # after torch.nn.functional
    formula: Callable[..., Rounded]


def by_moments(axes: Axes) -> Callable[..., Rounded]:
    """The formula with mean and variance over axes."""

    def formula(x: Rounded, gamma: Rounded, beta: Rounded) -> Rounded:
        centred = x - x.mean(axes)
        return centred / ((centred * centred).mean(axes) + EPSILON).sqrt() * gamma + beta

    return formula


def by_length(axes: Axes, order: float) -> Callable[..., Rounded]:
    """The formula with the length over axes in place of the moments."""

    def formula(x: Rounded, gamma: Rounded, beta: Rounded) -> Rounded:
        if order == 2:
            return x / (x * x).sum(axes).at_least(EPSILON**2).sqrt() * gamma + beta
        return x / x.abs().power(order).sum(axes).at_least(EPSILON**order).power(1 / order) * gamma + beta

    return formula


def joined(operation: Callable[..., Any]) -> Callable[..., Any]:
    """An operation on channels, called with the groups' channels side by side."""

    def called(x: Any, gamma: Any, beta: Any) -> Any:
        images = ops.reshape(x, (*x.shape[:-2], x.shape[-2] * x.shape[-1]))
        return ops.reshape(operation(images, ops.ravel(gamma), ops.ravel(beta), x.shape[-2]), x.shape)

    return called


def channels_first(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The same in torch, whose channels come second."""

    def called(functional: Any, x: Any, gamma: Any, beta: Any) -> Any:
        images = x.flatten(-2).movedim(-1, 1)
        return (
            operation(functional, images, gamma.flatten(), beta.flatten(), x.shape[-2]).movedim(1, -1).reshape(x.shape)
        )

    return called


def of_moments(operation: Callable[..., Any], theirs: Callable[..., Any], axes: Axes) -> Normalization:
    """A normalisation of channels by moments."""
    return Normalization(joined(operation), channels_first(theirs), by_moments(axes))


def of_length(axes: Axes, order: float) -> Normalization:
    """A normalisation to unit length."""
    return Normalization(
        lambda x, gamma, beta: ops.normalize(x, axes, order, EPSILON) * gamma + beta,
        lambda f, x, gamma, beta: (
            x / (x.abs() ** order).sum(axes, keepdim=True).clamp(min=EPSILON**order) ** (1 / order) * gamma + beta
        ),
        by_length(axes, order),
    )


def local_response(size: int, power: float) -> Normalization:
    """Local response normalisation across each group's channels."""

    def ours(x: Any, gamma: Any, beta: Any) -> Any:
        images = ops.reshape(x, (x.shape[0], x.shape[1] * x.shape[2], *x.shape[-2:]))
        result = ops.local_response_normalization(images, bias=1.5, alpha=0.3, beta=power, size=size)
        return ops.reshape(result, x.shape) * gamma + beta

    def theirs(functional: Any, x: Any, gamma: Any, beta: Any) -> Any:
        result = functional.local_response_norm(x.flatten(0, -2)[..., None], size, 0.3 * size, power, 1.5)
        return result.reshape(x.shape) * gamma + beta

    def formula(x: Rounded, gamma: Rounded, beta: Rounded) -> Rounded:
        strength = (x * x).window_sum(size // 2, (size - 1) // 2) * 0.3 + 1.5
        return x * strength.power(-power) * gamma + beta

    return Normalization(ours, theirs, formula)


def given_moments(channels: int) -> tuple[np.ndarray, np.ndarray]:
    """A mean and a variance, which are exact in every precision."""
    return np.arange(channels) / 8, 1 + np.arange(channels) / 4


def by_given_moments() -> Normalization:
    """Batch normalisation in inference."""

    def ours(x: Any, gamma: Any, beta: Any, groups: int) -> Any:
        moments = (ops.cast(moment, x.dtype) for moment in given_moments(x.shape[-1]))
        return ops.batch_normalization(x, *moments, -1, beta, gamma, EPSILON)

    def theirs(functional: Any, x: Any, gamma: Any, beta: Any, groups: int) -> Any:
        moments = (gamma.new_tensor(moment) for moment in given_moments(len(gamma)))
        return functional.batch_norm(x, *moments, gamma, beta, False, 0, EPSILON)

    def formula(x: Rounded, gamma: Rounded, beta: Rounded) -> Rounded:
        mean, variance = (moment.reshape(gamma.value.shape) for moment in given_moments(gamma.value.size))
        return (x - mean) / (Rounded(variance, dtype=x.dtype) + EPSILON).sqrt() * gamma + beta

    return Normalization(joined(ours), channels_first(theirs), formula)


NORMALIZATIONS = {
    "batch, by given moments": by_given_moments(),
    "batch": of_moments(
        lambda x, gamma, beta, groups: ops.normalize_batch(x, gamma, beta, epsilon=EPSILON)[0],
        lambda f, x, gamma, beta, groups: f.batch_norm(x, None, None, gamma, beta, True, 0, EPSILON),
        (0, 1, 2),
    ),
    "instance": of_moments(
        lambda x, gamma, beta, groups: ops.instance_normalization(x, gamma, beta, epsilon=EPSILON),
        lambda f, x, gamma, beta, groups: f.group_norm(x, len(gamma), gamma, beta, EPSILON),
        (1, 2),
    ),
    "group": of_moments(
        lambda x, gamma, beta, groups: ops.group_normalization(x, groups, gamma, beta, epsilon=EPSILON),
        lambda f, x, gamma, beta, groups: f.group_norm(x, groups, gamma, beta, EPSILON),
        (1, 2, 4),
    ),
    "layer": Normalization(
        lambda x, gamma, beta: ops.layer_normalization(x, gamma, beta, (3, 4), EPSILON),
        lambda f, x, gamma, beta: f.layer_norm(x, x.shape[-2:], gamma, beta, EPSILON),
        by_moments((3, 4)),
    ),
    "layer, over all axes": Normalization(
        lambda x, gamma, beta: ops.layer_normalization(x, axis=(-1, 2, 1, 3), epsilon=EPSILON) * gamma + beta,
        lambda f, x, gamma, beta: f.layer_norm(x, x.shape[1:], eps=EPSILON) * gamma + beta,
        by_moments((1, 2, 3, 4)),
    ),
    "RMS": Normalization(
        lambda x, gamma, beta: ops.rms_normalization(x, gamma, (3, 4), EPSILON) + beta,
        lambda f, x, gamma, beta: f.rms_norm(x, x.shape[-2:], gamma, EPSILON) + beta,
        lambda x, gamma, beta: x / ((x * x).mean((3, 4)) + EPSILON).sqrt() * gamma + beta,
    ),
    "unit": of_length((4,), 2),
    "unit, of order 3": of_length((1, 2), 3),
    "unit, of order 1": of_length((3, 4), 1),
    "local response": local_response(3, 0.75),
    "local response, even": local_response(4, 0.5),
    "local response, odd beta": local_response(5, 1.37),
}

shapes = st.tuples(st.integers(0, 3), *(st.integers(1, most) for most in (4, 3, 3, 6)))
offsets = st.sampled_from([0.0, 3.0, -100.0])
NAMES = "x", "gamma", "beta"


def drawn(shape, seed, dtype, offset):
    """x, gamma, beta and what comes back for the result."""
    x, gamma, beta, upstream = laid_out(seed, dtype, shape, shape[-2:], shape[-2:], shape)
    return x + dtype(offset), gamma, beta, upstream


def exact(name, *arrays):
    """The results and gradients of the formula, with their errors."""
    *inputs, upstream = arrays
    leaves = [Rounded(array, dtype=array.dtype.type) for array in inputs]
    result = NORMALIZATIONS[name].formula(*leaves)
    return [result, *gradients(result, upstream, leaves)]


@pytest.mark.parametrize("name", NORMALIZATIONS)
@settings(max_examples=10)
@given(shapes, seeds, dtypes, offsets)
def test_values_and_gradients(isa, name, shape, seed, dtype, offset):
    if name == "batch":  # of more than one image
        shape = (shape[0] + 2, *shape[1:])
    if name in ("instance", "group"):  # of more than one pixel
        shape = (shape[0], shape[1] + 1, *shape[2:])
    *inputs, upstream = drawn(shape, seed, dtype, offset)
    result, pullback = convolith.vjp(NORMALIZATIONS[name].ours, *inputs)
    computed = result, *pullback(upstream)
    for what, ours, wanted in zip(("result", *NAMES), computed, exact(name, *inputs, upstream), strict=True):
        assert ours.dtype == dtype
        assert_within(ours, wanted.value, sides(dtype) * wanted.error, what)


@pytest.mark.torch
@pytest.mark.parametrize("name", NORMALIZATIONS)
@settings(max_examples=10)
@given(shapes, seeds)
def test_torch_agrees(torch, name, shape, seed):
    """torch sums x itself where the formula sums what is left without its mean.

    So a product of up to three factors x / deviation may count in place of one, and all elements in each sum.
    """
    if name in ("batch", "instance", "group"):  # torch wants two elements to take a mean of
        shape = (shape[0] + 1, shape[1] + 1, *shape[2:])
    x, *others, upstream = drawn(shape, seed, np.float64, 0.0)
    inputs = [x / (abs(x).max(initial=0) or 1) + 0.01, *others]
    ours, theirs, _ = NORMALIZATIONS[name]
    result, pullback = convolith.vjp(ours, *inputs)
    expected, slopes = autograd(torch, lambda *leaves: theirs(torch.nn.functional, *leaves), inputs, upstream)
    factor = 1 + 1.01 / EPSILON**0.5
    largest = max(abs(array).max(initial=1) for array in (*others, upstream))
    sums = gamma(4 * x.size + 16, np.float64) * factor**3 * largest**2
    bounds = exact(name, *inputs, upstream)
    computed, other = (result, *pullback(upstream)), (expected, *slopes)
    for what, one, another, bound in zip(("result", *NAMES), computed, other, bounds, strict=True):
        assert_within(one, another, 2 * bound.error + sums, what)
