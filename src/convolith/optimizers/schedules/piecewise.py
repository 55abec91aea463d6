"""A schedule of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convolith.optimizers.schedules.schedule import Decay


class PiecewiseConstantDecay(Decay):
    """values[0] up to and with boundaries[0], then values[1] up to and with boundaries[1], and so on.

    Args:
        boundaries: numbers of steps, rising.
        values: learning rates, one more than boundaries.
        name: of no effect; Keras's.

    Raises:
        TypeError: one of them is no number.
        ValueError: there are not one more values than boundaries, or no boundary, or they do not rise.

    Source:
        keras.optimizers.schedules.PiecewiseConstantDecay.

    Example:
        >>> from convolith.optimizers.schedules import PiecewiseConstantDecay
        >>> schedule = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])
        >>> schedule(10), schedule(11), schedule(21)
        (1.0, 0.5, 0.1)
    """

    boundaries: list[float]
    values: list[float]

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"):
        super().__init__(boundaries=_listed("boundaries", boundaries), values=_listed("values", values), name=name)
        if not self.boundaries or len(self.boundaries) != len(self.values) - 1:
            raise ValueError(
                f"PiecewiseConstantDecay: values must be one more than boundaries, and these at least one, "
                f"got {len(self.values)} values and {len(self.boundaries)} boundaries"
            )
        if sorted(self.boundaries) != self.boundaries:
            raise ValueError(f"PiecewiseConstantDecay: boundaries must rise, got {self.boundaries}")

    def __call__(self, step: Any) -> float:
        """Return the learning rate after so many steps."""
        step = int(self.passed(step))
        return float(self.values[sum(step > boundary for boundary in self.boundaries)])


def _listed(argument: str, numbers: Any) -> list[Any]:
    try:
        return list(numbers)
    except TypeError:
        raise TypeError(f"PiecewiseConstantDecay: {argument} must be a sequence of numbers, got {numbers!r}") from None
