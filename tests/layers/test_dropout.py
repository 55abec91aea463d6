"""Dropout: random in training only, repeatable, the same elements backward as forward."""

import numpy as np
import pytest

import convolith
from convolith import layers, utils
from convolith.models import Sequential

ONES = np.ones((100, 100), "float32")


def test_outside_of_training_it_returns_its_input():
    layer = layers.Dropout(0.5)
    assert layer(ONES) is ONES
    assert layer(ONES, training=False) is ONES


def test_in_training_it_drops_the_rate_and_keeps_the_mean():
    result = layers.Dropout(0.3, seed=5)(ONES, training=True)
    dropped = result == 0
    np.testing.assert_array_equal(result[~dropped], np.float32(1) / np.float32(0.7))
    assert abs(dropped.mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / ONES.size)


def test_each_call_draws_anew_and_a_seed_repeats_the_series():
    layer, again = layers.Dropout(0.5, seed=5), layers.Dropout(0.5, seed=5)
    first, second = layer(ONES, training=True), layer(ONES, training=True)
    assert (first != second).any()
    np.testing.assert_array_equal(again(ONES, training=True), first)
    np.testing.assert_array_equal(again(ONES, training=True), second)


def test_the_global_seed_decides_where_there_is_none():
    results = []
    for seed in (1, 1, 2):
        utils.set_random_seed(seed)
        results.append(layers.Dropout(0.5)(ONES, training=True))
    np.testing.assert_array_equal(results[0], results[1])
    assert (results[0] != results[2]).any()


@pytest.mark.parametrize(("rate", "value"), [(0, 1), (1, 0)])
def test_the_ends_of_the_range(rate, value):
    np.testing.assert_array_equal(layers.Dropout(rate)(ONES, training=True), value * ONES)


def test_the_gradient_drops_the_same_elements():
    layer = layers.Dropout(0.5, seed=3)
    result, pullback = convolith.vjp(lambda x: layer(x, training=True), ONES)
    (gradient,) = pullback(ONES)
    np.testing.assert_array_equal(gradient, result)


def test_called_twice_in_one_model_it_draws_twice():
    dropout = layers.Dropout(0.5, seed=3)

    class Twice(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dropout = dropout

        def call(self, inputs, training=None):
            return self.dropout(inputs, training=training) - self.dropout(inputs, training=training)

    model = Sequential([layers.Input((100,)), Twice()])
    assert model(ONES, training=True).any()
    model.compile("sgd", loss="mse")
    assert model.train_on_batch(ONES, np.zeros_like(ONES)) > 0


def test_it_has_no_weights_but_a_state():
    layer = layers.Dropout(0.5)
    assert layer.weights == []
    assert [state.shape for state in layer.states] == [(2,)]
    assert layer.count_params() == 0


@pytest.mark.parametrize("rate", [-0.1, 1.5, "0.5", None, True])
def test_a_wrong_rate_is_named(rate):
    with pytest.raises(ValueError, match=r"Dropout 'd': rate must be a number in \[0, 1\]"):
        layers.Dropout(rate, name="d")


def test_wrong_seed_and_noise_shape_are_named():
    with pytest.raises(ValueError, match="Dropout 'd': seed must be None or an integer >= 0, got 1.5"):
        layers.Dropout(0.5, seed=1.5, name="d")
    with pytest.raises(ValueError, match="Dropout 'd': convolith does not have noise_shape yet"):
        layers.Dropout(0.5, noise_shape=(1, 2), name="d")


def test_the_configuration_makes_an_equal_layer():
    layer = layers.Dropout(0.25, seed=7, name="d")
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(ONES, training=True), layer(ONES, training=True))
