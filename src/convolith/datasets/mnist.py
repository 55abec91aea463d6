"""MNIST: 70,000 handwritten digits of 28 x 28 pixels, found on the machine or downloaded."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np

from .published import Published

__all__ = ["load_data"]

Pair = tuple[np.ndarray, np.ndarray]

URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
FILES = {"mnist.npz": "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"}


def __dir__() -> list[str]:
    return sorted(__all__)


def load_data(path: str | os.PathLike[str] = "mnist.npz") -> tuple[Pair, Pair]:
    """Return MNIST as Keras does, from the first place that has Keras's file mnist.npz.

    Looked for in this order: the folder ``$CONVOLITH_DATA`` and its subfolder mnist; the user's cache; else a download
    into the cache, if pooch is installed.

    Args:
        path: "mnist.npz", or the path of that file, which is then not looked for.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: x uint8 (60000, 28, 28) and (10000, 28, 28), 0 to 255; y uint8
        (60000,) and (10000,), classes 0 to 9.

    Raises:
        FileNotFoundError: The file is nowhere and cannot be downloaded; names the ways to get it.
        ValueError: It is not the published one (checksum).

    Source:
        LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.

    Example:
        >>> from convolith.datasets.mnist import load_data
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (60000, 28, 28)
    """
    name = "mnist.npz"
    _, content = Published("MNIST", "mnist", URL, FILES).read(name, None if os.fspath(path) == name else Path(path))
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        x_train, y_train, x_test, y_test = (archive[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    return (x_train, y_train), (x_test, y_test)
