"""The binary form of CIFAR-10 and CIFAR-100: records of labels and 32 x 32 pixels, colour by colour, in a tar file."""

from __future__ import annotations

import io
import tarfile

import numpy as np

from .published import Published

URL = "https://www.cs.toronto.edu/~kriz/"
IMAGE_BYTES = 3 * 32 * 32


def read_archive(source: Published, members: tuple[str, ...], labels: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Read files out of a data set's archive.

    Args:
        source: of one file, the archive.
        members: the paths in it.
        labels: bytes of labels before each image's.

    Returns:
        for each member (images, labels): uint8 (n, 32, 32, 3), 0 to 255; uint8 (n, labels).

    Raises:
        FileNotFoundError: the archive is nowhere and cannot be downloaded; names the ways to get it.
        ValueError: it is not the published one (checksum).
    """
    (name,) = source.files
    _, content = source.read(name)
    pairs = []
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in members:
            file = archive.extractfile(member)
            assert file is not None  # the checksum tells what is in the archive
            records = np.frombuffer(file.read(), np.uint8).reshape(-1, labels + IMAGE_BYTES)
            images = records[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            pairs.append((np.ascontiguousarray(images), records[:, :labels].copy()))
    return pairs
