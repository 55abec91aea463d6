"""Pooling layers: every argument of Keras's; values by the oracle."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import layers, models, ops
from tests.bounds import assert_within, gamma, sum_bound
from tests.reference import lp_pool as lp_reference
from tests.reference import pool as reference
from tests.reference.window import moving

KINDS = {layers.MaxPooling2D: reference.max_pool, layers.AveragePooling2D: reference.average_pool}
RANKS = {
    1: (layers.MaxPooling1D, layers.AveragePooling1D),
    2: (layers.MaxPooling2D, layers.AveragePooling2D, layers.MinPooling2D, layers.LpPooling2D),
    3: (layers.MaxPooling3D, layers.AveragePooling3D),
}
every_kind = pytest.mark.parametrize(
    ("kind", "rank"), [pytest.param(kind, rank, id=kind.__name__) for rank, kinds in RANKS.items() for kind in kinds]
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("arguments", "oracle", "shape"),
    [
        ({}, ((2, 2), (2, 2), ((0, 0), (0, 0))), (2, 3, 4, 3)),
        ({"pool_size": 3}, ((3, 3), (3, 3), ((0, 0), (0, 0))), (2, 2, 3, 3)),
        ({"pool_size": (3, 2), "strides": 1}, ((3, 2), (1, 1), ((0, 0), (0, 0))), (2, 5, 8, 3)),
        ({"pool_size": 3, "strides": 2, "padding": "SAME"}, ((3, 3), (2, 2), ((1, 1), (1, 1))), (2, 4, 5, 3)),
        ({"padding": ((0, 1), (1, 0))}, ((2, 2), (2, 2), ((0, 1), (1, 0))), (2, 4, 5, 3)),
        ({"strides": 3, "dilation_rate": 3}, ((2, 2), (3, 3), None, (3, 3)), (2, 2, 2, 3)),
        ({"ceil_mode": True}, ((2, 2), (2, 2), None, None, True), (2, 4, 5, 3)),
    ],
)
def test_each_argument_means_what_it_does_in_keras(generator, kind, arguments, oracle, shape):
    x = generator.normal(size=(2, 7, 9, 3)).astype("float32")
    keyword = {"count_include_pad": False} if kind is layers.AveragePooling2D else {}
    layer = kind(**arguments, **keyword)
    result = layer(x)
    assert result.shape == shape == layer.compute_output_shape((2, 7, 9, 3))
    axes = moving(x.shape, *oracle)
    bound = sum_bound(9, KINDS[kind](abs(x.astype(np.float64)), axes)) if kind is layers.AveragePooling2D else 0
    assert_within(result, KINDS[kind](x.astype(np.float64), axes), bound)


def test_the_other_kinds_and_ranks(generator):
    x = generator.normal(size=(2, 5, 4, 6, 2)).astype("float32")
    axes = moving(x.shape, (2, 2, 2), (2, 2, 2))
    np.testing.assert_array_equal(layers.MaxPooling3D()(x), reference.max_pool(x, axes))
    magnitudes = reference.average_pool(abs(x.astype(np.float64)), axes)
    exact = reference.average_pool(x.astype(np.float64), axes)
    assert_within(layers.AveragePooling3D()(x), exact, sum_bound(9, magnitudes))
    steps = x[:, :, 0, 0]
    axes = moving(steps.shape, (3,), (1,))
    np.testing.assert_array_equal(layers.MaxPooling1D(3, 1)(steps), reference.max_pool(steps, axes))
    exact, magnitudes = (reference.average_pool(one, axes) for one in (steps.astype(float), abs(steps.astype(float))))
    assert_within(layers.AveragePooling1D(3, 1)(steps), exact, sum_bound(4, magnitudes))
    images = x[:, :, :, 0]
    axes = moving(images.shape, (2, 2), (2, 2))
    np.testing.assert_array_equal(layers.MinPooling2D()(images), -reference.max_pool(-images, axes))
    # A cube's two products, the sum of four magnitudes, and a power, of which a third of the error before it is left.
    exact = lp_reference.lp_pool(images.astype(float), axes, 3)
    assert_within(layers.LpPooling2D(norm_type=3)(images), exact, gamma(2 + 4 + 16) * exact)


def test_explicit_padding_counts_in_the_mean_unless_told_otherwise():
    x = np.ones((1, 2, 2, 1), "float32")
    padding = ((1, 1), (1, 1))
    assert layers.AveragePooling2D(2, padding=padding)(x).ravel().tolist() == [0.25] * 4
    assert layers.AveragePooling2D(2, padding=padding, count_include_pad=False)(x).ravel().tolist() == [1, 1, 1, 1]


@every_kind
def test_channels_first(generator, kind, rank):
    x = generator.normal(size=(2, 4, 6, 5)[: rank + 1] + (3,)).astype("float32")
    result = kind(data_format="channels_first")(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(np.moveaxis(result, 1, -1), kind()(x))


def test_aliases():
    for rank in RANKS:
        assert getattr(layers, f"MaxPool{rank}D") is getattr(layers, f"MaxPooling{rank}D")
        assert getattr(layers, f"AvgPool{rank}D") is getattr(layers, f"AveragePooling{rank}D")


@every_kind
def test_a_wrong_argument_is_named(kind, rank):
    several = "a tuple of one" if rank == 1 else f"{rank} of them"
    for arguments, message in (
        ({"pool_size": 0}, f"'p': pool_size must be an integer >= 1 or {several}, got 0"),
        ({"strides": (1, 2, 3, 4)}, f"'p': strides must be an integer >= 1 or {several}"),
        ({"padding": "full"}, f"'p': padding must be 'valid', 'same' or {rank} pairs"),
        ({"data_format": "HWC"}, "'p': data_format must be"),
        ({"dilation_rate": 0.5}, f"'p': dilation_rate must be an integer >= 1 or {several}"),
        ({"stride": 2}, "'p': unknown keyword arguments"),
    ):
        with pytest.raises(ValueError, match=message):
            kind(name="p", **arguments)


def test_a_wrong_norm_is_named():
    with pytest.raises(ValueError, match="norm_type must be a finite number of at least 1, got 0"):
        layers.LpPooling2D(norm_type=0)(np.ones((1, 2, 2, 1)))


@every_kind
def test_an_input_that_does_not_fit_is_named(kind, rank):
    with pytest.raises(ValueError, match=rf"'p': expected an input with {rank + 2} axes, got shape \(2, 4\)"):
        kind(name="p")(np.zeros((2, 4), "float32"))
    with pytest.raises(ValueError, match=f"{kind.__name__} 'p': .*pool"):
        kind(3, name="p")(np.zeros((2,) * (rank + 1) + (1,), "float32"))


@every_kind
def test_the_configuration_makes_an_equal_layer(kind, rank):
    options = {layers.LpPooling2D: {"norm_type": 3}, layers.AveragePooling2D: {"count_include_pad": False}}
    layer = kind(3, 2, ((1, 0),) * rank, name="p", dilation_rate=2, ceil_mode=True, **options.get(kind, {}))
    copy = layers.deserialize(layers.serialize(layer))
    assert type(copy) is kind and copy.get_config() == layer.get_config()
    assert layer.get_config()["dilation_rate"] == (2,) * rank and layer.get_config()["ceil_mode"] is True
    x = np.random.default_rng(1).normal(size=(1, *(8,) * rank, 2))
    np.testing.assert_array_equal(copy(x), layer(x))


def test_a_model_of_poolings_forward_and_backward(generator):
    inputs = layers.Input((8, 12, 4))
    hidden = layers.MaxPooling2D(3, 2, "same")(inputs)
    hidden = layers.AveragePooling2D((1, 2))(layers.MinPooling2D(2, 1)(hidden))
    outputs = layers.GlobalConcatPooling2D()(layers.AdaptiveAveragePooling2D(2)(hidden))
    model = models.Model(inputs, outputs)
    assert model.output_shape == (None, 8)
    x = generator.normal(size=(5, 8, 12, 4)).astype("float32")
    result, pullback = convolith.vjp(model, x)
    np.testing.assert_array_equal(model.predict(x, batch_size=2, verbose=0), result)
    (gradient,) = pullback(np.ones((5, 8), "float32"))
    # Each of the eight results is a mean or one of some pixels, of weights that sum to 1, none of them negative. Three
    # means on the way divide by a few numbers, and the up to nine windows of a pixel are summed.
    total = gradient.astype(np.float64).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(total, np.full(5, 8.0), rtol=gamma(3 * (2 + 9)))


def test_a_model_that_unpools_learns(generator):
    class There(layers.Layer):
        def call(self, inputs):
            values, indices = ops.max_pool_with_indices(inputs, 2)
            return ops.max_unpool(ops.relu(values), indices, 2)

    x = generator.normal(size=(6, 4, 6, 2)).astype("float32")
    inputs = layers.Input((4, 6, 2))
    outputs = layers.Conv2D(2, 1)(There()(layers.Conv2D(3, 1)(inputs)))
    model = models.Model(inputs, outputs)
    np.testing.assert_array_equal(model.predict(x, batch_size=4, verbose=0), model(x))
    model.compile("sgd", "mse")
    losses = model.fit(x, x, batch_size=3, epochs=4, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("wrong", ["no", 1, None, np.ones(2)])
def test_switches_are_true_or_false(wrong):
    for kind, argument in (
        (layers.MaxPooling1D, "ceil_mode"),
        (layers.AveragePooling2D, "count_include_pad"),
        (layers.GlobalMaxPooling2D, "keepdims"),
        (layers.GlobalConcatPooling2D, "keepdims"),
    ):
        with pytest.raises(TypeError, match=f"^{kind.__name__} 'p': {argument} must be True or False, got"):
            kind(name="p", **{argument: wrong})
