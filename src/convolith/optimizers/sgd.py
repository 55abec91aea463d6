"""Gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convolith.ops.arguments import flag
from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class SGDStep(FusedRule):
    """A step of gradient descent; the slot is the velocity, with momentum."""

    momentum: float = 0.0
    nesterov: bool = False

    @property
    def kernel(self) -> str:  # type: ignore[override]
        """Choose by what is used."""
        if not self.momentum:
            return "sgd"
        return "nesterov" if self.nesterov else "momentum"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Give the rate, and the momentum."""
        return rate, self.momentum


class SGD(Optimizer):
    """Gradient descent: ``w -= learning_rate * g``; with momentum ``v = momentum * v - learning_rate * g; w += v``.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        momentum: in [0, 1].
        nesterov: whether the step looks ahead: ``w += momentum * v - learning_rate * g``.
        common: the further arguments of ``Optimizer``.

    Raises:
        TypeError: nesterov is neither True nor False.
        ValueError: another argument is none of these.

    Source:
        keras.optimizers.SGD.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import SGD
        >>> weight = Variable(np.ones(1, "float32"))
        >>> SGD(0.5).apply([np.ones(1, "float32")], [weight])
        >>> weight.numpy().tolist()
        [0.5]
    """

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **common: Any):
        super().__init__(learning_rate, **common)
        self.momentum = share("SGD", "momentum", momentum)
        self.nesterov = flag("SGD", "nesterov", nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    @property
    def rule(self) -> FusedRule:
        """The step of a weight and its velocity."""
        return SGDStep(self.momentum, self.nesterov)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
