"""Inception-V3: inception modules whose large kernels are factored into small and one-sided ones."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import decode_predictions, finished, image_input, pooled
from convolith.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    GlobalAveragePooling2D,
    MaxPooling2D,
)
from convolith.models import Model

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]


class Modules:
    """What the network is made of, as published and in Keras or as torchvision has it.

    Args:
        original: which of them. torchvision's normalisations have a factor, and its averages count zeros at the border.
    """

    def __init__(self, original: bool):
        self.original = original

    def convolution(self, x: Any, filters: int, kernel: Any, strides: int = 1, padding: str = "same") -> Any:
        """Convolve, normalise and rectify."""
        x = Conv2D(filters, kernel, strides, padding, use_bias=False)(x)
        return Activation("relu")(BatchNormalization(scale=not self.original)(x))

    def chain(self, x: Any, *convolutions: tuple[Any, ...]) -> Any:
        """Convolve once for each (filters, kernel, strides, padding)."""
        for arguments in convolutions:
            x = self.convolution(x, *arguments)
        return x

    def stem(self, x: Any) -> Any:
        """Bring 299 x 299 x 3 to 35 x 35 x 192."""
        x = self.chain(x, (32, 3, 2, "valid"), (32, 3, 1, "valid"), (64, 3))
        x = self.chain(MaxPooling2D(3, 2)(x), (80, 1, 1, "valid"), (192, 3, 1, "valid"))
        return MaxPooling2D(3, 2)(x)

    def averaged(self, x: Any, filters: int) -> Any:
        """The branch that averages 3x3 pixels before its 1x1 convolution."""
        around: Any = "same" if self.original else ((1, 1), (1, 1))
        return self.convolution(AveragePooling2D(3, 1, around)(x), filters, 1)

    def module_a(self, x: Any, averages: int, name: str) -> Any:
        """The module on 35 x 35 maps: 3x3 kernels, two of them for one of 5x5 (arXiv 1512.00567, figure 5)."""
        branches = [
            self.convolution(x, 64, 1),
            self.chain(x, (48, 1), (64, 5)),
            self.chain(x, (64, 1), (96, 3), (96, 3)),
            self.averaged(x, averages),
        ]
        return Concatenate(name=name)(branches)

    def module_b(self, x: Any, inner: int, name: str) -> Any:
        """The module on 17 x 17 maps: rows of 7 and columns of 7 in turn (figure 6)."""
        across, down = (1, 7), (7, 1)
        branches = [
            self.convolution(x, 192, 1),
            self.chain(x, (inner, 1), (inner, across), (192, down)),
            self.chain(x, (inner, 1), (inner, down), (inner, across), (inner, down), (192, across)),
            self.averaged(x, 192),
        ]
        return Concatenate(name=name)(branches)

    def spread(self, x: Any, name: str | None) -> Any:
        """Rows of 3 beside columns of 3."""
        return Concatenate(name=name)([self.convolution(x, 384, (1, 3)), self.convolution(x, 384, (3, 1))])

    def module_c(self, x: Any, number: int) -> Any:
        """The module on 8 x 8 maps (figure 7)."""
        branches = [
            self.convolution(x, 320, 1),
            self.spread(self.convolution(x, 384, 1), f"mixed9_{number}"),
            self.spread(self.chain(x, (448, 1), (384, 3)), None),
            self.averaged(x, 192),
        ]
        return Concatenate(name=f"mixed{9 + number}")(branches)


def InceptionV3(
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "inception_v3",
    original: bool = True,
) -> Model:
    """Make Inception-V3 as in Keras (23,851,784 weights), or with ``original=False`` as torchvision has it.

    torchvision's has factors in the normalisations (23,834,568 weights to train, without its auxiliary head) and counts
    the zeros at the border in its averages.

    Args:
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 299x299x3 by default; at least 75x75.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.
        original: which of them.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, arXiv 1512.00567, table 1.

    Example:
        >>> from convolith.applications import InceptionV3
        >>> InceptionV3(include_top=False, input_shape=(80, 80, 3), pooling="avg").output_shape
        (None, 2048)
    """
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=299, least=75)
    modules = Modules(original)
    x = modules.stem(inputs)
    for number, averages in enumerate((32, 64, 64)):
        x = modules.module_a(x, averages, f"mixed{number}")
    branches = [
        modules.convolution(x, 384, 3, 2, "valid"),
        modules.chain(x, (64, 1), (96, 3), (96, 3, 2, "valid")),
        MaxPooling2D(3, 2)(x),
    ]
    x = Concatenate(name="mixed3")(branches)
    for number, inner in enumerate((128, 160, 160, 192), 4):
        x = modules.module_b(x, inner, f"mixed{number}")
    branches = [
        modules.chain(x, (192, 1), (320, 3, 2, "valid")),
        modules.chain(x, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2, "valid")),
        MaxPooling2D(3, 2)(x),
    ]
    x = Concatenate(name="mixed8")(branches)
    for number in (0, 1):
        x = modules.module_c(x, number)
    published = "inception_v3" if original else None
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights, published, include_top)
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    x = x if original else Dropout(0.5)(x)
    x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    return finished(inputs, x, name, weights, published, include_top)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring pixels from 0 to 255 to -1 to 1, as Keras's and torchvision's weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "tf")
