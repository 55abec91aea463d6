"""DenseNet: within a block each layer reads the maps of all layers before it."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import averaged_classifier, decode_predictions, finished, image_input, pooled
from convolith.applications.signature import network
from convolith.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    MaxPooling2D,
    ZeroPadding2D,
)
from convolith.models import Model

__all__ = ["DenseNet", "DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]

BLOCKS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}
GROWTH = 32
EPSILON = 1.001e-5


def normalized(x: Any, name: str, separator: str = "_") -> Any:
    """Normalise and rectify."""
    x = BatchNormalization(epsilon=EPSILON, name=f"{name}{separator}bn")(x)
    return Activation("relu", name=f"{name}{separator}relu")(x)


def layer(x: Any, name: str) -> Any:
    """Put 32 new maps, of a 1x1 and a 3x3 convolution, beside those that came."""
    new = Conv2D(4 * GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(normalized(x, f"{name}_0"))
    new = Conv2D(GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(normalized(new, f"{name}_1"))
    return Concatenate(name=f"{name}_concat")([x, new])


def transition(x: Any, name: str) -> Any:
    """Halve the number of maps, and their height and width."""
    x = Conv2D(x.shape[-1] // 2, 1, use_bias=False, name=f"{name}_conv")(normalized(x, name))
    return AveragePooling2D(2, name=f"{name}_pool")(x)


def DenseNet(
    depth: int,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """Make a DenseNet of 121, 169 or 201 layers.

    Args:
        depth: 121, 169 or 201.
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes "densenet121" and so on.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Huang, Liu, van der Maaten and Weinberger, arXiv 1608.06993, table 1.
    """
    name = name or f"densenet{depth}"
    if depth not in BLOCKS:
        raise ValueError(f"{name}: depth must be one of {sorted(BLOCKS)}, got {depth!r}")
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    x = ZeroPadding2D(3)(inputs)
    x = normalized(Conv2D(64, 7, 2, use_bias=False, name="conv1_conv")(x), "conv1")
    x = MaxPooling2D(3, 2, name="pool1")(ZeroPadding2D(1)(x))
    for block, count in enumerate(BLOCKS[depth], 2):
        for number in range(1, count + 1):
            x = layer(x, f"conv{block}_block{number}")
        if block < 5:
            x = transition(x, f"pool{block}")
    x = normalized(x, "", separator="")
    x = averaged_classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    return finished(inputs, x, name, weights, f"densenet{depth}", include_top)


@network
def DenseNet121(**arguments: Any) -> Model:
    """Make DenseNet-121 (8,062,504 weights); arguments as in `DenseNet`.

    Example:
        >>> from convolith.applications import DenseNet121
        >>> DenseNet121(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 1024)
    """
    return DenseNet(121, **arguments)


@network
def DenseNet169(**arguments: Any) -> Model:
    """Make DenseNet-169 (14,307,880 weights); arguments as in `DenseNet`."""
    return DenseNet(169, **arguments)


@network
def DenseNet201(**arguments: Any) -> Model:
    """Make DenseNet-201 (20,242,984 weights); arguments as in `DenseNet`."""
    return DenseNet(201, **arguments)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring RGB pixels from 0 to 255 to mean 0 and deviation 1, as the known weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "torch")
