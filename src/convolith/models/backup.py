"""The state of training in one file: what it takes to go on after an end that nobody wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from convolith.files import replace
from convolith.graph.tensor import Variable
from convolith.models.archive import unpacked
from convolith.models.loading import assign_all
from convolith.models.variable_names import named_slots, named_states, named_weights

EPOCH, SHUFFLE_SEED = "training/epoch", "training/shuffle_seed"


def save_state(model: Any, path: Path, epoch: int) -> None:
    """Write weights, states, what the optimizer keeps and the order of samples, under a temporary name first.

    Args:
        model: built and compiled.
        path: the file.
        epoch: the number of the epoch to go on with.

    Raises:
        OSError: the file cannot be written; then it is as it was.
    """
    from safetensors.numpy import save

    tensors = {name: variable.value for name, variable in _variables(model).items()}
    tensors[EPOCH] = np.array(epoch)
    if model.shuffle_seed is not None:
        tensors[SHUFFLE_SEED] = np.array(model.shuffle_seed)
    data = save(tensors)
    replace(path, lambda temporary: temporary.write_bytes(data))


def load_state(model: Any, path: Path) -> int:
    """Read what ``save_state`` wrote into a model of the same make-up, compiled in the same way.

    Args:
        model: built and compiled.
        path: the file.

    Returns:
        The number of the epoch to go on with.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is damaged or of another model; then the model is as it was.
    """
    tensors = unpacked(path, path.read_bytes())
    epoch, seed = tensors.pop(EPOCH, None), tensors.pop(SHUFFLE_SEED, None)
    if epoch is None:
        raise ValueError(f"{path} is no backup of training")
    model.optimizer.build(model.trainable_weights)
    try:
        assign_all(_variables(model), tensors)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    model.shuffle_seed = None if seed is None else int(seed)
    return int(epoch)


def _variables(model: Any) -> dict[str, Variable]:
    weights = named_weights(model)
    variables = {f"model/{name}": variable for name, variable in weights.items()}
    variables |= {f"states/{name}": variable for name, variable in named_states(model).items()}
    return variables | dict(named_slots(model.optimizer, weights))
