"""Files: a zip of config.json and weights.safetensors. Data only: nothing in a file is ever executed."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from convolith import layers, losses, metrics, optimizers
from convolith.files import replace
from convolith.graph.tensor import Variable
from convolith.interop.serialization import plain, serialize_keras_object
from convolith.layers.build_config import build_again
from convolith.layers.first_values import weights_of_at_most
from convolith.layers.structure import map_structure
from convolith.models.variable_names import named_slots, named_states, named_weights
from convolith.random import checked_seed
from convolith.registry import Registry, file_scope

CONFIG, WEIGHTS = "config.json", "weights.safetensors"
FORMAT, VERSION = "convolith", 1
OWN_PREFIXES = ("model/", "states/", "optimizer/")  # of the names in weights.safetensors
LARGEST_CONFIG = 64 << 20  # bytes; what unpacks to more is no configuration
DAMAGE = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)


# Writing.


def save_model(model: Any, path: Path) -> None:
    """Write a model that is built to a path that may be written."""
    text, data = described(model)

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(CONFIG, text)
            archive.writestr(WEIGHTS, data)

    replace(path, write)


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
        "format": FORMAT,
        "version": VERSION,
        "model": {"build_config": serialize_keras_object(model.get_build_config()), **layers.serialize(model)},
        "compile": compiled,
        "shuffle_seed": model.shuffle_seed,
    }
    return json.dumps(config, indent=1, default=plain), _packed(tensors)


def model_json(model: Any, **kwargs: Any) -> str:
    """Return a model's architecture as text; see ``Model.to_json``."""
    return json.dumps(layers.serialize(model), default=plain, **kwargs)


def save_weights(model: Any, path: Path) -> None:
    """Write the weights of a model that is built to a path that may be written."""
    data = _packed({f"model/{name}": variable for name, variable in named_weights(model).items()})
    replace(path, lambda temporary: temporary.write_bytes(data))


def _packed(variables: dict[str, Variable]) -> bytes:
    from safetensors.numpy import save

    return save({name: variable.value for name, variable in variables.items()})


def compile_config(model: Any) -> dict[str, Any] | None:
    """Describe how the model was compiled; None, with a warning, where that cannot be described."""
    if model.compile_arguments is None:
        return None
    arguments = model.compile_arguments
    try:
        return {
            "optimizer": optimizers.serialize(model.optimizer),
            "loss": map_structure(losses.serialize, arguments["loss"]),
            "loss_weights": arguments["loss_weights"],
            "metrics": map_structure(metrics.serialize, arguments["metrics"]),
            "weighted_metrics": map_structure(metrics.serialize, arguments["weighted_metrics"]),
            "memory_limit": model.memory_limit,
        }
    except ValueError as error:
        warnings.warn(f"{model.name} is saved without how it was compiled: {error}", stacklevel=4)
        return None


# Reading.


def load_model(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True) -> Any:
    """Read a model; see ``convolith.models.load_model``."""
    path = Path(filepath)
    config, tensors = _read(path)
    with file_scope(custom_objects), naming(path):
        return made_from(config, tensors, compile)


def made_from(config: dict[str, Any], tensors: dict[str, np.ndarray], compile: bool = True) -> Any:
    """Make a model from what ``described`` says of it, unpacked.

    Raises:
        ValueError: it is damaged, or names what is not known; other exceptions are DAMAGE to the configuration.
    """
    with weights_of_at_most(sum(array.nbytes for array in tensors.values())):
        model = layers.REGISTRY.get(config["model"])
        build_again(model, config["model"].get("build_config"))
        weights = named_weights(model)
        wanted = {f"model/{name}": variable for name, variable in weights.items()}
        wanted |= {f"states/{name}": variable for name, variable in named_states(model).items()}
        compiled = config.get("compile") if compile else None
        if compiled is not None:
            _compile(model, compiled)
        if model.optimizer is not None:
            slots = {
                name.rsplit("/", 1)[0].removeprefix("optimizer/") for name in tensors if name.startswith("optimizer/")
            }
            model.optimizer.build(variable for name, variable in weights.items() if name in slots)
            wanted |= dict(named_slots(model.optimizer, weights))
        else:
            tensors = {name: array for name, array in tensors.items() if not name.startswith("optimizer/")}
        model.shuffle_seed = checked_seed(config.get("shuffle_seed"), "shuffle_seed")
        assign_all(wanted, tensors)
    return model


def _compile(model: Any, compiled: dict[str, Any]) -> None:
    """Compile a model as its file says."""
    if model.defines_compile_config():
        model.compile_from_config(compiled)
    elif not model.compiles_itself():
        model.compile(
            optimizers.get(compiled["optimizer"]),
            loss=from_config(compiled["loss"], losses.REGISTRY),
            loss_weights=compiled["loss_weights"],
            metrics=from_config(compiled["metrics"], metrics.REGISTRY),
            weighted_metrics=from_config(compiled.get("weighted_metrics"), metrics.REGISTRY),
            memory_limit=compiled.get("memory_limit"),
        )


def load_weights(model: Any, filepath: Any) -> None:
    """Read weights into a model; see ``Model.load_weights``."""
    path = Path(filepath)
    if not model.built:
        raise ValueError(f"{model.name} is not built, so it has no weights to load; call it or build it first")
    tensors = _read(path)[1] if zipfile.is_zipfile(path) else unpacked(path, path.read_bytes())
    with naming(path):
        if tensors and not any(name.startswith(OWN_PREFIXES) for name in tensors):
            from convolith.interop import pairs, torchvision

            pairs.assign(torchvision.pairs(model, tensors))
            return
        tensors = {name: array for name, array in tensors.items() if name.startswith("model/")}
        assign_all({f"model/{name}": variable for name, variable in named_weights(model).items()}, tensors)


class naming:
    """A context that puts the file's name before the texts of errors about its contents."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, DAMAGE):
            what = str(error) if isinstance(error, ValueError) else f"its configuration is damaged: {error!r}"
            raise ValueError(f"{self.path}: {what}") from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
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


def assign_all(variables: dict[str, Variable], arrays: dict[str, np.ndarray]) -> None:
    """Copy arrays into the variables of the same names, all or none.

    Raises:
        ValueError: a name is missing on either side, or a shape or dtype differs.
    """
    missing, unknown = sorted(set(variables) - set(arrays)), sorted(set(arrays) - set(variables))
    if missing or unknown:
        raise ValueError(f"the weights are of another model: missing {missing[:5]}, not in the model {unknown[:5]}")
    for name, variable in variables.items():
        array = arrays[name]
        if array.shape != variable.shape or array.dtype.kind != variable.dtype.kind:
            raise ValueError(
                f"the weights are of another model: {name} must be {variable.spec}, "
                f"got {array.dtype}{list(array.shape)}"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def from_config(value: Any, registry: Registry) -> Any:
    """Turn configurations within lists and dicts back into objects; names of convolith's own stay names."""
    if isinstance(value, list):
        return [from_config(item, registry) for item in value]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: from_config(item, registry) for key, item in value.items()}
    if isinstance(value, str) and (value in registry.entries or value.lower() in ("accuracy", "acc")):
        return value
    return registry.get(value)
