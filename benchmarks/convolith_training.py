"""LeNet-5 trained by convolith, through its public API alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.training_data import (
    BATCH,
    CLASSES,
    LEARNING_RATE,
    MOMENTUM,
    PARAMETERS,
    images_and_labels,
    initial_weights,
)


def lenet5(optimizer: str) -> Any:
    """LeNet-5 with rectifiers and max pooling, compiled, with the initial weights that both peers have."""
    from convolith import layers, losses, models, optimizers

    model = models.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(CLASSES),
        ]
    )
    step = {
        "sgd": lambda: optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM),
        "adam": lambda: optimizers.Adam(LEARNING_RATE),
    }[optimizer]()
    model.compile(step, losses.SparseCategoricalCrossentropy(from_logits=True))
    assert model.count_params() == PARAMETERS
    model.set_weights(initial_weights())
    return model


def step_call(optimizer: str) -> Callable[[], float]:
    """A call that trains on one batch and returns the loss before the step."""
    model, (images, labels) = lenet5(optimizer), images_and_labels(BATCH)

    def step() -> float:
        result = model.train_on_batch(images, labels)
        return float(result[0] if isinstance(result, list | tuple) else result)

    return step


def epoch_call(optimizer: str, count: int) -> Callable[..., float]:
    """A call that trains on `count` images, in shuffled batches or as they come, and returns the mean loss."""
    model, (images, labels) = lenet5(optimizer), images_and_labels(count)

    def epoch(shuffle: bool = True) -> float:
        return float(model.fit(images, labels, BATCH, epochs=1, shuffle=shuffle, verbose=0).history["loss"][-1])

    return epoch


def inference_call() -> Callable[[], float]:
    """A call that predicts one batch and returns the mean of the outputs."""
    model, (images, _) = lenet5("sgd"), images_and_labels(BATCH)
    return lambda: float(model.predict_on_batch(images).mean())
