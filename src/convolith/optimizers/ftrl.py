"""Follow the regularized leader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import at_least_zero, is_number
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class FtrlStep(FusedRule):
    """A step of FTRL-proximal; the slots are the sum of squares and the linear term."""

    power: float
    l1: float
    l2: float
    shrinkage: float
    beta: float

    @property
    def kernel(self) -> str:  # type: ignore[override]
        """Compute the power that is a root as one."""
        return "ftrl" if self.power == -0.5 else "ftrl_power"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Refuse a rate that nothing can be divided by."""
        if not rate > 0:
            raise ValueError(f"{self.name}: learning_rate must be > 0, as it is divided by, got {rate}")
        return 1 / rate, self.l1, 2 * self.l2 + self.beta / rate, 2 * self.shrinkage, -self.power


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
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Ftrl
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
        self.learning_rate_power = float(learning_rate_power)
        self.own = {
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
            "beta": beta,
        }
        at_least_zero("Ftrl", **self.own)

    def first_value(self, slot: str) -> float:
        """Give what a slot is filled with at first."""
        return self.own["initial_accumulator_value"] if slot == "accumulator" else 0.0

    @property
    def rule(self) -> FusedRule:
        """The step of a weight, its sum of squares and its linear term."""
        l1, l2, shrinkage, beta = list(self.own.values())[1:]
        return FtrlStep(self.learning_rate_power, l1, l2, shrinkage, beta)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "learning_rate_power": self.learning_rate_power, **self.own}
