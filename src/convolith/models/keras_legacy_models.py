"""Whole models in HDF5 files, as Keras 2 wrote them and Keras 3 still does: architecture, weights, how compiled."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from convolith.interop import hdf5, keras_config, keras_legacy, keras_legacy_config, keras_optimizer
from convolith.interop.pairs import Pair, assign
from convolith.layers.first_values import weights_of_at_most
from convolith.models.archive import naming
from convolith.models.compile_config import compile_as
from convolith.registry import file_scope

# Of optimizers, which mean nothing where they have these values, or nothing to convolith.
SILENT = {"decay": 0.0, "is_legacy_optimizer": False, "jit_compile": None}


def load_model(path: Path, custom_objects: dict[str, Any] | None, compile: bool) -> Any:
    """Read a model from a file of ``model.save("x.h5")`` of Keras 2 or 3.

    Args:
        path: the file.
        custom_objects: the user's own classes and functions that the model uses, by name.
        compile: whether to compile it as it was; where that cannot be, a warning says why.

    Raises:
        OSError: it cannot be read.
        ImportError: h5py is missing.
        ValueError: it is damaged, holds weights alone or code, or something in it has no counterpart in convolith,
            which is named.
    """
    with naming(path), hdf5.opened(path, path.name) as root:
        config, training = _json(root, "model_config"), _json(root, "training_config")
        top = keras_legacy.weights_group(root)
        if config is None or top is None:
            raise ValueError("it holds weights alone: make the model first, then model.load_weights")
        with file_scope(custom_objects), weights_of_at_most(hdf5.held(root)):
            model: Any = keras_config.layer(keras_legacy_config.layer(config))
            if not model.built:
                raise ValueError(f"{model.name} does not tell the shape of its input: make it, then model.load_weights")
            if compile and training is not None:
                _compile(model, training)
        found = keras_legacy.pairs(top, model)
        if model.optimizer is not None:
            found += _optimizer_pairs(root, model)
        assign(found)
    return model


def _json(root: Any, name: str) -> dict[str, Any] | None:
    text = hdf5.texts(root, name)
    value = json.loads(text[0]) if text else None
    if not isinstance(value, (dict, type(None))):
        raise ValueError(f"its {name} should be a JSON object, and is none")
    return value


def _compile(model: Any, training: dict[str, Any]) -> None:
    config = keras_legacy_config.modern(training)
    optimizer = config.pop("optimizer_config", None)
    try:
        if not isinstance(optimizer, dict):
            raise ValueError("there is no optimizer_config")
        given = {name: value for name, value in optimizer["config"].items() if not _silent(name, value)}
        if "lr" in given:
            given["learning_rate"] = given.pop("lr")
        compile_as(model, {**config, "optimizer": {**optimizer, "config": given}})
    except (ValueError, TypeError, KeyError) as error:
        warnings.warn(f"{model.name} is read without how it was compiled: {error}", stacklevel=5)


def _silent(name: str, value: Any) -> bool:
    return name == "jit_compile" or (name in SILENT and value == SILENT[name])


def _optimizer_pairs(root: Any, model: Any) -> list[Pair]:
    """Put the state of the optimizer beside the model's; a warning where its order is not known."""
    folder = hdf5.group(root, "optimizer_weights")
    names = [] if folder is None else hdf5.texts(folder, "weight_names") or []
    model.optimizer.build(model.trainable_weights)
    kept = keras_optimizer.variables(model.optimizer, model.trainable_weights)
    version = (hdf5.texts(root, "keras_version") or [""])[0]
    if not names or (version.startswith("3") and len(names) == 1):  # the count of steps alone
        return []
    if not version.startswith("3") or len(kept) != len(names):
        kind = type(model.optimizer).__name__
        warnings.warn(f"{model.name}: what {kind} keeps is not read from this file; it starts anew", stacklevel=4)
        return []
    return [Pair(name, one, hdf5.dataset(folder, name)) for name, one in zip(names, kept, strict=True)]
