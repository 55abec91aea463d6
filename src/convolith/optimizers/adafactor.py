"""Adam with the mean squares of rows and columns instead of those of all elements."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.tensor import Spec, Variable
from convolith.ops.arguments import flag, positive
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.arguments import is_number
from convolith.optimizers.optimizer import Optimizer


def root_mean_square(array: np.ndarray) -> float:
    """Give the root of the mean of the squares of all elements."""
    return float(np.sqrt(np.mean(array * array)))


@dataclass(frozen=True)
class AdafactorStep(UpdateRule):
    """A step of Adafactor; the slots are the mean squares of rows and columns, or of a vector's elements."""

    beta_2_decay: float
    epsilon_1: float
    epsilon_2: float
    clip_threshold: float

    def slots_of(self, parameter: Spec) -> tuple[Spec, ...]:
        """Give the shapes without the last axis and without the one before; a vector's own."""
        shape, dtype = parameter.shape, parameter.dtype
        return (Spec(shape[:-1], dtype), Spec((*shape[:-2], shape[-1]), dtype)) if len(shape) > 1 else (parameter,)

    def update(self, rate: float, step: int, *arrays: np.ndarray) -> None:
        """Change parameter and means."""
        parameter, gradient, *means = arrays
        kept = 1 - step**self.beta_2_decay
        squares = gradient * gradient + self.epsilon_1
        for axis, mean in zip((-1, -2), means, strict=False):
            mean *= kept
            mean += (1 - kept) * (squares.mean(axis) if len(means) == 2 else squares)
        if len(means) == 2:
            rows, columns = means
            rows = rows / rows.mean(-1, keepdims=True)
            change = gradient / np.sqrt(rows[..., None] * columns[..., None, :])
        else:
            change = gradient / np.sqrt(means[0])
        size = max(self.epsilon_2, root_mean_square(parameter)) * min(rate, 1 / math.sqrt(step))
        change *= size / max(1.0, root_mean_square(change) / self.clip_threshold)
        parameter -= change


class Adafactor(Optimizer):
    """Steps over the root of a mean square that is put together from those of rows and columns: it keeps little.

    A matrix (m, n), or each of the last two axes of more, has m + n means; a vector has its elements'. A step is
    relative to the root mean square of the weight, and the learning rate is never above 1 / sqrt(step).

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        beta_2_decay: a number <= 0: at step t the means keep 1 - t ** beta_2_decay.
        epsilon_1: > 0, added to the squares.
        epsilon_2: > 0, the least root mean square of a weight that counts.
        clip_threshold: > 0, the largest root mean square of a step.
        relative_step: as in Keras, whose bound of the learning rate holds with False too.
        common: the further arguments of ``Optimizer``.

    Raises:
        TypeError: relative_step is neither True nor False.
        ValueError: another argument is none of these.

    Source:
        keras.optimizers.Adafactor; Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
        arXiv 1804.04235.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Adafactor
        >>> weight = Variable(np.full((2, 2), 4.0))
        >>> Adafactor(0.25).apply([np.ones((2, 2))], [weight])
        >>> weight.numpy().tolist()
        [[3.0, 3.0], [3.0, 3.0]]
    """

    slots = ("row", "column", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **common: Any,
    ):
        super().__init__(learning_rate, **common)
        if not is_number(beta_2_decay) or not beta_2_decay <= 0:
            raise ValueError(f"Adafactor: beta_2_decay must be a number <= 0, got {beta_2_decay!r}")
        self.beta_2_decay = float(beta_2_decay)
        self.epsilon_1 = positive("Adafactor", "epsilon_1", epsilon_1)
        self.epsilon_2 = positive("Adafactor", "epsilon_2", epsilon_2)
        self.clip_threshold = positive("Adafactor", "clip_threshold", clip_threshold)
        self.relative_step = flag("Adafactor", "relative_step", relative_step)

    def slot_shape(self, variable: Variable, slot: str) -> tuple[int, ...]:
        """Give the shapes of rows and columns, of a vector its own."""
        shape = super().slot_shape(variable, slot)
        if slot not in self.slots:
            return shape
        if (slot == "velocity") == (len(shape) > 1):
            return (0,)
        return {"row": shape[:-1], "column": (*shape[:-2], *shape[-1:]), "velocity": shape}[slot]

    def step(self, variable: Variable, gradient: Any, rate: Any, count: Any, *slots: Variable) -> None:
        """Change one weight and the means that it has."""
        rule = AdafactorStep(self.beta_2_decay, self.epsilon_1, self.epsilon_2, self.clip_threshold)
        rule(variable, gradient, rate, count, *(slots[:2] if len(variable.shape) > 1 else slots[2:]))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")
        return {**super().get_config(), **{argument: getattr(self, argument) for argument in own}}
