"""Follow the regularized leader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.arguments import at_least_zero, is_number
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class FtrlStep(UpdateRule):
    """A step of FTRL-proximal."""

    power: float
    l1: float
    l2: float
    shrinkage: float
    beta: float

    def update(self, rate: float, step: int, *parts: np.ndarray) -> None:
        """Change parameter, sum of squares and linear term."""
        parameter, gradient, total, linear = parts
        before = total**-self.power
        total += gradient * gradient
        after = total**-self.power
        linear += gradient + 2 * self.shrinkage * parameter
        linear -= (after - before) / rate * parameter
        quadratic = after / rate + 2 * (self.l2 + self.beta / (2 * rate))
        np.divide(np.clip(linear, -self.l1, self.l1) - linear, quadratic, out=parameter)


class Ftrl(Optimizer):
    """Follow the regularized leader: weights that the past gradients and penalties make best, many of them 0.

    Args:
        learning_rate: a number > 0, a schedule or a function.
        learning_rate_power: a number <= 0: how the rate falls with the sum of squares.
        initial_accumulator_value: what the sum of squares begins with, >= 0.
        l1_regularization_strength: >= 0.
        l2_regularization_strength: >= 0.
        l2_shrinkage_regularization_strength: >= 0: adds to the gradient that of an L2 penalty.
        beta: >= 0: makes the first steps smaller.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Ftrl; McMahan et al., "Ad click prediction: a view from the trenches", 2013.

    Example:
        >>> weight = Variable(np.zeros(1))
        >>> Ftrl(0.1).apply([np.ones(1)], [weight])
        >>> weight.numpy().round(4).tolist()
        [-0.0953]
    """

    slots = ("accumulator", "linear")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        if not is_number(learning_rate_power) or not learning_rate_power <= 0:
            raise ValueError(f"Ftrl: learning_rate_power must be a number <= 0, got {learning_rate_power!r}")
        self.own = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
            "beta": beta,
        }
        at_least_zero("Ftrl", **self.own)
        self.rule = FtrlStep(
            float(learning_rate_power),
            float(l1_regularization_strength),
            float(l2_regularization_strength),
            float(l2_shrinkage_regularization_strength),
            float(beta),
        )

    def first_value(self, slot: str) -> float:
        """Give what a slot is filled with at first."""
        return self.own["initial_accumulator_value"] if slot == "accumulator" else 0.0

    def step(self, variable: Variable, gradient: Any, rate: Any, count: Any, *slots: Variable) -> None:
        """Change one weight, its sum of squares and its linear term."""
        self.rule(variable, gradient, rate, count, *slots)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "learning_rate_power": self.rule.power, **self.own}
