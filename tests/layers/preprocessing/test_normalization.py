"""Normalization: given numbers, adapted ones, and both directions."""

from __future__ import annotations

import numpy as np
import pytest

import convolith as keras
from convolith import layers
from tests.bounds import assert_within, gamma
from tests.layers.trained import check_in_a_model
from tests.running_error import Rounded

DATA = np.random.default_rng(7).normal(3, 2, (6, 4, 5, 3)).astype(np.float32)


@pytest.mark.parametrize(("axis", "others"), [(-1, (0, 1, 2)), (None, (0, 1, 2, 3)), ((1, 3), (0, 2)), (2, (0, 1, 3))])
def test_adapting(axis, others):
    layer = layers.Normalization(axis=axis)
    layer.adapt(DATA)
    mean, deviation = DATA.mean(others, keepdims=True, dtype=float), DATA.std(others, keepdims=True, dtype=float)
    middle, root = Rounded(mean, gamma(1) * abs(mean)), Rounded(deviation**2, gamma(1) * deviation**2).sqrt()
    normalized = (Rounded(DATA) - middle) / root
    assert_within(layer(DATA), (DATA - mean) / deviation, normalized.error)
    back = layers.Normalization(axis=axis, invert=True)
    back.adapt(DATA)
    assert_within(back(layer(DATA)), DATA.astype(np.float64), (normalized * root + middle).error)


def test_batches_of_any_size_give_what_all_at_once_give():
    whole, batches = layers.Normalization(), layers.Normalization()
    whole.adapt(DATA)
    batches.adapt((part, "label") for part in (DATA[:1], DATA[1:1], DATA[1:4], DATA[4:]))
    listed = layers.Normalization()
    listed.adapt([DATA[:3], DATA[3:]])
    for other in (batches, listed):  # in float64, and rounded once
        for found, expected in ((other.mean, whole.mean), (other.variance, whole.variance)):
            assert_within(found.numpy(), expected.numpy().astype(np.float64), gamma(3) * abs(expected.numpy()))


def test_a_large_offset_costs_no_digits():
    layer = layers.Normalization(axis=None)
    layer.adapt(np.array([1e6, 1e6 + 1, 1e6 + 2]))
    assert layer.variance.numpy() == np.float32(2 / 3)
    many = layers.Normalization(axis=None)
    many.adapt([np.array([1e6]), np.array([1e6 + 1]), np.array([1e6 + 2])])
    assert many.variance.numpy() == np.float32(2 / 3)


def test_adapting_again_forgets():
    layer = layers.Normalization()
    layer.adapt(DATA)
    layer.adapt(DATA + 1)
    mean = (DATA + 1).mean((0, 1, 2), dtype=float)
    assert_within(layer.mean.numpy(), mean, gamma(2) * abs(mean))
    assert [weight.name for weight in layer.weights] == ["mean", "variance", "count"]
    assert not layer.trainable_weights


@pytest.mark.parametrize(("mean", "variance"), [([1.0, 2.0, 3.0], [4.0, 9.0, 16.0]), (2.0, 4.0), ([2.0], [4.0])])
def test_given_numbers(mean, variance):
    layer = layers.Normalization(mean=mean, variance=variance)
    expected = (DATA - mean) / np.sqrt(variance)
    assert_within(layer(DATA), expected, gamma(3) * abs(expected))  # a difference and a quotient; the roots are exact
    again = layers.deserialize(layers.serialize(layer))
    np.testing.assert_array_equal(again(DATA), layer(DATA))


def test_a_variance_of_zero_divides_by_little_not_by_nothing():
    layer = layers.Normalization(mean=1.0, variance=0.0)
    assert_within(layer(np.array([[1, 2]], "float32")), np.array([[0, 1e7]]), np.array([[0, gamma(3) * 1e7]]))


def test_in_a_model_and_saved(tmp_path):
    check_in_a_model(layers.Normalization(), (4, 3))
    layer = layers.Normalization(input_shape=(4, 5, 3))
    layer.adapt(DATA)
    model = keras.Sequential([layer, layers.Flatten(), layers.Dense(1)])
    expected = model.predict(DATA, verbose=0)
    model.save(tmp_path / "model.convolith")
    again = keras.models.load_model(tmp_path / "model.convolith")
    np.testing.assert_array_equal(again.predict(DATA, verbose=0), expected)


def test_what_is_refused():
    with pytest.raises(ValueError, match="Normalization 'n': axis must be None, an integer or several"):
        layers.Normalization(axis=(1.5,), name="n")
    with pytest.raises(ValueError, match="Normalization 'n': mean and variance must be given together"):
        layers.Normalization(mean=1.0, name="n")
    for mean, variance in (([1.0], [1.0, 2.0]), ([[1.0]], [[1.0]])):
        with pytest.raises(ValueError, match="Normalization 'n': mean and variance must have one shape"):
            layers.Normalization(mean=mean, variance=variance, name="n")
    with pytest.raises(ValueError, match=r"Normalization 'n': mean of shape \(2,\) does not broadcast to \(3,\)"):
        layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 2.0], name="n")(DATA)
    for axis in (4, -5, 0):
        with pytest.raises(ValueError, match="Normalization 'n': axis .* must name axes of known sizes"):
            layers.Normalization(axis=axis, name="n")(DATA)
    with pytest.raises(ValueError, match="Normalization 'n': mean and variance were given"):
        layers.Normalization(mean=1.0, variance=1.0, name="n").adapt(DATA)
    for nothing in ([], DATA[:0]):
        with pytest.raises(ValueError, match="Normalization 'n': there are no data to adapt to"):
            layers.Normalization(name="n").adapt(nothing)
    layer = layers.Normalization(name="n")
    layer.adapt(DATA)
    with pytest.raises(ValueError, match="Normalization 'n': data must have 4 axes, of sizes"):
        layer.adapt(DATA[..., :2])
    with pytest.raises(ValueError, match="Normalization 'n': expected an input with 4 axes"):
        layer(DATA[0])
