"""EfficientNet: one small network, made wider, deeper and finer together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from convolith.applications.imagenet import (
    DEVIATIONS,
    decode_predictions,
    divisible,
    edges,
    finished,
    image_input,
    pooled,
    standardized,
)
from convolith.applications.signature import network
from convolith.initializers import VarianceScaling
from convolith.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    Multiply,
    Normalization,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)
from convolith.models import Model

__all__ = [
    "EfficientNet",
    *(f"EfficientNetB{variant}" for variant in range(8)),
    "decode_predictions",
    "preprocess_input",
]

# Of B0 to B7: factor of the width, factor of the depth, height and width of the images, rate of the last dropout.
VARIANTS = (
    (1.0, 1.0, 224, 0.2),
    (1.0, 1.1, 240, 0.2),
    (1.1, 1.2, 260, 0.3),
    (1.2, 1.4, 300, 0.3),
    (1.4, 1.8, 380, 0.4),
    (1.6, 2.2, 456, 0.4),
    (1.8, 2.6, 528, 0.5),
    (2.0, 3.1, 600, 0.5),
)
# Of B0: kernel, count of the blocks, filters, expansion, strides of the first. Table 1.
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
DROPPED = 0.2
"""How often the last block is left out in training; the earlier ones less, in proportion."""


def convolution(x: Any, filters: int, name: str, **arguments: Any) -> Any:
    """Convolve 1x1, with first values for rectified maps."""
    spread = VarianceScaling(2.0, "fan_out", "truncated_normal")
    return Conv2D(filters, 1, padding="same", kernel_initializer=spread, name=name, **arguments)(x)


def normalized(x: Any, name: str, epsilon: float, label: str = "") -> Any:
    """Normalise and activate by x * sigmoid(x)."""
    x = BatchNormalization(epsilon=epsilon, name=f"{name}{label}bn")(x)
    return Activation("swish", name=f"{name}{label}activation")(x)


def weighed(x: Any, squeezed: int, name: str) -> Any:
    """Multiply each channel by a weight that two 1x1 convolutions find from the channels' averages."""
    channels = x.shape[-1]
    weight = GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    weight = Reshape((1, 1, channels), name=f"{name}se_reshape")(weight)
    weight = convolution(weight, squeezed, f"{name}se_reduce", activation="swish")
    weight = convolution(weight, channels, f"{name}se_expand", activation="sigmoid")
    return Multiply(name=f"{name}se_excite")([x, weight])


def block(
    x: Any,
    kernel: int,
    filters: int,
    expansion: int,
    strides: int,
    dropped: float,
    name: str,
    original: bool,
    epsilon: float,
) -> Any:
    """Widen, convolve depthwise, weigh the channels, narrow; in training leave it out now and then."""
    shortcut, channels = x, x.shape[-1]
    if expansion > 1:
        x = convolution(x, channels * expansion, f"{name}expand_conv", use_bias=False)
        x = normalized(x, name, epsilon, "expand_")
    if strides == 2:
        x = ZeroPadding2D(edges(x, kernel, original), name=f"{name}dwconv_pad")(x)
    x = DepthwiseConv2D(
        kernel,
        strides,
        padding="same" if strides == 1 else "valid",
        use_bias=False,
        depthwise_initializer=VarianceScaling(2.0, "fan_out", "truncated_normal"),
        name=f"{name}dwconv",
    )(x)
    x = weighed(normalized(x, name, epsilon), max(1, channels // 4), name)
    x = convolution(x, filters, f"{name}project_conv", use_bias=False)
    x = BatchNormalization(epsilon=epsilon, name=f"{name}project_bn")(x)
    if strides > 1 or channels != filters:
        return x
    if dropped:
        x = Dropout(dropped, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return Add(name=f"{name}add")([x, shortcut])


def EfficientNet(
    variant: int,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
    original: bool = True,
) -> Model:
    """Make an EfficientNet, B0 (5,330,571 weights) to B7 (66,658,687); its pixels are from 0 to 255.

    With ``original=False`` it is torchvision's, which has other borders around strides and, up to B4, another constant
    in the normalisations.

    Args:
        variant: 0 to 7.
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 (B0) to 600x600x3 (B7) by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes "efficientnetb0" and so on.
        original: whether it is as published and in Keras.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Tan and Le, arXiv 1905.11946, table 1 and equation 3.
    """
    name = name or f"efficientnetb{variant}"
    if variant not in range(len(VARIANTS)):
        raise ValueError(f"{name}: variant must be 0 to 7, got {variant!r}")
    width, depth, size, rate = VARIANTS[variant]
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=size, least=32)
    epsilon = 1e-3 if original or variant > 4 else 1e-5
    x = Normalization(axis=-1)(Rescaling(1 / 255)(inputs)) if original else standardized(inputs)
    if isinstance(weights, str) and weights == "imagenet":
        x = Rescaling(1 / np.sqrt(DEVIATIONS))(x)  # Keras's weights saw pixels less their mean over the variance
    x = ZeroPadding2D(edges(x, original=original), name="stem_conv_pad")(x)
    spread = VarianceScaling(2.0, "fan_out", "truncated_normal")
    x = Conv2D(divisible(32 * width), 3, 2, use_bias=False, kernel_initializer=spread, name="stem_conv")(x)
    x = normalized(x, "stem_", epsilon)
    counts = [math.ceil(depth * stage[1]) for stage in STAGES]
    number = 0
    for stage, (kernel, _, filters, expansion, first) in enumerate(STAGES):
        for place in range(counts[stage]):
            strides = 1 if place else first
            label = f"block{stage + 1}{chr(ord('a') + place)}_"
            dropped = DROPPED * number / sum(counts)
            x = block(x, kernel, divisible(filters * width), expansion, strides, dropped, label, original, epsilon)
            number += 1
    x = normalized(convolution(x, divisible(1280 * width), "top_conv", use_bias=False), "top_", epsilon)
    published = f"efficientnetb{variant}" if original else None
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights, published, include_top)
    x = Dropout(rate, name="top_dropout")(GlobalAveragePooling2D(name="avg_pool")(x))
    spread = VarianceScaling(1 / 3, "fan_out", "uniform")
    x = Dense(classes, activation=classifier_activation, kernel_initializer=spread, name="predictions")(x)
    return finished(inputs, x, name, weights, published, include_top)


@network
def EfficientNetB0(**arguments: Any) -> Model:
    """Make EfficientNet-B0 (5,330,571 weights); arguments as in `EfficientNet`.

    Example:
        >>> from convolith.applications import EfficientNetB0
        >>> EfficientNetB0(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 1280)
    """
    return EfficientNet(0, **arguments)


@network
def EfficientNetB1(**arguments: Any) -> Model:
    """Make EfficientNet-B1 (7,856,239 weights); arguments as in `EfficientNet`."""
    return EfficientNet(1, **arguments)


@network
def EfficientNetB2(**arguments: Any) -> Model:
    """Make EfficientNet-B2 (9,177,569 weights); arguments as in `EfficientNet`."""
    return EfficientNet(2, **arguments)


@network
def EfficientNetB3(**arguments: Any) -> Model:
    """Make EfficientNet-B3 (12,320,535 weights); arguments as in `EfficientNet`."""
    return EfficientNet(3, **arguments)


@network
def EfficientNetB4(**arguments: Any) -> Model:
    """Make EfficientNet-B4 (19,466,823 weights); arguments as in `EfficientNet`."""
    return EfficientNet(4, **arguments)


@network
def EfficientNetB5(**arguments: Any) -> Model:
    """Make EfficientNet-B5 (30,562,527 weights); arguments as in `EfficientNet`."""
    return EfficientNet(5, **arguments)


@network
def EfficientNetB6(**arguments: Any) -> Model:
    """Make EfficientNet-B6 (43,265,143 weights); arguments as in `EfficientNet`."""
    return EfficientNet(6, **arguments)


@network
def EfficientNetB7(**arguments: Any) -> Model:
    """Make EfficientNet-B7 (66,658,687 weights); arguments as in `EfficientNet`."""
    return EfficientNet(7, **arguments)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Return x: the network itself scales pixels from 0 to 255."""
    return x
