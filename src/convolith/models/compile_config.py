"""How a model is compiled, as plain values and back: in convolith's own form, and in Keras's."""

from __future__ import annotations

import warnings
from typing import Any

from convolith import losses, metrics, optimizers
from convolith.interop import keras_config, keras_serialized
from convolith.layers.structure import map_structure
from convolith.registry import Registry

REGISTRIES = {
    "optimizer": optimizers.REGISTRY,
    "loss": losses.REGISTRY,
    "metrics": metrics.REGISTRY,
    "weighted_metrics": metrics.REGISTRY,
}


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


def compile_again(model: Any, compiled: dict[str, Any]) -> None:
    """Compile a model as its file says."""
    if model.defines_compile_config():
        model.compile_from_config(compiled)
    elif not model.compiles_itself():
        model.compile(
            optimizers.get(compiled["optimizer"]),
            loss=_objects(compiled["loss"], losses.REGISTRY),
            loss_weights=compiled["loss_weights"],
            metrics=_objects(compiled["metrics"], metrics.REGISTRY),
            weighted_metrics=_objects(compiled.get("weighted_metrics"), metrics.REGISTRY),
            memory_limit=compiled.get("memory_limit"),
        )


def compiled_as(model: Any) -> dict[str, Any]:
    """Describe how a model is compiled as Keras does; an empty dict where it is not, or where that cannot be told."""
    given = compile_config(model)
    if given is None:
        return {}
    who = f"{model.name}: compile"
    found = {"optimizer": keras_serialized.nested(given["optimizer"], "keras.optimizers", who)}
    found["loss"] = keras_serialized.nested(given["loss"], "keras.losses", who)
    for name in ("metrics", "weighted_metrics"):
        found[name] = keras_serialized.nested(given[name], "keras.metrics", who)
    more = {"loss_weights": given["loss_weights"], "run_eagerly": False, "steps_per_execution": 1, "jit_compile": False}
    ours = {} if model.memory_limit is None else {"memory_limit": model.memory_limit}
    return {**found, **more, **ours}


def compile_as(model: Any, config: dict[str, Any]) -> None:
    """Compile a model as a configuration of Keras's says; what it does not tell is as ``compile`` has it."""
    arguments: dict[str, Any] = {key: config[key] for key in ("loss_weights", "memory_limit") if key in config}
    for key, registry in REGISTRIES.items():
        if key in config:
            arguments[key] = _objects(keras_config.ours(config[key], f"{model.name}: compile"), registry)
    model.compile(**arguments)


def _objects(value: Any, registry: Registry) -> Any:
    """Turn configurations within lists and dicts back into objects; names of convolith's own stay names."""
    if isinstance(value, list):
        return [_objects(item, registry) for item in value]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _objects(item, registry) for key, item in value.items()}
    if isinstance(value, str) and (value in registry.entries or value.lower() in ("accuracy", "acc")):
        return value
    return registry.get(value)
