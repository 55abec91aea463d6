"""Steps whose size comes from the changes before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convolith.ops.arguments import positive
from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class AdadeltaStep(FusedRule):
    """A step of Adadelta; the slots are the mean squares of gradients and of changes."""

    rho: float
    epsilon: float

    kernel = "adadelta"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Give the rate, the means' shares, and epsilon."""
        return rate, self.rho, 1 - self.rho, self.epsilon


class Adadelta(Optimizer):
    """Steps of the gradient times the root of the mean square of the changes before over that of the gradients.

    Args:
        learning_rate: a number >= 0, a schedule or a function; the paper's own is 1.
        rho: in [0, 1]: how much of both means is kept.
        epsilon: added to both means.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Adadelta; Zeiler, "ADADELTA: an adaptive learning rate method", arXiv 1212.5701.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Adadelta
        >>> weight = Variable(np.ones(1))
        >>> Adadelta(1.0).apply([np.ones(1)], [weight])
        >>> weight.numpy().round(4).tolist()
        [0.9986]
    """

    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **common: Any):
        super().__init__(learning_rate, **common)
        self.rho = share("Adadelta", "rho", rho)
        self.epsilon = positive("Adadelta", "epsilon", epsilon)

    @property
    def rule(self) -> FusedRule:
        """The step of a weight and its two means."""
        return AdadeltaStep(self.rho, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}
