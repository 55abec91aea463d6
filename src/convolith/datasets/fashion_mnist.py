"""Fashion-MNIST: 70,000 grey images of clothes in ten classes, found on the machine or downloaded."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

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
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> x_train.shape  # doctest: +SKIP
        (60000, 28, 28)
    """
    folder = _folder_with_all_files() or _download()
    x_train, y_train, x_test, y_test = (_read_verified(folder / source.name, source) for source in FILES)
    return (x_train, y_train), (x_test, y_test)


def cache_folder() -> Path:
    """Return the folder of the user's cache where downloads of this data set go (it need not exist).

    Returns:
        ``$XDG_CACHE_HOME/convolith/fashion-mnist`` (by default in ~/.cache); on macOS in ~/Library/Caches, on Windows
        in %LOCALAPPDATA%.

    Example:
        >>> cache_folder().name
        'fashion-mnist'
    """
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "convolith" / "fashion-mnist"


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
        >>> path = Path(tempfile.mkdtemp()) / "labels"
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> read_idx(path)
        array([7, 8, 9], dtype=uint8)
    """
    return _parse_idx(_unpacked(Path(path)), Path(path))


def _unpacked(path: Path) -> bytes:
    packed = path.read_bytes()
    if packed[:2] != b"\x1f\x8b":
        return packed
    try:
        return gzip.decompress(packed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: truncated or damaged gzip file ({error})") from None


def _parse_idx(content: bytes, path: Path) -> np.ndarray:
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


def _read_verified(path: Path, source: SourceFile) -> np.ndarray:
    content = _unpacked(path)
    array = _parse_idx(content, path)
    if array.shape != source.shape:
        raise ValueError(f"{path}: wrong file: expected shape {source.shape}, got {array.shape}")
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != source.sha256:
        raise ValueError(
            f"{path}: not the published file: the SHA-256 of the unpacked bytes should be {source.sha256}, is {sha256}"
        )
    return array


def _folders() -> list[Path]:
    folders = []
    own = os.environ.get("CONVOLITH_DATA")
    if own:
        folders += [Path(own), Path(own) / "fashion-mnist"]
    return [*folders, cache_folder(), DEBIAN_FOLDER]


def _folder_with_all_files() -> Path | None:
    for folder in _folders():
        if all((folder / source.name).is_file() for source in FILES):
            return folder
    return None


def _download() -> Path:
    folder = cache_folder()
    try:
        import pooch
    except ImportError:
        raise FileNotFoundError(_not_found("pooch is not installed")) from None
    for source in FILES:
        try:
            pooch.retrieve(
                URL + source.name,
                known_hash=f"md5:{source.download_md5}",
                fname=source.name,
                path=folder,
                progressbar=True,
            )
        except OSError as error:  # requests' errors are OSErrors; a checksum's is a ValueError and says all there is
            raise FileNotFoundError(_not_found(f"download of {URL + source.name} failed: {error}")) from error
    return folder


def _not_found(reason: str) -> str:
    looked = ", ".join(str(folder) for folder in _folders())
    names = ", ".join(source.name for source in FILES)
    return (
        f"Fashion-MNIST is not on this machine (looked in {looked}) and was not downloaded ({reason}). "
        f"Three ways to get it: "
        f"(1) put {names} into a folder and set CONVOLITH_DATA to it; "
        f"(2) on Debian or Ubuntu: apt-get install dataset-fashion-mnist; "
        f'(3) with a network: pip install "convolith[data]", and it is downloaded into {cache_folder()}'
    )
