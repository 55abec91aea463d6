"""ZFNet, the network that won ImageNet in 2013: AlexNet with smaller windows at its beginning."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import decode_predictions, finished, image_input, pooled
from convolith.layers import Conv2D, Dense, Dropout, Flatten, LocalResponseNormalization, MaxPooling2D
from convolith.models import Model

__all__ = ["ZFNet", "decode_predictions", "preprocess_input"]


def ZFNet(
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "zfnet",
) -> Model:
    """Make ZFNet (62,357,608 weights).

    Args:
        include_top: whether it ends with its classifier.
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 63x63.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Zeiler and Fergus, arXiv 1311.2901, figure 3.

    Example:
        >>> from convolith.applications import ZFNet
        >>> ZFNet(include_top=False, input_shape=(64, 64, 3), pooling="avg").output_shape
        (None, 256)
    """
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=63)
    x = Conv2D(96, 7, 2, padding=((1, 1), (1, 1)), activation="relu", name="conv1")(inputs)
    x = LocalResponseNormalization(name="norm1")(MaxPooling2D(3, 2, ceil_mode=True, name="pool1")(x))
    x = Conv2D(256, 5, 2, activation="relu", name="conv2")(x)
    x = LocalResponseNormalization(name="norm2")(MaxPooling2D(3, 2, ceil_mode=True, name="pool2")(x))
    for number, filters in ((3, 384), (4, 384), (5, 256)):
        x = Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{number}")(x)
    x = MaxPooling2D(3, 2, name="pool5")(x)
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights)
    x = Flatten(name="flatten")(x)
    for number in (6, 7):
        x = Dropout(0.5, name=f"dropout{number}")(Dense(4096, activation="relu", name=f"fc{number}")(x))
    x = Dense(classes, activation=classifier_activation, name="fc8")(x)
    return finished(inputs, x, name, weights)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Turn RGB pixels from 0 to 255 to BGR less the channels' means, for the published network's mean of each pixel."""
    return imagenet.preprocess_input(x, data_format, "caffe")
