"""Writing models into convolith's files, and their description, which pickles hold, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from convolith import layers
from convolith.files import replace
from convolith.interop.serialization import plain, serialize_keras_object
from convolith.models import archive
from convolith.models.compile_config import compile_config
from convolith.models.variable_names import named_slots, named_states, named_weights


def save_model(model: Any, path: Path) -> None:
    """Write a model that is built to a path that may be written."""
    archive.write(path, *described(model))


def described(model: Any) -> tuple[str, bytes]:
    """Return a model's configuration as JSON, and weights, states and the optimizer's state as safetensors.

    Raises:
        ValueError: something in the model cannot be saved.
    """
    weights = named_weights(model)
    tensors = {f"model/{name}": variable for name, variable in weights.items()}
    tensors |= {f"states/{name}": variable for name, variable in named_states(model).items()}
    own = model.defines_compile_config()
    compiled = (serialize_keras_object(model.get_compile_config()) if own else compile_config(model)) or None
    if compiled is not None and model.optimizer is not None:
        tensors |= dict(named_slots(model.optimizer, weights))
    config = {
        "format": archive.FORMAT,
        "version": archive.VERSION,
        "model": {**layers.serialize(model), "build_config": serialize_keras_object(model.get_build_config())},
        "compile": compiled,
        "shuffle_seed": model.shuffle_seed,
    }
    return json.dumps(config, indent=1, default=plain), archive.packed(tensors)


def model_json(model: Any, **kwargs: Any) -> str:
    """Return a model's architecture as text; see ``Model.to_json``."""
    return json.dumps(layers.serialize(model), default=plain, **kwargs)


def save_weights(model: Any, path: Path) -> None:
    """Write the weights of a model that is built to a path that may be written."""
    data = archive.packed({f"model/{name}": variable for name, variable in named_weights(model).items()})
    replace(path, lambda temporary: temporary.write_bytes(data))
