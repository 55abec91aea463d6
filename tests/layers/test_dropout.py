"""Dropout: random in training only, repeatable, the same elements backward as forward."""

import numpy as np
import pytest

import convolith
from convolith import layers, utils
from convolith.models import Sequential
from tests.bounds import assert_within
from tests.running_error import Rounded

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
    for layer in (layers.Dropout, layers.AlphaDropout):
        for shape in ("ab", 3, (1, 0), (1, 2.5), (True, 1)):
            with pytest.raises(ValueError, match="'d': noise_shape must be None or of integers >= 1 and None, got"):
                layer(0.5, noise_shape=shape, name="d")
        with pytest.raises(ValueError, match="'d': .*noise_shape must have 1, None or the size of inputs"):
            layer(0.5, noise_shape=(1, 2), name="d")(ONES, training=True)


def test_the_configuration_makes_an_equal_layer():
    layer = layers.Dropout(0.25, seed=7, name="d")
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(ONES, training=True), layer(ONES, training=True))


def test_a_noise_shape_drops_rows_together():
    result = layers.Dropout(0.5, noise_shape=(None, 1), seed=1)(ONES, training=True)
    assert (result == result[:, :1]).all() and set(result[:, 0].tolist()) == {0, 2}


SPATIAL = [
    (layers.SpatialDropout1D, (40, 5, 50), {}, (1,)),
    (layers.SpatialDropout2D, (40, 3, 5, 50), {}, (1, 2)),
    (layers.SpatialDropout2D, (40, 50, 3, 5), {"data_format": "channels_first"}, (2, 3)),
    (layers.SpatialDropout3D, (40, 2, 3, 2, 50), {}, (1, 2, 3)),
    (layers.SpatialDropout3D, (40, 50, 2, 3, 2), {"data_format": "channels_first"}, (2, 3, 4)),
]


@pytest.mark.parametrize(("kind", "shape", "arguments", "spatial"), SPATIAL)
def test_spatial_dropout_drops_whole_channels(kind, shape, arguments, spatial):
    x, layer = np.ones(shape, "float32"), kind(0.3, seed=5, **arguments)
    assert layer(x) is x
    result = layer(x, training=True)
    assert (result == result.max(axis=spatial, keepdims=True)).all()
    dropped = result.max(axis=spatial) == 0
    assert dropped.shape == (40, 50)
    assert abs(dropped.mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / dropped.size)
    np.testing.assert_array_equal(np.unique(result), np.array([0, 1 / 0.7], "float32"))
    assert (result != layer(x, training=True)).any()
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(x, training=True), result)


def test_spatial_dropout_in_a_model_of_unknown_batch_size():
    model = Sequential([layers.Input((3, 3, 8)), layers.SpatialDropout2D(0.5, seed=1)])
    model.compile("sgd", loss="mse")
    for batch in (4, 2):
        result = model(np.ones((batch, 3, 3, 8), "float32"), training=True)
        assert (result == result[:, :1, :1]).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.SpatialDropout1D(0.5, name="s")(ONES), "SpatialDropout1D 's'"),
        (lambda: layers.SpatialDropout2D(0.5, "first", name="s"), "SpatialDropout2D 's': data_format must be"),
        (lambda: layers.SpatialDropout3D(1.5, name="s"), r"SpatialDropout3D 's': rate must be a number in \[0, 1\]"),
        (lambda: layers.AlphaDropout(1, name="a"), r"AlphaDropout 'a': rate must be a number in \[0, 1\), got 1"),
        (lambda: layers.AlphaDropout(True, name="a"), r"AlphaDropout 'a': rate must be a number in \[0, 1\), got True"),
    ],
)
def test_a_wrong_argument_of_the_other_forms_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(generator, rate):
    x = generator.normal(size=(200, 500)).astype("float32")
    layer = layers.AlphaDropout(rate, seed=5)
    assert layer(x) is x
    result = layer(x, training=True)
    # Five standard errors; the fourth moment of the result is below 3 + 1.76^4.
    assert abs(result.mean() - x.mean()) < 5 / np.sqrt(x.size)
    assert abs(result.var() - x.var()) < 5 * np.sqrt(13 / x.size)
    scale = (1 - rate + rate * (1 - rate) * 1.7580993408473766**2) ** -0.5
    limit = -1.7580993408473766 * scale * (1 - rate)  # of what is dropped, with the same rounding
    dropped = result == np.float32(limit)
    assert abs(dropped.mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / x.size)
    # The limit is taken off, what is left brought to the rate and to the scale, and some of the limit is put back.
    kept = (Rounded(x[~dropped]) + 1.7580993408473766) / (1 - rate) * (scale * (1 - rate)) + limit
    assert_within(result[~dropped], scale * x[~dropped].astype(float) - limit * rate / (1 - rate), kept.error)


def test_alpha_dropout_passes_gradients_where_it_keeps():
    layer = layers.AlphaDropout(0.5, noise_shape=(None, 1), seed=3)
    result, pullback = convolith.vjp(lambda x: layer(x, training=True), ONES)
    assert (result == result[:, :1]).all()
    (gradient,) = pullback(ONES)
    np.testing.assert_array_equal(gradient == 0, result == result.min())
    again = layers.deserialize(layers.serialize(layers.AlphaDropout(0.5, noise_shape=(None, 1), seed=3)))
    np.testing.assert_array_equal(again(ONES, training=True), result)
