"""LeNet-5, the network that read handwritten digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.applications.imagenet import finished, floats, image_input, pooled, ranked
from convolith.applications.lenet_1998 import published_maps, published_top
from convolith.layers import Conv2D, Dense, Flatten, Layer, MaxPooling2D
from convolith.models import Model

__all__ = ["LeNet5", "decode_predictions", "preprocess_input"]

PAPER, INK = -0.1, 1.175  # what the published network was trained on: mean 0 and variance 1, roughly (section III.A)


def taught_maps() -> list[Layer]:
    """Make the layers up to the 16 maps of S4, as taught today."""
    return [
        Conv2D(6, 5, padding="same", activation="relu", name="c1"),
        MaxPooling2D(2, name="s2"),
        Conv2D(16, 5, activation="relu", name="c3"),
        MaxPooling2D(2, name="s4"),
    ]


def taught_top(classes: int, activation: Any) -> list[Layer]:
    """Make the layers that tell the classes by these maps."""
    return [
        Flatten(name="flatten"),
        Dense(120, activation="relu", name="c5"),
        Dense(84, activation="relu", name="f6"),
        Dense(classes, activation=activation, name="output"),
    ]


def LeNet5(
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    name: str = "lenet5",
    original: bool = False,
) -> Model:
    """Make LeNet-5 as it is taught today (ReLU, max pooling, all maps connected), or as published in 1998.

    The published one squashes by 1.7159 tanh(2x/3), averages with learnt factors, connects C3 by a table (1,516
    weights), and compares its last 84 units with fixed pictures of the digits, drawn here after the paper's figure 3:
    60,000 weights to train. The paper's loss is the cross-entropy of its softmax, but for the paper's constant.

    Args:
        include_top: whether it ends with its dense layers.
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_tensor: an ``Input`` to start from, or None.
        input_shape: (height, width, channels), at least 12x12; 28x28x1 by default, which the first layer pads to
            32x32 and which gives 61,706 weights.
        pooling: without the top: None for the last maps, "avg" or "max" over them.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.
        original: whether as published; then the images are 28x28x1 and the classes 10.

    Returns:
        a functional Model, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: the images are too small, the original is asked for other images or classes, an argument has no
            such value, layers are made with the channels first, or the file does not fit.

    Source:
        LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.

    Example:
        >>> from convolith.applications import LeNet5
        >>> LeNet5().count_params()
        61706
    """
    input_shape = (28, 28, 1) if input_shape is None else input_shape
    inputs = image_input(name, include_top, input_shape, input_tensor, classes, pooling, weights, size=28, least=12)
    shape = tuple(inputs.shape[1:])
    if original and (shape != (28, 28, 1) or (include_top and classes != 10)):
        raise ValueError(f"{name}: original=True is for images (28, 28, 1) and 10 classes, got {shape} and {classes}")
    x = inputs
    for layer in published_maps() if original else taught_maps():
        x = layer(x)
    if not include_top:
        return finished(inputs, pooled(x, pooling), name, weights)
    for layer in published_top(classifier_activation) if original else taught_top(classes, classifier_activation):
        x = layer(x)
    return finished(inputs, x, name, weights)


def preprocess_input(x: Any, data_format: str | None = None, original: bool = False) -> Any:
    """Bring pixels, 0 for paper and 255 for ink, to what LeNet-5 is trained on.

    Args:
        x: array, or tensor of a model, of any shape.
        data_format: taken for Keras's sake: all channels are treated alike.
        original: False: to 0 to 1; True: to -0.1 to 1.175, as published.

    Returns:
        float32, of the shape of x.

    Example:
        >>> from convolith.applications.lenet import preprocess_input
        >>> preprocess_input([0, 255], original=True).tolist()
        [-0.10000000149011612, 1.1749999523162842]
    """
    scaled = floats(x) / np.float32(255)
    return scaled * np.float32(INK - PAPER) + np.float32(PAPER) if original else scaled


def decode_predictions(preds: Any, top: int = 5, class_names: Any = "0123456789") -> list[list[tuple[str, str, float]]]:
    """Name the most probable classes.

    Args:
        preds: array (batch, classes), the outputs of a network.
        top: how many.
        class_names: of all classes, in their order; the ten digits by default.

    Returns:
        for each image (number, name, probability) of so many classes, the most probable first.

    Raises:
        ValueError: the array has another shape, or ``top`` is less than 1 or more than the classes.

    Example:
        >>> import numpy as np
        >>> from convolith.applications.lenet import decode_predictions
        >>> decode_predictions(np.eye(10)[7:8], top=1)
        [[('7', '7', 1.0)]]
    """
    return ranked(preds, top, [(str(number), name) for number, name in enumerate(class_names)])
