"""Keras's official weights, trained on ImageNet: found on the machine, or downloaded and checked."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from convolith.datasets.download import download
from convolith.datasets.published import cache_folder

SERVER = "https://storage.googleapis.com/"
VARIABLE = "CONVOLITH_WEIGHTS_URL"  # another server, with the same files under the same paths


class PublishedFile(NamedTuple):
    """One of Keras's files."""

    path: str
    """On the server."""
    checksum: str | None
    """MD5 or SHA-256, in hexadecimal digits; None where Keras has published none (MobileNet and MobileNet V2)."""

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rsplit("/", 1)[1]

    @property
    def algorithm(self) -> str:
        """Which of the two the checksum is."""
        return "md5" if self.checksum is None or len(self.checksum) == 32 else "sha256"


@cache
def published_files() -> dict[str, tuple[PublishedFile, PublishedFile]]:
    """Return the files with the classifier and without it, by network.

    Source:
        keras.applications, version 3.15: the table is imagenet_weights.txt.
    """
    words = Path(__file__).with_name("imagenet_weights.txt").read_text("utf-8").split()

    def file(path: str, checksum: str) -> PublishedFile:
        return PublishedFile(path, None if checksum == "-" else checksum)

    rows = zip(*(iter(words),) * 5, strict=True)
    return {row[0]: (file(row[1], row[2]), file(row[3], row[4])) for row in rows}


def published_weights(name: str, network: str | None, include_top: bool) -> Path:
    """Return the file of a network's weights, from the first place that has it.

    Looked for in this order: the folder ``$CONVOLITH_DATA``; the user's cache; Keras's own cache; else a download into
    the user's cache, if pooch is installed.

    Args:
        name: of the model, for the messages.
        network: a key of ``published_files``, or another name, or None.
        include_top: whether with its classifier.

    Raises:
        FileNotFoundError: it is nowhere and cannot be downloaded; names the file, and where it may be put.
        ValueError: there are no published weights of the network, or a file is not the published one (checksum).
    """
    if network not in published_files():
        raise ValueError(f"{name}: Keras has published no weights of this network: weights must be None or a file")
    file = published_files()[network][0 if include_top else 1]
    for folder in folders():
        path = folder / file.name
        if path.is_file():
            _check(path, file)
            return path
    return _download(name, file)


def folders() -> list[Path]:
    """Return where files are looked for; the last but one is where downloads go."""
    own = os.environ.get("CONVOLITH_DATA")
    given = [Path(own), Path(own) / "models"] if own else []
    return [*given, cache_folder() / "models", Path.home() / ".keras" / "models"]


def _check(path: Path, file: PublishedFile) -> None:
    """Raise ValueError if a file is not the published one."""
    if file.checksum is None:
        return
    digest = hashlib.new(file.algorithm, usedforsecurity=False)
    with open(path, "rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != file.checksum:
        raise ValueError(
            f"{path}: not the published file: its {file.algorithm} should be {file.checksum}, is {digest.hexdigest()}"
        )


def _download(name: str, file: PublishedFile) -> Path:
    folder = folders()[-2]
    url = os.environ.get(VARIABLE, SERVER).rstrip("/") + "/" + file.path
    known = None if file.checksum is None else f"{file.algorithm}:{file.checksum}"
    try:
        return download(url, known, file.name, folder)
    except OSError as error:
        raise FileNotFoundError(_not_found(name, file, str(error))) from error


def _not_found(name: str, file: PublishedFile, reason: str) -> str:
    looked = ", ".join(str(folder) for folder in folders())
    return (
        f"{name}: {file.name} is not on this machine (looked in {looked})\nand was not downloaded ({reason}).\n"
        f"Two ways to get it:\n(1) put {SERVER}{file.path} into {folders()[-2]}, or into a folder that "
        f'CONVOLITH_DATA names\n(2) with a network: pip install "convolith[data,keras]"'
    )
