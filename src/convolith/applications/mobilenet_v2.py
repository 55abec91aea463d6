"""MobileNet V2: residual blocks that are wide within and narrow between, without a rectifier at their ends."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import (
    decode_predictions,
    divisible,
    edges,
    finished,
    image_input,
    pooled,
    trained_size,
)
from convolith.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    ZeroPadding2D,
)
from convolith.models import Model
from convolith.ops.arguments import positive

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

# (filters, strides of the first, count, expansion) of the blocks.
STAGES = ((16, 1, 1, 1), (24, 2, 2, 6), (32, 2, 3, 6), (64, 2, 4, 6), (96, 1, 3, 6), (160, 2, 3, 6), (320, 1, 1, 6))
SIZES = (96, 128, 160, 192, 224)  # of the images that published weights were trained on


def normalized(x: Any, name: str, relu: str | None, original: bool) -> Any:
    """Normalise, and perhaps cut to 0 to 6."""
    x = BatchNormalization(epsilon=1e-3 if original else 1e-5, momentum=0.999, name=name)(x)
    return x if relu is None else ReLU(6.0, name=relu)(x)


def block(x: Any, filters: int, strides: int, expansion: int, name: str, original: bool) -> Any:
    """Widen by a 1x1 convolution, convolve depthwise, narrow by a 1x1 convolution (arXiv 1801.04381, figure 4 d)."""
    shortcut, channels = x, x.shape[-1]
    if expansion > 1:
        x = Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=f"{name}_expand")(x)
        x = normalized(x, f"{name}_expand_BN", f"{name}_expand_relu", original)
    if strides == 2:
        x = ZeroPadding2D(edges(x, original=original), name=f"{name}_pad")(x)
    around = "same" if strides == 1 else "valid"
    x = DepthwiseConv2D(3, strides, padding=around, use_bias=False, name=f"{name}_depthwise")(x)
    x = normalized(x, f"{name}_depthwise_BN", f"{name}_depthwise_relu", original)
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
    x = normalized(x, f"{name}_project_BN", None, original)
    return Add(name=f"{name}_add")([shortcut, x]) if channels == filters and strides == 1 else x


def MobileNetV2(
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
    original: bool = True,
) -> Model:
    """Make MobileNet V2 (3,538,984 weights) as published and in Keras, or with ``original=False`` torchvision's.

    torchvision's has the same weights, other borders around strides and another constant in the normalisations.

    Args:
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        alpha: factor of the filters of all layers.
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes "mobilenetv2_1.00_224" and so on, of alpha and the height.
        original: which of them.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Sandler et al., arXiv 1801.04381, table 2.

    Example:
        >>> from convolith.applications import MobileNetV2
        >>> MobileNetV2(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 1280)
    """
    family = name or "mobilenetv2"
    alpha = positive(family, "alpha", alpha)
    inputs = image_input(family, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    name = name or f"mobilenetv2_{alpha:.2f}_{inputs.shape[1]}"
    around: Any = "same" if original else ((1, 1), (1, 1))
    x = Conv2D(divisible(32 * alpha), 3, 2, padding=around, use_bias=False, name="Conv1")(inputs)
    x = normalized(x, "bn_Conv1", "Conv1_relu", original)
    published, number = f"mobilenet_v2_{float(alpha)}_{trained_size(inputs, SIZES)}" if original else None, 0
    for filters, first, count, expansion in STAGES:
        for strides in (first, *(1,) * (count - 1)):
            label = f"block_{number}" if number else "expanded_conv"
            x = block(x, divisible(filters * alpha), strides, expansion, label, original)
            number += 1
    x = Conv2D(divisible(1280 * max(alpha, 1.0)), 1, use_bias=False, name="Conv_1")(x)
    x = normalized(x, "Conv_1_bn", "out_relu", original)
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights, published, include_top)
    x = GlobalAveragePooling2D()(x)
    x = x if original else Dropout(0.2)(x)
    x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    return finished(inputs, x, name, weights, published, include_top)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring pixels from 0 to 255 to -1 to 1, as Keras's weights were trained on.

    torchvision's were trained on what `imagenet.preprocess_input` gives with ``mode="torch"``.
    """
    return imagenet.preprocess_input(x, data_format, "tf")
