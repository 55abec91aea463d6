"""Adam by the largest gradient instead of the mean square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convolith.ops.arguments import positive
from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class AdamaxStep(FusedRule):
    """A step of Adamax; the slots are the mean and the norm."""

    beta_1: float
    beta_2: float
    epsilon: float

    kernel = "adamax"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Correct the rate for a mean that began with 0."""
        return rate / (1 - self.beta_1**step), 1 - self.beta_1, self.beta_2, self.epsilon


class Adamax(Optimizer):
    """Adam with the largest, slowly forgotten, magnitude of the gradient in place of the root of its mean square.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        beta_1: in [0, 1): how long the mean remembers.
        beta_2: in [0, 1): how long the largest magnitude is remembered.
        epsilon: added to the magnitude.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Adamax; Kingma and Ba, arXiv 1412.6980, section 7.1.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Adamax
        >>> weight = Variable(np.ones(1, "float32"))
        >>> Adamax(0.5).apply([np.ones(1, "float32")], [weight])
        >>> weight.numpy().round(4).tolist()
        [0.5]
    """

    slots = ("momentum", "norm")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        self.epsilon = positive("Adamax", "epsilon", epsilon)
        self.beta_1 = share("Adamax", "beta_1", beta_1, below_one=True)
        self.beta_2 = share("Adamax", "beta_2", beta_2, below_one=True)

    @property
    def rule(self) -> FusedRule:
        """The step of a weight, its mean and its norm."""
        return AdamaxStep(self.beta_1, self.beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
