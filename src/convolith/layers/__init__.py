"""Layers, by the names that Keras gives them: parameters around ``convolith.ops``."""

from __future__ import annotations

from typing import Any

from convolith.layers.activation import Activation, ReLU, Softmax
from convolith.layers.conv import Conv2D, Convolution2D
from convolith.layers.dense import Dense
from convolith.layers.dropout import Dropout
from convolith.layers.input import Input, InputLayer
from convolith.layers.input_spec import InputSpec
from convolith.layers.lambda_layer import Lambda
from convolith.layers.layer import Layer
from convolith.layers.pool import AveragePooling2D, AvgPool2D, MaxPool2D, MaxPooling2D
from convolith.layers.rescaling import Rescaling
from convolith.layers.shape import Flatten
from convolith.registry import Registry, custom_object_scope

__all__ = [
    "Activation", "AveragePooling2D", "AvgPool2D", "Conv2D", "Convolution2D", "Dense", "Dropout", "Flatten", "Input",
    "InputLayer", "InputSpec", "Lambda", "Layer", "MaxPool2D", "MaxPooling2D", "ReLU", "Rescaling", "Softmax",
    "deserialize", "serialize",
]  # fmt: skip

# Models add themselves: a model may be a layer of another.
REGISTRY = Registry(
    "layer",
    {
        entry.__name__: entry
        for entry in (
            Activation, AveragePooling2D, Conv2D, Dense, Dropout, Flatten, InputLayer, Lambda, MaxPooling2D, ReLU,
            Rescaling, Softmax,
        )
    },
)  # fmt: skip


def serialize(layer: Layer) -> dict[str, Any]:
    """Return ``{"class_name", "config"}``, from which ``deserialize`` makes an equal layer with new weights."""
    return REGISTRY.serialize(layer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Layer:
    """Make a layer from what ``serialize`` returned.

    Args:
        config: ``{"class_name": str, "config": dict}``.
        custom_objects: classes of the user's own, by name.

    Raises:
        ValueError: the class is unknown, or the configuration does not fit it.
    """
    with custom_object_scope(custom_objects):
        return REGISTRY.get(config)
