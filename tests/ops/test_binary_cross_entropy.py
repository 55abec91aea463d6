"""Binary cross-entropy of logits forward and backward, of probabilities, and of what comes from sigmoid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, laid_out, seeds
from tests.ops.slopes import check_second_slopes, check_slopes
from tests.reference import binary_cross_entropy

shapes = st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple)


@given(shapes, seeds, dtypes)
def test_logits(shape, seed, dtype):
    logits = laid_out(seed, dtype, shape)[0] * dtype(4)
    targets = np.random.default_rng(seed).uniform(size=shape).astype(dtype)
    value, pullback = convolith.vjp(lambda x: ops.binary_crossentropy(targets, x, from_logits=True), logits)
    assert value.shape == shape and value.dtype == dtype
    (gradient,) = pullback(np.ones_like(value))
    for place in np.ndindex(shape):
        x, t = float(logits[place]), float(targets[place])
        yes, no = math.exp(min(x, 0)), math.exp(min(-x, 0))
        share, total = yes / (yes + no), math.log(yes + no)  # of a yes; its logarithm is x - total for x below 0
        expected = -t * (min(x, 0) - total) - (1 - t) * (min(-x, 0) - total)
        # Up to ten roundings of numbers as large as the logit, on either side.
        assert abs(value[place] - expected) <= gamma(20, dtype) * (1 + abs(x))
        assert abs(gradient[place] - (share - t)) <= gamma(10, dtype) * 2


def test_slopes(generator):
    targets, logits = generator.uniform(size=(2, 3)), generator.normal(size=(2, 3))
    check_slopes(lambda y, x: ops.binary_crossentropy(y, x, from_logits=True), targets, logits)
    check_slopes(ops.binary_crossentropy, targets, generator.uniform(0.1, 0.9, size=(2, 3)))
    check_second_slopes(lambda x: ops.binary_crossentropy(targets, x, True), logits)


def test_probabilities_are_kept_from_0_and_1(generator):
    output, target = np.array([0.0, 1.0, 0.25, 0.5]), np.array([1.0, 0.0, 1.0, 0.25])
    expected = [binary_cross_entropy.of_yes_and_no(a, b) for a, b in zip(target, output, strict=True)]
    # Both logarithms are within eight units, of two roundings each; products, a difference and a sum follow.
    np.testing.assert_allclose(
        ops.binary_crossentropy(target, output), expected, rtol=gamma(32, np.float64), atol=gamma(8, np.float64)
    )


def test_a_traced_sigmoid_is_taken_back_to_its_logits():
    logits = np.array([50.0, -200.0], "float32")
    value, pullback = convolith.vjp(lambda x: ops.binary_crossentropy(np.float32([0, 1]), ops.sigmoid(x)), logits)
    np.testing.assert_array_equal(value, [50, 200])
    np.testing.assert_array_equal(pullback(np.ones(2, "float32"))[0], [1, -1])


@pytest.mark.torch
def test_torch(generator):
    import torch

    target, logits = generator.uniform(size=(4, 3)), 5 * generator.normal(size=(4, 3))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor(logits), torch.tensor(target), reduction="none"
    )
    bound = 2 * gamma(20, np.float64) * (1 + abs(logits))  # as above, of either side
    assert_within(ops.binary_crossentropy(target, logits, from_logits=True), expected.numpy(), bound)


def test_a_single_number():
    result = ops.binary_crossentropy(np.float64(1), np.float64(0), from_logits=True)
    assert result.shape == () and abs(result - np.log(2)) <= gamma(16, np.float64) * np.log(2)  # of log, eight units


def test_shapes_must_be_equal():
    with pytest.raises(ValueError, match=r"binary_crossentropy: target must have the shape of output, \(2, 1\), got"):
        ops.binary_crossentropy(np.ones(2), np.ones((2, 1)))


def test_noisy_labels_go_into_the_formula():
    """As Keras's own example of an adversarial network has them."""
    value = ops.binary_crossentropy(np.array([1.05, -0.05]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(value, [np.log(2)] * 2, rtol=gamma(6, np.float64))
