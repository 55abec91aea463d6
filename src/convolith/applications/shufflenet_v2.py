"""ShuffleNet V2: half of the channels pass each block untouched, and the halves are shuffled."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import averaged_classifier, decode_predictions, finished, image_input, pooled
from convolith.layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Conv2D,
    DepthwiseConv2D,
    MaxPooling2D,
    Permute,
    Reshape,
    ZeroPadding2D,
)
from convolith.models import Model

__all__ = ["ShuffleNetV2", "decode_predictions", "preprocess_input"]

# Channels of the stages 2, 3 and 4 and of the last convolution, by the width. Table 5.
CHANNELS = {
    0.5: (48, 96, 192, 1024),
    1.0: (116, 232, 464, 1024),
    1.5: (176, 352, 704, 1024),
    2.0: (244, 488, 976, 2048),
}
COUNTS = (4, 8, 4)


def convolution(x: Any, filters: int, kernel: int, strides: int, name: str) -> Any:
    """Convolve, normalise and rectify."""
    around = ((kernel // 2, kernel // 2),) * 2
    x = Conv2D(filters, kernel, strides, around, use_bias=False, name=f"{name}_conv")(x)
    return Activation("relu", name=f"{name}_relu")(BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x))


def depthwise(x: Any, strides: int, name: str) -> Any:
    """Convolve 3x3 depthwise and normalise, without a rectifier."""
    x = DepthwiseConv2D(3, strides, ((1, 1), (1, 1)), use_bias=False, name=f"{name}_dw")(x)
    return BatchNormalization(epsilon=1e-5, name=f"{name}_dw_bn")(x)


def shuffled(x: Any, name: str) -> Any:
    """Take the channels of the first and of the second half in turn."""
    height, width, channels = x.shape[1:]
    x = Permute((1, 2, 4, 3), name=f"{name}_turn")(Reshape((height, width, 2, channels // 2), name=f"{name}_halve")(x))
    return Reshape((height, width, channels), name=f"{name}_shuffle")(x)


def block(x: Any, filters: int, strides: int, name: str) -> Any:
    """Convolve one half of the channels, or, with strides, all of them twice (arXiv 1807.11164, figure 3 c and d)."""
    half = filters // 2
    if strides == 1:
        kept, x = x[..., :half], x[..., half:]
    else:
        kept = convolution(depthwise(x, strides, f"{name}_0"), half, 1, 1, f"{name}_0")
    x = convolution(x, half, 1, 1, f"{name}_1")
    x = convolution(depthwise(x, strides, f"{name}_2"), half, 1, 1, f"{name}_2")
    return shuffled(Concatenate(name=f"{name}_concat")([kept, x]), name)


def ShuffleNetV2(
    width: float = 1.0,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """Make ShuffleNet V2 (2,278,604 weights to train at width 1).

    Args:
        width: 0.5, 1.0, 1.5 or 2.0.
        include_top: whether it ends with its classifier.
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes "shufflenet_v2_x1.0" and so on.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Ma, Zhang, Zheng and Sun, arXiv 1807.11164, table 5.

    Example:
        >>> from convolith.applications import ShuffleNetV2
        >>> ShuffleNetV2(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 1024)
    """
    if width not in CHANNELS:
        raise ValueError(f"{name or 'shufflenet_v2'}: width must be one of {sorted(CHANNELS)}, got {width!r}")
    name = name or f"shufflenet_v2_x{width:.1f}"
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    x = convolution(inputs, 24, 3, 2, "conv1")
    x = MaxPooling2D(3, 2, name="pool1")(ZeroPadding2D(1, name="pool1_pad")(x))  # what comes is not negative
    *stages, last = CHANNELS[width]
    for stage, (filters, count) in enumerate(zip(stages, COUNTS, strict=True), 2):
        for number in range(1, count + 1):
            x = block(x, filters, 2 if number == 1 else 1, f"stage{stage}_block{number}")
    x = convolution(x, last, 1, 1, "conv5")
    x = averaged_classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    return finished(inputs, x, name, weights)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring RGB pixels from 0 to 255 to mean 0 and deviation 1, as torchvision's was trained on."""
    return imagenet.preprocess_input(x, data_format, "torch")
