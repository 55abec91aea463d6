"""Whole models in Keras 3's ``.keras`` files: architecture, weights, how they are compiled, the optimizer's state."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

from convolith.files import replace
from convolith.interop import hdf5, keras_config, keras_optimizer, keras_serialized, keras_weights
from convolith.interop.keras_file import CONFIG, METADATA, WEIGHTS, read_members, write_members
from convolith.interop.pairs import assign
from convolith.interop.serialization import serialize_keras_object
from convolith.layers.build_config import build_again
from convolith.layers.first_values import weights_of_at_most
from convolith.models.archive import naming
from convolith.optimizers.multi_optimizer import MultiOptimizer
from convolith.registry import file_scope, snake_case

KERAS = "3.0.0"  # whose form the files have; Keras does not ask for it


# Writing.


def save_model(model: Any, path: Path) -> None:
    """Write a model so that Keras 3 reads it: architecture, weights, how it is compiled, the optimizer's state.

    Args:
        model: built.
        path: that may be written.

    Raises:
        ImportError: h5py is missing.
        ValueError: something in the model has no counterpart in Keras, which is named; then nothing is written.
    """
    package = hdf5.h5py(f"writing {path.name}")
    compiled = serialize_keras_object(model.get_compile_config())
    if compiled and not model.defines_compile_config():
        compiled.pop("memory_limit", None)
    config = {"build_config": serialize_keras_object(model.get_build_config()), **keras_serialized.layer(model)}
    text = json.dumps({**config, "compile_config": compiled})
    data = BytesIO()
    with package.File(data, "w") as root:
        keras_weights.write(root, model)
        if compiled and model.optimizer is not None:
            _write_optimizer(root, model)
    metadata = json.dumps({"keras_version": KERAS, "written_by": "convolith"})
    members = {METADATA: metadata.encode(), CONFIG: text.encode(), WEIGHTS: data.getvalue()}
    replace(path, lambda temporary: write_members(temporary, members))


def _write_optimizer(root: Any, model: Any) -> None:
    """Write the optimizer's state; of several, each one's again in a folder of its own, as Keras does."""
    optimizer, weights = model.optimizer, model.trainable_weights
    keras_weights.write_variables(root, "optimizer", optimizer.name, keras_optimizer.variables(optimizer, weights))
    if isinstance(optimizer, MultiOptimizer):
        seen: Counter[str] = Counter()
        for inner, own in keras_optimizer.shares(optimizer, weights):
            kind = snake_case(type(inner).__name__)
            path = f"optimizer/optimizers/{kind}_{seen[kind]}" if seen[kind] else f"optimizer/optimizers/{kind}"
            keras_weights.write_variables(root, path, inner.name, keras_optimizer.variables(inner, own))
            seen[kind] += 1


# Reading.


def load_model(path: Path, custom_objects: dict[str, Any] | None, compile: bool) -> Any:
    """Read a model from a ``.keras`` file that Keras 3 wrote.

    Args:
        path: the file.
        custom_objects: the user's own classes and functions that the model uses, by name.
        compile: whether to compile it as it was.

    Raises:
        OSError: it cannot be read.
        ImportError: h5py is missing.
        ValueError: it is damaged, holds code, or something in it has no counterpart in convolith, which is named.
    """
    hdf5.h5py(f"reading {path.name}")
    text, data = read_members(path, CONFIG, WEIGHTS)
    with naming(path):
        config = json.loads(text)
        if not isinstance(config, dict):
            raise ValueError(f"its {CONFIG} should be a JSON object, and is none")
        with hdf5.opened(BytesIO(data), path.name) as root:
            held = hdf5.held(root)
        with file_scope(custom_objects), weights_of_at_most(held):
            model: Any = keras_config.layer(config)
            build_again(model, config.get("build_config"))
            if compile and config.get("compile_config"):
                model.compile_from_config(config["compile_config"])
        with hdf5.opened(BytesIO(data), path.name) as root:
            found = keras_weights.pairs(root, model)
            if model.optimizer is not None:
                found += _optimizer_pairs(root, model)
            assign(found)
    return model


def _optimizer_pairs(root: Any, model: Any) -> list[Any]:
    """Put the file's state of the optimizer beside the model's; a warning where it starts anew."""
    model.optimizer.build(model.trainable_weights)
    found = keras_optimizer.pairs(root, model.optimizer, model.trainable_weights)
    if found is None:
        kind = type(model.optimizer).__name__
        warnings.warn(f"{model.name}: what {kind} keeps is not read from a Keras file; it starts anew", stacklevel=4)
    return found or []
