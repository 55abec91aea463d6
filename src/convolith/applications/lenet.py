"""LeNet-5, the network that read handwritten digits."""

from __future__ import annotations

from typing import Any

from convolith.applications.imagenet import check_channels_last
from convolith.applications.lenet_1998 import lenet_1998
from convolith.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from convolith.models import Sequential


def LeNet5(
    weights: str | None = None,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    classifier_activation: Any = "softmax",
    name: str = "lenet5",
    original: bool = False,
) -> Sequential:
    """Make LeNet-5 as it is taught today (ReLU, max pooling, all maps connected), or as published in 1998.

    The published one squashes by 1.7159 tanh(2x/3), averages with learnt factors, connects C3 by a table (1,516
    weights), and compares its last 84 units with fixed pictures of the digits, drawn here after the paper's figure 3:
    60,000 weights to train. The paper's loss is the cross-entropy of its softmax, but for the paper's constant.

    Args:
        weights: None for random weights, or a file that ``load_weights`` reads.
        input_shape: height, width and channels; the original's 28x28x1 (padded to 32x32 by the first layer) gives
            61,706 weights.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.
        original: whether as published; then the images are 28x28x1 and the classes 10.

    Returns:
        a Sequential, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: the images are too small (less than 12 pixels), the original is asked for other images or
            classes, layers are made with the channels first, or the file does not fit.

    Source:
        LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.

    Example:
        >>> LeNet5().count_params()
        61706
    """
    check_channels_last(name)
    if original:
        if tuple(input_shape) != (28, 28, 1) or classes != 10:
            came = f"{tuple(input_shape)} and {classes}"
            raise ValueError(f"{name}: original=True is for input_shape (28, 28, 1) and 10 classes, came {came}")
        model = lenet_1998(classifier_activation, name)
    else:
        model = Sequential(
            [
                Input(input_shape),
                Conv2D(6, 5, padding="same", activation="relu", name="c1"),
                MaxPooling2D(2, name="s2"),
                Conv2D(16, 5, activation="relu", name="c3"),
                MaxPooling2D(2, name="s4"),
                Flatten(name="flatten"),
                Dense(120, activation="relu", name="c5"),
                Dense(84, activation="relu", name="f6"),
                Dense(classes, activation=classifier_activation, name="output"),
            ],
            name=name,
        )
    if weights is not None:
        model.load_weights(weights)
    return model
