"""Steps over the root of the mean square of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convolith.ops.arguments import flag, positive
from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class RMSpropStep(FusedRule):
    """A step of RMSprop; the slots are the mean square, then the momentum and the mean where they are used."""

    rho: float
    momentum: float
    epsilon: float
    centered: bool

    @property
    def kernel(self) -> str:  # type: ignore[override]
        """Choose by what is used."""
        return f"rmsprop{'_centered' if self.centered else ''}{'_momentum' if self.momentum else ''}"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Give the rate, what means keep and the rest, epsilon, and the momentum."""
        return rate, self.rho, 1 - self.rho, self.epsilon, self.momentum


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
        TypeError: centered is neither True nor False.
        ValueError: another argument is none of these.

    Source:
        keras.optimizers.RMSprop; Tieleman and Hinton, "Lecture 6.5", 2012; centered: Graves, arXiv 1308.0850.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import RMSprop
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
        self.epsilon = positive("RMSprop", "epsilon", epsilon)
        self.centered = flag("RMSprop", "centered", centered)
        moving = ("momentum",) if self.momentum else ()
        self.slots = ("velocity", *moving, *(("average_gradient",) if self.centered else ()))

    @property
    def rule(self) -> FusedRule:
        """The step of a weight and its slots."""
        return RMSpropStep(self.rho, self.momentum, self.epsilon, self.centered)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}
        return {**super().get_config(), **own}
