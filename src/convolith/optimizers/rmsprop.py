"""Steps over the root of the mean square of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.arguments import above_zero, share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class RMSpropStep(UpdateRule):
    """A step of RMSprop; the slots are the mean square, then the momentum and the mean where they are used."""

    rho: float
    momentum: float
    epsilon: float
    centered: bool

    def update(self, rate: float, step: int, *parts: np.ndarray) -> None:
        """Change parameter and slots."""
        parameter, gradient, square, *others = parts
        square *= self.rho
        square += (1 - self.rho) * gradient * gradient
        denominator = square + self.epsilon
        if self.centered:
            mean = others[-1]
            mean *= self.rho
            mean += (1 - self.rho) * gradient
            denominator -= mean * mean
        change = rate * gradient
        change /= np.sqrt(denominator, out=denominator)
        if self.momentum:
            others[0] *= self.momentum
            change = np.add(others[0], change, out=others[0])
        parameter -= change


class RMSprop(Optimizer):
    """Steps of the gradient over the root of its mean square; ``compile``'s default.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        rho: in [0, 1]: how much of the mean square is kept.
        momentum: in [0, 1]: how much of the last change is kept.
        epsilon: added to the mean square.
        centered: whether to take the variance instead of the mean square.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.RMSprop; Tieleman and Hinton, "Lecture 6.5", 2012; centered: Graves, arXiv 1308.0850.

    Example:
        >>> weight = Variable(np.ones(1))
        >>> RMSprop(0.1).apply([np.ones(1)], [weight])
        >>> weight.numpy().round(4).tolist()
        [0.6838]
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        self.rho = share("RMSprop", "rho", rho)
        self.momentum = share("RMSprop", "momentum", momentum)
        self.epsilon = above_zero("RMSprop", "epsilon", epsilon)
        self.centered = bool(centered)
        moving = ("momentum",) if self.momentum else ()
        self.slots = ("velocity", *moving, *(("average_gradient",) if self.centered else ()))

    def step(self, variable: Variable, gradient: Any, rate: Any, count: Any, *slots: Variable) -> None:
        """Change one weight and its slots."""
        step = RMSpropStep(self.rho, self.momentum, self.epsilon, self.centered)
        step(variable, gradient, rate, count, *slots)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}
        return {**super().get_config(), **own}
