"""How gradients change weights: Keras's optimizers, as state around the steps of ``convolith.ops``."""

from __future__ import annotations

from typing import Any

from convolith.optimizers import schedules
from convolith.optimizers.adadelta import Adadelta
from convolith.optimizers.adafactor import Adafactor
from convolith.optimizers.adagrad import Adagrad
from convolith.optimizers.adam import Adam
from convolith.optimizers.adamax import Adamax
from convolith.optimizers.adamw import AdamW
from convolith.optimizers.ftrl import Ftrl
from convolith.optimizers.lamb import Lamb
from convolith.optimizers.lion import Lion
from convolith.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from convolith.optimizers.muon import Muon
from convolith.optimizers.nadam import Nadam
from convolith.optimizers.optimizer import Optimizer
from convolith.optimizers.rmsprop import RMSprop
from convolith.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from convolith.optimizers.sgd import SGD
from convolith.registry import Registry, custom_object_scope

__all__ = [
    "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "MultiOptimizer",
    "Muon", "Nadam", "Optimizer", "OptimizerMap", "RMSprop", "ScheduleFreeAdamW", "deserialize", "get", "schedules",
    "serialize",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


_classes: list[Any] = [
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, MultiOptimizer, Muon, Nadam, RMSprop,
    ScheduleFreeAdamW, SGD,
]  # fmt: skip
REGISTRY = Registry("optimizer", {entry.__name__.lower(): entry for entry in _classes})


def get(identifier: Any) -> Any:
    """Turn a name, a configuration or a class into an optimizer; an optimizer comes back as it is.

    Raises:
        ValueError: the name is unknown, or it is none of these.

    Example:
        >>> from convolith.optimizers import get
        >>> get("sgd")
        <SGD learning_rate=0.01>
    """
    found = REGISTRY.get(identifier)
    if not isinstance(found, Optimizer):
        raise ValueError(f"an optimizer must be a name or an Optimizer, got {identifier!r}")
    return found


def serialize(optimizer: Any) -> Any:
    """Return the configuration that ``get`` turns back into the optimizer (without its slots)."""
    return REGISTRY.serialize(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a configuration back into an optimizer."""
    with custom_object_scope(custom_objects):
        return get(config)
