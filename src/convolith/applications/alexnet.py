"""AlexNet, the network that won ImageNet in 2012."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import decode_predictions, finished, image_input, pooled
from convolith.layers import Conv2D, Dense, Dropout, Flatten, LocalResponseNormalization, MaxPooling2D
from convolith.models import Model

__all__ = ["AlexNet", "decode_predictions", "preprocess_input"]


def AlexNet(
    original: bool = True,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "alexnet",
) -> Model:
    """Make AlexNet in one tower: as published (62,378,344 weights), or as torchvision has it (61,100,840).

    The first has 96 filters on 227x227 images and local response normalisation, the second 64 on 224x224 and none.

    Args:
        original: which of them.
        include_top: whether it ends with its classifier.
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 227x227x3 (224x224x3) by default; at least 67x67 (63x63).
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Krizhevsky, Sutskever and Hinton, NIPS 2012; Krizhevsky, arXiv 1404.5997.

    Example:
        >>> from convolith.applications import AlexNet
        >>> AlexNet(include_top=False, input_shape=(80, 80, 3), pooling="avg").output_shape
        (None, 256)
    """
    size = 227 if original else 224
    inputs = image_input(
        name, include_top, input_shape, input_tensor, classes, pooling, weights, size=size, least=67 if original else 63
    )
    filters = (96, 256, 384, 384, 256) if original else (64, 192, 384, 256, 256)
    border = "valid" if original else ((2, 2), (2, 2))
    x = Conv2D(filters[0], 11, 4, padding=border, activation="relu", name="conv1")(inputs)
    x = MaxPooling2D(3, 2, name="pool1")(_compete(x, original, "norm1"))
    x = Conv2D(filters[1], 5, padding="same", activation="relu", name="conv2")(x)
    x = MaxPooling2D(3, 2, name="pool2")(_compete(x, original, "norm2"))
    for number in (3, 4, 5):
        x = Conv2D(filters[number - 1], 3, padding="same", activation="relu", name=f"conv{number}")(x)
    x = MaxPooling2D(3, 2, name="pool5")(x)
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights)
    x = Flatten(name="flatten")(x)
    for number in (6, 7):
        x = Dropout(0.5, name=f"dropout{number}")(x)
        x = Dense(4096, activation="relu", name=f"fc{number}")(x)
    x = Dense(classes, activation=classifier_activation, name="fc8")(x)
    return finished(inputs, x, name, weights)


def _compete(x: Any, original: bool, name: str) -> Any:
    return LocalResponseNormalization(name=name)(x) if original else x


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring RGB pixels from 0 to 255 to mean 0 and deviation 1, as the known weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "torch")
