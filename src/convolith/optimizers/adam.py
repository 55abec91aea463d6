"""Adam: steps of the mean gradient over the root of its mean square."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from convolith.ops.arguments import flag, positive
from convolith.ops.update_rule import FusedRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class AdamStep(FusedRule):
    """A step of Adam; the slots are the mean, the mean square and, with AMSGrad, its largest."""

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False

    @property
    def kernel(self) -> str:  # type: ignore[override]
        """Choose by what is divided by."""
        return "amsgrad" if self.amsgrad else "adam"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Correct the rate for means that began with 0, in the order of the paper's section 2."""
        size = rate * math.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        return size, 1 - self.beta_1, 1 - self.beta_2, self.epsilon


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
        TypeError: amsgrad is neither True nor False.
        ValueError: another argument is none of these.

    Source:
        keras.optimizers.Adam; Kingma and Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980; Reddi et
        al., "On the convergence of Adam and beyond", 2018.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Adam
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
        self.epsilon = positive(owner, "epsilon", epsilon)
        self.beta_1 = share(owner, "beta_1", beta_1, below_one=True)  # at 1, corrections divide by 0
        self.beta_2 = share(owner, "beta_2", beta_2, below_one=True)
        self.amsgrad = flag(type(self).__name__, "amsgrad", amsgrad)
        self.slots = ("momentum", "velocity", *(("velocity_hat",) if self.amsgrad else ()))

    @property
    def rule(self) -> FusedRule:
        """The step of a weight and its means."""
        return AdamStep(self.beta_1, self.beta_2, self.epsilon, self.amsgrad)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon, "amsgrad": self.amsgrad}
        return {**super().get_config(), **own}
