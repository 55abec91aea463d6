"""Optimizer steps as the engine is asked for them; their formulas are tested with the optimizers."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.engine import dense, optimizer, step
from tests.bounds import assert_within, sides
from tests.running_error import Rounded


def ones(size, rule, dtype=np.float32):
    """A parameter and the slots of a rule."""
    parameter, *slots = (np.ones(size, dtype) for _ in range(1 + step.SLOTS[rule]))
    return parameter, slots


def numbered(*values):
    """The numbers of a step: what stays of the parameter, and the rule's."""
    return np.array([*values, *[0.0] * (optimizer.NUMBERS - len(values))])


def adam(g, p, m, v):
    m, v = m * 0.9 + g * 0.1, v * 0.999 + g * g * 0.001
    return p - m * 0.01 / (v.sqrt() + 1e-7), m, v


def nadam(g, p, m, v):
    m, v = m * 0.9 + g * 0.1, v * 0.999 + g * g * 0.001
    return p - (m * 0.009 + g * 0.001) / (v.sqrt() + 1e-7), m, v


def rmsprop(g, p, v):
    v = v * 0.9 + g * g * 0.1
    return p - g * 0.01 / (v + 1e-7).sqrt(), v


@pytest.mark.parametrize(
    ("step_of", "numbers"),
    [
        (adam, (1, 0.01, 0.1, 0.001, 1e-7)),
        (nadam, (1, 0.009, 0.001, 0.1, 0.001, 1, 1e-7)),
        (rmsprop, (1, 0.01, 0.9, 0.1, 1e-7)),
    ],
)
@pytest.mark.parametrize("size", [1, 15, 16, 17, 10_003])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_hundred_steps_stay_close(isa, threads, generator, step_of, numbers, size, dtype):
    """To the formulas, within the bounds that these carry along through all the steps."""
    threads(2)
    rule, start = step_of.__name__, generator.standard_normal(size).astype(dtype)
    parameter, slots = ones(size, rule, dtype)
    parameter[...] = start
    exact = [Rounded(array.copy(), dtype=dtype) for array in (parameter, *slots)]
    for _ in range(100):
        gradient = generator.standard_normal(size).astype(dtype)
        optimizer.update(rule, numbered(*numbers), parameter, gradient, slots)
        exact = [Rounded(one.value, one.error, dtype) for one in step_of(Rounded(gradient, dtype=dtype), *exact)]
    for found, wanted in zip((parameter, *slots), exact, strict=True):
        assert_within(found, wanted.value, sides(dtype) * wanted.error)
    assert (abs(parameter - start) > 1e-4).mean() > 0.9


@pytest.mark.parametrize("rule", step.SLOTS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_shows_and_stays_where_it_is(isa, rule, value):
    parameter, slots = ones(67, rule)
    gradient = np.ones(67, np.float32)
    whole, kept = parameter.copy(), [slot.copy() for slot in slots]
    numbers = numbered(1, 0.125, 0.25, 0.5, 0.25, 0.5)
    optimizer.update(rule, numbers, whole, gradient, kept)
    gradient[33] = value
    optimizer.update(rule, numbers, parameter, gradient, slots)
    others = np.arange(67) != 33
    for one, other in zip([parameter, *slots], [whole, *kept], strict=True):
        np.testing.assert_array_equal(one[others], other[others])
    if np.isnan(value):
        assert all(np.isnan(array[33]) for array in [parameter, *slots])
    else:
        changed = [array[33] for array in [parameter, *slots]]
        assert not np.isfinite(changed).all() or rule == "lion"


@pytest.mark.parametrize("rule", step.SLOTS)
def test_the_gradient_is_not_changed(isa, rule):
    parameter, slots = ones(33, rule)
    gradient = np.full(33, 2, np.float32)
    gradient.flags.writeable = False
    optimizer.update(rule, numbered(1, 0.25, 0.25, 0.25), parameter, gradient, slots)
    assert (parameter != 1).all()


def test_the_parameter_decays_first(isa):
    parameter = np.full(33, 2, np.float32)
    optimizer.update("sgd", numbered(0.75, 0.25), parameter, np.ones(33, np.float32), [])
    np.testing.assert_array_equal(parameter, np.full(33, 1.25))


@pytest.mark.parametrize(
    "update",
    [
        lambda rule, numbers, slots: optimizer.update(rule, numbers, np.ones(6), np.ones(6), slots),
        lambda rule, numbers, slots: dense.dense_update(
            rule, numbers, np.ones((2, 3)), np.ones((4, 2)), np.ones((4, 3)), slots
        ),
    ],
)
def test_what_is_refused(update):
    numbers = numbered(1, 0.1, 0.9)
    with pytest.raises(ValueError, match="optimizer: expected one of the rules sgd, momentum, .*, got 'magic'"):
        update("magic", numbers, [])
    with pytest.raises(ValueError, match="expected 2 slots for adam, got 1"):
        update("adam", numbers, [np.ones(6)])
    with pytest.raises(ValueError, match=f"expected an array of {optimizer.NUMBERS} elements"):
        update("sgd", np.ones(optimizer.NUMBERS + 1), [])
    with pytest.raises(TypeError, match="expected a C-contiguous array of one element type"):
        update("sgd", numbers.astype(np.float32), [])
    with pytest.raises(TypeError, match="one element type"):
        update("momentum", numbers, [np.ones(6, np.float32)])
    with pytest.raises(ValueError, match="array of 6 elements"):
        update("momentum", numbers, [np.ones(5)])


@pytest.mark.parametrize("rule", step.SLOTS)
def test_a_step_is_done_again_with_the_numbers_of_then(isa, rule):
    numbers, gradient = numbered(1, 0.125, 0.25, 0.5, 0.25, 0.5), np.full(33, 0.5, np.float32)
    (parameter, slots), (other, others) = ones(33, rule), ones(33, rule)
    again = optimizer.update(rule, numbers, parameter, gradient, slots)
    optimizer.update(rule, numbers.copy(), other, gradient, others)
    numbers[1] = 0.0625
    gradient[...] = 2
    again()
    optimizer.update(rule, numbers.copy(), other, gradient.copy(), others)
    for one, wanted in zip([parameter, *slots], [other, *others], strict=True):
        np.testing.assert_array_equal(one, wanted)


def test_a_dense_step_is_done_again_with_the_numbers_of_then():
    numbers, inputs, upstream = numbered(1, 0.5), np.ones((2, 3)), np.ones((2, 4))
    kernel = np.zeros((3, 4))
    again = dense.dense_update("sgd", numbers, kernel, inputs, upstream, [])
    numbers[1] = 0.25
    again()
    np.testing.assert_array_equal(kernel, np.full((3, 4), -1.5))
