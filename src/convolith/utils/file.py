"""Files from the network, kept in the user's cache."""

from __future__ import annotations

import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from convolith.datasets.download import download
from convolith.datasets.published import cache_folder

DIGITS = {"md5": 32, "sha256": 64}


def get_file(
    fname: Any = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file from the network, downloaded (through pooch) if it is not in the cache yet.

    A download is kept only if it is whole and has the checksum; until then the file before it stays.

    Args:
        fname: the name in the cache; None takes the last part of the address.
        origin: the address (http, https, ftp, file ...).
        untar: whether it is a tar archive that is to be unpacked; the same as ``extract`` with the format "tar".
        md5_hash: an MD5 checksum, in hexadecimal digits; ``file_hash`` goes first.
        file_hash: a checksum, in hexadecimal digits; None takes what comes.
        cache_subdir: the folder within the cache; an absolute path stands for itself.
        hash_algorithm: "md5", "sha256" or "auto", which tells by the number of digits.
        extract: whether to unpack an archive. Then the path is the folder's that it was unpacked into: of the name
            without its endings and with "_extracted", or ``fname`` if that has no ending, or the last part of the
            address. A folder that is there already, from the same archive, stays as it is.
        archive_format: "tar" (also compressed), "zip", a list of these, or "auto" for both.
        cache_dir: the cache; None is ``convolith`` in the user's cache folder (Keras has ~/.keras).
        force_download: whether to download it though it is there.

    Returns:
        the path.

    Raises:
        ValueError: an argument is none of these; the download has another checksum; or the file is no archive, or one
            that would write outside of its folder.
        OSError: the file is not in the cache and cannot be downloaded, or pooch is not installed.

    Source:
        keras.utils.get_file.

    Example:
        >>> from convolith.utils import get_file
        >>> get_file(origin="https://example.org/flowers.zip", extract=True)  # doctest: +SKIP
        '/home/me/.cache/convolith/datasets/flowers.zip'
    """
    if origin is None:
        raise ValueError("get_file: origin is missing: the address of the file")
    given = os.fspath(fname) if fname is not None else ""
    name = given or urlsplit(origin).path.rpartition("/")[2]
    if name in ("", ".", "..") or name != os.path.basename(name):
        raise ValueError(f"get_file: fname must be a name without folders, got {name!r} (origin {origin!r})")
    checksum = _checksum(file_hash, md5_hash, hash_algorithm)
    base = cache_folder() if cache_dir is None else Path(os.fspath(cache_dir)).expanduser()
    folder = base / cache_subdir
    unpack = extract or untar
    formats = _formats("tar" if untar else archive_format) if unpack else []
    stem = name.split(".")[0]
    unpacked = folder / (f"{stem}_extracted" if given and "." in name else name)
    target = folder / (f"{name}_archive" if unpack and unpacked.name == name else name)
    changed = _fetch(origin, checksum, target, force_download)
    if not unpack:
        return str(target)
    if changed or not unpacked.is_dir():
        _unpack(target, unpacked, formats)
    return str(unpacked)


def _checksum(file_hash: str | None, md5_hash: str | None, algorithm: str) -> str | None:
    """Return a checksum with its algorithm, such as "md5:...", or None."""
    if algorithm not in ("auto", *DIGITS):
        raise ValueError(f"get_file: hash_algorithm must be 'auto', 'md5' or 'sha256', got {algorithm!r}")
    if file_hash is None and md5_hash is not None:
        file_hash, algorithm = md5_hash, "md5"
    if file_hash is None:
        return None
    digits = str(file_hash).lower()
    named = {length: name for name, length in DIGITS.items()}.get(len(digits))
    if named is None or algorithm not in ("auto", named) or set(digits) - set("0123456789abcdef"):
        wanted = "32 (md5) or 64 (sha256)" if algorithm == "auto" else f"{DIGITS[algorithm]} ({algorithm})"
        raise ValueError(f"get_file: file_hash must have {wanted} hexadecimal digits, got {file_hash!r}")
    return f"{named}:{digits}"


def _formats(given: Any) -> list[str]:
    listed = ["tar", "zip"] if given == "auto" else [given] if isinstance(given, str) else list(given or [])
    if not listed or set(listed) - {"tar", "zip"}:
        raise ValueError(f"get_file: archive_format must be 'auto', 'tar', 'zip' or a list of these, got {given!r}")
    return listed


def _fetch(origin: str, checksum: str | None, target: Path, force: bool) -> bool:
    """Download a file if need be; tell whether it is another one now."""
    if target.is_dir():
        raise ValueError(f"get_file: {target} is a folder, where the file should be; give another fname")
    before = target.stat().st_mtime_ns if target.is_file() else None
    try:
        if force:
            fresh = download(origin, checksum, f".{target.name}.{os.getpid()}.part", target.parent)
            os.replace(fresh, target)
        else:
            download(origin, checksum, target.name, target.parent)
    except OSError as error:
        raise OSError(f"get_file: {target.name} is not in {target.parent}, and was not downloaded: {error}") from error
    return force or target.stat().st_mtime_ns != before


def _unpack(archive: Path, folder: Path, formats: list[str]) -> None:
    """Unpack an archive into a new folder, which is there when it is whole."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        if "tar" in formats and tarfile.is_tarfile(archive):
            _unpack_tar(archive, temporary)
        elif "zip" in formats and zipfile.is_zipfile(archive):
            _unpack_zip(archive, temporary)
        else:
            raise ValueError(f"get_file: {archive} is no archive of the format {' or '.join(formats)}")
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"get_file: {folder} is a file, where the archive's folder should be; give another fname")
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _unpack_tar(archive: Path, folder: Path) -> None:
    if not hasattr(tarfile, "data_filter"):
        raise ValueError("get_file: tar archives are unpacked by Python 3.10.12, 3.11.4 and later, which check them")
    with tarfile.open(archive) as content:
        try:
            content.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise ValueError(f"get_file: {archive} is damaged, or would do harm: {error}") from error


def _unpack_zip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        for name in content.namelist():
            path = PurePosixPath(name.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in name:
                raise ValueError(f"get_file: {archive} would write {name!r} outside of its folder")
        try:
            content.extractall(folder)
        except (zipfile.BadZipFile, EOFError, RuntimeError) as error:
            raise ValueError(f"get_file: {archive} is damaged: {error}") from error
