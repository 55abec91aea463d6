"""What a user gives a model as inputs, checked before any work, and what will come out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from convolith.graph.tensor import Spec, Tensor
from convolith.layers.structure import flatten, map_structure
from convolith.models.batches import as_arrays
from convolith.models.layer_graph import fitted, result_names


class Inputs(NamedTuple):
    """Inputs of a model: arrays, what to convert each to, how the model takes them, and its symbolic outputs."""

    arrays: list[np.ndarray]
    dtypes: list[np.dtype]
    structure: Any  # numbers of arrays, nested as the model takes them
    outputs: Any  # symbolic tensors, nested as the model returns them
    output_names: list[str]


def model_inputs(model: Any, x: Any, method: str, argument: str = "x") -> Inputs:
    """Check ``x`` against a model, which is built for it if it is not built.

    Args:
        model: a Model.
        x: an array, or a list or dict of them.
        method: for errors, such as "fit".
        argument: for errors, such as "x".

    Raises:
        ValueError: number, names, shapes or dtypes do not fit.
    """
    who = f"{model.name}: {method}"
    if x is None:
        raise ValueError(f"{who}: {argument} is missing")
    try:
        if method != "predict" and model.only_steps():
            return _of_steps_alone(model, x, who, argument)
        if model._graph is None and not model.built:
            model.build(map_structure(_batch_shape, _nested_arrays(x, who, argument)))
        return _of_graph(model, x, who, argument) if model._graph is not None else _of_call(model, x, who, argument)
    except ValueError as error:
        text = str(error)
        raise error if text.startswith(who) else ValueError(f"{who}: {text}") from error


def _of_graph(model: Any, x: Any, who: str, argument: str) -> Inputs:
    graph = model._graph
    tensors, names = graph.inputs, graph.input_names
    values = graph.by_input(x) if isinstance(x, dict) or len(tensors) > 1 else [_only(x, tensors[0])]
    labels = [argument if len(names) == 1 else f"{argument}[{name!r}]" for name in names]
    arrays = [
        fitted(array, (None, *tensor.shape[1:]), name)
        for array, tensor, name in zip(as_arrays(values, labels, who), tensors, names, strict=True)
    ]
    for array, tensor, name in zip(arrays, tensors, names, strict=True):
        if not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
            raise ValueError(f"input {name!r} has dtype {tensor.dtype}, got {array.dtype}, which it cannot hold")
    structure = _numbered(graph.input_structure)
    return Inputs(arrays, [tensor.dtype for tensor in tensors], structure, graph.output_structure, graph.result_names)


def _of_call(model: Any, x: Any, who: str, argument: str) -> Inputs:
    """The same for a model that only has a ``call``: what comes out is found by going through it symbolically."""
    nested = _nested_arrays(x, who, argument)
    arrays, dtype = flatten(nested), np.dtype(model.dtype)
    key = repr(map_structure(_batch_shape, nested))
    if key not in model._seen_outputs:
        if len(model._seen_outputs) >= 8:
            model._seen_outputs.clear()
        tensors = map_structure(lambda array: Tensor(Spec(_batch_shape(array), dtype)), nested)
        model._seen_outputs[key] = model.output_specs(tensors)
    outputs = model._seen_outputs[key]
    return Inputs(arrays, [dtype] * len(arrays), _numbered(nested), outputs, output_names(outputs))


def _of_steps_alone(model: Any, x: Any, who: str, argument: str) -> Inputs:
    """The same for a model without ``call``, whose own steps alone know what comes out."""
    nested = _nested_arrays(x, who, argument)
    arrays = flatten(nested)
    dtypes = [np.dtype(model.dtype) if array.dtype.kind == "f" else array.dtype for array in arrays]
    return Inputs(arrays, dtypes, _numbered(nested), [], [])


def _nested_arrays(x: Any, who: str, argument: str) -> Any:
    """Return arrays, nested as the user nested them; a list of plain numbers is one array."""
    if isinstance(x, (list, tuple)) and not any(hasattr(item, "__array__") for item in x):
        x = np.asarray(x)
    names = iter(range(len(flatten(x))))
    arrays = iter(as_arrays(flatten(x), [f"{argument}[{i}]" if len(flatten(x)) > 1 else argument for i in names], who))
    return map_structure(lambda _: next(arrays), x)


def output_names(outputs: Any) -> list[str]:
    """Name what a ``call`` returns: a dict's keys, else output_0 and so on."""
    return result_names(outputs) or [f"output_{number}" for number in range(len(flatten(outputs)))]


def _only(x: Any, tensor: Tensor) -> Any:
    """Return the one array of a model with one input, which may come in a list."""
    if isinstance(x, (list, tuple)) and len(x) == 1 and np.ndim(x[0]) >= tensor.ndim - (tensor.shape[-1] == 1):
        return x[0]
    return x


def _batch_shape(array: np.ndarray) -> tuple[int | None, ...]:
    return (None, *array.shape[1:])


def _numbered(structure: Any) -> Any:
    """Return the same nesting with the numbers 0, 1, 2 ... as leaves."""
    numbers = iter(range(len(flatten(structure))))
    return map_structure(lambda _: next(numbers), structure)
