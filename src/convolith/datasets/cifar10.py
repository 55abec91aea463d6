"""CIFAR-10: 60,000 colour photos of 32 x 32 pixels in ten classes, found on the machine or downloaded."""

from __future__ import annotations

import numpy as np

from .cifar import URL, read_archive
from .published import Published

__all__ = ["CLASS_NAMES", "load_data"]

Pair = tuple[np.ndarray, np.ndarray]

FILES = {"cifar-10-binary.tar.gz": "md5:c32a1d4ab5d03f1284b67883e8d87530"}
TRAINING = tuple(f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, 6))
TEST = "cifar-10-batches-bin/test_batch.bin"
CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def __dir__() -> list[str]:
    return sorted(__all__)


def load_data() -> tuple[Pair, Pair]:
    """Return CIFAR-10 as Keras does, from the first place that has the authors' file cifar-10-binary.tar.gz.

    Looked for in this order: the folder ``$CONVOLITH_DATA`` and its subfolder cifar-10; the user's cache; else a
    download into the cache, if pooch is installed. (Keras takes the authors' Python form, which holds pickles.)

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: x uint8 (50000, 32, 32, 3) and (10000, 32, 32, 3), 0 to 255; y uint8
        (50000, 1) and (10000, 1), classes 0 to 9 (CLASS_NAMES).

    Raises:
        FileNotFoundError: The file is nowhere and cannot be downloaded; names the ways to get it.
        ValueError: It is not the published one (checksum).

    Source:
        Krizhevsky, "Learning multiple layers of features from tiny images", 2009.

    Example:
        >>> from convolith.datasets.cifar10 import load_data
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (50000, 32, 32, 3)
    """
    *training, test = read_archive(Published("CIFAR-10", "cifar-10", URL, FILES), (*TRAINING, TEST), labels=1)
    x_train, y_train = (np.concatenate(arrays) for arrays in zip(*training, strict=True))
    return (x_train, y_train), test
