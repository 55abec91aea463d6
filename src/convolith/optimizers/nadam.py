"""Adam with Nesterov's look ahead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.ops.arguments import positive
from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer

DECAY = 0.96  # of the momentum's warm-up, as in the report
WARM_UPS = np.cumprod(1 - 0.5 * DECAY ** np.arange(1, 1025))  # from step 1 on; later factors are 1 in float64


def momentum_at(beta_1: float, step: int) -> float:
    """Give the momentum of a step (from 1), which rises from about half of ``beta_1`` to ``beta_1``."""
    return beta_1 * (1 - 0.5 * DECAY**step)


def product_of_momenta(beta_1: float, step: int) -> float:
    """Give the product of the momenta of all steps up to this one."""
    return float(beta_1**step * WARM_UPS[min(step, len(WARM_UPS)) - 1])


@dataclass(frozen=True)
class NadamStep(FusedRule):
    """A step of Nadam; the slots are the mean and the mean square."""

    beta_1: float
    beta_2: float
    epsilon: float

    kernel = "nadam"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Correct the shares of mean and gradient by the momenta up to now, and the root for a mean from 0 on."""
        now, after = momentum_at(self.beta_1, step), momentum_at(self.beta_1, step + 1)
        product = product_of_momenta(self.beta_1, step)
        shares = rate * after / (1 - product * after), rate * (1 - now) / (1 - product)
        return *shares, 1 - self.beta_1, 1 - self.beta_2, 1 / math.sqrt(1 - self.beta_2**step), self.epsilon


class Nadam(Optimizer):
    """Adam with Nesterov momentum: the mean gradient is looked at one step ahead.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        beta_1: in [0, 1): how long the mean remembers.
        beta_2: in [0, 1): how long the mean square remembers.
        epsilon: added to the root.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Nadam; Dozat, "Incorporating Nesterov momentum into Adam", 2015.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Nadam
        >>> weight = Variable(np.ones(1))
        >>> Nadam(0.5).apply([np.ones(1)], [weight])
        >>> weight.numpy().round(2).tolist()
        [0.47]
    """

    slots = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        self.epsilon = positive("Nadam", "epsilon", epsilon)
        self.beta_1 = share("Nadam", "beta_1", beta_1, below_one=True)
        self.beta_2 = share("Nadam", "beta_2", beta_2, below_one=True)

    @property
    def rule(self) -> FusedRule:
        """The step of a weight and its two means."""
        return NadamStep(self.beta_1, self.beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
