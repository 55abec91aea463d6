"""Adam whose steps are as long as the weights let them be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.ops.arguments import positive
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.arguments import share
from convolith.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class LambStep(UpdateRule):
    """A step of Lamb; the slots are the mean and the mean square."""

    beta_1: float
    beta_2: float
    epsilon: float

    def update(self, rate: float, step: int, *arrays: np.ndarray) -> None:
        """Change parameter and both means."""
        parameter, gradient, mean, square = arrays
        mean += (1 - self.beta_1) * (gradient - mean)
        square += (1 - self.beta_2) * (gradient * gradient - square)
        change = mean / (1 - self.beta_1**step)
        change /= np.sqrt(square / (1 - self.beta_2**step)) + self.epsilon
        length, step_length = (float(np.sqrt(np.sum(array * array))) for array in (parameter, change))
        change *= rate * (length / step_length if length > 0 and step_length > 0 else 1.0)
        parameter -= change


class Lamb(Optimizer):
    """Adam whose step of a weight is as long as the weight itself, times the learning rate: for large batches.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        beta_1: in [0, 1): how long the mean remembers.
        beta_2: in [0, 1): how long the mean square remembers.
        epsilon: added to the root.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Lamb; You et al., "Large batch optimization for deep learning", arXiv 1904.00962.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Lamb
        >>> weight = Variable(np.full(2, 4.0))
        >>> Lamb(0.25).apply([np.array([3.0, -5.0])], [weight])
        >>> weight.numpy().round(4).tolist()
        [3.0, 5.0]
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
        self.epsilon = positive("Lamb", "epsilon", epsilon)
        self.beta_1 = share("Lamb", "beta_1", beta_1, below_one=True)
        self.beta_2 = share("Lamb", "beta_2", beta_2, below_one=True)

    @property
    def rule(self) -> UpdateRule:
        """The step of a weight and its two means."""
        return LambStep(self.beta_1, self.beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
