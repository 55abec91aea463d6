"""Keras 3's ``.keras`` files: a zip of config.json, metadata.json and model.weights.h5, never unpacked on the disk."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from convolith.interop.hdf5 import LARGEST_RATIO

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
LARGEST_CONFIG = 64 << 20  # bytes; what unpacks to more is no configuration


def read_members(path: Path, *names: str) -> list[bytes]:
    """Return the contents of members of a ``.keras`` file.

    Args:
        path: the file.
        names: CONFIG, METADATA or WEIGHTS.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file, damaged, or unpacks to what no model is.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            there = archive.namelist()
            if missing := [name for name in names if name not in there]:
                raise ValueError(f"{path} is no .keras file: it lacks {', '.join(missing)}")
            for name in names:
                info = archive.getinfo(name)
                largest = max(LARGEST_CONFIG, LARGEST_RATIO * info.compress_size) if name == WEIGHTS else LARGEST_CONFIG
                if info.file_size > largest:
                    raise ValueError(f"{path}: its {name} unpacks to {info.file_size} bytes, which is too large")
            return [archive.read(name) for name in names]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zipfile.LargeZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged, or no .keras file: {error}") from error


def write_members(path: Path, members: dict[str, bytes]) -> None:
    """Write a ``.keras`` file, as Keras does without compression.

    Args:
        path: of the file.
        members: the contents by CONFIG, METADATA and WEIGHTS.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
