"""IDX files, the format of MNIST and of what followed it."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path

import numpy as np


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read one IDX file of bytes, gzipped or not.

    Args:
        path: The file.

    Returns:
        uint8 array of the shape that the file's header states.

    Raises:
        ValueError: The file is truncated, damaged, or no IDX file of unsigned bytes; names the file and what is wrong.
        OSError: The file cannot be read.

    Source:
        Y. LeCun, "The IDX file format", http://yann.lecun.com/exdb/mnist/.

    Example:
        >>> import tempfile
        >>> from convolith.datasets.idx import read_idx
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "labels"
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> read_idx(path)
        array([7, 8, 9], dtype=uint8)
    """
    return parse_idx(unpacked(Path(path)), Path(path))


def unpacked(path: Path) -> bytes:
    """Return a file's bytes, unpacked if it is gzipped.

    Raises:
        ValueError: it is damaged.
    """
    packed = path.read_bytes()
    if packed[:2] != b"\x1f\x8b":
        return packed
    try:
        return gzip.decompress(packed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: truncated or damaged gzip file ({error})") from None


def parse_idx(content: bytes, path: Path) -> np.ndarray:
    """Return the array in the bytes of an IDX file; arguments and errors as in ``read_idx``."""
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != 8 or content[3] == 0:
        raise ValueError(
            f"{path}: not an IDX file of unsigned bytes: it must start with the bytes 00 00 08 and the number of axes, "
            f"but starts with {content[:4].hex(' ') or 'nothing'}"
        )
    axes = content[3]
    header = 4 + 4 * axes
    if len(content) < header:
        raise ValueError(f"{path}: truncated IDX file: {len(content)} bytes, but {axes} axes need a header of {header}")
    shape = tuple(int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes))
    expected = header + math.prod(shape)
    if len(content) != expected:
        fault = "truncated IDX file" if len(content) < expected else "IDX file with bytes after its end"
        raise ValueError(f"{path}: {fault}: shape {shape} needs {expected} bytes, the file unpacks to {len(content)}")
    # copied, because an array over `bytes` would be read-only
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape).copy()
