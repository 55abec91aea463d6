"""Means of the losses of margins."""

from __future__ import annotations

from typing import Any

from convolith.losses.hinge import categorical_hinge, hinge, squared_hinge
from convolith.metrics.reduction import MeanMetricWrapper


class Hinge(MeanMetricWrapper):
    """How much predictions lack to lie beyond 1 on their label's side."""

    direction = "down"

    def __init__(self, name: str = "hinge", dtype: Any = None):
        super().__init__(hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The square of what predictions lack to lie beyond 1 on their label's side."""

    direction = "down"

    def __init__(self, name: str = "squared_hinge", dtype: Any = None):
        super().__init__(squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """How much the label's prediction lacks to be 1 above all others."""

    direction = "down"

    def __init__(self, name: str = "categorical_hinge", dtype: Any = None):
        super().__init__(categorical_hinge, name, dtype)
