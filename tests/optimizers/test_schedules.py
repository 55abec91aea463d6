"""Schedules: by formula, as Keras's, configurations, refusals."""

import math

import numpy as np
import pytest

from convolith import Variable, optimizers
from convolith.optimizers import schedules

STEPS = (0, 1, 2, 3, 5, 7, 9, 10, 11, 14, 15, 19, 20, 21, 29, 30, 31, 45, 70, 71, 100)


def cosine_restarts(step, rate, first, t_mul, m_mul, alpha):
    """By walking from wave to wave."""
    length, height = first, 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    return rate * ((1 - alpha) * height * 0.5 * (1 + math.cos(math.pi * step / length)) + alpha)


CASES = [
    ("ExponentialDecay", (0.1, 10, 0.5), lambda step: 0.1 * 0.5 ** (step / 10)),
    ("ExponentialDecay", (0.1, 10, 0.5, True), lambda step: 0.1 * 0.5 ** (step // 10)),
    ("InverseTimeDecay", (0.1, 10, 0.5), lambda step: 0.1 / (1 + 0.5 * step / 10)),
    ("InverseTimeDecay", (0.1, 10, 0.5, True), lambda step: 0.1 / (1 + 0.5 * (step // 10))),
    ("PolynomialDecay", (0.1, 30), lambda step: 0.0999 * (1 - min(step, 30) / 30) + 1e-4),
    ("PolynomialDecay", (0.1, 30, 0.05, 2.0), lambda step: 0.05 * (1 - min(step, 30) / 30) ** 2 + 0.05),
    (
        "PolynomialDecay",
        (0.1, 30, 0.05, 0.5, True),
        lambda step: 0.05 * (1 - step / (30 * max(1, -(-step // 30)))) ** 0.5 + 0.05,
    ),
    (
        "PiecewiseConstantDecay",
        ([10, 20, 30], [1.0, 0.5, 0.25, 0.125]),
        lambda step: 1.0 if step <= 10 else 0.5 if step <= 20 else 0.25 if step <= 30 else 0.125,
    ),
    ("CosineDecay", (0.1, 30), lambda step: 0.05 * (1 + math.cos(math.pi * min(step, 30) / 30))),
    (
        "CosineDecay",
        (0.1, 30, 0.2, "c", 0.4, 10),
        lambda step: (
            0.1 + 0.3 * step / 10
            if step < 10
            else 0.4 * (0.8 * 0.5 * (1 + math.cos(math.pi * min(step - 10, 30) / 30)) + 0.2)
        ),
    ),
    ("CosineDecayRestarts", (0.1, 10), lambda step: cosine_restarts(step, 0.1, 10, 2, 1, 0)),
    ("CosineDecayRestarts", (0.1, 7, 1.5, 0.8, 0.1), lambda step: cosine_restarts(step, 0.1, 7, 1.5, 0.8, 0.1)),
    ("CosineDecayRestarts", (0.1, 10, 1.0, 0.5), lambda step: cosine_restarts(step, 0.1, 10, 1, 0.5, 0)),
]


@pytest.mark.parametrize(("name", "arguments", "formula"), CASES)
def test_values_by_formula(name, arguments, formula):
    schedule = getattr(schedules, name)(*arguments)
    for step in STEPS:
        assert schedule(step) == pytest.approx(formula(step), rel=1e-9, abs=1e-12)
        assert isinstance(schedule(np.int64(step)), float)


@pytest.mark.parametrize(("name", "arguments", "formula"), CASES)
def test_values_of_keras(keras, name, arguments, formula):
    own, theirs = getattr(schedules, name)(*arguments), getattr(keras.optimizers.schedules, name)(*arguments)
    assert own.get_config() == theirs.get_config()
    for step in STEPS:
        rounding = float(np.finfo(np.float32).eps) * 16 * arguments[0] if name != "PiecewiseConstantDecay" else 0
        assert own(step) == pytest.approx(float(keras.ops.convert_to_numpy(theirs(step))), abs=rounding)


@pytest.mark.parametrize(("name", "arguments", "formula"), CASES)
def test_the_configuration_makes_an_equal_schedule(name, arguments, formula):
    schedule = getattr(schedules, name)(*arguments)
    again = schedules.deserialize(schedules.serialize(schedule))
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
            "ExponentialDecay: decay_steps must be a number above 0, got 0",
        ),
        (
            lambda: schedules.InverseTimeDecay(0.1, -1, 0.5),
            "InverseTimeDecay: decay_steps must be a number above 0, got -1",
        ),
        (lambda: schedules.PolynomialDecay(0.1, 0), "PolynomialDecay: decay_steps must be a number above 0, got 0"),
        (lambda: schedules.CosineDecay(0.1, 0), "CosineDecay: decay_steps must be a number above 0, got 0"),
        (lambda: schedules.CosineDecay(0.1, 1, warmup_steps=-1), "CosineDecay: warmup_steps must be >= 0, got -1"),
        (
            lambda: schedules.CosineDecayRestarts(0.1, 0),
            "CosineDecayRestarts: first_decay_steps must be a number above 0, got 0",
        ),
        (lambda: schedules.CosineDecayRestarts(0.1, 9, 0.5), "CosineDecayRestarts: t_mul must be >= 1, got 0.5"),
        (lambda: schedules.PiecewiseConstantDecay([1], [1.0]), "values must be one more than boundaries"),
        (lambda: schedules.PiecewiseConstantDecay([], [1.0]), "got 1 values and 0 boundaries"),
        (lambda: schedules.PiecewiseConstantDecay([2, 1], [1, 2, 3]), r"boundaries must rise, got \[2, 1\]"),
        (lambda: schedules.deserialize("magic"), "unknown learning rate schedule 'magic'; convolith has: CosineDecay"),
        (lambda: schedules.LearningRateSchedule()(0), "LearningRateSchedule must define __call__"),
        (lambda: schedules.LearningRateSchedule().get_config(), "LearningRateSchedule must define get_config"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        act()


FEWEST = {
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
}
NUMBERS = [
    ("CosineDecay", ("initial_learning_rate", "decay_steps", "alpha", "warmup_steps")),
    ("CosineDecayRestarts", ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha")),
    ("ExponentialDecay", ("initial_learning_rate", "decay_steps", "decay_rate")),
    ("InverseTimeDecay", ("initial_learning_rate", "decay_steps", "decay_rate")),
    ("PolynomialDecay", ("initial_learning_rate", "decay_steps", "end_learning_rate", "power")),
]


@pytest.mark.parametrize(("name", "argument"), [(name, one) for name, several in NUMBERS for one in several])
def test_numbers_are_numbers(name, argument):
    for wrong in (None, True, "1", (1,), [1.0], 1j, np.ones(2)):
        with pytest.raises(TypeError, match=f"^{name}: {argument} must be a number, got"):
            getattr(schedules, name)(**{**FEWEST[name], argument: wrong})
    for wrong in (np.nan, 10**400):
        with pytest.raises(ValueError, match=rf"^{name}: {argument} must be (finite|in \[-inf, inf\]), got"):
            getattr(schedules, name)(**{**FEWEST[name], argument: wrong})


@pytest.mark.parametrize(
    ("name", "argument"),
    [(name, one) for name, several in NUMBERS for one in several if "rate" in one] + [("CosineDecay", "warmup_target")],
)
def test_rates_are_not_negative(name, argument):
    with pytest.raises(ValueError, match=f"^{name}: {argument} must be >= 0, got -0.5"):
        getattr(schedules, name)(**{**FEWEST[name], argument: -0.5})


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: schedules.CosineDecay(0.1, 10, warmup_target="0.2"), "CosineDecay: warmup_target must be a number"),
        (lambda: schedules.ExponentialDecay(0.1, 1, 0.5, staircase="no"), "staircase must be True or False, got 'no'"),
        (lambda: schedules.PolynomialDecay(0.1, 1, cycle=np.ones(2)), "PolynomialDecay: cycle must be True or False"),
        (lambda: schedules.PiecewiseConstantDecay(1, [0.1, 0.2]), "boundaries must be a sequence of numbers, got 1"),
        (lambda: schedules.PiecewiseConstantDecay([1], None), "values must be a sequence of numbers, got None"),
        (lambda: schedules.PiecewiseConstantDecay(["1"], [0.1, 0.2]), "boundaries must be a number, got '1'"),
        (lambda: schedules.PiecewiseConstantDecay([1], [0.1, None]), "values must be a number, got None"),
    ],
)
def test_another_kind_of_argument_is_named(act, message):
    with pytest.raises(TypeError, match=message):
        act()


@pytest.mark.parametrize(("name", "arguments", "formula"), CASES)
def test_a_step_is_a_finite_number(name, arguments, formula):
    schedule = getattr(schedules, name)(*arguments)
    assert schedule(np.array(5)) == schedule(np.int64(5)) == schedule(Variable(5)) == schedule(5)
    with pytest.raises(TypeError, match=f"^{name}: step must be a number, got None"):
        schedule(None)
    with pytest.raises(ValueError, match=f"^{name}: step must be finite, got nan"):
        schedule(float("nan"))


def test_numbers_may_be_arrays_of_shape_0():
    schedule = schedules.ExponentialDecay(np.array(0.5), np.array(10), Variable(0.25))
    assert schedule.get_config() == schedules.ExponentialDecay(0.5, 10, 0.25).get_config()
    assert schedule(10) == 0.125


def test_a_schedule_may_give_an_array_of_one():
    optimizer = optimizers.SGD(lambda: np.full((1,), 0.25))
    assert float(optimizer.learning_rate) == 0.25
