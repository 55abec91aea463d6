"""The residual networks for small images: ResNet-20 to -1001 for CIFAR, and Wide ResNet."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from convolith import ops
from convolith.applications import imagenet, signature
from convolith.applications.arguments import check_count
from convolith.applications.imagenet import averaged_classifier, finished, image_input, pooled, ranked
from convolith.datasets import cifar10, cifar100
from convolith.layers import Activation, Add, BatchNormalization, Conv2D, MaxPooling2D
from convolith.models import Model

EPSILON = 1e-5

# CIFAR-10's pixels over the training images, of 255.
MEANS = np.array((125.3, 123.0, 113.9), np.float32) / np.float32(255)
DEVIATIONS = np.array((63.0, 62.1, 66.7), np.float32) / np.float32(255)

network = partial(signature.network, classes=10)


def normalized(x: Any, name: str) -> Any:
    """Normalise and rectify."""
    x = BatchNormalization(momentum=0.9, epsilon=EPSILON, name=f"{name}_bn")(x)
    return Activation("relu", name=f"{name}_relu")(x)


def convolution(x: Any, filters: int, kernel: int, strides: int, name: str) -> Any:
    """Convolve without a bias."""
    around = ((kernel // 2, kernel // 2),) * 2
    return Conv2D(filters, kernel, strides, around, use_bias=False, kernel_initializer="he_normal", name=name)(x)


def basic(x: Any, filters: int, strides: int, name: str) -> Any:
    """Add two 3x3 convolutions to every strides-th pixel, with zeros as its new channels (arXiv 1512.03385, 4.2)."""
    shortcut, new = x, filters - x.shape[-1]
    if strides > 1:
        shortcut = MaxPooling2D(1, strides, name=f"{name}_0_pool")(x)
    if new:
        shortcut = ops.pad(shortcut, ((0, 0), (0, 0), (0, 0), (new // 2, new - new // 2)))
    x = normalized(convolution(x, filters, 3, strides, f"{name}_1_conv"), f"{name}_1")
    x = convolution(x, filters, 3, 1, f"{name}_2_conv")
    x = BatchNormalization(momentum=0.9, epsilon=EPSILON, name=f"{name}_2_bn")(x)
    return Activation("relu", name=f"{name}_out")(Add(name=f"{name}_add")([shortcut, x]))


def before(x: Any, widths: tuple[tuple[int, int], ...], strides: int, name: str) -> Any:
    """Add convolutions that each follow normalisation and rectifier (arXiv 1603.05027, figure 4 e).

    Args:
        x: feature maps.
        widths: (filters, kernel) of the convolutions; the first of 3x3 takes the strides.
        strides: of the block.
        name: of the block.
    """
    filters = widths[-1][0]
    normal = normalized(x, f"{name}_1")
    # Where the channels change, the shortcut too starts behind the rectifier.
    shortcut = x if x.shape[-1] == filters else convolution(normal, filters, 1, strides, f"{name}_0_conv")
    x = normal
    strided = next(number for number, (_, kernel) in enumerate(widths, 1) if kernel == 3)
    for number, (width, kernel) in enumerate(widths, 1):
        x = normalized(x, f"{name}_{number}") if number > 1 else x
        x = convolution(x, width, kernel, strides if number == strided else 1, f"{name}_{number}_conv")
    return Add(name=f"{name}_add")([shortcut, x])


def CIFARResNet(
    depth: int,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    width: int = 0,
    name: str | None = None,
) -> Model:
    """Make a ResNet for images of 32 x 32: three stacks of 16, 32 and 64 filters.

    Depths of 6n + 2 (20, 32, 44, 56, 110) have blocks of two convolutions as first published; 164 and 1001 have
    bottlenecks that normalise first; with a width it is a Wide ResNet, of depth 6n + 4.

    Args:
        depth: number of layers.
        include_top: whether it ends with its classifier.
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 32x32x3 by default; at least 8x8.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        width: factor of the filters of a Wide ResNet; 0 for none.
        name: of the model; None takes "resnet20" or "wide_resnet28_10" and so on.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: there is none of that depth, an argument has no such value, or the file does not fit.

    Source:
        He, Zhang, Ren and Sun, arXiv 1512.03385, section 4.2, and arXiv 1603.05027; Zagoruyko and Komodakis, arXiv
        1605.07146, table 1.

    Example:
        >>> from convolith.applications import CIFARResNet
        >>> CIFARResNet(20).output_shape
        (None, 10)
    """
    name = name or (f"wide_resnet{depth}_{width}" if width else f"resnet{depth}")
    check_count(name, "depth", depth)
    check_count(name, "width", width, least=0)
    deep = depth in (164, 1001) and not width
    count, rest = divmod(depth - (4 if width else 2), 9 if deep else 6)
    if count < 1 or rest:
        expected = "6n + 4" if width else "6n + 2, 164 or 1001"
        raise ValueError(f"{name}: depth must be {expected}, got {depth!r}")
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=32, least=8)
    x = convolution(inputs, 16, 3, 1, "conv1_conv")
    x = x if width or deep else normalized(x, "conv1")
    for stack in range(3):
        filters = 16 * 2**stack
        for number in range(count):
            label = f"conv{stack + 2}_block{number + 1}"
            strides = 2 if stack and not number else 1
            if width:
                x = before(x, ((filters * width, 3),) * 2, strides, label)
            elif deep:
                x = before(x, ((filters, 1), (filters, 3), (4 * filters, 1)), strides, label)
            else:
                x = basic(x, filters, strides, label)
    x = normalized(x, "post") if width or deep else x
    x = averaged_classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    return finished(inputs, x, name, weights)


@network
def ResNet20(**arguments: Any) -> Model:
    """Make ResNet-20 (269,722 weights to train); arguments as in `CIFARResNet`."""
    return CIFARResNet(20, **arguments)


@network
def ResNet32(**arguments: Any) -> Model:
    """Make ResNet-32 (464,154 weights to train); arguments as in `CIFARResNet`."""
    return CIFARResNet(32, **arguments)


@network
def ResNet44(**arguments: Any) -> Model:
    """Make ResNet-44 (658,586 weights to train); arguments as in `CIFARResNet`."""
    return CIFARResNet(44, **arguments)


@network
def ResNet56(**arguments: Any) -> Model:
    """Make ResNet-56 (853,018 weights to train); arguments as in `CIFARResNet`."""
    return CIFARResNet(56, **arguments)


@network
def ResNet110(**arguments: Any) -> Model:
    """Make ResNet-110 (1,727,962 weights to train); arguments as in `CIFARResNet`."""
    return CIFARResNet(110, **arguments)


@network
def ResNet1001(**arguments: Any) -> Model:
    """Make ResNet-1001 (10,327,706 weights to train, in bottlenecks); arguments as in `CIFARResNet`."""
    return CIFARResNet(1001, **arguments)


@network
def WideResNet(depth: int = 28, width: int = 10, **arguments: Any) -> Model:
    """Make a Wide ResNet, 28-10 (36,479,194 weights to train) by default; arguments as in `CIFARResNet`."""
    check_count(f"wide_resnet{depth}_{width}", "width", width)
    return CIFARResNet(depth, width=width, **arguments)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring RGB pixels from 0 to 255 to mean 0 and deviation 1 over CIFAR-10's training images.

    Args:
        x: array, or tensor of a model, (..., 3), or (..., 3, height, width) with the channels first.
        data_format: "channels_last" or "channels_first"; None is the default.

    Returns:
        float32, of the shape of x.

    Raises:
        ValueError: another data format, or there are not 3 channels.

    Source:
        Zagoruyko and Komodakis, arXiv 1605.07146, section 3: channels' means and deviations.

    Example:
        >>> from convolith.applications.cifar_resnet import preprocess_input
        >>> preprocess_input([125.3, 123.0, 113.9]).round(5).tolist()
        [0.0, 0.0, 0.0]
    """
    return imagenet.preprocess_input(x, data_format, "torch", MEANS, DEVIATIONS)


def decode_predictions(preds: Any, top: int = 5, class_names: Any = None) -> list[list[tuple[str, str, float]]]:
    """Name the most probable classes.

    Args:
        preds: array (batch, classes), the outputs of a network.
        top: how many.
        class_names: of all classes, in their order; None for CIFAR-100's where there are a hundred, else CIFAR-10's.

    Returns:
        for each image (number, name, probability) of so many classes, the most probable first.

    Raises:
        ValueError: the array has another shape, or ``top`` is less than 1 or more than the classes.

    Example:
        >>> import numpy as np
        >>> from convolith.applications.cifar_resnet import decode_predictions
        >>> decode_predictions(np.eye(10)[:1], top=1)
        [[('0', 'airplane', 1.0)]]
    """
    if class_names is None:
        class_names = cifar100.FINE_NAMES if np.shape(preds)[-1:] == (100,) else cifar10.CLASS_NAMES
    return ranked(preds, top, [(str(number), name) for number, name in enumerate(class_names)])
