"""Steps over the root of the sum of all squared gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.arguments import above_zero, at_least_zero
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class AdagradStep(UpdateRule):
    """A step of Adagrad."""

    epsilon: float

    def update(self, rate: float, step: int, *parts: np.ndarray) -> None:
        """Change parameter and sum."""
        parameter, gradient, total = parts
        total += gradient * gradient
        root = total + self.epsilon
        parameter -= rate * gradient / np.sqrt(root, out=root)


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
        self.epsilon = above_zero("Adagrad", "epsilon", epsilon)

    def first_value(self, slot: str) -> float:
        """Give what a slot is filled with at first."""
        return self.initial_accumulator_value if slot == "accumulator" else 0.0

    def step(self, variable: Variable, gradient: Any, rate: Any, count: Any, *slots: Variable) -> None:
        """Change one weight and its sum of squares."""
        AdagradStep(self.epsilon)(variable, gradient, rate, count, *slots)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}
        return {**super().get_config(), **own}
