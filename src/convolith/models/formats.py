"""Which reader or writer a file goes to: by what it holds, or by the ending that it shall have."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from convolith.files import check_file, check_folder, replace
from convolith.models import archive, loading, saving

HDF5_START = b"\x89HDF\r\n\x1a\n"
PICKLE_START = b"\x80"
KIND_OF_ENDING = {".keras": "keras", ".h5": "hdf5", ".hdf5": "hdf5"}
MODEL_ENDINGS, WEIGHTS_ENDINGS = (".convolith", ".keras"), (".safetensors", ".weights.h5")


# Writing.


def save_model(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write a model; see ``Model.save``."""
    path = Path(filepath)
    check_ending(path)
    _check(model, path, overwrite)
    if path.suffix.lower() == ".keras":
        from convolith.models import keras_models

        keras_models.save_model(model, path)
    else:
        saving.save_model(model, path)


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write a model's weights; see ``Model.save_weights``."""
    path = Path(filepath)
    check_ending(path, weights=True)
    _check(model, path, overwrite)
    if path.suffix.lower() == ".h5":
        _write_keras_weights(model, path)
    else:
        saving.save_weights(model, path)


def check_ending(path: Path, weights: bool = False, instead: str | None = None) -> None:
    """Check that a model, or weights alone, may go to a file of this name.

    Args:
        path: the file.
        weights: whether weights alone go there.
        instead: what to do for the other of the two, in the message; None names the method that writes it.

    Raises:
        ValueError: the name does not end as such files do.
    """
    name = path.name.lower()
    if name.endswith(WEIGHTS_ENDINGS if weights else MODEL_ENDINGS):
        return
    endings = ".weights.safetensors, or .weights.h5 for Keras 3" if weights else ".convolith, or .keras for Keras 3"
    others = ""
    if name.endswith(MODEL_ENDINGS if weights else WEIGHTS_ENDINGS):
        other, method = ("the whole model", "save") if weights else ("weights alone", "save_weights")
        others = f"; for {other} {instead or f'use {method}'}"
    what, kind = (
        "weights" if weights else "models",
        f"{path.suffix} files" if path.suffix else "files without an ending",
    )
    raise ValueError(f"{path.name}: convolith does not write {what} to {kind}; use the ending {endings}{others}")


def _check(model: Any, path: Path, overwrite: bool) -> None:
    """Check what can be checked before anything is written.

    Raises:
        FileExistsError: there is such a file and it may not be replaced.
        ValueError: the model is not built.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists, and overwrite is False")
    check_folder(path)
    if not model.built:
        raise ValueError(f"{model.name} is not built, so it has no weights to save; call it, fit it or build it first")


def _write_keras_weights(model: Any, path: Path) -> None:
    from convolith.interop import hdf5, keras_weights

    package = hdf5.h5py(f"writing {path.name}")

    def write(temporary: Path) -> None:
        with package.File(temporary, "w") as root:
            keras_weights.write(root, model)

    replace(path, write)


# Reading.


def load_model(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True) -> Any:
    """Read a model; see ``convolith.models.load_model``."""
    path = Path(filepath)
    check_file(path, "load_model: filepath")
    kind = _kind(path)
    if kind == "hdf5":
        from convolith.models import keras_legacy_models

        return keras_legacy_models.load_model(path, custom_objects, compile)
    if kind == "keras":
        from convolith.models import keras_models

        return keras_models.load_model(path, custom_objects, compile)
    return loading.load_model(path, custom_objects, compile)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False) -> None:
    """Read weights into a model; see ``Model.load_weights``."""
    path = Path(filepath)
    if not model.built:
        raise ValueError(f"{model.name} is not built, so it has no weights to load; call it or build it first")
    check_file(path, "load_weights: filepath")
    kind = _kind(path)
    if kind == "keras":
        from convolith.interop.keras_file import WEIGHTS, read_members

        _load_hdf5(model, path, BytesIO(read_members(path, WEIGHTS)[0]), skip_mismatch, by_name)
    elif kind == "hdf5":
        _load_hdf5(model, path, path, skip_mismatch, by_name)
    elif skip_mismatch or by_name:
        raise ValueError(f"{path}: skip_mismatch and by_name are for Keras's files")
    else:
        loading.load_weights(model, path)


def _kind(path: Path) -> str:
    """Return "keras", "hdf5" or "convolith" by the first bytes of a file, the names in a zip or at last its ending.

    Raises:
        OSError: it cannot be read.
        ValueError: it is a pickle.
    """
    with open(path, "rb") as file:
        start = file.read(len(HDF5_START) + 1)
    if start.startswith(HDF5_START):
        return "hdf5"
    if start[4:] == bytes(4) + b"{":  # safetensors: the header's length, which may look like a pickle's, and the header
        return "convolith"
    names = []
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    if start[:1] == PICKLE_START and start[1:2] < b"\x08" or any(name.endswith("data.pkl") for name in names):
        raise ValueError(f"{path} is a pickle, which may run code and is never read: write it anew as .safetensors")
    if not names:
        return KIND_OF_ENDING.get(path.suffix.lower(), "convolith")
    return "keras" if "model.weights.h5" in names or "metadata.json" in names else "convolith"


def _load_hdf5(model: Any, path: Path, file: Any, skip_mismatch: bool, by_name: bool) -> None:
    from convolith.interop import hdf5, keras_legacy, keras_weights
    from convolith.interop.pairs import assign

    with archive.naming(path), hdf5.opened(file, path.name) as root:
        layers = keras_legacy.weights_group(root)
        if layers is None and by_name:
            raise ValueError("by_name is for files of Keras 2, and this one is of Keras 3")
        if layers is None:
            pairs = keras_weights.pairs(root, model)
        elif by_name:
            pairs = keras_legacy.pairs_by_name(layers, model, skip_mismatch)
        else:
            pairs = keras_legacy.pairs(layers, model)
        assign(pairs, skip_mismatch)
