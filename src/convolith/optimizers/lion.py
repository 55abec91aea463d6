"""Steps of one size, by the sign of the momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class LionStep(FusedRule):
    """A step of Lion; the slot is the momentum."""

    beta_1: float
    beta_2: float

    kernel = "lion"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Give the rate and the shares of momentum and gradient."""
        return rate, self.beta_1, 1 - self.beta_1, self.beta_2, 1 - self.beta_2


class Lion(Optimizer):
    """Steps of the learning rate up or down, by the sign of a mean of the momentum and the gradient.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        beta_1: in (0, 1]: the momentum's share in the step.
        beta_2: in [0, 1]: how much of the momentum is kept.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Lion; Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Lion
        >>> weight = Variable(np.ones(1, "float32"))
        >>> Lion(0.5).apply([np.ones(1, "float32")], [weight])
        >>> weight.numpy().tolist()
        [0.5]
    """

    slots = ("momentum",)

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **common: Any):
        super().__init__(learning_rate, **common)
        self.beta_1 = share("Lion", "beta_1", beta_1)
        self.beta_2 = share("Lion", "beta_2", beta_2)
        if not self.beta_1:
            raise ValueError(f"Lion: beta_1 must be above 0, or the momentum does nothing, got {beta_1!r}")

    @property
    def rule(self) -> FusedRule:
        """The step of a weight and its momentum."""
        return LionStep(self.beta_1, self.beta_2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}
