"""The steps of all optimizers by the oracle's formulas, at once and in a Plan; and Keras's and torch's own."""

import re
from collections import defaultdict

import numpy as np
import pytest

from convolith import optimizers
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from tests.bounds import gamma
from tests.optimizers.problem import STEPS, noises, run, starts, travelled
from tests.reference import optimizer as reference
from tests.reference import whole_weight_optimizer

CASES = {
    "amsgrad": (optimizers.Adam(0.1, amsgrad=True), reference.amsgrad, {}),
    "adamax": (optimizers.Adamax(0.1, 0.8, 0.95, 1e-4), reference.adamax, dict(beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
    "nadam": (optimizers.Nadam(0.1, 0.8, 0.95, 1e-4), reference.nadam, dict(beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
    "rmsprop": (optimizers.RMSprop(0.1), reference.rmsprop, {}),
    "rmsprop with all": (
        optimizers.RMSprop(0.01, 0.8, 0.7, 1e-3, True),
        reference.rmsprop,
        dict(rho=0.8, momentum=0.7, epsilon=1e-3, centered=True),
    ),
    "adagrad": (optimizers.Adagrad(0.1), reference.adagrad, {}),
    "adagrad from 0": (
        optimizers.Adagrad(0.1, 0.0, 1e-3),
        reference.adagrad,
        dict(initial_accumulator_value=0, epsilon=1e-3),
    ),
    "adadelta": (optimizers.Adadelta(1.0, 0.8, 1e-3), reference.adadelta, dict(rho=0.8, epsilon=1e-3)),
    "ftrl": (optimizers.Ftrl(0.1), reference.ftrl, {}),
    "ftrl with all": (
        optimizers.Ftrl(0.1, -0.6, 0.2, 0.3, 0.4, 0.5, 0.6),
        reference.ftrl,
        dict(power=-0.6, first=0.2, l1=0.3, l2=0.4, shrinkage=0.5, beta=0.6),
    ),
    "lamb": (
        optimizers.Lamb(0.1, 0.8, 0.95, 1e-4),
        whole_weight_optimizer.lamb,
        dict(beta_1=0.8, beta_2=0.95, epsilon=1e-4),
    ),
    "adafactor": (optimizers.Adafactor(0.1), whole_weight_optimizer.adafactor, {}),
    "adafactor with all": (
        optimizers.Adafactor(0.3, -0.5, 1e-3, 0.7, 0.4),
        whole_weight_optimizer.adafactor,
        dict(beta_2_decay=-0.5, epsilon_1=1e-3, epsilon_2=0.7, clip_threshold=0.4),
    ),
    "schedule-free": (optimizers.ScheduleFreeAdamW(0.1), whole_weight_optimizer.schedule_free, {}),
    "schedule-free with all": (
        optimizers.ScheduleFreeAdamW(0.1, 0.7, 0.9, 1e-4, 7),
        whole_weight_optimizer.schedule_free,
        dict(beta_1=0.7, beta_2=0.9, epsilon=1e-4, warmup=7),
    ),
    "lion": (optimizers.Lion(0.1, 0.8, 0.9), reference.lion, dict(beta_1=0.8, beta_2=0.9)),
}


def again(optimizer):
    """An optimizer of the same configuration that has done no step."""
    return optimizers.deserialize(optimizers.serialize(optimizer))


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_by_the_formula(generator, case):
    optimizer, rule, arguments = CASES[case]
    weights = [Variable(start) for start in starts(generator, np.float64)]
    expected = [weight.numpy() for weight in weights]
    slots = [defaultdict(lambda: 0.0) for _ in weights]
    noise = noises(generator, np.float64)
    way = run(again(optimizer), weights, noise, lambda weight: weight.numpy())
    rate = float(optimizer.learning_rate)
    for step in range(STEPS):
        for i in range(len(expected)):
            gradient = 0.5 * expected[i] + noise[step][i]
            expected[i], slots[i] = rule(expected[i], gradient, slots[i], rate, step + 1, **arguments)
            np.testing.assert_allclose(way[step + 1][i], expected[i], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_a_plan_does_the_same_steps(generator, case):
    now, later = again(CASES[case][0]), again(CASES[case][0])
    start = generator.normal(size=20_000).astype("float32")  # more than one block
    first, second = Variable(start), Variable(start)
    later.build([second])

    def step(gradient):
        later.apply([gradient], [second])
        return gradient

    plan = Plan(trace(step, Spec(start.shape, start.dtype)))
    for _ in range(3):
        gradient = generator.normal(size=start.shape).astype("float32")
        now.apply([gradient], [first])
        plan.run(gradient)
        np.testing.assert_array_equal(first.numpy(), second.numpy())


KERAS = {
    "SGD": [{}, dict(momentum=0.9), dict(momentum=0.9, nesterov=True), dict(weight_decay=0.1)],
    "RMSprop": [{}, dict(rho=0.8, momentum=0.5, epsilon=1e-3, centered=True)],
    "Adam": [{}, dict(amsgrad=True), dict(beta_1=0.5, beta_2=0.8, epsilon=1e-3, weight_decay=0.1)],
    "AdamW": [{}, dict(weight_decay=0.3, clipvalue=0.1)],
    "Adamax": [{}],
    "Nadam": [{}, dict(beta_1=0.5, beta_2=0.8)],
    "Adagrad": [{}, dict(initial_accumulator_value=0.0, epsilon=1e-3)],
    "Adadelta": [dict(learning_rate=1.0), dict(rho=0.5)],
    "Ftrl": [{}, dict(l1_regularization_strength=0.1, l2_regularization_strength=0.1, beta=0.2),
             dict(l2_shrinkage_regularization_strength=0.1, learning_rate_power=-0.7)],
    "Lion": [{}],
    "Lamb": [{}, dict(weight_decay=0.1)],
    "Adafactor": [{}, dict(clip_threshold=0.3, epsilon_2=0.5, weight_decay=0.1), dict(relative_step=False)],
    "ScheduleFreeAdamW": [{}, dict(beta_1=0.6, warmup_steps=6, weight_decay=0.1)],
}  # fmt: skip
COMMON = [
    dict(clipnorm=0.5),
    dict(clipvalue=0.3),
    dict(global_clipnorm=0.7),
    dict(global_clipnorm=100.0, weight_decay=0.2),
    dict(use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=3),
    dict(gradient_accumulation_steps=3),
    dict(gradient_accumulation_steps=2, clipnorm=0.5, weight_decay=0.1, use_ema=True, ema_overwrite_frequency=2),
]
AGAINST_KERAS = [(name, arguments) for name, cases in KERAS.items() for arguments in cases]
AGAINST_KERAS += [(name, arguments) for name in ("SGD", "Nadam") for arguments in COMMON]


def keeps_old_values(monkeypatch, keras):
    """On torch, Keras overwrites a value that it reads later; give variables new ones, as its other backends do."""

    def assign_sub(self, variable, value):
        variable._value = type(variable.value)((variable.value - value).detach(), requires_grad=False)

    monkeypatch.setattr(keras.optimizers.ScheduleFreeAdamW, "assign_sub", assign_sub)


@pytest.mark.parametrize(("name", "arguments"), AGAINST_KERAS)
def test_twenty_steps_of_keras(keras, monkeypatch, generator, name, arguments):
    arguments = {"learning_rate": 0.1, **arguments}
    start, noise = starts(generator, np.float32), noises(generator, np.float32)
    optimizer = getattr(optimizers, name)(**arguments)
    own_weights = [Variable(array, name=f"w{i}") for i, array in enumerate(start)]
    own = run(optimizer, own_weights, noise, lambda weight: weight.numpy())

    def theirs_values(weight):
        return keras.ops.convert_to_numpy(weight.value).copy()

    if name == "ScheduleFreeAdamW":
        keeps_old_values(monkeypatch, keras)
    theirs_optimizer = getattr(keras.optimizers, name)(**arguments)
    theirs_weights = [keras.Variable(array, name=f"w{i}") for i, array in enumerate(start)]
    theirs = run(theirs_optimizer, theirs_weights, noise, theirs_values, keras.ops.convert_to_tensor)
    # A step has fewer than 40 roundings on either side; errors of a step are scaled down by the bowl in the next.
    for i, scale in enumerate(travelled(theirs)):
        for ours, keras_s in zip(own, theirs, strict=True):
            assert (np.abs(ours[i] - keras_s[i]) <= gamma(2 * 40 * STEPS) * scale).all()
    optimizer.finalize_variable_values(own_weights)
    theirs_optimizer.finalize_variable_values(theirs_weights)
    for weight, other, scale in zip(own_weights, theirs_weights, travelled(theirs), strict=True):
        difference = np.abs(weight.numpy() - theirs_values(other))
        assert (difference <= gamma(2 * 40 * STEPS) * scale).all()


@pytest.mark.parametrize("name", KERAS)
def test_defaults_are_those_of_keras(keras, name):
    own, theirs = getattr(optimizers, name)().get_config(), getattr(keras.optimizers, name)().get_config()
    assert own.pop("name") == re.sub(r"_\d+$", "", theirs.pop("name"))
    assert own == theirs


@pytest.mark.torch
@pytest.mark.parametrize(
    ("own", "peer", "arguments"),
    [
        (optimizers.RMSprop(1 / 64, 0.9, epsilon=1e-12), "RMSprop", dict(lr=1 / 64, alpha=0.9, eps=0)),
        (optimizers.Adagrad(0.125, 0.1, 1e-12), "Adagrad", dict(lr=0.125, initial_accumulator_value=0.1, eps=0)),
        (optimizers.Adadelta(1.0, 0.9, 1e-6), "Adadelta", dict(lr=1.0, rho=0.9, eps=1e-6)),
        (optimizers.AdamW(0.125, 0.2, epsilon=1e-12), "AdamW", dict(lr=0.125, weight_decay=0.2, eps=0)),
        (optimizers.Adamax(0.125, epsilon=1e-12), "Adamax", dict(lr=0.125, eps=0)),
    ],
)
def test_steps_of_torch(generator, own, peer, arguments):
    """With an epsilon of nearly 0, as torch adds it elsewhere; float64."""
    import torch

    optimizer, weights = again(own), [Variable(start) for start in starts(generator, np.float64)]
    theirs = [torch.tensor(weight.numpy()) for weight in weights]
    torch_s = getattr(torch.optim, peer)(theirs, **arguments)
    for noise in noises(generator, np.float64):
        optimizer.apply([weight.numpy() + part for weight, part in zip(weights, noise, strict=True)], weights)
        for tensor, part in zip(theirs, noise, strict=True):
            tensor.grad = tensor + torch.tensor(part)
        torch_s.step()
        for weight, tensor in zip(weights, theirs, strict=True):
            np.testing.assert_allclose(weight.numpy(), tensor.numpy(), rtol=1e-7)
