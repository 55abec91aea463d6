"""The LeNet-5 that both peers train: initial weights, images and labels, the same in every process."""

from __future__ import annotations

import numpy as np

BATCH = 128
IMAGES = 60_000  # an epoch of MNIST or Fashion-MNIST
CLASSES = 10
LEARNING_RATE = 1e-3
MOMENTUM = 0.9
OPTIMIZERS = ("sgd", "adam")
SHAPES = ((5, 5, 1, 6), (5, 5, 6, 16), (400, 120), (120, 84), (84, CLASSES))
PARAMETERS = 61_706


def initial_weights() -> list[np.ndarray]:
    """Kernel and bias of each layer in Keras's order: kernels normal as He has them, biases zero, float32."""
    generator = np.random.default_rng(1998)
    weights = []
    for shape in SHAPES:
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        weights += [(scale * generator.standard_normal(shape)).astype(np.float32), np.zeros(shape[-1], np.float32)]
    assert sum(array.size for array in weights) == PARAMETERS
    return weights


def images_and_labels(count: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 28, 28, 1) float32 images, a pattern a class under noise, and their int64 labels, so that there is
    something to learn.
    """
    generator = np.random.default_rng(28)
    patterns = generator.random((CLASSES, 28, 28, 1), np.float32)
    labels = generator.integers(0, CLASSES, count)
    images = generator.random((count, 28, 28, 1), np.float32)
    for first in range(0, count, 1000):
        part = slice(first, first + 1000)
        images[part] = 0.5 * (images[part] + patterns[labels[part]])
    return images, labels
