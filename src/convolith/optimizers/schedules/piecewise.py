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
        boundaries, values = list(boundaries), list(values)
        if not boundaries or len(boundaries) != len(values) - 1:
            raise ValueError(
                f"PiecewiseConstantDecay: values must be one more than boundaries, and these at least one, "
                f"got {len(values)} values and {len(boundaries)} boundaries"
            )
        if sorted(boundaries) != boundaries:
            raise ValueError(f"PiecewiseConstantDecay: boundaries must rise, got {boundaries}")
        super().__init__(boundaries=boundaries, values=values, name=name)

    def __call__(self, step: Any) -> float:
        """Return the learning rate after so many steps."""
        return float(self.values[sum(int(step) > boundary for boundary in self.boundaries)])
