"""Learning rates that follow the number of steps: ``Adam(learning_rate=schedules.CosineDecay(0.001, 1000))``."""

from __future__ import annotations

from typing import Any

from convolith.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from convolith.optimizers.schedules.decay import ExponentialDecay, InverseTimeDecay, PolynomialDecay
from convolith.optimizers.schedules.piecewise import PiecewiseConstantDecay
from convolith.optimizers.schedules.schedule import LearningRateSchedule
from convolith.registry import Registry, custom_object_scope, snake_case

__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule",
    "PiecewiseConstantDecay", "PolynomialDecay",
    "deserialize", "serialize",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


_classes: list[Any] = [
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay,
]  # fmt: skip
REGISTRY = Registry("learning rate schedule", {snake_case(entry.__name__): entry for entry in _classes})


def serialize(learning_rate_schedule: Any) -> Any:
    """Return the configuration that ``deserialize`` turns back into the schedule."""
    return REGISTRY.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a configuration back into a schedule.

    Raises:
        ValueError: its name is unknown.

    Example:
        >>> from convolith.optimizers.schedules import ExponentialDecay, deserialize, serialize
        >>> deserialize(serialize(ExponentialDecay(0.1, 10, 0.5)))(10)
        0.05
    """
    with custom_object_scope(custom_objects):
        return REGISTRY.get(config)
