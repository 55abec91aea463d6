"""Inception-ResNet-V2: what inception modules find is scaled down and added to what came."""

from __future__ import annotations

from typing import Any

from convolith.applications.imagenet import averaged_classifier, decode_predictions, finished, image_input, pooled
from convolith.applications.inception_v3 import Modules, preprocess_input
from convolith.layers import REGISTRY, Activation, BatchNormalization, Concatenate, Conv2D, Layer, MaxPooling2D
from convolith.models import Model

__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]

MODULES = Modules(original=True)
averaged, chain, convolution, stem = MODULES.averaged, MODULES.chain, MODULES.convolution, MODULES.stem


class CustomScaleLayer(Layer):
    """Adds the second input times a factor to the first.

    Args:
        scale: the factor.
        kwargs: as in ``Layer``.
    """

    def __init__(self, scale: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = scale

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "scale": self.scale}

    def call(self, inputs: Any) -> Any:
        """Add."""
        shortcut, residual = inputs
        return shortcut + residual * self.scale


REGISTRY.entries["CustomScaleLayer"] = CustomScaleLayer


def block(x: Any, branches: list[Any], scale: float, name: str, relu: bool = True) -> Any:
    """Add the branches, joined and brought to as many channels by a 1x1 convolution, to x."""
    residual = Concatenate(name=f"{name}_mixed")(branches)
    residual = Conv2D(x.shape[-1], 1, padding="same", name=f"{name}_conv")(residual)
    x = CustomScaleLayer(scale)([x, residual])
    return Activation("relu", name=f"{name}_ac")(x) if relu else x


def InceptionResNetV2(
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "inception_resnet_v2",
) -> Model:
    """Make Inception-ResNet-V2 (55,873,736 weights).

    Args:
        include_top: whether it ends with its classifier.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 299x299x3 by default; at least 75x75.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Szegedy, Ioffe, Vanhoucke and Alemi, arXiv 1602.07261, section 3.2, with the stem of Inception-V3.
    """
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=299, least=75)
    x = stem(inputs)
    branches = [
        convolution(x, 96, 1),
        chain(x, (48, 1), (64, 5)),
        chain(x, (64, 1), (96, 3), (96, 3)),
        averaged(x, 64),
    ]
    x = Concatenate(name="mixed_5b")(branches)
    for number in range(1, 11):
        branches = [convolution(x, 32, 1), chain(x, (32, 1), (32, 3)), chain(x, (32, 1), (48, 3), (64, 3))]
        x = block(x, branches, 0.17, f"block35_{number}")
    branches = [
        convolution(x, 384, 3, 2, "valid"),
        chain(x, (256, 1), (256, 3), (384, 3, 2, "valid")),
        MaxPooling2D(3, 2)(x),
    ]
    x = Concatenate(name="mixed_6a")(branches)
    for number in range(1, 21):
        branches = [convolution(x, 192, 1), chain(x, (128, 1), (160, (1, 7)), (192, (7, 1)))]
        x = block(x, branches, 0.1, f"block17_{number}")
    branches = [
        chain(x, (256, 1), (384, 3, 2, "valid")),
        chain(x, (256, 1), (288, 3, 2, "valid")),
        chain(x, (256, 1), (288, 3), (320, 3, 2, "valid")),
        MaxPooling2D(3, 2)(x),
    ]
    x = Concatenate(name="mixed_7a")(branches)
    for number in range(1, 11):
        branches = [convolution(x, 192, 1), chain(x, (192, 1), (224, (1, 3)), (256, (3, 1)))]
        last = number == 10
        x = block(x, branches, 1.0 if last else 0.2, f"block8_{number}", relu=not last)
    x = Conv2D(1536, 1, padding="same", use_bias=False, name="conv_7b")(x)
    x = BatchNormalization(scale=False, name="conv_7b_bn")(x)
    x = Activation("relu", name="conv_7b_ac")(x)
    x = averaged_classifier(x, classes, classifier_activation) if include_top else pooled(x, pooling)
    return finished(inputs, x, name, weights, "inception_resnet_v2", include_top)
