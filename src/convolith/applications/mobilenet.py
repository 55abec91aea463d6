"""MobileNet: depthwise convolutions and 1x1 convolutions in turn."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import decode_predictions, finished, image_input, pooled, trained_size
from convolith.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    Reshape,
    ZeroPadding2D,
)
from convolith.models import Model
from convolith.ops.arguments import positive

__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]

# (filters, strides) of the blocks.
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1),
)  # fmt: skip
SIZES = (128, 160, 192, 224)  # of the images that published weights were trained on


def normalized(x: Any, name: str) -> Any:
    """Normalise, and cut to 0 to 6."""
    return ReLU(6.0, name=f"{name}_relu")(BatchNormalization(name=f"{name}_bn")(x))


def MobileNet(
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """Make MobileNet (4,253,864 weights).

    Args:
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        alpha: factor of the filters of all layers, above 0.
        depth_multiplier: maps that a depthwise convolution makes of each.
        dropout: rate before the classifier.
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes "mobilenet_1.00_224" and so on, of alpha and the height.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Howard et al., arXiv 1704.04861, table 1.

    Example:
        >>> from convolith.applications import MobileNet
        >>> MobileNet(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 1024)
    """
    family = name or "mobilenet"
    alpha = positive(family, "alpha", alpha)
    inputs = image_input(family, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    name = name or f"mobilenet_{alpha:.2f}_{inputs.shape[1]}"
    x = Conv2D(int(32 * alpha), 3, 2, padding="same", use_bias=False, name="conv1")(inputs)
    x = normalized(x, "conv1")
    for number, (filters, strides) in enumerate(BLOCKS, 1):
        if strides > 1:
            x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
        x = DepthwiseConv2D(
            3,
            strides,
            padding="same" if strides == 1 else "valid",
            depth_multiplier=depth_multiplier,
            use_bias=False,
            name=f"conv_dw_{number}",
        )(x)
        x = normalized(x, f"conv_dw_{number}")
        x = Conv2D(int(filters * alpha), 1, padding="same", use_bias=False, name=f"conv_pw_{number}")(x)
        x = normalized(x, f"conv_pw_{number}")
    if include_top:
        x = GlobalAveragePooling2D(keepdims=True)(x)
        x = Dropout(dropout, name="dropout")(x)
        x = Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = Reshape((classes,), name="reshape_2")(x)
        x = Activation(classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling)
    published = f"mobilenet_{float(alpha)}_{trained_size(inputs, SIZES)}" if depth_multiplier == 1 else None
    return finished(inputs, x, name, weights, published, include_top)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring pixels from 0 to 255 to -1 to 1, as Keras's weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "tf")
