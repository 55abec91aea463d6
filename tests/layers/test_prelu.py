"""PReLU: one slope below 0 an element, or one for all elements along shared axes."""

import numpy as np
import pytest

import convolith
from convolith import layers
from convolith.models import Sequential
from tests.bounds import assert_within, sum_bound


def where(x, alpha):
    return np.where(x > 0, x, alpha * x)


@pytest.mark.parametrize(
    ("shared_axes", "shape"), [(None, (3, 4, 5)), ([1, 2], (1, 1, 5)), (3, (3, 4, 1)), ((1, 2, 3), (1, 1, 1))]
)
def test_values_and_the_shape_of_alpha(generator, shared_axes, shape):
    x = generator.normal(size=(2, 3, 4, 5)).astype("float32")
    layer = layers.PReLU(shared_axes=shared_axes)
    np.testing.assert_array_equal(layer(x), np.maximum(x, 0))  # alpha starts at 0
    assert layer.alpha.shape == shape and layer.alpha.trainable and layer.weights == [layer.alpha]
    alpha = generator.normal(size=shape).astype("float32")
    layer.set_weights([alpha])
    np.testing.assert_array_equal(layer(x), where(x, alpha))


def test_gradients_by_the_inputs_and_by_alpha(generator):
    x, upstream = generator.normal(size=(2, 2, 3, 4, 5))
    alpha = generator.normal(size=(1, 1, 5))
    _, pullback = convolith.vjp(convolith.ops.prelu, x, alpha)
    by_x, by_alpha = pullback(upstream)
    np.testing.assert_array_equal(by_x, upstream * np.where(x > 0, 1, alpha))
    shares = upstream * np.minimum(x, 0)
    negative, size = (share.sum(axis=(0, 1, 2)).reshape(1, 1, 5) for share in (shares, abs(shares)))
    assert_within(by_alpha, negative, 2 * sum_bound(24, size, np.float64, 2.0**4))


def test_it_learns_its_slopes(generator):
    model = Sequential([layers.Input((4,)), layers.PReLU()])
    model.compile("sgd", loss="mse")
    x = generator.normal(size=(64, 4)).astype("float32")
    slopes = np.array([0.5, -0.5, 0.25, 0], "float32")
    first = model.train_on_batch(x, where(x, slopes))
    for _ in range(20):
        last = model.train_on_batch(x, where(x, slopes))
    assert last < first


def test_the_input_after_the_first_must_fit():
    layer = layers.PReLU(shared_axes=[1], name="p")
    layer(np.ones((2, 3, 4), "float32"))
    layer(np.ones((2, 9, 4), "float32"))
    with pytest.raises(ValueError, match="PReLU 'p'"):
        layer(np.ones((2, 3, 5), "float32"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.PReLU(shared_axes=0, name="p"), "PReLU 'p': shared_axes must be None or integers >= 1, got 0"),
        (lambda: layers.PReLU(shared_axes="1", name="p"), "'p': shared_axes must be None or integers >= 1, got '1'"),
        (lambda: layers.PReLU(shared_axes=[1.5], name="p"), r"'p': shared_axes must be None or .*, got \[1.5\]"),
        (lambda: layers.PReLU(alpha_regularizer="x"), "unknown regularizer 'x'"),
        (lambda: layers.PReLU(alpha_constraint="x"), "unknown constraint 'x'"),
        (
            lambda: layers.PReLU(shared_axes=[2], name="p").build((None, 3)),
            r"shared_axes must be axes of the input, of shape \(None, 3\), got \[2\]",
        ),
        (lambda: layers.PReLU(name="p").build((None, None, 3)), r"known sizes but on shared_axes, got shape \(None, N"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_configuration_makes_an_equal_layer():
    layer = layers.PReLU(alpha_initializer="he_normal", shared_axes=(1, 2), name="p")
    again = layers.deserialize(layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    assert again.get_config()["shared_axes"] == [1, 2]
