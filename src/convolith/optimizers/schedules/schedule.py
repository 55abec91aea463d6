"""The base of all schedules."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.ops.arguments import flag, number
from convolith.registry import checked_name


class LearningRateSchedule:
    """Base of all schedules: subclasses define ``__call__(step)``, and ``get_config`` to be saved.

    ``step`` is the number of steps done before, an int; the result is a number.

    Source:
        keras.optimizers.schedules.LearningRateSchedule.

    Example:
        >>> from convolith.optimizers.schedules import LearningRateSchedule
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.1 / 2**step
        >>> Halving()(1)
        0.05
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after so many steps."""
        raise NotImplementedError(f"learning rate schedule {type(self).__name__} must define __call__(step)")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        raise NotImplementedError(f"learning rate schedule {type(self).__name__} must define get_config() to be saved")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LearningRateSchedule:
        """Make a schedule from what ``get_config`` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


STEPS = ("decay_steps", "first_decay_steps", "warmup_steps", "boundaries")  # which may be infinite
ABOVE_ZERO = ("decay_steps", "first_decay_steps")
LEAST = {
    "initial_learning_rate": 0, "end_learning_rate": 0, "warmup_target": 0, "values": 0,
    "warmup_steps": 0, "decay_rate": 0, "t_mul": 1,
}  # fmt: skip
FLAGS = ("staircase", "cycle")
LISTS = ("boundaries", "values")


class Decay(LearningRateSchedule):
    """Base of those that come down within a number of steps; ``get_config`` is what the constructor remembered.

    Args:
        config: the constructor's arguments. Numbers may be arrays of shape ().

    Raises:
        TypeError: one is no number, or no bool where one is wanted.
        ValueError: a number is NaN, infinite and none of steps, or below what ``LEAST`` and ``ABOVE_ZERO`` say.
    """

    def __init__(self, **config: Any):
        self.config = {argument: self._checked(argument, value) for argument, value in config.items()}
        vars(self).update(self.config)

    def _checked(self, argument: str, value: Any) -> Any:
        owner = type(self).__name__
        if argument == "name":
            return checked_name(owner, value)
        if argument in FLAGS:
            return flag(owner, argument, value)
        if argument in LISTS and isinstance(value, list):
            return [self._checked(argument, one) for one in value]
        if argument == "warmup_target" and value is None:
            return None
        value = plain_number(owner, argument, value, infinite=argument in STEPS)
        if argument in ABOVE_ZERO and not value > 0:
            raise ValueError(f"{owner}: {argument} must be a number above 0, got {value!r}")
        if argument in LEAST and value < LEAST[argument]:
            raise ValueError(f"{owner}: {argument} must be >= {LEAST[argument]}, got {value!r}")
        return value

    def passed(self, step: Any) -> float:
        """Return a number of steps done before as a float.

        Raises:
            TypeError: it is no number.
            ValueError: it is NaN or infinite.
        """
        return float(plain_number(type(self).__name__, "step", step))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(self.config)


def plain_number(owner: str, argument: str, value: Any, infinite: bool = False) -> Any:
    """Return a number; of an array or variable of shape () what is in it.

    Raises:
        TypeError: it is none.
        ValueError: it is NaN, or infinite but for ``infinite``.
    """
    if getattr(value, "shape", None) == ():
        value = np.asarray(value).item()
    number(owner, argument, value, infinite)
    return value
