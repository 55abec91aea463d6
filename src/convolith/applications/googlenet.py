"""GoogLeNet: inception modules, which look through windows of several sizes at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.applications import imagenet
from convolith.applications.arguments import check_count
from convolith.applications.imagenet import decode_predictions, finished, image_input, pooled
from convolith.applications.resnet import weighed
from convolith.applications.signature import network
from convolith.layers import (
    Activation,
    AdaptiveAveragePooling2D,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    LocalResponseNormalization,
    MaxPooling2D,
)
from convolith.models import Model

__all__ = ["AUXILIARY_WEIGHTS", "GoogLeNet", "SEInception", "decode_predictions", "inference", "preprocess_input"]

AUXILIARY_WEIGHTS = {"predictions": 1.0, "auxiliary1": 0.3, "auxiliary2": 0.3}
"""The outputs' shares of the loss in training: ``compile(loss_weights=AUXILIARY_WEIGHTS)``."""

# Filters of a module: 1x1; 3x3 behind 1x1; 5x5 behind 1x1; 1x1 behind pooling. Table 1.
MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}
Convolve = Callable[..., Any]


def plain(x: Any, filters: int, kernel: int, name: str, strides: int = 1) -> Any:
    """Convolve with a bias and rectify, as published."""
    around = ((kernel // 2, kernel // 2),) * 2
    return Conv2D(filters, kernel, strides, around, activation="relu", name=name)(x)


def normalized(x: Any, filters: int, kernel: int, name: str, strides: int = 1) -> Any:
    """Convolve, normalise and rectify, as torchvision does."""
    around = ((kernel // 2, kernel // 2),) * 2
    x = Conv2D(filters, kernel, strides, around, use_bias=False, name=f"{name}_conv")(x)
    return Activation("relu", name=f"{name}_relu")(BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x))


def inception(x: Any, module: str, convolve: Convolve, large: int, squeeze: int) -> Any:
    """Join 1x1, 3x3 and large convolutions and a pooling (figure 2 b), and weigh the channels if they are squeezed."""
    one, (three_before, three), (large_before, largest), behind = MODULES[module]
    name = f"inception_{module}"
    branches = [
        convolve(x, one, 1, f"{name}_1x1"),
        convolve(convolve(x, three_before, 1, f"{name}_3x3_reduce"), three, 3, f"{name}_3x3"),
        convolve(convolve(x, large_before, 1, f"{name}_5x5_reduce"), largest, large, f"{name}_5x5"),
        convolve(MaxPooling2D(3, 1, "same", name=f"{name}_pool")(x), behind, 1, f"{name}_pool_proj"),
    ]
    x = Concatenate(name=f"{name}_output")(branches)
    return weighed(x, squeeze, f"{name}_se") if squeeze else x


def GoogLeNet(
    original: bool = True,
    auxiliary: bool = False,
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    squeeze: int = 0,
    name: str = "googlenet",
) -> Model:
    """Make GoogLeNet as published (6,998,552 weights), or as torchvision has it (6,624,904 to train).

    The second normalises batches and has 3x3 convolutions in the place of 5x5. To train it with the two auxiliary
    heads, which help gradients to reach the first layers, make it with ``auxiliary=True``, compile it with
    ``loss_weights=AUXILIARY_WEIGHTS``, give labels under each output's name, and take what `inference` returns.

    Args:
        original: which of them.
        auxiliary: whether the heads behind modules 4a and 4d are there: the outputs are then a dict "predictions",
            "auxiliary1", "auxiliary2".
        include_top: whether it ends with its classifier.
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), 224x224x3 by default; at least 32x32, with the heads 193x193.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        squeeze: what the channels are divided by in squeeze and excitation behind each module; 0 for none.
        name: of the model.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: an argument has no such value, or the file does not fit.

    Source:
        Szegedy et al., arXiv 1409.4842, table 1 and section 5.

    Example:
        >>> from convolith.applications import GoogLeNet
        >>> GoogLeNet(include_top=False, input_shape=(32, 32, 3), pooling="avg").output_shape
        (None, 1024)
    """
    if auxiliary and not include_top:
        raise ValueError(f"{name}: auxiliary heads need include_top=True, got False")
    check_count(name, "squeeze", squeeze, least=0)
    least = 193 if auxiliary and original else 32
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=224, least=least)
    convolve, large = (plain, 5) if original else (normalized, 3)
    x = convolve(inputs, 64, 7, "conv1", strides=2)
    x = MaxPooling2D(3, 2, ceil_mode=True, name="pool1")(x)
    x = LocalResponseNormalization(name="norm1")(x) if original else x
    x = convolve(convolve(x, 64, 1, "conv2_reduce"), 192, 3, "conv2")
    x = LocalResponseNormalization(name="norm2")(x) if original else x
    x = MaxPooling2D(3, 2, ceil_mode=True, name="pool2")(x)
    heads = {}
    for module in MODULES:
        x = inception(x, module, convolve, large, squeeze)
        if module == "3b":
            x = MaxPooling2D(3, 2, ceil_mode=True, name="pool3")(x)
        elif module == "4e":
            x = MaxPooling2D(3 if original else 2, 2, ceil_mode=True, name="pool4")(x)
        elif auxiliary and module in ("4a", "4d"):
            label = "auxiliary1" if module == "4a" else "auxiliary2"
            heads[label] = _auxiliary(x, classes, classifier_activation, original, convolve, label)
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights)
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    x = Dropout(0.4 if original else 0.2, name="dropout")(x)
    x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    return finished(inputs, {"predictions": x, **heads} if auxiliary else x, name, weights)


def inference(model: Model) -> Model:
    """Return the network of a GoogLeNet with auxiliary heads without them; it shares the layers."""
    return Model(model.input, model.get_layer("predictions").output, name=model.name)


@network
def SEInception(**arguments: Any) -> Model:
    """Make GoogLeNet with squeeze and excitation behind each module (arXiv 1709.01507, figure 2); see `GoogLeNet`."""
    return GoogLeNet(**{"squeeze": 16, "name": "se_inception", **arguments})


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Bring pixels from 0 to 255 to -1 to 1, as torchvision's weights were trained on."""
    return imagenet.preprocess_input(x, data_format, "tf")


def _auxiliary(x: Any, classes: int, activation: Any, original: bool, convolve: Convolve, name: str) -> Any:
    """A classifier of what lies in the middle: 4 x 4 averages and two dense layers."""
    pool = AveragePooling2D(5, 3, name=f"{name}_pool") if original else AdaptiveAveragePooling2D(4, name=f"{name}_pool")
    x = Flatten(name=f"{name}_flatten")(convolve(pool(x), 128, 1, f"{name}_conv"))
    x = Dense(1024, activation="relu", name=f"{name}_fc")(x)
    return Dense(classes, activation=activation, name=name)(Dropout(0.7, name=f"{name}_dropout")(x))
