"""Adam: steps of the mean gradient over the root of its mean square."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.update import adam_step
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.arguments import above_zero, share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class AMSGradStep(UpdateRule):
    """A step of Adam that divides by the largest mean square so far."""

    beta_1: float
    beta_2: float
    epsilon: float

    def update(self, rate: float, step: int, *parts: np.ndarray) -> None:
        """Change parameter, mean, mean square and its largest."""
        parameter, gradient, mean, square, largest = parts
        mean += (1 - self.beta_1) * (gradient - mean)
        square += (1 - self.beta_2) * (gradient * gradient - square)
        np.maximum(largest, square, out=largest)
        size = rate * math.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        parameter -= size * mean / (np.sqrt(largest) + self.epsilon)


class Adam(Optimizer):
    """Adam: steps of the mean gradient over the root of its mean square.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        beta_1: in [0, 1): how long the mean remembers.
        beta_2: in [0, 1): how long the mean square remembers.
        epsilon: added to the root.
        amsgrad: whether to divide by the largest mean square so far instead of the latest.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Adam; Kingma and Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980; Reddi et
        al., "On the convergence of Adam and beyond", 2018.

    Example:
        >>> weight = Variable(np.ones(1, "float32"))
        >>> Adam(0.5).apply([np.ones(1, "float32")], [weight])
        >>> weight.numpy().round(4).tolist()
        [0.5]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        owner = type(self).__name__
        self.epsilon = above_zero(owner, "epsilon", epsilon)
        self.beta_1 = share(owner, "beta_1", beta_1, below_one=True)  # at 1, corrections divide by 0
        self.beta_2 = share(owner, "beta_2", beta_2, below_one=True)
        self.amsgrad = bool(amsgrad)
        self.slots = ("momentum", "velocity", *(("velocity_hat",) if self.amsgrad else ()))

    def step(self, variable: Variable, gradient: Any, rate: Any, count: Any, *slots: Variable) -> None:
        """Change one weight and its means."""
        if self.amsgrad:
            AMSGradStep(self.beta_1, self.beta_2, self.epsilon)(variable, gradient, rate, count, *slots)
        else:
            adam_step(variable, gradient, slots[0], slots[1], rate, count, self.beta_1, self.beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon, "amsgrad": self.amsgrad}
        return {**super().get_config(), **own}
