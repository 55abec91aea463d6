"""Fashion-MNIST: 70,000 grey images of clothes in ten classes, found on the machine or downloaded."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .idx import parse_idx, unpacked
from .published import Published

__all__ = ["CLASS_NAMES", "load_data"]

Pair = tuple[np.ndarray, np.ndarray]

URL = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def __dir__() -> list[str]:
    return sorted(__all__)


class SourceFile(NamedTuple):
    """One gzipped IDX file of the data set."""

    name: str
    shape: tuple[int, ...]
    sha256: str
    """Of the unpacked bytes, because Debian packs the same bytes anew."""
    download_md5: str
    """Of the packed file, as the authors publish it."""


FILES = (
    SourceFile(
        "train-images-idx3-ubyte.gz",
        (60000, 28, 28),
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    ),
    SourceFile(
        "train-labels-idx1-ubyte.gz",
        (60000,),
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "25c81989df183df01b3e8a0aad5dffbe",
    ),
    SourceFile(
        "t10k-images-idx3-ubyte.gz",
        (10000, 28, 28),
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "bef4ecab320f06d8554ea6380940ec79",
    ),
    SourceFile(
        "t10k-labels-idx1-ubyte.gz",
        (10000,),
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
)


def load_data() -> tuple[Pair, Pair]:
    """Return Fashion-MNIST as Keras does, from the first place that has its four files.

    Looked for in this order: the folder ``$CONVOLITH_DATA`` and its subfolder fashion-mnist; the user's cache; the
    files of the Debian package dataset-fashion-mnist; else a download into the cache, if pooch is installed.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: x uint8 (60000, 28, 28) and (10000, 28, 28), 0 to 255; y uint8
        (60000,) and (10000,), classes 0 to 9 (CLASS_NAMES).

    Raises:
        FileNotFoundError: The files are nowhere and cannot be downloaded; names the three ways to get them.
        ValueError: A file is truncated, is no IDX file, or is not the published one (checksum).

    Source:
        Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
        arXiv 1708.07747. MIT licence.

    Example:
        >>> from convolith.datasets.fashion_mnist import load_data
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (60000, 28, 28)
    """
    folder = _published().folder_with_all_files()
    x_train, y_train, x_test, y_test = (_read_verified(folder / source.name, source) for source in FILES)
    return (x_train, y_train), (x_test, y_test)


def _published() -> Published:
    files = {source.name: f"md5:{source.download_md5}" for source in FILES}
    return Published("Fashion-MNIST", "fashion-mnist", URL, files, DEBIAN_FOLDER, "dataset-fashion-mnist")


def _read_verified(path: Path, source: SourceFile) -> np.ndarray:
    content = unpacked(path)
    array = parse_idx(content, path)
    if array.shape != source.shape:
        raise ValueError(f"{path}: wrong file: expected shape {source.shape}, got {array.shape}")
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != source.sha256:
        raise ValueError(
            f"{path}: not the published file: the SHA-256 of the unpacked bytes should be {source.sha256}, is {sha256}"
        )
    return array
