"""Gaussian noise: its size, random in training only, repeatable, the same numbers backward as forward."""

import numpy as np
import pytest

import convolith
from convolith import layers
from convolith.models import Sequential

X = np.full((200, 500), 3, "float32")
LAYERS = [lambda: layers.GaussianNoise(0.25, seed=5), lambda: layers.GaussianDropout(0.2, seed=5)]


def within(values, mean, stddev):
    """Five standard errors of the mean and of the deviation of as many normal numbers."""
    assert abs(values.mean(dtype=np.float64) - mean) < 5 * stddev / np.sqrt(values.size)
    assert abs(values.std(dtype=np.float64) - stddev) < 5 * stddev / np.sqrt(2 * values.size)


def test_noise_is_added():
    within(layers.GaussianNoise(0.25, seed=5)(X, training=True) - X, 0, 0.25)


def test_gaussian_dropout_multiplies():
    within(layers.GaussianDropout(0.2, seed=5)(X, training=True) / X, 1, 0.5)  # sqrt(0.2 / 0.8)


@pytest.mark.parametrize("make", LAYERS)
def test_random_in_training_only_and_repeatable(make):
    layer, again = make(), layers.deserialize(layers.serialize(make()))
    assert again.get_config() == {**layer.get_config(), "name": again.name}
    assert layer(X) is X and layer(X, training=False) is X
    first, second = layer(X, training=True), layer(X, training=True)
    assert first.dtype == np.float32 and (first != second).mean() > 0.99
    np.testing.assert_array_equal(again(X, training=True), first)
    np.testing.assert_array_equal(again(X, training=True), second)
    assert layer(X.astype(np.float64), training=True).dtype == np.float64
    assert layer.weights == [] and len(layer.states) == 1


@pytest.mark.parametrize("make", [lambda: layers.GaussianNoise(0), lambda: layers.GaussianDropout(0)])
def test_none_of_it_changes_nothing(make):
    assert make()(X, training=True) is X


@pytest.mark.parametrize("make", LAYERS)
def test_the_gradient_is_by_the_same_numbers(make):
    layer, again = make(), make()
    result, pullback = convolith.vjp(lambda x: layer(x, training=True), X)
    (gradient,) = pullback(X)
    np.testing.assert_array_equal(again(X, training=True), result)
    if isinstance(layer, layers.GaussianDropout):
        np.testing.assert_array_equal(gradient, result)  # linear, and the upstream is X
    else:
        np.testing.assert_array_equal(gradient, X)


@pytest.mark.parametrize("make", LAYERS)
def test_each_step_of_training_draws_anew_whatever_the_threads(make, threads):
    losses = []
    for number in (1, 2):
        threads(number)
        model = Sequential([layers.Input((500,)), make()])
        model.compile("sgd", loss="mse")
        losses.append([float(model.train_on_batch(X, X)) for _ in range(3)])
    assert losses[0] == losses[1] and len(set(losses[0])) == 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: layers.GaussianNoise(-0.1, name="n"),
            r"'n': stddev must be a number in \[0, 1\], got -0",
        ),
        (
            lambda: layers.GaussianNoise(1.1, name="n"),
            r"'n': stddev must be a number in \[0, 1\], got 1.1",
        ),
        (lambda: layers.GaussianNoise(0.1, seed=-1, name="n"), "'n': seed must be None or an integer >= 0, got -1"),
        (lambda: layers.GaussianDropout(1, name="d"), r"GaussianDropout 'd': rate must be a number in \[0, 1\), got 1"),
        (lambda: layers.GaussianDropout("a", name="d"), r"'d': rate must be a number in \[0, 1\), got 'a'"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
