"""SqueezeNet: AlexNet's accuracy with a fiftieth of its weights, by 1x1 convolutions."""

from __future__ import annotations

from typing import Any

from convolith.applications import imagenet
from convolith.applications.imagenet import decode_predictions, finished, image_input, pooled
from convolith.layers import Activation, Concatenate, Conv2D, Dropout, GlobalAveragePooling2D, MaxPooling2D
from convolith.models import Model

__all__ = ["SqueezeNet", "decode_predictions", "preprocess_input"]

# Squeezed and expanded filters of the fire modules 2 to 9; each expands to two halves, of 1x1 and of 3x3.
FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))


def fire(x: Any, squeezed: int, expanded: int, name: str) -> Any:
    """Squeeze the channels by a 1x1 convolution, then expand them by 1x1 and 3x3 beside each other."""
    x = Conv2D(squeezed, 1, activation="relu", name=f"{name}_squeeze")(x)
    one = Conv2D(expanded, 1, activation="relu", name=f"{name}_expand1x1")(x)
    three = Conv2D(expanded, 3, padding="same", activation="relu", name=f"{name}_expand3x3")(x)
    return Concatenate(name=f"{name}_concat")([one, three])


def SqueezeNet(
    version: str = "1.1",
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """Make SqueezeNet 1.0 (1,248,424 weights) or 1.1 (1,235,496 weights and less work).

    Args:
        version: "1.0" or "1.1".
        include_top: whether it ends with its classifier.
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes "squeezenet1_1" and so on.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Iandola et al., arXiv 1602.07360, table 1; 1.1: the authors' repository.

    Example:
        >>> from convolith.applications import SqueezeNet
        >>> SqueezeNet(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 512)
    """
    name = name or "squeezenet" + str(version).replace(".", "_")
    if version not in ("1.0", "1.1"):
        raise ValueError(f'{name}: version must be "1.0" or "1.1", got {version!r}')
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=32)
    filters, kernel, pools = (96, 7, (4, 8)) if version == "1.0" else (64, 3, (3, 5))
    x = Conv2D(filters, kernel, 2, activation="relu", name="conv1")(inputs)
    x = MaxPooling2D(3, 2, ceil_mode=True, name="pool1")(x)
    for number, (squeezed, expanded) in enumerate(FIRES, 2):
        if number - 1 in pools:
            x = MaxPooling2D(3, 2, ceil_mode=True, name=f"pool{number - 1}")(x)
        x = fire(x, squeezed, expanded, f"fire{number}")
    if include_top:
        x = Dropout(0.5, name="dropout")(x)
        x = Conv2D(classes, 1, activation="relu", name="conv10")(x)
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        x = Activation(classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling)
    return finished(inputs, x, name, weights)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring RGB pixels from 0 to 255 to mean 0 and deviation 1, as the known weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "torch")
