"""Normalising layers: their weights, the moving averages, training and inference."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import initializers, layers, ops
from convolith.layers import BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization
from tests.reference import normalization as reference

X = np.random.default_rng(2).normal(3, 2, (5, 4, 3, 6)).astype(np.float32)
EVERY = [
    BatchNormalization(axis=1, momentum=0.9, center=False),
    LayerNormalization([1, -1], scale=False),
    GroupNormalization(3, axis=-1),
    GroupNormalization(-1),
    RMSNormalization((2, 3)),
    layers.UnitNormalization(1),
    layers.LocalResponseNormalization(size=3),
    layers.WeightNormalization(layers.Dense(2)),
    layers.SpectralNormalization(layers.Conv2D(2, 3), power_iterations=2),
]


def test_batch_normalization_moves_its_averages_and_uses_them_afterwards():
    layer = BatchNormalization(momentum=0.75)
    zeros, ones = np.zeros(X.shape), np.ones(X.shape)
    exact, mean, variance = reference.normalize(X.astype(np.float64), (0, 1, 2), ones, zeros, 1e-3)
    np.testing.assert_allclose(layer(X, training=True), exact, rtol=1e-5, atol=1e-5)
    gamma, beta, moving_mean, moving_variance = layer.get_weights()
    assert gamma.tolist() == [1] * 6 and beta.tolist() == [0] * 6
    np.testing.assert_allclose(moving_mean, 0.25 * mean[0, 0, 0], rtol=1e-5)
    np.testing.assert_allclose(moving_variance, 0.75 + 0.25 * variance[0, 0, 0], rtol=1e-5)
    expected = (X - moving_mean) / np.sqrt(moving_variance + 1e-3)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(layer.get_weights()[2], moving_mean)


def test_frozen_it_is_in_inference_mode_in_training_too():
    layer = BatchNormalization(trainable=False)
    np.testing.assert_array_equal(layer(X, training=True), layer(X))
    assert layer.get_weights()[2].tolist() == [0] * 6
    assert not layer.trainable_weights and len(layer.non_trainable_weights) == 4


def test_a_layer_that_is_called_twice_moves_its_averages_twice():
    shared = BatchNormalization(momentum=0.5)
    inputs = [convolith.Input((6,)), convolith.Input((6,))]
    model = convolith.Model(inputs, ops.add(shared(inputs[0]), shared(inputs[1])))
    model.compile("sgd", "mse")
    first, second = np.ones((4, 6), np.float32), np.full((4, 6), 3, np.float32)
    model.train_on_batch([first, second], np.zeros((4, 6), np.float32))
    np.testing.assert_allclose(shared.get_weights()[2], (0 * 0.5 + 1 * 0.5) * 0.5 + 3 * 0.5)


def test_the_same_training_as_torch():
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(5)
    kernel = generator.normal(size=(3, 3, 6, 8)).astype(np.float32) / 8
    model = convolith.Sequential(
        [layers.Input((4, 3, 6)), layers.Conv2D(8, 3, padding="same", use_bias=False), BatchNormalization(epsilon=1e-5)]
    )
    model.layers[0].set_weights([kernel])
    model.compile(convolith.optimizers.SGD(0.1), "mse")
    target = generator.normal(size=(5, 4, 3, 8)).astype(np.float32)
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(6, 8, 3, padding=1, bias=False), torch.nn.BatchNorm2d(8, momentum=0.01)
    )
    theirs[0].weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
    optimizer = torch.optim.SGD(theirs.parameters(), 0.1)
    for _ in range(5):
        model.reset_metrics()
        loss = model.train_on_batch(X, target)
        optimizer.zero_grad()
        result = theirs(torch.from_numpy(X.transpose(0, 3, 1, 2).copy()))
        expected = torch.nn.functional.mse_loss(result, torch.from_numpy(target.transpose(0, 3, 1, 2).copy()))
        expected.backward()
        optimizer.step()
        np.testing.assert_allclose(loss, expected.item(), rtol=1e-5)
    gamma, beta, mean, _ = model.layers[1].get_weights()
    np.testing.assert_allclose(gamma, theirs[1].weight.detach().numpy(), rtol=1e-4)
    np.testing.assert_allclose(beta, theirs[1].bias.detach().numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(mean, theirs[1].running_mean.numpy(), rtol=1e-4, atol=1e-6)


def test_the_parameters_of_layer_normalization_have_the_shape_of_its_axes():
    layer = LayerNormalization(axis=(1, 3))
    layer.build((None, 4, 3, 6))
    assert [weight.shape for weight in layer.weights] == [(4, 6), (4, 6)]
    gamma = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    layer.set_weights([gamma, gamma])
    wide = np.broadcast_to(gamma[:, None], X.shape).astype(np.float64)
    exact = reference.normalize(X.astype(np.float64), (1, 3), wide, wide, 1e-3)[0]
    np.testing.assert_allclose(layer(X), exact, rtol=1e-4, atol=1e-4)


def test_instance_normalization_is_group_normalization_with_every_channel_a_group():
    a, b = GroupNormalization(-1), GroupNormalization(6)
    np.testing.assert_array_equal(a(X), b(X))
    np.testing.assert_allclose(a(X), ops.group_normalization(X, 6), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (2, 1, 1, 3)), (1, (2, 3, 1)), (-1, (2, 3))])
@pytest.mark.parametrize("groups", [-1, 3])
def test_channels_of_one_element_become_beta(axis, shape, groups):
    """As in Keras; the operation refuses them, as torch's does."""
    layer = GroupNormalization(groups, axis, beta_initializer=initializers.Constant(0.5))
    result = layer(np.random.default_rng(0).normal(size=shape).astype(np.float32))
    np.testing.assert_array_equal(result, np.full(shape, 0.5, np.float32), strict=True)


def test_weight_normalization_changes_nothing_at_first_and_separates_length_from_direction():
    inner = layers.Conv2D(4, 3)
    expected = inner(X)
    layer = layers.WeightNormalization(inner)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-5)
    assert [weight.name for weight in layer.weights] == ["g", "kernel", "bias"]
    layer.g.assign(2 * layer.g.numpy())
    np.testing.assert_allclose(layer(X) - inner.bias.numpy(), 2 * (expected - inner.bias.numpy()), rtol=1e-4, atol=1e-4)
    inner.kernel.assign(inner.kernel.numpy() * 7)  # its length no longer counts
    np.testing.assert_allclose(layer(X) - inner.bias.numpy(), 2 * (expected - inner.bias.numpy()), rtol=1e-4, atol=1e-4)


def test_spectral_normalization_finds_the_greatest_singular_value():
    inner = layers.Dense(5, use_bias=False)
    layer = layers.SpectralNormalization(inner, power_iterations=20)
    for _ in range(10):
        layer(X, training=True)
    sigma = np.linalg.svd(inner.kernel.numpy(), compute_uv=False)[0]
    np.testing.assert_allclose(layer(X), X @ (inner.kernel.numpy() / sigma), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("layer", EVERY, ids=lambda layer: layer.name)
def test_the_configuration_makes_an_equal_layer(layer):
    copy = layers.deserialize(layers.serialize(layer))
    assert copy.get_config() == layer.get_config()
    assert copy(X).shape == layer(X).shape


@pytest.mark.parametrize("layer", EVERY, ids=lambda layer: layer.name)
def test_each_layer_trains_in_a_model(layer):
    layer = layers.deserialize(layers.serialize(layer))
    model = convolith.Sequential([layers.Input(X.shape[1:]), layer, layers.Flatten(), layers.Dense(1)])
    model.compile(convolith.optimizers.SGD(1e-3), "mse")
    before = [weight.copy() for weight in model.get_weights()]
    losses = [model.train_on_batch(X, np.ones((5, 1), np.float32)) for _ in range(8)]
    assert losses[-1] < losses[0]
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert all(changed[: len(layer.weights)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchNormalization(axis=1.5, name="b"), "BatchNormalization 'b': axis must be an integer, got 1.5"),
        (lambda: BatchNormalization(momentum=2, name="b"), "'b': momentum must be a number in .0, 1., got 2"),
        (lambda: BatchNormalization(epsilon=0, name="b"), "'b': epsilon must be a number above 0, got 0"),
        (lambda: BatchNormalization(axis=9, name="b")(X), "'b': expected an input with at least two axes and axis 9"),
        (lambda: BatchNormalization(name="b").build((None, None)), "known axis -1"),
        (lambda: LayerNormalization(axis=[1.5], name="l"), "LayerNormalization 'l': axis must be an integer, got 1.5"),
        (lambda: LayerNormalization(axis=5, name="l")(X), "'l': expected an input with a known axis 5"),
        (lambda: RMSNormalization(axis=5, name="r")(X), "'r': expected an input with a known axis 5"),
        (lambda: GroupNormalization(4, name="g")(X), "'g': groups must divide the 6 channels of the input, got 4"),
        (lambda: GroupNormalization(0, name="g"), "'g': groups must be an integer >= 1, got 0"),
        (
            lambda: GroupNormalization(axis=0, name="g")(X),
            "'g': expected an input with a known axis 0 behind the batch",
        ),
        (lambda: layers.LocalResponseNormalization(size=0, name="r"), "'r': size must be an integer >= 1, got 0"),
        (lambda: layers.WeightNormalization(3, name="w"), "'w': layer must be a layer, got 3"),
        (lambda: layers.WeightNormalization(layers.Flatten(name="f"))(X), "must have a kernel .* Flatten 'f' has not"),
        (lambda: layers.SpectralNormalization(layers.Dense(1), 0), "power_iterations must be an integer >= 1, got 0"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
