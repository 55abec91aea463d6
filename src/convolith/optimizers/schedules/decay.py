"""Schedules that fall exponentially, inversely with time, or as a polynomial."""

from __future__ import annotations

import math
from typing import Any

from convolith.optimizers.schedules.schedule import Decay


class ExponentialDecay(Decay):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
        initial_learning_rate: at step 0.
        decay_steps: a number > 0 of steps.
        decay_rate: the factor of that many steps.
        staircase: whether step / decay_steps is cut to an integer.
        name: of no effect; Keras's.

    Raises:
        TypeError: a number is none, or staircase is neither True nor False.
        ValueError: decay_steps is not above 0, decay_rate or the rate is below, or a number is NaN.

    Source:
        keras.optimizers.schedules.ExponentialDecay.

    Example:
        >>> from convolith.optimizers.schedules import ExponentialDecay
        >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
        0.025
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ):
        super().__init__(
            initial_learning_rate=initial_learning_rate,
            decay_steps=decay_steps,
            decay_rate=decay_rate,
            staircase=staircase,
            name=name,
        )

    def __call__(self, step: Any) -> float:
        """Return the learning rate after so many steps."""
        return float(self.initial_learning_rate * self.decay_rate ** _passed(self, step))


class InverseTimeDecay(Decay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
        initial_learning_rate: at step 0.
        decay_steps: a number > 0 of steps.
        decay_rate: how much the divisor grows in that many steps.
        staircase: whether step / decay_steps is cut to an integer.
        name: of no effect; Keras's.

    Raises:
        TypeError: a number is none, or staircase is neither True nor False.
        ValueError: decay_steps is not above 0, decay_rate or the rate is below, or a number is NaN.

    Source:
        keras.optimizers.schedules.InverseTimeDecay.

    Example:
        >>> from convolith.optimizers.schedules import InverseTimeDecay
        >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=1)(10)
        0.05
    """

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ):
        super().__init__(
            initial_learning_rate=initial_learning_rate,
            decay_steps=decay_steps,
            decay_rate=decay_rate,
            staircase=staircase,
            name=name,
        )

    def __call__(self, step: Any) -> float:
        """Return the learning rate after so many steps."""
        return float(self.initial_learning_rate / (1 + self.decay_rate * _passed(self, step)))


class PolynomialDecay(Decay):
    """(initial - end) * (1 - step / decay_steps) ** power + end, then the end.

    Args:
        initial_learning_rate: at step 0.
        decay_steps: a number > 0 of steps.
        end_learning_rate: after that many.
        power: of the polynomial; 1 is a straight line.
        cycle: whether decay_steps is multiplied when step goes beyond it, so that the rate rises again.
        name: of no effect; Keras's.

    Raises:
        TypeError: a number is none, or cycle is neither True nor False.
        ValueError: decay_steps is not above 0, a rate is below, or a number is NaN.

    Source:
        keras.optimizers.schedules.PolynomialDecay.

    Example:
        >>> from convolith.optimizers.schedules import PolynomialDecay
        >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)
        0.05
    """

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float
    power: float
    cycle: bool

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ):
        super().__init__(
            initial_learning_rate=initial_learning_rate,
            decay_steps=decay_steps,
            end_learning_rate=end_learning_rate,
            power=power,
            cycle=cycle,
            name=name,
        )

    def __call__(self, step: Any) -> float:
        """Return the learning rate after so many steps."""
        step, steps = self.passed(step), self.decay_steps
        if self.cycle:
            steps *= max(1, math.ceil(step / steps))
        share = min(step, steps) / steps
        return float((self.initial_learning_rate - self.end_learning_rate) * (1 - share) ** self.power) + float(
            self.end_learning_rate
        )


def _passed(schedule: Any, step: Any) -> float:
    """How many times decay_steps have passed."""
    passed = schedule.passed(step) / schedule.decay_steps
    return math.floor(passed) if schedule.staircase else passed
