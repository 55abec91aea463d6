"""One file from the network, through pooch: checked, and whole or not there at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname


def download(url: str, checksum: str | None, name: str, folder: Path) -> Path:
    """Return a file of a folder, downloaded if it is not there, or is another one.

    Args:
        url: of the file; one of file:// is copied.
        checksum: such as "md5:..."; None takes any.
        name: in the folder.
        folder: made if it does not exist.

    Raises:
        OSError: pooch is not installed, or the download failed; the text tells which.
        ValueError: what was downloaded has another checksum, or pooch knows no such address.
    """
    try:
        import pooch
    except ImportError:
        raise OSError("pooch is not installed") from None
    pooch.get_logger().setLevel("ERROR")  # it would tell where the file goes, and the checksum of what has none
    try:
        if urlsplit(url).scheme == "file":  # which pooch does not know
            return Path(pooch.retrieve(url, known_hash=checksum, fname=name, path=folder, downloader=_copied))
        return Path(pooch.retrieve(url, known_hash=checksum, fname=name, path=folder, progressbar=True))
    except OSError as error:  # requests' errors are OSErrors
        raise OSError(f"download of {url} failed: {error}") from error


def _copied(url: str, target: str, pooch: Any) -> None:
    """Copy what is on this machine already, as pooch calls a downloader."""
    shutil.copyfile(url2pathname(urlsplit(url).path), target)
