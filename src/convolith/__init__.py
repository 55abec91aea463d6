"""convolith trains and runs convolutional networks on the CPU: Keras's API, a few megabytes, NumPy beneath."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Public names by the module that has them; each module is imported when it is first asked for.
_MODULES = {
    name: f"convolith.{name}"
    for name in (
        "activations", "applications", "callbacks", "config", "datasets", "initializers", "layers", "losses",
        "metrics", "models", "ops", "optimizers", "utils", "visualize",
    )
}  # fmt: skip
_NAMES = {
    "Initializer": "convolith.initializers",
    "Input": "convolith.layers",
    "InputSpec": "convolith.layers",
    "Layer": "convolith.layers",
    "Loss": "convolith.losses",
    "Metric": "convolith.metrics",
    "Model": "convolith.models",
    "Optimizer": "convolith.optimizers",
    "Sequential": "convolith.models",
    "get_num_threads": "convolith.config",
    "set_num_threads": "convolith.config",
    "show_config": "convolith.config",
    "vjp": "convolith.ops.vjp",
}

__all__ = ["__version__", *_MODULES, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _NAMES:
        raise AttributeError(f"module 'convolith' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_NAMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES, *_NAMES])
