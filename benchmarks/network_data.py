"""The networks that are timed whole, and the weights, images and labels that every peer gives them."""

from __future__ import annotations

import json
import math
import zlib
from typing import NamedTuple

import numpy as np

LEARNING_RATE = 1e-5  # so little that a step stays linear: the fall of the loss tells the gradient
MOMENTUM = 0.9


class Network(NamedTuple):
    """A network at one batch and image size; each peer's definitions know it by its name."""

    name: str
    title: str
    batch: int
    image: tuple[int, int, int]  # height, width, channels
    classes: int
    dropout: bool = False

    def to_json(self) -> str:
        """The network as a line that from_json reads back."""
        return json.dumps(self)

    @classmethod
    def from_json(cls, text: str) -> Network:
        """The network that to_json wrote."""
        fields = dict(zip(cls._fields, json.loads(text), strict=True))
        return cls(**{**fields, "image": tuple(fields["image"])})


NETWORKS = {
    network.name: network
    for network in (
        Network("lenet5", "LeNet-5", 128, (28, 28, 1), 10),
        Network("fashion_cnn", "Fashion CNN", 32, (28, 28, 1), 10, dropout=True),
        Network("alexnet", "AlexNet", 16, (227, 227, 3), 1000, dropout=True),
        Network("vgg16", "VGG-16", 4, (224, 224, 3), 1000),
        Network("resnet18", "ResNet-18", 8, (224, 224, 3), 1000),
        Network("resnet50", "ResNet-50", 4, (224, 224, 3), 1000),
    )
}
RESIDUAL_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def residual_depth(name: str) -> int | None:
    """The depth that a residual network's name ends with, None for another network."""
    return int(name.removeprefix("resnet")) if name.startswith("resnet") else None


def weight(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The float32 weight "layer/kernel" (bias, gamma, beta, moving_mean, moving_variance), the same everywhere.

    Kernels, HWIO or (inputs, outputs), are normal as He has them. What normalises is near 1 and what shifts near 0,
    so that a peer which mixes them up computes something else.
    """
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    kind = name.rpartition("/")[2]
    if kind == "kernel":
        scale = np.float32(math.sqrt(2 / math.prod(shape[:-1])))
        return generator.standard_normal(shape, np.float32) * scale
    middle = {"gamma": 1.0, "moving_variance": 1.0, "bias": 0.0, "beta": 0.0, "moving_mean": 0.0}[kind]
    return np.float32(middle) + np.float32(0.2) * (generator.random(shape, np.float32) - np.float32(0.5))


def images_and_labels(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Images from 0 to 1, (batch, height, width, channels) float32, and int64 labels, the same in every process."""
    generator = np.random.default_rng(1998)
    images = generator.random((network.batch, *network.image), np.float32)
    return images, generator.integers(0, network.classes, network.batch)
