"""The kinds of objects that configurations stand for: Keras's module of each, its base class and its names."""

from __future__ import annotations

from typing import NamedTuple

from convolith import activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers
from convolith.optimizers import schedules
from convolith.registry import Registry


class Kind(NamedTuple):
    """One of them."""

    module: str
    """Its own, without the package: "layers" for keras.layers and convolith.layers."""
    base: type | None
    """Of its classes; None for functions alone."""
    registry: Registry


# In the order in which a name without a module is looked for.
KINDS = (
    Kind("layers", layers.Layer, layers.REGISTRY),
    Kind("activations", None, activations.REGISTRY),
    Kind("initializers", initializers.Initializer, initializers.REGISTRY),
    Kind("regularizers", regularizers.Regularizer, regularizers.REGISTRY),
    Kind("constraints", constraints.Constraint, constraints.REGISTRY),
    Kind("losses", losses.Loss, losses.REGISTRY),
    Kind("metrics", metrics.Metric, metrics.REGISTRY),
    Kind("optimizers.schedules", schedules.LearningRateSchedule, schedules.REGISTRY),
    Kind("optimizers", optimizers.Optimizer, optimizers.REGISTRY),
)
