"""Files that are whole at every moment: written under a temporary name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMED = 5  # files, in a message


def checked_path(owner: str, argument: str, value: Any) -> Path:
    """Return what names a file or folder as a Path.

    Raises:
        TypeError: it is no text and no path; the message names ``owner`` and ``argument``.
        ValueError: it is empty.
    """
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{owner}: {argument} must be a path, got {value!r}")
    if not os.fspath(value):
        raise ValueError(f"{owner}: {argument} must name a file or folder, got {value!r}")
    return Path(value)


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


def check_file(path: Path, argument: str) -> None:
    """Check that there is a file to read, before its contents are to blame.

    Args:
        path: the file.
        argument: that names it, for the message, such as "load_model: filepath".

    Raises:
        FileNotFoundError: there is no such file; the text tells which of similar names or of the same ending are there.
        IsADirectoryError: it is a folder; the text tells what is in it.
    """
    if path.is_dir():
        inside = _listed(sorted(one.name for one in path.iterdir() if one.is_file()))
        raise IsADirectoryError(f"{argument}: {path} is a folder, expected a file{inside}")
    if path.exists():
        return
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{argument}: there is no file {path}, and no folder {path.parent}")
    from difflib import get_close_matches

    names = sorted(one.name for one in path.parent.iterdir() if one.is_file())
    others = get_close_matches(path.name, names) or [name for name in names if Path(name).suffix == path.suffix]
    raise FileNotFoundError(f"{argument}: there is no file {path}{_listed(others)}")


def _listed(names: list[str]) -> str:
    return f"; there is {', '.join(names[:NAMED])}{' ...' if len(names) > NAMED else ''}" if names else ""


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
