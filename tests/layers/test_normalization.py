"""Normalising layers: their weights, the moving averages, training and inference."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import initializers, layers, models, ops
from convolith.layers import BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization
from tests.bounds import assert_within, gamma, sum_bound
from tests.reference.conv import conv
from tests.reference.patches import extract_patches
from tests.running_error import Rounded, gradients

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


def normalized(x, axes, epsilon):
    """x less its mean over axes, over its deviation, and both moments, with their errors."""
    mean = x.mean(axes)
    centred = x - mean
    variance = (centred * centred).mean(axes)
    return centred / (variance + epsilon).sqrt(), mean, variance


def test_batch_normalization_moves_its_averages_and_uses_them_afterwards():
    layer = BatchNormalization(momentum=0.75)
    result, mean, variance = normalized(Rounded(X), (0, 1, 2), 1e-3)
    assert_within(layer(X, training=True), result.value, result.error)
    scale, beta, moving_mean, moving_variance = layer.get_weights()
    assert scale.tolist() == [1] * 6 and beta.tolist() == [0] * 6
    for moved, wanted in ((moving_mean, mean * 0.25), (moving_variance, variance * 0.25 + 0.75)):
        assert_within(moved, wanted.value[0, 0, 0], wanted.error[0, 0, 0])
    expected = (Rounded(X) - moving_mean) / (Rounded(moving_variance) + 1e-3).sqrt()
    assert_within(layer(X), expected.value, expected.error)
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
    assert shared.get_weights()[2].tolist() == [(0 * 0.5 + 1 * 0.5) * 0.5 + 3 * 0.5] * 6


@pytest.mark.torch
def test_the_same_training_as_torch(torch, generator):
    """Each of five steps, beside torch's from the same weights in float64; a formula carries the errors of float32."""
    first, batch = layers.Conv2D(8, 3, padding="same", use_bias=False), BatchNormalization(momentum=0.5, epsilon=1e-3)
    model = convolith.Sequential([layers.Input((4, 3, 6)), first, batch])
    first.set_weights([generator.normal(size=(3, 3, 6, 8)).astype(np.float32) / 8])
    model.compile(convolith.optimizers.SGD(0.125), "mse")
    target = generator.normal(size=(5, 4, 3, 8)).astype(np.float32)
    patches = extract_patches(X.astype(np.float64), (3, 3), (1, 1), (1, 1), (1, 1), X.shape[1:3]).reshape(-1, 54)
    theirs = torch.nn.BatchNorm1d(8, 1e-3, 0.5, dtype=torch.float64)
    for _ in range(5):
        leaves = [Rounded(weight) for weight in (first.get_weights()[0].reshape(54, 8), *batch.get_weights()[:2])]
        kernel = torch.from_numpy(leaves[0].value.copy()).requires_grad_()
        for parameter, leaf in zip(theirs.parameters(), leaves[1:], strict=True):
            parameter.data, parameter.grad = torch.from_numpy(leaf.value.copy()), None
        theirs.running_mean = torch.from_numpy(batch.moving_mean.numpy().astype(np.float64))
        expected = (
            (theirs(torch.from_numpy(patches) @ kernel) - torch.from_numpy(target.reshape(-1, 8))).square().mean()
        )
        expected.backward()
        formula, mean, _ = normalized(leaves[0].weighed(patches, 55), (0,), 1e-3)
        apart = formula * leaves[1] + leaves[2] - target.reshape(-1, 8).astype(np.float64)
        loss = (apart * apart).mean((0, 1))
        slopes = gradients(loss, np.ones((1, 1)), leaves)
        averages = mean * 0.5 + Rounded(batch.moving_mean.numpy()) * 0.5
        model.reset_metrics()
        assert_within(np.array(model.train_on_batch(X, target)), expected.detach().numpy(), loss.error[0, 0])
        parameters = [kernel, *theirs.parameters()]
        found = first.get_weights()[0].reshape(54, 8), *batch.get_weights()[:2]
        for ours, parameter, leaf, slope in zip(found, parameters, leaves, slopes, strict=True):
            exact = (parameter - 0.125 * parameter.grad).detach().numpy()
            assert_within(ours, exact, (leaf - slope * 0.125).error)
        assert_within(batch.moving_mean.numpy(), theirs.running_mean.numpy(), averages.error[0])


def test_the_parameters_of_layer_normalization_have_the_shape_of_its_axes():
    layer = LayerNormalization(axis=(1, 3))
    layer.build((None, 4, 3, 6))
    assert [weight.shape for weight in layer.weights] == [(4, 6), (4, 6)]
    both = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    layer.set_weights([both, both])
    exact = normalized(Rounded(X), (1, 3), 1e-3)[0] * both[:, None] + both[:, None]
    assert_within(layer(X), exact.value, exact.error)


def test_instance_normalization_is_group_normalization_with_every_channel_a_group():
    a, b = GroupNormalization(-1), GroupNormalization(6)
    np.testing.assert_array_equal(a(X), b(X))
    exact = normalized(Rounded(X), (1, 2), 1e-3)[0]
    assert_within(a(X), exact.value, exact.error)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (2, 1, 1, 3)), (1, (2, 3, 1)), (-1, (2, 3))])
@pytest.mark.parametrize("groups", [-1, 3])
def test_channels_of_one_element_become_beta(axis, shape, groups):
    """As in Keras; the operation refuses them, as torch's does."""
    layer = GroupNormalization(groups, axis, beta_initializer=initializers.Constant(0.5))
    result = layer(np.random.default_rng(0).normal(size=shape).astype(np.float32))
    np.testing.assert_array_equal(result, np.full(shape, 0.5, np.float32), strict=True)


def test_a_batch_of_one_value_a_channel_becomes_beta():
    """In training, as in Keras, such as the last of an epoch's batches; the operation refuses it, as torch's does."""
    layer = layers.BatchNormalization(beta_initializer=initializers.Constant(0.5))
    model = models.Sequential([layers.Input((3,)), layer])
    model.compile(loss="mse")
    row = np.array([[1, -2, 3]], np.float32)
    np.testing.assert_array_equal(layer(row, training=True), np.full((1, 3), 0.5, np.float32), strict=True)
    np.testing.assert_array_equal(model(row, training=True), np.full((1, 3), 0.5, np.float32), strict=True)
    assert model.train_on_batch(row, np.full((1, 3), 0.5)) == 0


def convolved(kernel, bias):
    """X convolved in float64 with a kernel that has an error, and the bound of float32: 54 products and the bias."""
    images, wide = X.astype(np.float64), kernel.value
    exact, magnitudes = conv(images, wide) + bias, conv(abs(images), abs(wide) + kernel.error) + abs(bias)
    return exact, sum_bound(55, magnitudes, largest=10) + conv(abs(images), kernel.error)


def test_weight_normalization_changes_nothing_at_first_and_separates_length_from_direction():
    inner = layers.Conv2D(4, 3)
    inner.build(X.shape)
    layer, kernel, bias = layers.WeightNormalization(inner), Rounded(inner.kernel.numpy()), inner.bias.numpy()
    length = (kernel * kernel).sum((0, 1, 2)).sqrt()  # which is g
    same = kernel / length * length
    assert_within(layer(X), *convolved(Rounded(kernel.value, same.error), bias))
    assert [weight.name for weight in layer.weights] == ["g", "kernel", "bias"]
    layer.g.assign(2 * layer.g.numpy())
    assert_within(layer(X), *convolved(Rounded(2 * kernel.value, 2 * same.error), bias))
    inner.kernel.assign(inner.kernel.numpy() * 8)  # its length no longer counts
    assert_within(layer(X), *convolved(Rounded(2 * kernel.value, 2 * same.error), bias))


def test_spectral_normalization_finds_the_greatest_singular_value(generator):
    """Each of 200 iterations brings the vectors nearer by the square of the ratio of the two greatest ones.

    What they lie apart counts with its square in sigma = v K u, which is rounded 6 + 5 times; v and u are of length 1
    but for their squares' sums and a root.
    """
    inner = layers.Dense(5, use_bias=False)
    layer = layers.SpectralNormalization(inner, power_iterations=20)
    layer.build(X.shape)
    inner.kernel.assign(generator.normal(size=(6, 5)))
    for _ in range(10):
        layer(X, training=True)
    kernel = inner.kernel.numpy().astype(np.float64)
    left, (sigma, other, *_), right = np.linalg.svd(kernel)
    assert (other / sigma) ** 400 < 1e-12
    of_sigma = gamma(11 + 2) * (abs(left[:, 0]) @ abs(kernel) @ abs(right[0])) / sigma + 2 * gamma(6 + 4)
    bound = (1.01 * of_sigma + gamma(6 + 4)) * (abs(X.astype(np.float64)) @ abs(kernel)) / sigma
    assert_within(layer(X), X @ (kernel / sigma), bound)


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


def test_batch_renormalisation_is_refused():
    with pytest.raises(ValueError, match="convolith does not have renorm yet, it must be False, got True"):
        layers.BatchNormalization(renorm=True)
