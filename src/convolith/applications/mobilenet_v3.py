"""MobileNet V3: MobileNet V2's blocks, with their channels weighed, and activations of straight pieces."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature, signature
from typing import Any

from convolith.applications.imagenet import (
    decode_predictions,
    divisible,
    edges,
    finished,
    image_input,
    pooled,
    standardized,
)
from convolith.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Multiply,
    ReLU,
    Rescaling,
    ZeroPadding2D,
)
from convolith.models import Model
from convolith.ops.arguments import positive

__all__ = ["MobileNetV3", "MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]

# Expansion, filters, kernel, strides, whether the channels are weighed, whether hard swish takes ReLU's place.
SMALL = (
    (1, 16, 3, 2, True, False),
    (72 / 16, 24, 3, 2, False, False),
    (88 / 24, 24, 3, 1, False, False),
    (4, 40, 5, 2, True, True),
    *((6, 40, 5, 1, True, True),) * 2,
    *((3, 48, 5, 1, True, True),) * 2,
    (6, 96, 5, 2, True, True),
    *((6, 96, 5, 1, True, True),) * 2,
)
LARGE = (
    (1, 16, 3, 1, False, False),
    (4, 24, 3, 2, False, False),
    (3, 24, 3, 1, False, False),
    (3, 40, 5, 2, True, False),
    *((3, 40, 5, 1, True, False),) * 2,
    (6, 80, 3, 2, False, True),
    (2.5, 80, 3, 1, False, True),
    *((2.3, 80, 3, 1, False, True),) * 2,
    *((6, 112, 3, 1, True, True),) * 2,
    (6, 160, 5, 2, True, True),
    *((6, 160, 5, 1, True, True),) * 2,
)


def activated(x: Any, hard: bool) -> Any:
    """Activate by x * ReLU6(x + 3) / 6, or rectify."""
    return Activation("hard_swish")(x) if hard else ReLU()(x)


def normalized(x: Any, name: str) -> Any:
    """Normalise, with slow averages."""
    return BatchNormalization(momentum=0.999, name=name)(x)


def weighed(x: Any, name: str) -> Any:
    """Multiply each channel by a weight that two 1x1 convolutions find from the channels' averages."""
    channels = x.shape[-1]
    weight = GlobalAveragePooling2D(keepdims=True, name=f"{name}squeeze_excite_avg_pool")(x)
    weight = Conv2D(divisible(channels / 4), 1, padding="same", name=f"{name}squeeze_excite_conv")(weight)
    weight = ReLU(name=f"{name}squeeze_excite_relu")(weight)
    weight = Conv2D(channels, 1, padding="same", name=f"{name}squeeze_excite_conv_1")(weight)
    weight = ReLU(6.0)(weight + 3.0) * (1 / 6)
    return Multiply(name=f"{name}squeeze_excite_mul")([x, weight])


def block(
    x: Any,
    expansion: float,
    filters: int,
    kernel: int,
    strides: int,
    squeeze: bool,
    hard: bool,
    number: int,
    original: bool,
) -> Any:
    """Widen by a 1x1 convolution, convolve depthwise, weigh the channels, narrow (arXiv 1905.02244, figure 4)."""
    shortcut, channels = x, x.shape[-1]
    name = f"expanded_conv_{number}_" if number else "expanded_conv_"
    if number:
        x = Conv2D(divisible(channels * expansion), 1, padding="same", use_bias=False, name=f"{name}expand")(x)
        x = activated(normalized(x, f"{name}expand_bn"), hard)
    if strides == 2:
        x = ZeroPadding2D(edges(x, kernel, original), name=f"{name}depthwise_pad")(x)
    around = "same" if strides == 1 else "valid"
    x = DepthwiseConv2D(kernel, strides, padding=around, use_bias=False, name=f"{name}depthwise")(x)
    x = activated(normalized(x, f"{name}depthwise_bn"), hard)
    x = weighed(x, name) if squeeze else x
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}project")(x)
    x = normalized(x, f"{name}project_bn")
    return Add(name=f"{name}add")([shortcut, x]) if strides == 1 and channels == filters else x


def MobileNetV3(
    blocks: tuple[tuple[float, int, int, int, bool, bool], ...],
    features: int,
    input_shape: Any = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3",
    original: bool = True,
) -> Model:
    """Make a MobileNet V3 of blocks, as published and in Keras, or with ``original=False`` as torchvision has it.

    torchvision's has the same weights, and other borders around strides.

    Args:
        blocks: SMALL or LARGE.
        features: that the classifier sees.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        alpha: factor of the filters of all layers.
        minimalistic: whether all kernels are 3x3, all activations ReLU and no channels weighed.
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        classes: number of outputs.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        dropout_rate: before the classifier.
        classifier_activation: of the outputs; None gives logits.
        include_preprocessing: whether the network itself scales pixels from 0 to 255.
        name: of the model.
        original: which of them.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Howard et al., arXiv 1905.02244, tables 1 and 2.
    """
    alpha = positive(name, "alpha", alpha)
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    x = inputs
    if include_preprocessing:
        x = Rescaling(1 / 127.5, offset=-1.0)(x) if original else standardized(x)
    around: Any = "same" if original else ((1, 1), (1, 1))
    x = Conv2D(16, 3, 2, padding=around, use_bias=False, name="conv")(x)
    x = activated(normalized(x, "conv_bn"), not minimalistic)
    for number, (expansion, filters, kernel, strides, squeeze, hard) in enumerate(blocks):
        kernel = 3 if minimalistic else kernel
        squeeze, hard = squeeze and not minimalistic, hard and not minimalistic
        x = block(x, expansion, divisible(filters * alpha), kernel, strides, squeeze, hard, number, original)
    x = Conv2D(divisible(6 * x.shape[-1]), 1, padding="same", use_bias=False, name="conv_1")(x)
    x = activated(normalized(x, "conv_1_bn"), not minimalistic)
    size = "small" if blocks is SMALL else "large"
    kind = f"mobilenet_v3_{size}{'_minimalistic' if minimalistic else ''}_{float(alpha)}"
    published = kind if original else None
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights, published, include_top)
    features = divisible(features * alpha) if alpha > 1 else features
    x = Conv2D(features, 1, padding="same", name="conv_2")(GlobalAveragePooling2D(keepdims=True)(x))
    x = activated(x, not minimalistic)
    x = Dropout(dropout_rate)(x) if dropout_rate > 0 else x
    x = Flatten()(Conv2D(classes, 1, padding="same", name="logits")(x))
    x = Activation(classifier_activation, name="predictions")(x)
    return finished(inputs, x, name, weights, published, include_top)


def inspected(make: Callable[..., Model]) -> Callable[..., Model]:
    """Let a function that passes its arguments on be inspected as `MobileNetV3` is behind `features`."""
    parameters = list(signature(MobileNetV3).parameters.values())[2:]
    own = [one.replace(default=make.__name__) if one.name == "name" else one for one in parameters]
    make.__signature__ = Signature(own)  # type: ignore[attr-defined]
    return make


@inspected
def MobileNetV3Small(*args: Any, **arguments: Any) -> Model:
    """Make MobileNet V3 small (2,554,968 weights); arguments as in `MobileNetV3`, behind `features`.

    Example:
        >>> from convolith.applications import MobileNetV3Small
        >>> MobileNetV3Small(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 576)
    """
    return MobileNetV3(SMALL, 1024, *args, **{"name": "MobileNetV3Small", **arguments})


@inspected
def MobileNetV3Large(*args: Any, **arguments: Any) -> Model:
    """Make MobileNet V3 large (5,507,432 weights); arguments as in `MobileNetV3`, behind `features`."""
    return MobileNetV3(LARGE, 1280, *args, **{"name": "MobileNetV3Large", **arguments})


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Return x: the network itself scales pixels from 0 to 255."""
    return x
