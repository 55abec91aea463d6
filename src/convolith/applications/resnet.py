"""ResNet and what grew out of it: ResNeXt (grouped convolutions) and SE-ResNet (channels weighed by themselves)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.applications import imagenet
from convolith.applications.arguments import check_count
from convolith.applications.imagenet import averaged_classifier, decode_predictions, finished, image_input, pooled
from convolith.applications.signature import network
from convolith.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    MaxPooling2D,
    Multiply,
    Reshape,
    ZeroPadding2D,
)
from convolith.models import Model

__all__ = [
    "ResNeXt",
    "ResNeXt101",
    "ResNeXt50",
    "ResNet101",
    "ResNet152",
    "ResNet18",
    "ResNet34",
    "ResNet50",
    "SEResNet18",
    "SEResNet50",
    "WideResNet50",
    "WideResNet101",
    "decode_predictions",
    "preprocess_input",
]

COUNTS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
Block = Callable[[Any, int, int, bool, str], Any]


def convolution(
    x: Any, filters: int, kernel: int, strides: int, name: str, bias: bool, groups: int = 1, relu: bool = True
) -> Any:
    """Convolve, normalise and perhaps rectify; around a 3x3 kernel lies a border of one pixel."""
    around = ((kernel // 2, kernel // 2),) * 2
    x = Conv2D(filters, kernel, strides, around, groups=groups, use_bias=bias, name=f"{name}_conv")(x)
    x = BatchNormalization(epsilon=1.001e-5 if bias else 1e-5, name=f"{name}_bn")(x)
    return Activation("relu", name=f"{name}_relu")(x) if relu else x


def weighed(x: Any, reduction: int, name: str) -> Any:
    """Multiply each channel by a weight that two dense layers find from the channels' averages (squeeze, excite)."""
    channels = x.shape[-1]
    weight = GlobalAveragePooling2D(name=f"{name}_squeeze")(x)
    weight = Dense(channels // reduction, activation="relu", name=f"{name}_reduce")(weight)
    weight = Dense(channels, activation="sigmoid", name=f"{name}_excite")(weight)
    return Multiply(name=f"{name}_scale")([x, Reshape((1, 1, channels), name=f"{name}_reshape")(weight)])


def basic(squeeze: int = 0) -> Block:
    """Make the block of two 3x3 convolutions (arXiv 1512.03385, figure 5, left)."""

    def block(x: Any, filters: int, strides: int, project: bool, name: str) -> Any:
        shortcut = convolution(x, filters, 1, strides, f"{name}_0", False, relu=False) if project else x
        x = convolution(x, filters, 3, strides, f"{name}_1", False)
        x = convolution(x, filters, 3, 1, f"{name}_2", False, relu=False)
        x = weighed(x, squeeze, f"{name}_se") if squeeze else x
        return Activation("relu", name=f"{name}_out")(Add(name=f"{name}_add")([shortcut, x]))

    return block


def bottleneck(
    bias: bool = False, groups: int = 1, width: int = 64, squeeze: int = 0, first_strides: bool = False
) -> Block:
    """Make the block of 1x1, 3x3 and 1x1 convolutions (figure 5, right).

    Args:
        bias: whether the convolutions have one beside the normalisation's (as Keras's networks do).
        groups: of the 3x3 convolution.
        width: of a group where the block has 64 filters.
        squeeze: what the channels are divided by between squeeze and excitation; 0 for none.
        first_strides: whether the first 1x1 convolution takes the strides, as published, and not the 3x3.
    """

    def block(x: Any, filters: int, strides: int, project: bool, name: str) -> Any:
        inner = filters * width // 64 * groups
        first, second = (strides, 1) if first_strides else (1, strides)
        shortcut = convolution(x, 4 * filters, 1, strides, f"{name}_0", bias, relu=False) if project else x
        x = convolution(x, inner, 1, first, f"{name}_1", bias)
        x = convolution(x, inner, 3, second, f"{name}_2", bias, groups)
        x = convolution(x, 4 * filters, 1, 1, f"{name}_3", bias, relu=False)
        x = weighed(x, squeeze, f"{name}_se") if squeeze else x
        return Activation("relu", name=f"{name}_out")(Add(name=f"{name}_add")([shortcut, x]))

    return block


def residual_network(
    name: str,
    depth: int,
    block: Block,
    bias: bool = False,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    published: str | None = None,
) -> Model:
    """Make four stacks of residual blocks behind a 7x7 convolution.

    Args:
        name: of the model.
        depth: 18, 34, 50, 101 or 152: the number of blocks in each stack.
        block: what makes one.
        bias: whether the first convolution has one.
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        published: the name of the network among Keras's published weights, if there are any.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        He, Zhang, Ren and Sun, arXiv 1512.03385, table 1.
    """
    if depth not in COUNTS:
        raise ValueError(f"{name}: depth must be one of {sorted(COUNTS)}, got {depth!r}")
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    x = ZeroPadding2D(3, name="conv1_pad")(inputs)
    x = Conv2D(64, 7, 2, use_bias=bias, name="conv1_conv")(x)
    x = BatchNormalization(epsilon=1.001e-5 if bias else 1e-5, name="conv1_bn")(x)
    x = Activation("relu", name="conv1_relu")(x)
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    x = MaxPooling2D(3, 2, name="pool1_pool")(x)
    for stack, count in enumerate(COUNTS[depth], 2):
        for number in range(1, count + 1):
            strides = 2 if stack > 2 and number == 1 else 1
            project = number == 1 and (stack > 2 or depth >= 50)
            x = block(x, 64 * 2 ** (stack - 2), strides, project, f"conv{stack}_block{number}")
    x = averaged_classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    return finished(inputs, x, name, weights, published, include_top)


@network
def ResNet18(**arguments: Any) -> Model:
    """Make ResNet-18 (11,689,512 weights to train); arguments as in `residual_network`, behind `depth` and `block`.

    Example:
        >>> from convolith.applications import ResNet18
        >>> ResNet18(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 512)
    """
    return residual_network(**{"name": "resnet18", **arguments, "depth": 18, "block": basic()})


@network
def ResNet34(**arguments: Any) -> Model:
    """Make ResNet-34 (21,797,672 weights to train); arguments as in `ResNet18`."""
    return residual_network(**{"name": "resnet34", **arguments, "depth": 34, "block": basic()})


def _of_bottlenecks(depth: int, original: bool = True, **arguments: Any) -> Model:
    name = f"resnet{depth}"
    if not original:
        return residual_network(**{"name": name, **arguments, "depth": depth, "block": bottleneck()})
    block = bottleneck(bias=True, first_strides=True)
    published = {"depth": depth, "block": block, "bias": True, "published": name}
    return residual_network(**{"name": name, **arguments, **published})


@network
def ResNet50(**arguments: Any) -> Model:
    """Make ResNet-50 as published and in Keras (25,636,712 weights), or with ``original=False`` torchvision's.

    torchvision's has strides in the 3x3 convolutions, not in the first 1x1, and no biases before the normalisations
    (25,557,032 weights to train). Other arguments as in `ResNet18`.

    Example:
        >>> from convolith.applications import ResNet50
        >>> ResNet50(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 2048)
    """
    return _of_bottlenecks(50, **arguments)


@network
def ResNet101(**arguments: Any) -> Model:
    """Make Keras's ResNet-101 (44,707,176 weights); arguments as in `ResNet50`."""
    return _of_bottlenecks(101, **arguments)


@network
def ResNet152(**arguments: Any) -> Model:
    """Make Keras's ResNet-152 (60,419,944 weights); arguments as in `ResNet50`."""
    return _of_bottlenecks(152, **arguments)


@network
def ResNeXt(depth: int, groups: int, width: int, **arguments: Any) -> Model:
    """Make a ResNeXt: residual blocks whose 3x3 convolutions are grouped.

    Args:
        depth: 50, 101 or 152.
        groups: of the 3x3 convolutions, the paper's cardinality.
        width: channels of a group in the first stack.
        arguments: as in `ResNet18`.

    Returns:
        a functional Model, not compiled.

    Raises:
        ValueError: there is none of that depth, ``groups`` or ``width`` is no integer >= 1, or as `residual_network`.

    Source:
        Xie, Girshick, Dollár, Tu and He, arXiv 1611.05431, table 1.

    Example:
        >>> from convolith.applications import ResNeXt
        >>> ResNeXt(50, 32, 4, include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 2048)
    """
    name = f"resnext{depth}_{groups}x{width}d"
    if depth not in (50, 101, 152):
        raise ValueError(f"{name}: depth must be 50, 101 or 152, got {depth!r}")
    check_count(name, "groups", groups)
    check_count(name, "width", width)
    return residual_network(
        **{"name": name, **arguments, "depth": depth, "block": bottleneck(groups=groups, width=width)}
    )


@network
def ResNeXt50(**arguments: Any) -> Model:
    """Make ResNeXt-50 32x4d (25,028,904 weights to train); arguments as in `ResNet18`."""
    return ResNeXt(50, 32, 4, **arguments)


@network
def ResNeXt101(**arguments: Any) -> Model:
    """Make ResNeXt-101 32x8d (88,791,336 weights to train); arguments as in `ResNet18`."""
    return ResNeXt(101, 32, 8, **arguments)


@network
def WideResNet50(**arguments: Any) -> Model:
    """Make Wide ResNet-50-2 (68,883,240 weights to train; arXiv 1605.07146); arguments as in `ResNet18`."""
    return residual_network(**{"name": "wide_resnet50_2", **arguments, "depth": 50, "block": bottleneck(width=128)})


@network
def WideResNet101(**arguments: Any) -> Model:
    """Make Wide ResNet-101-2 (126,886,696 weights to train); arguments as in `ResNet18`."""
    return residual_network(**{"name": "wide_resnet101_2", **arguments, "depth": 101, "block": bottleneck(width=128)})


@network
def SEResNet18(**arguments: Any) -> Model:
    """Make SE-ResNet-18 (Hu, Shen and Sun, arXiv 1709.01507); arguments as in `ResNet18`."""
    return residual_network(**{"name": "seresnet18", **arguments, "depth": 18, "block": basic(squeeze=16)})


@network
def SEResNet50(**arguments: Any) -> Model:
    """Make SE-ResNet-50 (28,088,024 weights to train); arguments as in `ResNet18`."""
    block = bottleneck(squeeze=16, first_strides=True)
    return residual_network(**{"name": "seresnet50", **arguments, "depth": 50, "block": block})


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Turn RGB pixels from 0 to 255 to BGR less the means, as Keras's weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "caffe")
