"""Random numbers by image, and erased boxes: functions of seed and counter alone."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops.dropout import advance
from convolith.ops.image.draw import draw
from convolith.ops.image.erase import erase

IMAGES = np.random.default_rng(1).random((5, 4, 6, 2))


def state(seed=7, counter=0):
    return np.array([seed, counter], np.uint64)


def test_the_same_state_draws_the_same_and_another_does_not():
    first = draw(IMAGES, (0, -2), (1, 3), state())
    np.testing.assert_array_equal(first, draw(IMAGES, (0, -2), (1, 3), state()))
    for other in (state(8), state(7, 1)):
        assert not np.isin(first, draw(IMAGES, (0, -2), (1, 3), other)).any()
    assert first.dtype == np.float64 and draw(IMAGES.astype(np.uint8), (0,), (1,), state()).dtype == np.float32


def test_a_smaller_batch_draws_what_the_first_images_drew():
    np.testing.assert_array_equal(draw(IMAGES[:3], (0, 0), (1, 1), state()), draw(IMAGES, (0, 0), (1, 1), state())[:3])


def test_the_numbers_are_uniform():
    """Counts of 10 classes among 10,000: chi squared of 9 degrees of freedom is above 33.7 once in 10,000 times."""
    wide = np.zeros((5000, 1))
    numbers = draw(wide, (-1, 10), (1, 12), state(3)) - [-1, 10]
    assert (numbers >= 0).all() and (numbers < 2).all()
    counts = np.bincount((numbers.ravel() * 5).astype(int), minlength=10)
    assert np.sum((counts - 1000) ** 2 / 1000) < 33.7
    whole = draw(wide, (2,), (5,), state(3), integers=True)
    assert set(whole.ravel()) == {2, 3, 4}


def test_a_trace_counts_as_calls_one_after_the_other_do():
    counted = Variable(state(), trainable=False)

    def twice(images):
        first = draw(images, (0,), (1,), counted)
        advance(counted)
        second = draw(images, (0,), (1,), counted)
        advance(counted)
        return first, second

    plan = Plan(trace(twice, Spec(IMAGES.shape, IMAGES.dtype)))
    for step in range(2):
        results = [result.copy() for result in plan.run(IMAGES)]
        for number, result in enumerate(results):
            np.testing.assert_array_equal(result, draw(IMAGES, (0,), (1,), state(7, 2 * step + number)))


def test_erasing():
    boxes = np.array([[0, 2, 1, 3], [0, 0, 0, 0], [0.5, 9, 2.5, 2.6], [0, 4, 0, 6], [1, 2, 5, 9]], float)
    result = erase(IMAGES, boxes, state(), (0.25, 5.0), (0, 1))
    expected = IMAGES.copy()
    fill = [0.25, 1]
    expected[0, 0:2, 1:3] = fill
    expected[2, 1:4, 3:3] = fill
    expected[3] = fill
    expected[4, 1:2, 5:6] = fill
    np.testing.assert_array_equal(result, expected)
    upstream = np.random.default_rng(2).normal(size=IMAGES.shape)
    by_images = convolith.vjp(lambda x: erase(x, boxes, state(), (0.25, 5.0), (0, 1)), IMAGES)[1](upstream)[0]
    np.testing.assert_array_equal(by_images, np.where(result == IMAGES, upstream, 0))


def test_erasing_by_noise():
    everything = np.tile([0.0, 4, 0, 6], (5, 1))
    noisy = erase(IMAGES, everything, state(), None, (0, 255))
    assert noisy.min() == 0 and noisy.max() <= 255 and len(np.unique(noisy)) > 50
    np.testing.assert_array_equal(noisy, erase(IMAGES, everything, state(), None, (0, 255)))
    assert (noisy != erase(IMAGES, everything, state(7, 1), None, (0, 255))).any()


def test_no_gradient_flows_into_the_numbers():
    numbers, pullback = convolith.vjp(lambda x: ops.multiply(draw(x, (0,), (1,), state()), 1.0), IMAGES)
    np.testing.assert_array_equal(pullback(numbers)[0], np.zeros_like(IMAGES))


def test_what_is_refused():
    for wrong in (np.zeros(2, np.int64), np.zeros(3, np.uint64)):
        with pytest.raises(ValueError, match=r"draw: state must be uint64\[2\], the seed and the counter"):
            draw(IMAGES, (0,), (1,), wrong)
        with pytest.raises(ValueError, match=r"erase: state must be uint64\[2\]"):
            erase(IMAGES, np.zeros((5, 4)), wrong, (0,), (0, 1))
    with pytest.raises(ValueError, match="erase: images must have 4 axes and boxes shape"):
        erase(IMAGES, np.zeros((4, 4)), state(), (0,), (0, 1))
    with pytest.raises(ValueError, match="erase: fill must be one number or one for each channel"):
        erase(IMAGES, np.zeros((5, 4)), state(), (0, 1, 2), (0, 1))
