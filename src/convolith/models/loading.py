"""Reading models and weights from convolith's files, and from the description that pickles hold."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from convolith import layers
from convolith.graph.tensor import Variable
from convolith.layers.build_config import build_again
from convolith.layers.first_values import weights_of_at_most
from convolith.models import archive
from convolith.models.compile_config import compile_again
from convolith.models.variable_names import named_slots, named_states, named_weights
from convolith.random import checked_seed
from convolith.registry import file_scope

OWN_PREFIXES = ("model/", "states/", "optimizer/")  # of the names of weights


def load_model(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True) -> Any:
    """Read a model; see ``convolith.models.load_model``."""
    path = Path(filepath)
    config, tensors = archive.read(path)
    with file_scope(custom_objects), archive.naming(path):
        return made_from(config, tensors, compile)


def made_from(config: dict[str, Any], tensors: dict[str, np.ndarray], compile: bool = True) -> Any:
    """Make a model from what ``described`` says of it, unpacked.

    Raises:
        ValueError: it is damaged, or names what is not known; others of ``archive.DAMAGE`` tell the same.
    """
    with weights_of_at_most(sum(array.nbytes for array in tensors.values())):
        model = layers.REGISTRY.get(config["model"])
        build_again(model, config["model"].get("build_config"))
        weights = named_weights(model)
        wanted = {f"model/{name}": variable for name, variable in weights.items()}
        wanted |= {f"states/{name}": variable for name, variable in named_states(model).items()}
        compiled = config.get("compile") if compile else None
        if compiled is not None:
            compile_again(model, compiled)
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


def load_weights(model: Any, filepath: Any) -> None:
    """Read weights into a model; see ``Model.load_weights``."""
    path = Path(filepath)
    if not model.built:
        raise ValueError(f"{model.name} is not built, so it has no weights to load; call it or build it first")
    whole = zipfile.is_zipfile(path) or path.suffix.lower() == ".convolith"
    tensors = archive.read(path)[1] if whole else archive.unpacked(path, path.read_bytes())
    with archive.naming(path):
        if tensors and not any(name.startswith(OWN_PREFIXES) for name in tensors):
            from convolith.interop import pairs, torchvision

            pairs.assign(torchvision.pairs(model, tensors))
            return
        tensors = {name: array for name, array in tensors.items() if name.startswith("model/")}
        assign_all({f"model/{name}": variable for name, variable in named_weights(model).items()}, tensors)


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
