"""VGG: nothing but 3x3 convolutions, in five blocks that end with pooling."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import decode_predictions, finished, image_input, pooled
from convolith.applications.signature import network
from convolith.layers import Activation, BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D
from convolith.models import Model

__all__ = ["VGG", "VGG11", "VGG13", "VGG16", "VGG19", "decode_predictions", "preprocess_input"]

BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
FILTERS = (64, 128, 256, 512, 512)


def VGG(
    depth: int,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    batch_normalization: bool = False,
    name: str | None = None,
) -> Model:
    """Make a VGG of 11, 13, 16 or 19 layers with weights.

    Args:
        depth: 11, 13, 16 or 19.
        include_top: whether it ends with its three dense layers.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        batch_normalization: whether each convolution is followed by it.
        name: of the model; None takes "vgg16" and so on.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Simonyan and Zisserman, arXiv 1409.1556, table 1 (A, B, D, E).

    Example:
        >>> from convolith.applications import VGG
        >>> VGG(11, include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 512)
    """
    name = name or f"vgg{depth}" + ("_bn" if batch_normalization else "")
    if depth not in BLOCKS:
        raise ValueError(f"{name}: depth must be one of {sorted(BLOCKS)}, got {depth!r}")
    inputs = x = image_input(
        name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32
    )
    for block, (count, filters) in enumerate(zip(BLOCKS[depth], FILTERS, strict=True), 1):
        for number in range(1, count + 1):
            label = f"block{block}_conv{number}"
            activation = None if batch_normalization else "relu"
            x = Conv2D(filters, 3, padding="same", activation=activation, name=label)(x)
            if batch_normalization:
                x = Activation("relu", name=f"{label}_relu")(BatchNormalization(epsilon=1e-5, name=f"{label}_bn")(x))
        x = MaxPooling2D(2, name=f"block{block}_pool")(x)
    if include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling)
    published = None if batch_normalization else f"vgg{depth}"
    return finished(inputs, x, name, weights, published, include_top)


@network
def VGG11(**arguments: Any) -> Model:
    """Make VGG with 11 layers; arguments as in `VGG`."""
    return VGG(11, **arguments)


@network
def VGG13(**arguments: Any) -> Model:
    """Make VGG with 13 layers; arguments as in `VGG`."""
    return VGG(13, **arguments)


@network
def VGG16(**arguments: Any) -> Model:
    """Make VGG with 16 layers (138,357,544 weights); arguments as in `VGG`.

    Example:
        >>> from convolith.applications import VGG16
        >>> VGG16(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 512)
    """
    return VGG(16, **arguments)


@network
def VGG19(**arguments: Any) -> Model:
    """Make VGG with 19 layers (143,667,240 weights); arguments as in `VGG`."""
    return VGG(19, **arguments)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Turn RGB pixels from 0 to 255 to BGR less the means, as Keras's weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "caffe")
