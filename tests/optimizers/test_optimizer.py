"""Optimizers: the steps by the oracle's formulas, slots, learning rates, configurations, refusals."""

import numpy as np
import pytest

from convolith import optimizers
from convolith.graph.tensor import Variable
from tests.reference import update as reference


def weights(generator, count=2):
    return [Variable(generator.normal(size=(3, 2)), name=f"w{i}") for i in range(count)]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd(generator, momentum, nesterov):
    optimizer = optimizers.SGD(0.1, momentum, nesterov)
    (weight,) = weights(generator, 1)
    expected, velocity = weight.numpy(), np.zeros((3, 2))
    for _ in range(3):
        gradient = generator.normal(size=(3, 2))
        optimizer.apply([gradient], [weight])
        expected, velocity = reference.sgd(expected, gradient, velocity, 0.1, momentum, nesterov)
        np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-12)
    assert int(optimizer.iterations) == 3
    assert len(optimizer.variables) == 2 + (momentum > 0)


def test_adam(generator):
    optimizer = optimizers.Adam(0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-5)
    (weight,) = weights(generator, 1)
    expected, first, second = weight.numpy(), np.zeros((3, 2)), np.zeros((3, 2))
    for step in range(3):
        gradient = generator.normal(size=(3, 2))
        optimizer.apply_gradients([(gradient, weight)])
        expected, first, second = reference.adam(expected, gradient, first, second, 0.01, 0.8, 0.95, 1e-5, step + 1)
        np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-12)
    assert [variable.path for variable in optimizer.variables] == [
        "iterations", "learning_rate", "w0/momentum", "w0/velocity",
    ]  # fmt: skip


def test_slots_come_slot_by_slot_and_for_new_weights(generator):
    optimizer = optimizers.Adam()
    assert not optimizer.built
    first, second = weights(generator)
    optimizer.build([first])
    optimizer.build([first, second])
    assert optimizer.built
    assert [variable.path for variable in optimizer.variables[2:]] == [
        "w0/momentum", "w1/momentum", "w0/velocity", "w1/velocity",
    ]  # fmt: skip
    optimizer.apply([np.ones((3, 2)), np.ones((3, 2))])
    assert int(optimizer.iterations) == 1


def test_the_learning_rate_is_a_variable_that_can_be_set(generator):
    optimizer = optimizers.SGD(0.1)
    assert float(optimizer.learning_rate) == 0.1
    optimizer.learning_rate = 0.5
    (weight,) = weights(generator, 1)
    before = weight.numpy()
    optimizer.apply([np.ones((3, 2))], [weight])
    np.testing.assert_allclose(weight.numpy(), before - 0.5)
    optimizer.learning_rate.assign(0.25)
    assert float(optimizer.learning_rate) == 0.25
    assert repr(optimizer) == "<SGD learning_rate=0.25>"


def test_a_missing_gradient_leaves_the_weight_alone(generator):
    first, second = weights(generator)
    before = first.numpy()
    with pytest.warns(UserWarning, match=r"the loss does not depend on \['w0'\]"):
        optimizers.SGD(0.1).apply([None, np.ones((3, 2))], [first, second])
    np.testing.assert_array_equal(first.numpy(), before)


def test_keras_defaults():
    assert optimizers.SGD().get_config() == {
        "name": "SGD", "learning_rate": 0.01, "momentum": 0.0, "nesterov": False,
    }  # fmt: skip
    assert optimizers.Adam().get_config() == {
        "name": "adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
    }  # fmt: skip


@pytest.mark.parametrize("optimizer", [optimizers.SGD(0.2, 0.9, True, name="s"), optimizers.Adam(0.2, 0.5, 0.6, 1e-3)])
def test_the_configuration_makes_an_equal_optimizer(optimizer):
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()


@pytest.mark.parametrize("name", ["sgd", "SGD", "adam", "Adam", optimizers.Adam])
def test_get(name):
    assert isinstance(optimizers.get(name), optimizers.Optimizer)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: optimizers.SGD(lr=0.1), "SGD: lr is called learning_rate now"),
        (lambda: optimizers.SGD(colour=1), "SGD: unknown argument 'colour'"),
        (lambda: optimizers.SGD(-0.1), "SGD: learning_rate must be a number >= 0, got -0.1"),
        (lambda: optimizers.SGD(float("nan")), "SGD: learning_rate must be a number >= 0, got nan"),
        (lambda: optimizers.SGD(lambda: 0.1), r"SGD: learning_rate must be a number \(no schedules yet\)"),
        (lambda: optimizers.SGD(momentum=1.5), r"SGD: momentum must be a number in \[0, 1\], got 1.5"),
        (
            lambda: optimizers.SGD(weight_decay=0.1),
            "SGD: convolith does not have weight_decay yet, it must be None, got 0.1",
        ),
        (lambda: optimizers.Adam(clipnorm=1.0), "Adam: convolith does not have clipnorm yet"),
        (lambda: optimizers.Adam(use_ema=True), "Adam: convolith does not have use_ema yet, it must be False"),
        (lambda: optimizers.Adam(amsgrad=True), "Adam: convolith does not have amsgrad yet"),
        (lambda: optimizers.Adam(beta_1=-1), r"Adam: beta_1 must be a number in \[0, 1\), got -1"),
        (lambda: optimizers.Adam(beta_1=1.0), r"Adam: beta_1 must be a number in \[0, 1\), got 1.0"),
        (lambda: optimizers.Adam(beta_2=1), r"Adam: beta_2 must be a number in \[0, 1\), got 1"),
        (lambda: optimizers.Adam(epsilon=None), "Adam: epsilon must be > 0, got None"),
        (lambda: optimizers.Adam(np.ones(2)), r"Adam: learning_rate must be a number >= 0, got array\("),
        (lambda: optimizers.Adam(None), "Adam: learning_rate must be a number >= 0, got None"),
        (lambda: optimizers.Adam(epsilon=0), "Adam: epsilon must be > 0, got 0"),
        (lambda: optimizers.get("magic"), "unknown optimizer 'magic'; convolith has: adam, sgd"),
        (lambda: optimizers.get(None), "an optimizer must be a name or an Optimizer, got None"),
        (lambda: optimizers.SGD().apply([np.ones(1)], []), "SGD: expected 0 gradients, got 1"),
        (lambda: optimizers.SGD().apply([np.ones(1)], [Variable(np.ones(2))]), "gradient must be float64"),
        (lambda: optimizers.Optimizer().step(None, None), "optimizer Optimizer must define step"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        act()
