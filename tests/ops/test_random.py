"""Random numbers as operations: by the state, in a trace too, and with no gradient."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import Input
from convolith.engine import random as engine
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import trace
from convolith.ops.dropout import advance
from convolith.ops.random import normal, normal_like, uniform


def state(seed=1, counter=0):
    return Variable(np.array([seed, counter], np.uint64), name="state")


@pytest.mark.parametrize("draw", [uniform, normal])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_dtype_and_state_decide(draw, dtype):
    first = draw((3, 5), state(), dtype)
    assert first.shape == (3, 5) and first.dtype == dtype
    np.testing.assert_array_equal(first, draw((3, 5), np.array([1, 0], np.uint64), dtype))
    np.testing.assert_array_equal(first.ravel(), draw((15,), state(), dtype))
    assert (first != draw((3, 5), state(counter=1), dtype)).any()
    assert draw((0, 5), state()).shape == (0, 5) and draw((), state()).shape == ()


@pytest.mark.parametrize("name", ["uniform", "normal"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_numbers_are_the_engines(name, dtype):
    """Which has its own tests against published words."""
    expected = np.empty((2, 3, 5), dtype)
    getattr(engine, name)(expected, 7, 2**40)
    found = {"uniform": uniform, "normal": normal}[name]((2, 3, 5), state(7, 2**40), dtype)
    np.testing.assert_array_equal(found, expected, strict=True)


def test_like_another():
    x = np.full((3, 5), np.nan)
    np.testing.assert_array_equal(normal_like(x, state()), normal((3, 5), state(), np.float64))
    assert normal_like(x.astype(np.float32), state()).dtype == np.float32
    assert normal_like(Input((5,)), state()).shape == (None, 5)


def test_the_counter_goes_round():
    variable = state(counter=2**64 - 1)
    before = normal((4,), variable)
    advance(variable)
    np.testing.assert_array_equal(normal((4,), variable), normal((4,), state()))
    assert (before != normal((4,), state())).any()


@pytest.mark.parametrize("run", ["evaluate", "plan"])
def test_in_a_trace_the_counter_goes_on_after_all_its_readers(run):
    variable, other = state(), state()

    def step(x):
        first = normal_like(x, variable)
        advance(variable)
        second = x * uniform((4,), variable)
        advance(variable)
        return first, second

    graph = trace(step, Spec((4,), np.dtype(np.float32)))
    compute = graph.evaluate if run == "evaluate" else Plan(graph).run
    for _ in range(3):
        first, second = compute(np.ones(4, np.float32))
        np.testing.assert_array_equal(first, normal((4,), other))
        advance(other)
        np.testing.assert_array_equal(second, uniform((4,), other))
        advance(other)


def test_there_is_no_gradient():
    _, pullback = convolith.vjp(lambda x: normal_like(x, state()) * 2, np.ones(3))
    np.testing.assert_array_equal(pullback(np.ones(3))[0], np.zeros(3))


def test_a_state_of_another_kind_is_refused():
    for wrong in (np.zeros(2, np.int64), np.zeros(3, np.uint64)):
        with pytest.raises(ValueError, match=r"normal: state must be uint64\[2\], the seed and the counter, got"):
            normal((3,), Variable(wrong))
        with pytest.raises(ValueError, match=r"uniform: state must be uint64\[2\], the seed and the counter, got"):
            uniform((3,), Variable(wrong))
