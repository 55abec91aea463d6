"""Optimizers: the steps by the oracle's formulas, slots, learning rates, configurations, refusals."""

import numpy as np
import pytest

from convolith import optimizers
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from tests.reference import update as reference


def weights(generator, count=2):
    return [Variable(generator.normal(size=(3, 2)), name=f"w{i}") for i in range(count)]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd(generator, momentum, nesterov):
    optimizer = optimizers.SGD(0.125, momentum, nesterov)
    (weight,) = weights(generator, 1)
    expected, velocity = weight.numpy(), np.zeros((3, 2))
    for _ in range(3):
        gradient = generator.normal(size=(3, 2))
        optimizer.apply([gradient], [weight])
        expected, velocity = reference.sgd(expected, gradient, velocity, 0.125, momentum, nesterov)
        np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-12)
    assert int(optimizer.iterations) == 3
    assert len(optimizer.variables) == 2 + (momentum > 0)


def test_adam(generator):
    optimizer = optimizers.Adam(1 / 64, beta_1=0.8, beta_2=0.95, epsilon=1e-5)
    (weight,) = weights(generator, 1)
    expected, first, second = weight.numpy(), np.zeros((3, 2)), np.zeros((3, 2))
    for step in range(3):
        gradient = generator.normal(size=(3, 2))
        optimizer.apply_gradients([(gradient, weight)])
        expected, first, second = reference.adam(expected, gradient, first, second, 1 / 64, 0.8, 0.95, 1e-5, step + 1)
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
    assert float(optimizer.learning_rate) == np.float32(0.1)
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


COMMON = {
    "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None, "use_ema": False,
    "ema_momentum": 0.99, "ema_overwrite_frequency": None, "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}  # fmt: skip


def test_keras_defaults():
    assert optimizers.SGD().get_config() == {
        "name": "sgd", "learning_rate": float(np.float32(0.01)), "momentum": 0.0, "nesterov": False, **COMMON,
    }  # fmt: skip
    assert optimizers.Adam().get_config() == {
        "name": "adam", "learning_rate": float(np.float32(0.001)), "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
        "amsgrad": False, **COMMON,
    }  # fmt: skip


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.2, 0.9, True, name="s", use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
        optimizers.Adam(0.2, 0.5, 0.6, 1e-3, True, gradient_accumulation_steps=4, clipvalue=1.0),
        optimizers.AdamW(0.2, 0.3, 0.5),
        optimizers.Adamax(0.2, 0.3, 0.4, 1e-3, weight_decay=0.5),
        optimizers.Nadam(0.2, 0.3, 0.4, 1e-3, clipnorm=0.5),
        optimizers.RMSprop(0.2, 0.3, 0.4, 1e-3, True, global_clipnorm=0.5),
        optimizers.Adagrad(0.2, 0.3, 1e-3),
        optimizers.Adadelta(0.2, 0.3, 1e-3),
        optimizers.Ftrl(0.2, -0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        optimizers.Lion(0.2, 0.3, 0.4),
        optimizers.Lamb(0.2, 0.3, 0.4, 1e-3),
        optimizers.Adafactor(0.2, -0.3, 1e-3, 1e-2, 2.0, False),
        optimizers.ScheduleFreeAdamW(0.2, 0.3, 0.4, 1e-3, 5),
        optimizers.Muon(0.2, 0.3, 0.4, None, 1e-3, exclude_layers=["last"], ns_steps=2, rms_rate=None, nesterov=False),
        optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 5)),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_the_configuration_makes_an_equal_optimizer(optimizer):
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    "name",
    ["sgd", "SGD", "adam", "Adam", optimizers.Adam, "adamw", "AdamW", "adamax", "nadam", "RMSprop", "rmsprop",
     "adagrad", "adadelta", "ftrl", "Ftrl", "lion", "lamb", "Adafactor", "muon", "ScheduleFreeAdamW"],
)  # fmt: skip
def test_get(name):
    assert isinstance(optimizers.get(name), optimizers.Optimizer)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: optimizers.SGD(lr=0.1), "SGD: lr is called learning_rate now"),
        (lambda: optimizers.SGD(colour=1), "SGD: unknown argument 'colour'"),
        (lambda: optimizers.SGD(-0.1), "SGD: learning_rate must be a number >= 0 or a schedule, got -0.1"),
        (lambda: optimizers.SGD(float("nan")), "SGD: learning_rate must be a number >= 0 or a schedule, got nan"),
        (lambda: optimizers.SGD(momentum=1.5), r"SGD: momentum must be a number in \[0, 1\], got 1.5"),
        (lambda: optimizers.SGD(decay=0.1), "SGD: decay is called learning_rate=schedules.InverseTimeDecay"),
        (lambda: optimizers.Adam("fast"), "Adam: learning_rate must be a number >= 0 or a schedule, got 'fast'"),
        (
            lambda: optimizers.Adam({"class_name": "Decay"}),
            "schedule 'Decay'; did you mean 'CosineDecay', 'Exp",
        ),
        (lambda: optimizers.SGD(weight_decay=-1), "SGD: weight_decay must be a number >= 0, got -1"),
        (lambda: optimizers.SGD(clipnorm="1"), "SGD: clipnorm must be a number >= 0, got '1'"),
        (lambda: optimizers.SGD(clipvalue=float("nan")), "SGD: clipvalue must be a number >= 0, got nan"),
        (lambda: optimizers.SGD(clipnorm=1, clipvalue=1), "SGD: only one of clipnorm, clipvalue and global_clipnorm"),
        (lambda: optimizers.SGD(ema_momentum=2), r"SGD: ema_momentum must be a number in \[0, 1\], got 2"),
        (lambda: optimizers.SGD(ema_overwrite_frequency=0), "ema_overwrite_frequency must be None or an integer >= 1"),
        (lambda: optimizers.SGD(gradient_accumulation_steps=1), "gradient_accumulation_steps must be .* integer >= 2"),
        (lambda: optimizers.SGD(gradient_accumulation_steps=2.5), "must be None or an integer >= 2, got 2.5"),
        (lambda: optimizers.SGD(loss_scale_factor=2.0), "SGD: loss_scale_factor must be None"),
        (lambda: optimizers.AdamW(weight_decay=None), "AdamW: weight_decay must be a number >= 0, got None"),
        (lambda: optimizers.AdamW(beta_1=1.0), r"AdamW: beta_1 must be a number in \[0, 1\), got 1.0"),
        (lambda: optimizers.Adamax(epsilon=0), "Adamax: epsilon must be a number above 0, got 0"),
        (lambda: optimizers.Nadam(beta_2=2), r"Nadam: beta_2 must be a number in \[0, 1\), got 2"),
        (lambda: optimizers.RMSprop(rho=2), r"RMSprop: rho must be a number in \[0, 1\], got 2"),
        (lambda: optimizers.RMSprop(momentum=-1), r"RMSprop: momentum must be a number in \[0, 1\], got -1"),
        (lambda: optimizers.RMSprop(epsilon=None), "RMSprop: epsilon must be a number above 0, got None"),
        (lambda: optimizers.Adagrad(initial_accumulator_value=-1), "initial_accumulator_value must be a number >= 0"),
        (lambda: optimizers.Adadelta(rho=-1), r"Adadelta: rho must be a number in \[0, 1\], got -1"),
        (lambda: optimizers.Ftrl(learning_rate_power=1), "Ftrl: learning_rate_power must be a number <= 0, got 1"),
        (lambda: optimizers.Ftrl(beta=-1), "Ftrl: beta must be a number >= 0, got -1"),
        (lambda: optimizers.Ftrl(l1_regularization_strength=None), "l1_regularization_strength must be a number >= 0"),
        (
            lambda: optimizers.Ftrl(0.0).apply([np.ones(1)], [Variable(np.ones(1))]),
            "ftrl_step: learning_rate must be > 0",
        ),
        (lambda: optimizers.Lamb(beta_2=1), r"Lamb: beta_2 must be a number in \[0, 1\), got 1"),
        (lambda: optimizers.Lamb(epsilon=0), "Lamb: epsilon must be a number above 0, got 0"),
        (lambda: optimizers.Adafactor(beta_2_decay=1), "Adafactor: beta_2_decay must be a number <= 0, got 1"),
        (lambda: optimizers.Adafactor(epsilon_1=0), "Adafactor: epsilon_1 must be a number above 0, got 0"),
        (lambda: optimizers.Adafactor(epsilon_2=-1), "Adafactor: epsilon_2 must be a number above 0, got -1"),
        (
            lambda: optimizers.Adafactor(clip_threshold=None),
            "Adafactor: clip_threshold must be a number above 0, got None",
        ),
        (lambda: optimizers.ScheduleFreeAdamW(beta_1=1), r"ScheduleFreeAdamW: beta_1 must be a number in \[0, 1\)"),
        (lambda: optimizers.ScheduleFreeAdamW(warmup_steps=-1), "warmup_steps must be an integer >= 0, got -1"),
        (lambda: optimizers.ScheduleFreeAdamW(warmup_steps=1.5), "warmup_steps must be an integer >= 0, got 1.5"),
        (lambda: optimizers.Muon(adam_beta_1=1), r"Muon: adam_beta_1 must be a number in \[0, 1\), got 1"),
        (lambda: optimizers.Muon(momentum=2), r"Muon: momentum must be a number in \[0, 1\], got 2"),
        (lambda: optimizers.Muon(ns_steps=0.5), "Muon: ns_steps must be an integer >= 0, got 0.5"),
        (lambda: optimizers.Muon(exclude_layers="last"), "Muon: exclude_layers must be None or a list of regular"),
        (lambda: optimizers.Muon(muon_a=None), "Muon: muon_a must be a number, got None"),
        (lambda: optimizers.Muon(rms_rate=-1), "Muon: rms_rate must be a number >= 0, got -1"),
        (lambda: optimizers.Muon(adam_lr_ratio="1"), "Muon: adam_lr_ratio must be a number >= 0, got '1'"),
        (lambda: optimizers.Lion(beta_1=0), "Lion: beta_1 must be above 0"),
        (lambda: optimizers.Lion(beta_2=2), r"Lion: beta_2 must be a number in \[0, 1\], got 2"),
        (lambda: optimizers.Adam(beta_1=-1), r"Adam: beta_1 must be a number in \[0, 1\), got -1"),
        (lambda: optimizers.Adam(beta_1=1.0), r"Adam: beta_1 must be a number in \[0, 1\), got 1.0"),
        (lambda: optimizers.Adam(beta_2=1), r"Adam: beta_2 must be a number in \[0, 1\), got 1"),
        (lambda: optimizers.Adam(epsilon=None), "Adam: epsilon must be a number above 0, got None"),
        (lambda: optimizers.Adam(np.ones(2)), r"Adam: learning_rate must be a number >= 0 or a schedule, got array\("),
        (lambda: optimizers.Adam(None), "Adam: learning_rate must be a number >= 0 or a schedule, got None"),
        (lambda: optimizers.Adam(epsilon=0), "Adam: epsilon must be a number above 0, got 0"),
        (lambda: optimizers.get("magic"), "unknown optimizer 'magic'; convolith has: Adadelta, Adafactor, Adagrad"),
        (lambda: optimizers.get(None), "an optimizer must be a name or an Optimizer, got None"),
        (lambda: optimizers.SGD().apply([np.ones(1)], []), "SGD: expected 0 gradients, got 1"),
        (lambda: optimizers.SGD().apply([np.ones(1)], [Variable(np.ones(2))]), "gradient must be float64"),
        (lambda: optimizers.Optimizer().step(None, None, 0.1, 0), "optimizer Optimizer must define step"),
        (lambda: optimizers.Adam(epsilon=10**400), "Adam: epsilon must be a number above 0, got 1000"),
        (lambda: optimizers.SGD(clipnorm=10**400), "SGD: clipnorm must be a number >= 0, got 1000"),
        (lambda: optimizers.Muon(exclude_layers=3), "Muon: exclude_layers must be None or a list of regular"),
        (
            lambda: optimizers.SGD().apply([None], [Variable(np.ones(1), name="w")]),
            r"SGD: at least one weight must have a gradient, got None for all of \['w'\]",
        ),
        (lambda: optimizers.SGD(name=0), "SGD: name must be a string without '/', got 0"),
        (lambda: optimizers.SGD(name=np.ones(2)), "SGD: name must be a string without '/', got array"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        act()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: optimizers.SGD(nesterov="no"), "SGD: nesterov must be True or False, got 'no'"),
        (lambda: optimizers.SGD(use_ema=np.ones(2)), r"SGD: use_ema must be True or False, got array\("),
        (lambda: optimizers.AdamW(amsgrad=None), "AdamW: amsgrad must be True or False, got None"),
        (lambda: optimizers.RMSprop(centered=0.5), "RMSprop: centered must be True or False, got 0.5"),
        (lambda: optimizers.Adafactor(relative_step=()), r"Adafactor: relative_step must be True or False, got \(\)"),
        (lambda: optimizers.Muon(nesterov="no"), "Muon: nesterov must be True or False, got 'no'"),
        (lambda: optimizers.Muon(exclude_embeddings=2), "Muon: exclude_embeddings must be True or False, got 2"),
        (lambda: optimizers.SGD().apply(None, []), "SGD: gradients must be a list, one for each weight, got None"),
        (lambda: optimizers.SGD().apply([np.ones(1)], 3), "SGD: weights must be a list of Variables, got 3"),
        (lambda: optimizers.SGD().build(None), "SGD: weights must be a list of Variables, got None"),
        (lambda: optimizers.SGD().build([np.ones(1)]), "SGD: weights must be Variables, got ndarray"),
        (
            lambda: optimizers.SGD().build(Variable(np.ones(1, np.float32))),
            "SGD: weights must be a list of Variables, got",
        ),
        (
            lambda: optimizers.SGD(lambda: None).apply([np.ones(1)], [Variable(np.ones(1))]),
            "SGD: learning_rate must give a number, got None from <function",
        ),
    ],
)
def test_another_kind_of_argument_is_named(act, message):
    with pytest.raises(TypeError, match=message):
        act()


@pytest.mark.parametrize("argument", ["clipnorm", "clipvalue", "global_clipnorm", "weight_decay"])
@pytest.mark.parametrize("kind", [optimizers.SGD, optimizers.Muon])
def test_a_wide_number_leaves_weights_of_float32_as_they_are(kind, argument):
    weight = Variable(np.ones((2, 3), "float32"))
    kind(**{argument: np.float64(0.5)}).apply([np.ones((2, 3), "float32")], [weight])
    assert weight.dtype == np.float32 and (weight.numpy() != 1).all()


def test_decay_spares_what_is_excluded(generator):
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    kernel, bias, other = (Variable(np.ones(2), name=name) for name in ("kernel", "bias", "scale"))
    optimizer.exclude_from_weight_decay([other], ["bia", "beta"])
    optimizer.apply([np.zeros(2)] * 3, [kernel, bias, other])
    np.testing.assert_allclose(kernel.numpy(), 1 - 0.05)
    np.testing.assert_array_equal([bias.numpy(), other.numpy()], np.ones((2, 2)))
    with pytest.raises(ValueError, match="SGD: exclude_from_weight_decay comes before the first step"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])


class Signed(optimizers.Adam):
    """A user's own step before Adam's."""

    def step(self, variable, gradient, rate, count, *slots):
        super().step(variable, np.sign(gradient), rate, count, *slots)


def test_a_step_of_the_users_own_decays_too():
    own, expected = Variable(np.full(2, 4.0)), Variable(np.full(2, 4.0))
    Signed(0.1, weight_decay=0.5).apply([np.array([3.0, -5.0])], [own])
    optimizers.Adam(0.1, weight_decay=0.5).apply([np.array([1.0, -1.0])], [expected])
    np.testing.assert_allclose(own.numpy(), expected.numpy(), rtol=1e-12)
    np.testing.assert_allclose(own.numpy(), [3.7, 3.9], rtol=1e-6)


def test_an_infinite_global_norm_leaves_nothing():
    weight = Variable(np.ones(2))
    with np.errstate(all="ignore"):
        optimizers.SGD(0.1, global_clipnorm=1.0).apply([np.array([np.inf, 1.0])], [weight])
    assert np.isnan(weight.numpy()).all()


def test_accumulation_steps_by_the_mean_and_counts_steps(generator):
    optimizer, (weight,) = optimizers.SGD(0.125, gradient_accumulation_steps=3), weights(generator, 1)
    before, gradients = weight.numpy(), generator.normal(size=(6, 3, 2))
    for number, gradient in enumerate(gradients):
        optimizer.apply([gradient], [weight])
        assert optimizer.iterations == (number + 1) // 3
        steps = gradients[: 3 * ((number + 1) // 3)].reshape(-1, 3, 3, 2).mean(axis=1).sum(axis=0)
        np.testing.assert_allclose(weight.numpy(), before - 0.125 * steps, rtol=1e-12)
    assert [variable.name for variable in optimizer.variables] == [
        "iterations", "learning_rate", "gradient_accumulator",
    ]  # fmt: skip


ALL = dict(use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2, gradient_accumulation_steps=3, weight_decay=0.1)


@pytest.mark.parametrize("common", [ALL, {**ALL, "global_clipnorm": 0.5}, dict(clipnorm=0.5, use_ema=True)])
@pytest.mark.parametrize("family", [optimizers.SGD, optimizers.Adam, optimizers.Nadam])
def test_a_plan_decides_anew_at_each_run(generator, family, common):
    rate = optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    now, later = family(rate, **common), family(rate, **common)
    first, second = weights(generator), weights(np.random.default_rng(20))
    later.build(second)
    spec = Spec((3, 2), np.dtype(float))

    def step(*gradients):
        later.apply(gradients, second)
        return gradients[0]

    plan = Plan(trace(step, spec, spec))
    for _ in range(13):
        gradients = list(generator.normal(size=(2, 3, 2)))
        now.apply(gradients, first)
        plan.run(*gradients)
        for one, other in zip([*now.variables, *first], [*later.variables, *second], strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_the_averages_become_the_weights():
    optimizer, weight = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), Variable(np.zeros(1))
    for gradient in (-1.0, -2.0):
        optimizer.apply([np.array([gradient])], [weight])
    assert weight.numpy() == 3
    optimizer.finalize_variable_values([weight, Variable(np.ones(1))])
    assert weight.numpy() == 0.5 * 1 + 0.5 * 3
    optimizers.SGD().finalize_variable_values([weight])  # has none


def test_schedules_set_the_rate():
    optimizer = optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([0, 1], [1.0, 0.5, 0.25]))
    weight = Variable(np.zeros(1))
    for expected in (-1, -1.5, -1.75):
        optimizer.apply([np.ones(1)], [weight])
        assert weight.numpy() == expected
    assert optimizer.learning_rate == 0.25
    assert "PiecewiseConstantDecay" in repr(optimizer)
    assert [variable.name for variable in optimizer.variables] == ["iterations"]
    with pytest.raises(TypeError, match="the learning rate follows <PiecewiseConstantDecay>, so it cannot be set to 1"):
        optimizer.learning_rate = 1.0


def test_a_number_may_become_a_schedule_or_a_function_after_planning():
    optimizer, weight = optimizers.SGD(1.0), Variable(np.zeros(()))
    optimizer.build([weight])
    plan = Plan(trace(lambda gradient: optimizer.apply([gradient], [weight]) or gradient, Spec((), np.dtype(float))))
    plan.run(np.ones(()))
    optimizer.learning_rate = lambda: 0.5
    plan.run(np.ones(()))
    assert weight.numpy() == -1.5
    optimizer.learning_rate = 0.25
    plan.run(np.ones(()))
    assert weight.numpy() == -1.75
    optimizer.learning_rate = Variable(np.float32(0.125))
    plan.run(np.ones(()))
    assert weight.numpy() == -1.875
    optimizer.learning_rate = optimizers.schedules.CosineDecay(0.5, 8)
    plan.run(np.ones(()))
    assert weight.numpy() == pytest.approx(-1.875 - 0.25)


def test_an_unknown_attribute_is_an_error():
    with pytest.raises(AttributeError, match="lr"):
        optimizers.SGD().lr  # noqa: B018


def test_weights_that_are_no_variables():
    with pytest.raises(TypeError, match="SGD: weights must be Variables, got ndarray"):
        optimizers.SGD(0.1).apply_gradients([(np.ones(2), np.ones(2))])
