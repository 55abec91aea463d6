"""Whole models in Keras 3's ``.keras`` files: architecture, weights, how they are compiled, the optimizer's state."""

from __future__ import annotations

import json
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from convolith import losses, metrics, optimizers
from convolith.interop import hdf5, keras_config, keras_optimizer, keras_weights
from convolith.interop.keras_file import CONFIG, WEIGHTS, read_members
from convolith.interop.pairs import assign
from convolith.models.saving import from_config, naming
from convolith.registry import file_scope


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
        with file_scope(custom_objects):
            model: Any = keras_config.layer(config)
            shape = (config.get("build_config") or {}).get("input_shape")
            if not model.built and shape:
                model.build(shape)
            if compile and config.get("compile_config"):
                _compile(model, config["compile_config"])
        with hdf5.opened(BytesIO(data), path.name) as root:
            found = keras_weights.pairs(root, model)
            if model.optimizer is not None:
                found += _optimizer_pairs(root, model)
            assign(found)
    return model


def _compile(model: Any, config: dict[str, Any]) -> None:
    who = f"{model.name}: compile"
    given = {key: keras_config.ours(config.get(key), who) for key in ("optimizer", "loss", "metrics")}
    weighted = keras_config.ours(config.get("weighted_metrics"), who)
    model.compile(
        optimizers.get(given["optimizer"]),
        loss=from_config(given["loss"], losses.REGISTRY),
        loss_weights=config.get("loss_weights"),
        metrics=from_config(given["metrics"], metrics.REGISTRY),
        weighted_metrics=from_config(weighted, metrics.REGISTRY),
    )


def _optimizer_pairs(root: Any, model: Any) -> list[Any]:
    """Put the file's state of the optimizer beside the model's; a warning where it starts anew."""
    model.optimizer.build(model.trainable_weights)
    found = keras_optimizer.pairs(root, model.optimizer, model.trainable_weights)
    if found is None:
        kind = type(model.optimizer).__name__
        warnings.warn(f"{model.name}: what {kind} keeps is not read from a Keras file; it starts anew", stacklevel=4)
    return found or []
