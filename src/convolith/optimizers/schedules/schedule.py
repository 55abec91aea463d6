"""The base of all schedules."""

from __future__ import annotations

from typing import Any

import numpy as np

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


class Decay(LearningRateSchedule):
    """Base of those that come down within a number of steps; ``get_config`` is what the constructor remembered."""

    def __init__(self, **config: Any):
        checked_name(type(self).__name__, config.get("name", ""))
        self.config = config
        vars(self).update(config)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(self.config)


def positive(owner: str, argument: str, value: Any) -> None:
    """Check a number of steps.

    Raises:
        ValueError: it is not above 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not value > 0:
        raise ValueError(f"{owner}: {argument} must be > 0, got {value!r}")
