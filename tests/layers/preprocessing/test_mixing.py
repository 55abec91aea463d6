"""CutMix and MixUp: Keras's results for the same numbers, labels, and which numbers come."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import layers
from convolith.graph.tensor import Variable
from convolith.layers.preprocessing import mixing
from convolith.ops.dropout import advance
from convolith.ops.image.mix import mix
from tests.bounds import assert_within, gamma

IMAGES = np.random.default_rng(5).random((6, 8, 10, 3), np.float32)
LABELS = np.eye(6, dtype=np.float32)
WEIGHTS = np.array([0.1, 0.9, 0.5, 0.0, 1.0, 0.3], np.float32)
PARTNERS = np.array([3, 0, 1, 5, 2, 4])
FORMATS = pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])


def as_array(value):
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def images_in(data_format):
    return IMAGES if data_format == "channels_last" else np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2))


@FORMATS
def test_mix_up_with_the_same_numbers(keras, monkeypatch, data_format):
    monkeypatch.setattr(mixing, "mix", lambda *_: (WEIGHTS, PARTNERS))
    images = images_in(data_format)
    ours, theirs = layers.MixUp(data_format=data_format), keras.layers.MixUp(data_format=data_format, dtype="float64")
    wide_images, wide_labels, weights = (
        keras.ops.convert_to_tensor(array.astype(np.float64)) for array in (images, LABELS, WEIGHTS)
    )
    numbers = {"mix_weight": weights, "permutation_order": keras.ops.convert_to_tensor(PARTNERS)}
    mixed = ours({"images": images, "labels": LABELS})
    for found, expected in (
        (mixed["images"], as_array(theirs.transform_images(wide_images, numbers))),
        (mixed["labels"], as_array(theirs.transform_labels(wide_labels, numbers))),
    ):
        assert_within(found, expected, gamma(3) * expected)  # a difference, products and their sum
    np.testing.assert_array_equal(ours(images), mixed["images"])


@FORMATS
def test_cut_mix_with_the_same_numbers(keras, monkeypatch, data_format):
    monkeypatch.setattr(mixing, "mix", lambda *_: (WEIGHTS, PARTNERS))
    starts = np.random.default_rng(2).random((6, 2)).astype(np.float32)
    images = images_in(data_format)
    ours, theirs = layers.CutMix(data_format=data_format), keras.layers.CutMix(data_format=data_format, dtype="float64")
    monkeypatch.setattr(ours, "draw", lambda *_: starts)
    sides = np.sqrt(1 - WEIGHTS.astype(np.float64))
    tensor = keras.ops.convert_to_tensor
    (y0, y1), (x0, x1) = (
        (tensor(start * (size - side)), tensor(start * (size - side) + side))
        for size, start, side in ((8, starts[:, 0], sides * 8), (10, starts[:, 1], sides * 10))
    )
    masks, weights = theirs._generate_batch_mask(images.shape, (x0, x1, y0, y1))
    numbers = {"batch_masks": masks, "mix_weight": weights, "permutation_order": tensor(PARTNERS)}
    mixed = ours({"images": images, "labels": LABELS})
    np.testing.assert_array_equal(mixed["images"], as_array(theirs.transform_images(images, numbers)))
    # A box's side is rounded three times, its end and the distance from there to its beginning once, of up to the
    # image's size, and the share of this twice; so are both axes, then their product and what is mixed as above.
    expected = as_array(theirs.transform_labels(tensor(LABELS.astype(np.float64)), numbers)).reshape(6, 6)
    assert_within(mixed["labels"], expected, gamma(2 * 7 + 2 + 3))
    np.testing.assert_array_equal(mixed["images"][4], images[4])  # of weight 1
    np.testing.assert_array_equal(mixed["images"][3], images[5])  # of weight 0


@pytest.mark.parametrize("make", [lambda: layers.MixUp(1.0, seed=3), lambda: layers.CutMix((0.5, 1), seed=3)])
def test_labels_tell_how_much_of_each_image_there_is(make):
    """An image whose pixels are all its number has, mixed, the mean that its label tells (of a box: about)."""
    images = np.broadcast_to(np.arange(6, dtype=np.float32)[:, None, None, None], (6, 64, 64, 1))
    layer = make()
    for _ in range(3):
        mixed = layer({"images": images, "labels": LABELS})
        shares = mixed["labels"].astype(np.float64)
        assert_within(shares.sum(axis=1), np.ones(6), gamma(3))
        by_label = shares @ np.arange(6)
        # Of a box a row and a column at either end; else both are off by three roundings of up to 5.
        slack = 5 * 2 * 2 / 64 if isinstance(layer, layers.CutMix) else 2 * 5 * gamma(3)
        assert_within(mixed["images"].mean(axis=(1, 2, 3), dtype=np.float64), by_label, slack)


def test_weights_come_from_beta_and_partners_are_each_image_once():
    state = np.array([4, 0], np.uint64)
    for alpha in (0.2, 1.0, 3.0):
        weights, partners = mix(np.zeros((4000, 1), np.float32), (alpha, alpha), state)
        assert sorted(partners.tolist()) == list(range(4000)) and (partners != np.arange(4000)).mean() > 0.99
        variance = 1 / (4 * (2 * alpha + 1))
        assert weights.min() >= 0 and weights.max() <= 1
        # Five standard errors, once in two million times; the fourth moment is 3 - 6 / (2 alpha + 3) times variance^2.
        assert abs(weights.mean() - 0.5) < 5 * np.sqrt(variance / 4000)
        assert abs(weights.var() - variance) < 5 * variance * np.sqrt((2 - 6 / (2 * alpha + 3)) / 4000)
    with pytest.raises(ValueError, match="mix: state must be"):
        mix(IMAGES, (1.0, 1.0), np.zeros(2))


@pytest.mark.parametrize("make", [layers.MixUp, layers.CutMix])
def test_a_seed_decides_each_call_draws_anew_and_a_trace_as_calls(make):
    first, second = make(seed=9), make(seed=9)
    results = [first(IMAGES) for _ in range(3)]
    np.testing.assert_array_equal(second(IMAGES), results[0])
    assert (results[0] != results[1]).any()
    np.testing.assert_array_equal(first(IMAGES, training=False), IMAGES)
    inputs = convolith.Input(IMAGES.shape[1:])
    model = convolith.Model(inputs, make(seed=9)(inputs))
    model.compile(loss="mse")
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), IMAGES)


def test_a_trace_counts_the_draws_before():
    state = Variable(np.array([4, 0], np.uint64), trainable=False)

    def twice(images):
        first = mix(images, (1.0, 1.0), state)[0]
        advance(state)
        return first, mix(images, (1.0, 1.0), state)[0]

    expected = [mix(IMAGES, (1.0, 1.0), np.array([4, counter], np.uint64))[0] for counter in (0, 1)]
    (one, other), _ = convolith.vjp(twice, IMAGES)
    np.testing.assert_array_equal(one, expected[0])
    np.testing.assert_array_equal(other, expected[1])


@pytest.mark.parametrize("make", [layers.MixUp, layers.CutMix])
def test_one_image_and_its_label_stay(make):
    mixed = make(seed=1)({"images": IMAGES[0], "labels": LABELS[0]})
    assert_within(mixed["images"], IMAGES[0].astype(np.float64), gamma(3) * IMAGES[0])
    np.testing.assert_array_equal(mixed["labels"], LABELS[0])


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: layers.MixUp(0), "alpha must be a number above 0, got 0"),
        (lambda: layers.CutMix(1.5), r"factor must be .* in \[0, 1.0\], got 1.5"),
        (lambda: layers.MixUp()({"images": IMAGES, "labels": LABELS[:2]}), "labels must be as many as the images, 6"),
        (lambda: layers.CutMix()({"labels": LABELS}), r"a dict of 'images' and 'labels', got \['labels'\]"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()
