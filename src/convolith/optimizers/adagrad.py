"""Steps over the root of the sum of all squared gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convolith.ops.arguments import positive
from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import at_least_zero
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class AdagradStep(FusedRule):
    """A step of Adagrad; the slot is the sum of squares."""

    epsilon: float

    kernel = "adagrad"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Give rate and epsilon."""
        return rate, self.epsilon


class Adagrad(Optimizer):
    """Steps of the gradient over the root of the sum of its squares: often changed weights change less.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        initial_accumulator_value: what the sum begins with, >= 0.
        epsilon: added to the sum.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Adagrad; Duchi et al., "Adaptive subgradient methods", 2011.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Adagrad
        >>> weight = Variable(np.ones(1))
        >>> Adagrad(0.1).apply([np.ones(1)], [weight])
        >>> weight.numpy().round(4).tolist()
        [0.9047]
    """

    slots = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        at_least_zero("Adagrad", initial_accumulator_value=initial_accumulator_value)
        self.initial_accumulator_value = float(initial_accumulator_value)
        self.epsilon = positive("Adagrad", "epsilon", epsilon)

    def first_value(self, slot: str) -> float:
        """Give what a slot is filled with at first."""
        return self.initial_accumulator_value if slot == "accumulator" else 0.0

    @property
    def rule(self) -> FusedRule:
        """The step of a weight and its sum of squares."""
        return AdagradStep(self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}
        return {**super().get_config(), **own}
