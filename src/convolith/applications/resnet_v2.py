"""ResNet V2: residual blocks that normalise and rectify before they convolve."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import averaged_classifier, decode_predictions, finished, image_input, pooled
from convolith.applications.resnet import COUNTS
from convolith.applications.signature import network
from convolith.layers import Activation, Add, BatchNormalization, Conv2D, MaxPooling2D, ZeroPadding2D
from convolith.models import Model

__all__ = ["ResNet101V2", "ResNet152V2", "ResNet50V2", "ResNetV2", "decode_predictions", "preprocess_input"]

EPSILON = 1.001e-5


def block(x: Any, filters: int, strides: int, project: bool, name: str) -> Any:
    """Add what a bottleneck makes of the normalised and rectified maps (arXiv 1603.05027, figure 1, right)."""
    normal = BatchNormalization(epsilon=EPSILON, name=f"{name}_preact_bn")(x)
    normal = Activation("relu", name=f"{name}_preact_relu")(normal)
    if project:
        shortcut = Conv2D(4 * filters, 1, strides, name=f"{name}_0_conv")(normal)
    else:
        shortcut = MaxPooling2D(1, strides)(x) if strides > 1 else x
    x = Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(normal)
    x = BatchNormalization(epsilon=EPSILON, name=f"{name}_1_bn")(x)
    x = Activation("relu", name=f"{name}_1_relu")(x)
    x = ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = Conv2D(filters, 3, strides, use_bias=False, name=f"{name}_2_conv")(x)
    x = BatchNormalization(epsilon=EPSILON, name=f"{name}_2_bn")(x)
    x = Activation("relu", name=f"{name}_2_relu")(x)
    x = Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return Add(name=f"{name}_out")([shortcut, x])


def ResNetV2(
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
    """Make a ResNet V2 of 50, 101 or 152 layers.

    Args:
        depth: 50, 101 or 152.
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes "resnet50v2" and so on.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        He, Zhang, Ren and Sun, arXiv 1603.05027.
    """
    name = name or f"resnet{depth}v2"
    if depth not in (50, 101, 152):
        raise ValueError(f"{name}: depth must be 50, 101 or 152, got {depth!r}")
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    x = ZeroPadding2D(3, name="conv1_pad")(inputs)
    x = Conv2D(64, 7, 2, name="conv1_conv")(x)
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    x = MaxPooling2D(3, 2, name="pool1_pool")(x)
    for stack, count in enumerate(COUNTS[depth], 2):
        for number in range(1, count + 1):
            strides = 2 if stack < 5 and number == count else 1
            x = block(x, 64 * 2 ** (stack - 2), strides, number == 1, f"conv{stack}_block{number}")
    x = BatchNormalization(epsilon=EPSILON, name="post_bn")(x)
    x = Activation("relu", name="post_relu")(x)
    x = averaged_classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    return finished(inputs, x, name, weights, f"resnet{depth}v2", include_top)


@network
def ResNet50V2(**arguments: Any) -> Model:
    """Make ResNet-50 V2 (25,613,800 weights); arguments as in `ResNetV2`.

    Example:
        >>> from convolith.applications import ResNet50V2
        >>> ResNet50V2(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 2048)
    """
    return ResNetV2(50, **arguments)


@network
def ResNet101V2(**arguments: Any) -> Model:
    """Make ResNet-101 V2 (44,675,560 weights); arguments as in `ResNetV2`."""
    return ResNetV2(101, **arguments)


@network
def ResNet152V2(**arguments: Any) -> Model:
    """Make ResNet-152 V2 (60,380,648 weights); arguments as in `ResNetV2`."""
    return ResNetV2(152, **arguments)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring pixels from 0 to 255 to -1 to 1, as Keras's weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "tf")
