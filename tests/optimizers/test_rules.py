"""One step of each optimizer by the engine, on every instruction set, against the oracle within its roundings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith.engine import optimizer, step
from convolith.optimizers.adadelta import AdadeltaStep
from convolith.optimizers.adagrad import AdagradStep
from convolith.optimizers.adam import AdamStep
from convolith.optimizers.adamax import AdamaxStep
from convolith.optimizers.ftrl import FtrlStep
from convolith.optimizers.lion import LionStep
from convolith.optimizers.nadam import NadamStep
from convolith.optimizers.rmsprop import RMSpropStep
from convolith.optimizers.schedule_free_adamw import ScheduleFreeAdamWStep
from convolith.optimizers.sgd import SGDStep
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, normal, seeds
from tests.reference import optimizer as reference
from tests.reference import update, whole_weight_optimizer

RATE, BETA, EPSILON, MOMENTUM = 0.05, 0.75, 1e-3, 0.5
ROUNDINGS = 24  # no result has more of them behind it, the numbers' own among them


def sgd(w, g, s, rate, t, momentum=0.0, nesterov=False):
    w, v = update.sgd(w, g, s["v"] + 0 * w, rate, momentum, nesterov)
    return w, {"v": v}


def adam(w, g, s, rate, t):
    w, m, v = update.adam(w, g, s["m"], s["v"], rate, BETA, BETA, EPSILON, t)
    return w, {"m": m, "v": v}


def mean(old, g, beta=BETA):
    return beta * abs(old) + (1 - beta) * abs(g)


# What the roundings of a step, and of the slots that change sign, are relative to: w, g, slots before and after, t.


def descent(w, g, s, after, t):
    size = (MOMENTUM * abs(s["v"]) if "v" in s else 0) + RATE * abs(g)
    return size + RATE * abs(g), {"v": size}


def adams(root):
    def sizes(w, g, s, after, t):
        m = mean(s["m"], g)
        rate = RATE * np.sqrt(1 - BETA**t) / (1 - BETA**t)
        return rate * m / (np.sqrt(after[root]) + EPSILON), {"m": m}

    return sizes


def nadams(w, g, s, after, t):
    m = mean(s["m"], g)
    return RATE * (m + abs(g)) / (1 - BETA) / (np.sqrt(after["v"] / (1 - BETA**t)) + EPSILON), {"m": m}


def adamaxes(w, g, s, after, t):
    m = mean(s["m"], g)
    return RATE / (1 - BETA**t) * m / (after["u"] + EPSILON), {"m": m}


def rmsprops(w, g, s, after, t):
    divisor, of_terms = after["v"] + EPSILON, 0.0
    a = mean(s["a"], g) if "a" in s else 0
    if "a" in s:  # the root of a difference: the errors of its terms count more than its own
        divisor, of_terms = divisor - after["a"] ** 2, divisor + a**2
    change = RATE * abs(g) / np.sqrt(divisor) * (1 + of_terms / divisor)
    change = change + MOMENTUM * abs(s["moved"]) if "moved" in s else change
    return change, {"a": a, "moved": change}


def adagrads(w, g, s, after, t):
    return RATE * abs(g) / np.sqrt(after["total"] + EPSILON), {}


def adadeltas(w, g, s, after, t):
    return RATE * abs(g) * np.sqrt(s["change"] + EPSILON) / np.sqrt(after["square"] + EPSILON), {}


def ftrls(power):
    def sizes(w, g, s, after, t):
        old, new = s["n"] ** power, after["n"] ** power
        z = abs(s["z"]) + abs(g) + 2 * 0.125 * abs(w) + (old + new) / RATE * abs(w)
        return (z + 0.25) / (new / RATE + 1 + 0.25 / RATE), {"z": z}

    return sizes


def schedules_free(w, g, s, after, t):
    moved = RATE * abs(g) / (np.sqrt(after["v"] / (1 - BETA**t)) + EPSILON)
    return abs(s["z"]) + moved, {"z": abs(s["z"]) + moved}


def lions(w, g, s, after, t):
    return np.full(g.shape, RATE), {"m": mean(s["m"], g)}


BETAS = dict(beta_1=BETA, beta_2=BETA)
ADAM = dict(**BETAS, epsilon=EPSILON)
RMS = dict(rho=BETA, epsilon=EPSILON)
FTRL = dict(l1=0.25, l2=0.5, shrinkage=0.125, beta=0.25)
# The step, its slots by the oracle's names (capitals begin positive), the oracle with its arguments, and the sizes.
CASES = {
    "sgd": (SGDStep(), "", sgd, {}, descent),
    "momentum": (SGDStep(MOMENTUM), "v", sgd, dict(momentum=MOMENTUM), descent),
    "nesterov": (SGDStep(MOMENTUM, True), "v", sgd, dict(momentum=MOMENTUM, nesterov=True), descent),
    "adam": (AdamStep(**ADAM), "m V", adam, {}, adams("v")),
    "amsgrad": (AdamStep(**ADAM, amsgrad=True), "m V TOP", reference.amsgrad, ADAM, adams("top")),
    "nadam": (NadamStep(**ADAM), "m V", reference.nadam, ADAM, nadams),
    "adamax": (AdamaxStep(**ADAM), "m U", reference.adamax, ADAM, adamaxes),
    "adagrad": (AdagradStep(EPSILON), "TOTAL", reference.adagrad, dict(epsilon=EPSILON), adagrads),
    "adadelta": (AdadeltaStep(**RMS), "SQUARE CHANGE", reference.adadelta, RMS, adadeltas),
    "ftrl": (FtrlStep(-0.5, **FTRL), "N z", reference.ftrl, FTRL, ftrls(0.5)),
    "ftrl_power": (FtrlStep(-0.75, **FTRL), "N z", reference.ftrl, dict(power=-0.75, **FTRL), ftrls(0.75)),
    "schedule_free": (
        ScheduleFreeAdamWStep(**ADAM, warmup_steps=0),
        "z V",
        whole_weight_optimizer.schedule_free,
        ADAM,
        schedules_free,
    ),
    "lion": (LionStep(**BETAS), "m", reference.lion, BETAS, lions),
}
for centered in (False, True):
    for momentum in (0.0, MOMENTUM):
        case = f"rmsprop{'_centered' if centered else ''}{'_momentum' if momentum else ''}"
        slots = f"V{' moved' if momentum else ''}{' a' if centered else ''}"
        more = dict(**RMS, momentum=momentum, centered=centered)
        CASES[case] = (RMSpropStep(**more), slots, reference.rmsprop, more, rmsprops)


def test_every_rule_of_the_engine_is_here():
    assert {name: len(CASES[name][1].split()) for name in step.SLOTS} == step.SLOTS


def begin(seed, dtype, length, slots):
    """The parameter, the gradient and the slots by name; of a mean square not below the square of its mean."""
    parameter, gradient, *values = normal(seed, dtype, *[(length,)] * (2 + len(slots)))
    kept = {
        name.lower(): np.square(value) if name.isupper() else value for name, value in zip(slots, values, strict=True)
    }
    if "a" in kept:
        kept["v"] = (kept["v"] + np.square(kept["a"]) * dtype(1.5)).astype(dtype)
    return parameter, gradient, kept


@pytest.mark.parametrize("name", CASES)
@given(st.integers(1, 70), seeds, dtypes, st.sampled_from([2, 3, 10, 1000, 100_000]), st.sampled_from([0.0, 5.0]))
def test_one_step(isa, name, length, seed, dtype, t, decay):
    rule, slots, oracle, arguments, sizes = CASES[name]
    parameter, gradient, kept = begin(seed, dtype, length, slots.split())
    w, g = parameter.astype(np.float64) * (1 - decay * RATE), gradient.astype(np.float64)
    before = {slot: array.astype(np.float64) for slot, array in kept.items()}
    exact, after = oracle(w, g, defaultdict(float, before), RATE, t, **arguments)
    change, of_slots = sizes(w, g, before, after, t)
    assert rule.kernel == name
    (numbers,) = replace(rule, weight_decay=decay).settings(RATE, t - 1)
    optimizer.update(rule.kernel, numbers, parameter, gradient, list(kept.values()))
    unit, tiny = gamma(ROUNDINGS, dtype), 4 * np.finfo(dtype).tiny
    for slot, array in kept.items():
        assert_within(array, after[slot], unit * of_slots.get(slot, after[slot]) + tiny, slot)
    bound = unit * (abs(w) + change) + tiny
    if name == "lion":  # where the direction's sign is not sure, the step is not
        direction = BETA * before["m"] + (1 - BETA) * g
        bound += 2 * RATE * ((abs(direction) <= unit * of_slots["m"]) & (of_slots["m"] > 0))
    assert_within(parameter, exact, bound)
