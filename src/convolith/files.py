"""Files that are whole at every moment: written under a temporary name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def check_folder(path: Path) -> None:
    """Check that a file can be made at ``path``, before anything is computed for it.

    Raises:
        FileNotFoundError: its folder does not exist.
        IsADirectoryError: it is a folder itself.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"{path} cannot be written: it is a folder")


def replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file so that, whatever happens, ``path`` is the old file or the new one.

    Args:
        path: the file; its folder exists.
        write: called with a temporary path beside it, of the same suffix.

    Raises:
        OSError: it cannot be written; then ``path`` is as it was, and nothing is beside it.
    """
    check_folder(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
