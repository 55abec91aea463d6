"""Layers, by the names that Keras gives them: parameters around ``convolith.ops``."""

from __future__ import annotations

from typing import Any

from convolith.layers.activation import Activation, ReLU, Softmax
from convolith.layers.adaptive_pool import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from convolith.layers.conv import Conv2D, Convolution2D
from convolith.layers.dense import Dense
from convolith.layers.dropout import Dropout
from convolith.layers.global_pool import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalConcatPooling2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from convolith.layers.input import Input, InputLayer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.pool import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    LpPooling2D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    MinPooling2D,
)
from convolith.layers.rescaling import Rescaling
from convolith.layers.shape import Flatten
from convolith.registry import Registry, custom_object_scope

__all__ = [
    "Activation", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "AveragePooling1D", "AveragePooling2D",
    "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D", "Conv2D", "Convolution2D", "Dense", "Dropout",
    "Flatten", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalAvgPool1D",
    "GlobalAvgPool2D", "GlobalAvgPool3D", "GlobalConcatPooling2D", "GlobalMaxPool1D", "GlobalMaxPool2D",
    "GlobalMaxPool3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "Input", "InputLayer",
    "InputSpec", "Layer", "LpPooling2D", "MaxPool1D", "MaxPool2D", "MaxPool3D", "MaxPooling1D", "MaxPooling2D",
    "MaxPooling3D", "MinPooling2D", "ReLU", "Rescaling", "Softmax",
    "deserialize", "serialize",
]  # fmt: skip

# Models add themselves: a model may be a layer of another.
REGISTRY = Registry(
    "layer",
    {
        entry.__name__: entry
        for entry in (
            Activation, AdaptiveAveragePooling1D, AdaptiveAveragePooling2D, AdaptiveAveragePooling3D,
            AdaptiveMaxPooling1D, AdaptiveMaxPooling2D, AdaptiveMaxPooling3D, AveragePooling1D, AveragePooling2D,
            AveragePooling3D, Conv2D, Dense, Dropout, Flatten, GlobalAveragePooling1D, GlobalAveragePooling2D,
            GlobalAveragePooling3D, GlobalConcatPooling2D, GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D,
            InputLayer, LpPooling2D, MaxPooling1D, MaxPooling2D, MaxPooling3D, MinPooling2D, ReLU, Rescaling, Softmax,
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
