"""Xception: residual blocks of separable convolutions."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import averaged_classifier, decode_predictions, finished, image_input, pooled
from convolith.layers import Activation, BatchNormalization, Conv2D, MaxPooling2D, SeparableConv2D, add
from convolith.models import Model

__all__ = ["Xception", "decode_predictions", "preprocess_input"]


def separable(x: Any, filters: int, name: str, before: bool = True) -> Any:
    """Convolve separably and normalise; rectify before it, or behind."""
    if before:
        x = Activation("relu", name=f"{name}_act")(x)
    x = SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    x = BatchNormalization(name=f"{name}_bn")(x)
    return x if before else Activation("relu", name=f"{name}_act")(x)


def halved(x: Any, first: int, filters: int, name: str, before: bool = True) -> Any:
    """Two separable convolutions and pooling, added to a 1x1 convolution of every second pixel."""
    shortcut = Conv2D(filters, 1, 2, padding="same", use_bias=False)(x)
    shortcut = BatchNormalization()(shortcut)
    if before:
        x = separable(x, first, f"{name}_sepconv1")
    else:  # what comes is rectified already
        x = SeparableConv2D(first, 3, padding="same", use_bias=False, name=f"{name}_sepconv1")(x)
        x = BatchNormalization(name=f"{name}_sepconv1_bn")(x)
    x = separable(x, filters, f"{name}_sepconv2")
    x = MaxPooling2D(3, 2, padding="same", name=f"{name}_pool")(x)
    return add([x, shortcut])


def Xception(
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "xception",
) -> Model:
    """Make Xception (22,910,480 weights).

    Args:
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 299x299x3 by default; at least 71x71.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Chollet, arXiv 1610.02357, figure 5.

    Example:
        >>> from convolith.applications import Xception
        >>> Xception(include_top=False, input_shape=(80, 80, 3), pooling="avg").output_shape
        (None, 2048)
    """
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=299, least=71)
    x = inputs
    for number, (filters, strides) in enumerate(((32, 2), (64, 1)), 1):
        x = Conv2D(filters, 3, strides, use_bias=False, name=f"block1_conv{number}")(x)
        x = BatchNormalization(name=f"block1_conv{number}_bn")(x)
        x = Activation("relu", name=f"block1_conv{number}_act")(x)
    x = halved(x, 128, 128, "block2", before=False)
    x = halved(x, 256, 256, "block3")
    x = halved(x, 728, 728, "block4")
    for number in range(5, 13):
        shortcut = x
        for part in (1, 2, 3):
            x = separable(x, 728, f"block{number}_sepconv{part}")
        x = add([x, shortcut])
    x = halved(x, 728, 1024, "block13")
    x = separable(x, 1536, "block14_sepconv1", before=False)
    x = separable(x, 2048, "block14_sepconv2", before=False)
    x = averaged_classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    return finished(inputs, x, name, weights, "xception", include_top)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring pixels from 0 to 255 to -1 to 1, as Keras's weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "tf")
