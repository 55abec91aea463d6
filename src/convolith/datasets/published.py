"""Files that a data set's authors publish: found on the machine, or downloaded, and nothing else in their place."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from convolith.datasets.download import download


def cache_folder() -> Path:
    """Return the folder of the user's cache where downloads go (it need not exist).

    Returns:
        ``$XDG_CACHE_HOME/convolith`` (by default in ~/.cache); on macOS in ~/Library/Caches, on Windows in
        %LOCALAPPDATA%.

    Example:
        >>> from convolith.datasets.published import cache_folder
        >>> cache_folder().name
        'convolith'
    """
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "convolith"


@dataclass(frozen=True)
class Published:
    """The files of a data set.

    Args:
        title: the data set's name, for messages.
        folder: the name of its own folder.
        url: where the files are, up to their names.
        files: their names, with their published checksums, such as "md5:...".
        system_folder: where the operating system's package puts them, if there is one.
        package: that package.
    """

    title: str
    folder: str
    url: str
    files: dict[str, str]
    system_folder: Path | None = None
    package: str = ""

    @property
    def cache(self) -> Path:
        """The folder that downloads go to."""
        return cache_folder() / self.folder

    def folders(self) -> list[Path]:
        """Return where the files may be, in the order in which they are looked for."""
        own = os.environ.get("CONVOLITH_DATA")
        given = [Path(own), Path(own) / self.folder] if own else []
        return [*given, self.cache, *([self.system_folder] if self.system_folder else [])]

    def folder_with_all_files(self) -> Path:
        """Return the first folder that has all files, or the cache, after a download (if pooch is installed).

        Raises:
            FileNotFoundError: they are nowhere and cannot be downloaded; tells the ways to get them.
            ValueError: what was downloaded has another checksum.
        """
        for folder in self.folders():
            if all((folder / name).is_file() for name in self.files):
                return folder
        for name, checksum in self.files.items():
            try:
                download(self.url + name, checksum, name, self.cache)
            except OSError as error:
                raise FileNotFoundError(self._not_found(str(error))) from error
        return self.cache

    def read(self, name: str, path: Path | None = None) -> tuple[Path, bytes]:
        """Return a file's path and bytes, which are the published ones.

        Args:
            name: of the file.
            path: where it is; None looks for it.

        Raises:
            FileNotFoundError: as ``folder_with_all_files``, or it is not at its path.
            ValueError: the file has another checksum.
        """
        path = path or self.folder_with_all_files() / name
        content = path.read_bytes()
        algorithm, expected = self.files[name].split(":")
        found = hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
        if found != expected:
            raise ValueError(
                f"{path}: not the published file: its {algorithm} should be {expected}, is {found}; "
                f"remove it to have it downloaded anew"
            )
        return path, content

    def _not_found(self, reason: str) -> str:
        ways = [f"put {', '.join(self.files)} into a folder and set CONVOLITH_DATA to it"]
        if self.package:
            ways.append(f"on Debian or Ubuntu: apt-get install {self.package}")
        ways.append(f'with a network: pip install "convolith[data]", and it is downloaded into {self.cache}')
        listed = "".join(f"\n({number}) {way}" for number, way in enumerate(ways, 1))
        looked = ", ".join(map(str, self.folders()))
        return (
            f"{self.title} is not on this machine (looked in {looked})\nand was not downloaded ({reason}).\n"
            f"{'Three' if self.package else 'Two'} ways to get it:{listed}"
        )
