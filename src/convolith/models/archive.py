"""convolith's files: a zip of config.json and weights.safetensors. Data only: nothing in a file is ever executed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from convolith.files import replace
from convolith.graph.tensor import Variable

CONFIG, WEIGHTS = "config.json", "weights.safetensors"
FORMAT, VERSION = "convolith", 2
LARGEST_CONFIG = 64 << 20  # bytes; what unpacks to more is no configuration
DAMAGE = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


def write(path: Path, text: str, data: bytes) -> None:
    """Write a model file, under a temporary name that is renamed.

    Args:
        path: of the file.
        text: the configuration, JSON.
        data: of ``packed``.
    """

    def write_zip(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(CONFIG, text)
            archive.writestr(WEIGHTS, data)

    replace(path, write_zip)


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the configuration and the arrays of a model file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged or no model file of convolith's.
    """
    foreign = f"{path} is no model file of convolith's"
    with open(path, "rb") as file:
        if file.read(10)[8:] in (b'{"', b"{}"):  # safetensors: eight bytes of length, then JSON
            raise ValueError(f"{path} holds weights alone: make the model first, then model.load_weights(...)")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if CONFIG not in names or WEIGHTS not in names:
                raise ValueError(f"{foreign}: it lacks {CONFIG} or {WEIGHTS}")
            if len(names) > 2:
                others = [name for name in names if name not in (CONFIG, WEIGHTS)]
                raise ValueError(f"{foreign}: it holds {others[0] if others else 'one name twice'!r}, too")
            if archive.getinfo(CONFIG).file_size > LARGEST_CONFIG:
                raise ValueError(f"{foreign}: its {CONFIG} is too large")
            entry = archive.getinfo(WEIGHTS)
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise ValueError(f"{foreign}: its {WEIGHTS} is compressed, or damaged")
            text, data = archive.read(CONFIG), archive.read(WEIGHTS)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zipfile.LargeZipFile) as error:
        raise ValueError(f"{path} is damaged, or no model file: {error}") from error
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: its {CONFIG} is damaged: {error}") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT or "model" not in config:
        raise ValueError(f"{foreign}: its {CONFIG} does not say so")
    if config.get("version") != VERSION:
        raise ValueError(f"{path} has version {config.get('version')!r} of the format, this convolith reads {VERSION}")
    return config, unpacked(path, data)


def packed(variables: dict[str, Variable]) -> bytes:
    """Return variables by their names as the bytes of a safetensors file."""
    from safetensors.numpy import save

    return save({name: variable.value for name, variable in variables.items()})


def unpacked(path: Path, data: bytes) -> dict[str, np.ndarray]:
    """Return the arrays in the bytes of a safetensors file.

    Raises:
        ValueError: they are damaged; the text names ``path``.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: the weights are damaged, or no safetensors: {error}") from error


class naming:
    """A context that puts the file's name before the texts of errors about its contents."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, DAMAGE):
            what = str(error) if isinstance(error, ValueError) else f"its configuration is damaged: {error!r}"
            name = f"{self.path.name} "
            named = f" {what.removeprefix(name)}" if what.startswith(name) else f": {what}"
            raise ValueError(f"{self.path}{named}") from error
