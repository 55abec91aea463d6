"""convolith trains and runs convolutional networks on the CPU: Keras's API, a few megabytes, NumPy beneath."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names for type checkers and editors, which do not run `__getattr__`
    from convolith import activations as activations
    from convolith import applications as applications
    from convolith import backend as backend
    from convolith import callbacks as callbacks
    from convolith import config as config
    from convolith import constraints as constraints
    from convolith import data as data
    from convolith import datasets as datasets
    from convolith import initializers as initializers
    from convolith import layers as layers
    from convolith import losses as losses
    from convolith import metrics as metrics
    from convolith import models as models
    from convolith import ops as ops
    from convolith import optimizers as optimizers
    from convolith import preprocessing as preprocessing
    from convolith import random as random
    from convolith import regularizers as regularizers
    from convolith import saving as saving
    from convolith import tree as tree
    from convolith import utils as utils
    from convolith import visualize as visualize
    from convolith.backend import device as device
    from convolith.config import get_num_threads as get_num_threads
    from convolith.config import set_num_threads as set_num_threads
    from convolith.config import show_config as show_config
    from convolith.initializers import Initializer as Initializer
    from convolith.layers import Input as Input
    from convolith.layers import InputSpec as InputSpec
    from convolith.layers import Layer as Layer
    from convolith.losses import Loss as Loss
    from convolith.metrics import Metric as Metric
    from convolith.models import Model as Model
    from convolith.models import Sequential as Sequential
    from convolith.ops.vjp import vjp as vjp
    from convolith.optimizers import Optimizer as Optimizer
    from convolith.regularizers import Regularizer as Regularizer
    from convolith.variable import KerasTensor as KerasTensor
    from convolith.variable import Variable as Variable

__version__ = "0.1.0"

# Public names by the module that has them; each module is imported when it is first asked for.
_MODULES = {
    name: f"convolith.{name}"
    for name in (
        "activations", "applications", "backend", "callbacks", "config", "constraints", "data", "datasets",
        "initializers", "layers", "losses", "metrics", "models", "ops", "optimizers", "preprocessing", "random",
        "regularizers", "saving", "tree", "utils", "visualize",
    )
}  # fmt: skip
_NAMES = {
    "Initializer": "convolith.initializers",
    "Input": "convolith.layers",
    "InputSpec": "convolith.layers",
    "KerasTensor": "convolith.variable",
    "Layer": "convolith.layers",
    "Loss": "convolith.losses",
    "Metric": "convolith.metrics",
    "Model": "convolith.models",
    "Optimizer": "convolith.optimizers",
    "Regularizer": "convolith.regularizers",
    "Sequential": "convolith.models",
    "Variable": "convolith.variable",
    "device": "convolith.backend",
    "get_num_threads": "convolith.config",
    "set_num_threads": "convolith.config",
    "show_config": "convolith.config",
    "vjp": "convolith.ops.vjp",
}

__all__ = ["__version__", "version", *_MODULES, *_NAMES]


def version() -> str:
    """Return the version of convolith, ``__version__``."""
    return __version__


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _NAMES:
        raise AttributeError(f"module 'convolith' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_NAMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
