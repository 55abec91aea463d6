"""ConvNeXt: a residual network with the habits of transformers."""

from __future__ import annotations

from typing import Any

from convolith.applications.imagenet import DEVIATIONS, MEANS, decode_predictions, finished, image_input, pooled
from convolith.initializers import Constant
from convolith.layers import (
    REGISTRY,
    Activation,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    Layer,
    LayerNormalization,
    Normalization,
)
from convolith.models import Model, Sequential

__all__ = ["ConvNeXtTiny", "LayerScale", "decode_predictions", "preprocess_input"]

DEPTHS = (3, 3, 9, 3)
FILTERS = (96, 192, 384, 768)


class LayerScale(Layer):
    """Multiplies each channel by a learnt factor, which is small at first (arXiv 2103.17239, equation 5).

    Args:
        init_values: the first factor.
        projection_dim: number of channels.
        kwargs: as in ``Layer``.
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.init_values, self.projection_dim = init_values, projection_dim

    def build(self, input_shape: Any) -> None:
        """Make the factors."""
        self.gamma = self.add_weight((self.projection_dim,), initializer=Constant(self.init_values), name="gamma")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "init_values": self.init_values, "projection_dim": self.projection_dim}

    def call(self, inputs: Any) -> Any:
        """Multiply."""
        return inputs * self.gamma


REGISTRY.entries["LayerScale"] = LayerScale


def block(x: Any, name: str) -> Any:
    """Add a 7x7 depthwise convolution and two dense layers of each pixel (arXiv 2201.03545, figure 4)."""
    shortcut, filters = x, x.shape[-1]
    x = Conv2D(filters, 7, padding="same", groups=filters, name=f"{name}_depthwise_conv")(x)
    x = LayerNormalization(epsilon=1e-6, name=f"{name}_layernorm")(x)
    x = Dense(4 * filters, name=f"{name}_pointwise_conv_1")(x)
    x = Activation("gelu", name=f"{name}_gelu")(x)
    x = Dense(filters, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(1e-6, filters, name=f"{name}_layer_scale")(x)
    return shortcut + Activation("linear", name=f"{name}_identity")(x)


def ConvNeXtTiny(
    include_top: bool = True,
    include_preprocessing: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "convnext_tiny",
) -> Model:
    """Make ConvNeXt-Tiny (28,589,128 weights).

    Args:
        include_top: whether it ends with its classifier.
        include_preprocessing: whether the network itself normalises pixels from 0 to 255, if it has three channels.
        weights: None for random weights, "imagenet" for Keras's, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them; they are normalised.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Liu, Mao, Wu, Feichtenhofer, Darrell and Xie, arXiv 2201.03545, table 9.

    Example:
        >>> from convolith.applications import ConvNeXtTiny
        >>> ConvNeXtTiny(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 768)
    """
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    x = inputs
    if include_preprocessing and inputs.shape[-1] == 3:
        mean, variance = 255.0 * MEANS, (255.0 * DEVIATIONS) ** 2
        x = Normalization(mean=mean, variance=variance, name=f"{name}_prestem_normalization")(x)
    for stage, (depth, filters) in enumerate(zip(DEPTHS, FILTERS, strict=True)):
        if stage == 0:
            convolution = Conv2D(filters, 4, 4, name=f"{name}_stem_conv")
            norm = LayerNormalization(epsilon=1e-6, name=f"{name}_stem_layernorm")
            x = Sequential([convolution, norm], name=f"{name}_stem")(x)
        else:
            norm = LayerNormalization(epsilon=1e-6, name=f"{name}_downsampling_layernorm_{stage - 1}")
            convolution = Conv2D(filters, 2, 2, name=f"{name}_downsampling_conv_{stage - 1}")
            x = Sequential([norm, convolution], name=f"{name}_downsampling_block_{stage - 1}")(x)
        for number in range(depth):
            x = block(x, f"{name}_stage_{stage}_block_{number}")
    if not include_top:
        x = LayerNormalization(epsilon=1e-6)(pooled(x, pooling))
        return finished(inputs, x, name, weights, "convnext_tiny", include_top)
    x = GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
    x = LayerNormalization(epsilon=1e-6, name=f"{name}_head_layernorm")(x)
    x = Dense(classes, activation=classifier_activation, name=f"{name}_head_dense")(x)
    return finished(inputs, x, name, weights, "convnext_tiny", include_top)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Return x: the network itself normalises pixels from 0 to 255."""
    return x
