"""learning_rate_multiplier: a weight's own learning rate, in every optimizer, in models and their files."""

import numpy as np
import pytest

from convolith import layers, models, optimizers, utils
from convolith.graph.tensor import Variable

MAKE = {
    "SGD": lambda rate, **more: optimizers.SGD(rate, momentum=0.9, nesterov=True, **more),
    "Adam": optimizers.Adam,
    "AdamW": optimizers.AdamW,
    "Adamax": optimizers.Adamax,
    "Nadam": optimizers.Nadam,
    "RMSprop": optimizers.RMSprop,
    "Adagrad": optimizers.Adagrad,
    "Adadelta": optimizers.Adadelta,
    "Lion": optimizers.Lion,
    "Ftrl": optimizers.Ftrl,
    "Lamb": optimizers.Lamb,
    "Adafactor": optimizers.Adafactor,
    "Muon": optimizers.Muon,
    "ScheduleFreeAdamW": optimizers.ScheduleFreeAdamW,
}


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_a_weight_moves_as_with_an_optimizer_of_that_learning_rate(generator, name, decay):
    starts = [generator.normal(size=(3, 2)) for _ in range(3)]
    steps = [[generator.normal(size=(3, 2)) for _ in range(3)] for _ in range(4)]
    weights = [Variable(start) for start in starts]
    multipliers = (1.0, 0.25, 0.5 if name == "Ftrl" else 0.0)  # Ftrl divides by the learning rate
    for weight, multiplier in zip(weights, multipliers, strict=True):
        weight.learning_rate_multiplier = multiplier
    together = MAKE[name](0.02, weight_decay=decay)
    for gradients in steps:
        together.apply(gradients, weights)
    for place, (start, multiplier) in enumerate(zip(starts, multipliers, strict=True)):
        alone, weight = MAKE[name](0.02 * multiplier, weight_decay=decay), Variable(start)
        for gradients in steps:
            alone.apply([gradients[place]], [weight])
        np.testing.assert_allclose(weights[place].numpy(), weight.numpy(), rtol=1e-12)


@pytest.fixture
def trained(generator):
    """A model of two layers, and a function that trains it for one step and tells how far each has gone."""
    utils.set_random_seed(2)
    model = models.Sequential([layers.Input((4,)), layers.Dense(3, "tanh", name="first"), layers.Dense(2, name="last")])
    model.compile(optimizers.SGD(0.1), "mse")
    x, y = generator.normal(size=(6, 4)).astype("float32"), generator.normal(size=(6, 2)).astype("float32")

    def step(model=model):
        before = [weight.numpy() for weight in model.weights]
        model.fit(x, y, batch_size=6, shuffle=False, verbose=0)
        change = [weight.numpy() - old for weight, old in zip(model.weights, before, strict=True)]
        model.set_weights(before)
        return change

    return model, step


def test_a_layers_multiplier_counts_from_the_next_fit_on(trained):
    model, step = trained
    whole = step()
    model.get_layer("first").learning_rate_multiplier = 0.5
    half = step()
    for one, other in zip(half[:2], whole[:2], strict=True):
        np.testing.assert_allclose(one, other / 2, atol=1e-7)
    for one, other in zip(half[2:], whole[2:], strict=True):
        np.testing.assert_array_equal(one, other)
    model.learning_rate_multiplier = 0
    assert not any(change.any() for change in step())
    model.learning_rate_multiplier = 1
    np.testing.assert_array_equal(step()[0], whole[0])


def test_it_is_saved_with_the_model(trained, tmp_path):
    model, step = trained
    model.get_layer("first").learning_rate_multiplier = 0.25
    expected = step()
    model.save(tmp_path / "model.convolith")
    again = models.load_model(tmp_path / "model.convolith")
    assert [layer.learning_rate_multiplier for layer in again.layers[-2:]] == [0.25, 1.0]
    for one, other in zip(step(again), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert "learning_rate_multiplier" not in again.get_layer("last").get_config()


def test_a_layer_may_be_told_before_it_is_built():
    layer = layers.Dense(2, learning_rate_multiplier=0.5)
    layer(np.ones((1, 3), "float32"))
    assert [weight.learning_rate_multiplier for weight in layer.weights] == [0.5, 0.5]


@pytest.mark.parametrize("value", [-1, "1", True, float("inf"), float("nan"), None])
def test_what_is_no_multiplier_is_refused(value):
    with pytest.raises(ValueError, match="Dense 'd': learning_rate_multiplier must be a number >= 0, got"):
        layers.Dense(2, name="d").learning_rate_multiplier = value
