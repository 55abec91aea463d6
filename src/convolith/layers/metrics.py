"""Metrics that are attributes of layers: what a layer's ``call`` or a model's step may update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convolith.layers.weights import RECORDS, found, unique

if TYPE_CHECKING:
    from convolith.metrics.metric import Metric


def attribute_metrics(layer: Any) -> list[Metric]:
    """Return the metrics among a layer's attributes, and in lists, tuples and dicts there."""
    from convolith.metrics.metric import Metric  # by whom asks: a model that only predicts starts without it

    return list(found([value for key, value in vars(layer).items() if key not in RECORDS], Metric))


def layer_metrics(layer: Any) -> list[Metric]:
    """Return the metrics of the layers within a layer."""
    return unique([metric for inner in layer.sublayers() for metric in inner.metrics_as_part()])
