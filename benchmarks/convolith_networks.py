"""The whole networks built, trained and run by convolith, through its public API alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.network_data import LEARNING_RATE, MOMENTUM, Network, images_and_labels, residual_depth, weight


def build(network: Network, dropout: bool = True) -> Any:
    """The network up to its logits, with convolith's own random weights."""
    from convolith import applications
    from convolith.applications import resnet

    depth = residual_depth(network.name)
    arguments = {"input_shape": network.image, "classes": network.classes, "classifier_activation": None}
    if depth is not None:
        block = resnet.basic() if depth < 50 else resnet.bottleneck()  # strides in the 3x3 layers
        return resnet.residual_network(network.name, depth, block, **arguments)
    rate = 0.5 if dropout else 0.0
    return {
        "lenet5": lambda: applications.LeNet5(**arguments),
        "fashion_cnn": lambda: fashion_cnn(network, rate),
        "alexnet": lambda: alexnet(network, rate),
        "vgg16": lambda: applications.VGG16(**arguments),
    }[network.name]()


def fashion_cnn(network: Network, rate: float) -> Any:
    """The network for Fashion-MNIST that courses teach: 1,413,834 weights."""
    from convolith import layers, models

    def convolution(filters: int, size: int, name: str) -> Any:
        return layers.Conv2D(filters, size, padding="same", activation="relu", name=name)

    return models.Sequential(
        [
            layers.Input(network.image),
            convolution(64, 7, "conv1"),
            layers.MaxPooling2D(2),
            convolution(128, 3, "conv2"),
            convolution(128, 3, "conv3"),
            layers.MaxPooling2D(2),
            convolution(256, 3, "conv4"),
            convolution(256, 3, "conv5"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu", name="fc6"),
            layers.Dropout(rate),
            layers.Dense(64, activation="relu", name="fc7"),
            layers.Dropout(rate),
            layers.Dense(network.classes, name="fc8"),
        ]
    )


def alexnet(network: Network, rate: float) -> Any:
    """AlexNet in one tower, without response normalisation: that would time torch's slow one. 62,378,344 weights."""
    from convolith import layers, models

    def convolution(filters: int, size: int, name: str, strides: int = 1, padding: str = "same") -> Any:
        return layers.Conv2D(filters, size, strides, padding, activation="relu", name=name)

    return models.Sequential(
        [
            layers.Input(network.image),
            convolution(96, 11, "conv1", 4, "valid"),
            layers.MaxPooling2D(3, 2),
            convolution(256, 5, "conv2"),
            layers.MaxPooling2D(3, 2),
            convolution(384, 3, "conv3"),
            convolution(384, 3, "conv4"),
            convolution(256, 3, "conv5"),
            layers.MaxPooling2D(3, 2),
            layers.Flatten(),
            layers.Dropout(rate),
            layers.Dense(4096, activation="relu", name="fc6"),
            layers.Dropout(rate),
            layers.Dense(4096, activation="relu", name="fc7"),
            layers.Dense(network.classes, name="fc8"),
        ]
    )


def share_weights(model: Any) -> None:
    """Give the model the weights that every peer has."""
    for layer in model.layers:
        for each in layer.weights:
            each.assign(weight(f"{layer.name}/{each.name}", tuple(each.shape)))


def training_call(network: Network, dropout: bool = True, shared: bool = True) -> Callable[[], float]:
    """A call that does one step of SGD with momentum on one batch and returns the loss before it."""
    from convolith import losses, optimizers

    model = build(network, dropout)
    if shared:
        share_weights(model)
    model.compile(
        optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM), losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    images, labels = images_and_labels(network)

    def step() -> float:
        result = model.train_on_batch(images, labels)
        return float(result[0] if isinstance(result, list | tuple) else result)

    return step


def inference_call(network: Network) -> Callable[[], np.ndarray]:
    """A call that computes one batch's logits."""
    model = build(network)
    share_weights(model)
    images, _ = images_and_labels(network)
    return lambda: model.predict_on_batch(images)
