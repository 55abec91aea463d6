"""LeNet-5, the network that read handwritten digits."""

from __future__ import annotations

from typing import Any

from convolith.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from convolith.models import Sequential


def LeNet5(
    weights: str | None = None,
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    classifier_activation: Any = "softmax",
    name: str = "lenet5",
) -> Sequential:
    """Make LeNet-5 in the form in which it is taught today: ReLU and max pooling, all maps connected.

    Args:
        weights: None for random weights, or a file of ``save_weights``.
        input_shape: height, width and channels; the original's 28x28x1 (padded to 32x32 by the first layer) gives
            61,706 weights.
        classes: number of outputs.
        classifier_activation: of the outputs; None gives logits.
        name: of the model.

    Returns:
        a Sequential, not compiled: (batch, height, width, channels) to (batch, classes).

    Raises:
        ValueError: the images are too small (less than 12 pixels), or the file does not fit.

    Source:
        LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.

    Example:
        >>> LeNet5().count_params()
        61706
    """
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
