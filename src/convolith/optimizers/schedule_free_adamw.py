"""Adam that needs no learning-rate schedule, as it averages its weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.arguments import positive
from convolith.ops.update_rule import FusedRule, UpdateRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class ScheduleFreeAdamWStep(FusedRule):
    """A step of Schedule-Free Adam; the slots are the weights that move, and the mean square of the gradient."""

    beta_1: float
    beta_2: float
    epsilon: float
    warmup_steps: int

    kernel = "schedule_free"

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Warm the rate up, and give the parameter's shares: it is beta_1 of the mean and the rest of what moves."""
        warm = min(step / self.warmup_steps, 1.0) if self.warmup_steps else 1.0
        moving = 1 - self.beta_1
        shares = moving + self.beta_1 / step, 1 - 1 / step, moving * (1 - 1 / step)
        root = 1 / math.sqrt(1 - self.beta_2**step)
        return rate * warm, 1 - self.beta_2, root, self.epsilon, *shares


class ScheduleFreeAdamW(Optimizer):
    """Adam without momentum whose weights lie between those that it moves and their mean over all steps.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        beta_1: in [0, 1): how near the weights are to the mean.
        beta_2: in [0, 1): how long the mean square of the gradient remembers.
        epsilon: added to the root.
        warmup_steps: an integer >= 0: in so many steps the learning rate rises from 0.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.ScheduleFreeAdamW; Defazio et al., "The road less scheduled", arXiv 2405.15682. On torch, Keras
        overwrites what it computes the mean from; this follows the paper, as Keras does elsewhere.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import ScheduleFreeAdamW
        >>> weight = Variable(np.ones(1))
        >>> ScheduleFreeAdamW(0.5).apply([np.ones(1)], [weight])
        >>> weight.numpy().round(4).tolist()
        [0.5]
    """

    slots = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        owner = "ScheduleFreeAdamW"
        self.epsilon = positive(owner, "epsilon", epsilon)
        self.beta_1 = share(owner, "beta_1", beta_1, below_one=True)
        self.beta_2 = share(owner, "beta_2", beta_2, below_one=True)
        if not isinstance(warmup_steps, (int, np.integer)) or isinstance(warmup_steps, bool) or warmup_steps < 0:
            raise ValueError(f"{owner}: warmup_steps must be an integer >= 0, got {warmup_steps!r}")
        self.warmup_steps = int(warmup_steps)

    def _made(self, variable: Variable, name: str, filled: bool) -> Variable:
        """Make a slot; what moves begins as the weight."""
        made = super()._made(variable, name, filled)
        if filled and name == "momentum":
            made.assign(variable.value)
        return made

    @property
    def rule(self) -> UpdateRule:
        """The step of a weight, of what moves and of the mean square."""
        return ScheduleFreeAdamWStep(self.beta_1, self.beta_2, self.epsilon, self.warmup_steps)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = ("beta_1", "beta_2", "epsilon", "warmup_steps")
        return {**super().get_config(), **{argument: getattr(self, argument) for argument in own}}
