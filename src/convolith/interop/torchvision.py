"""torchvision's layout of weights in safetensors: its modules' names, channels first, kernels output by input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.interop.pairs import Pair
from convolith.interop.torchvision_names import FAMILIES
from convolith.layers import BatchNormalization, DepthwiseConv2D, Dropout, Flatten
from convolith.layers.layer import Layer

# torch's names of weights, by ours.
WEIGHTS = {
    "kernel": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
HEADS = {"AuxLogits", "aux1", "aux2", "classifier", "fc"}  # may be missing in the model, as whole modules
COUNT = "num_batches_tracked"  # which means nothing to a moving average of one momentum


def pairs(model: Layer, tensors: dict[str, np.ndarray]) -> list[Pair]:
    """Put torchvision's weights beside a model's, turned to its layout.

    Args:
        model: a network of ``convolith.applications`` that torchvision has, with its head or without.
        tensors: a module's ``state_dict()``.

    Raises:
        ValueError: torchvision has no such network, or another of this name, or the names differ.
    """
    layers = list(_leaves(model))
    weighted = [layer for layer in layers if layer.own_weights]
    fitting = {}
    for family, (named, epsilon, is_keras_s) in FAMILIES.items():
        names = named(layers)
        own = [layer for layer in layers if is_keras_s is not None and is_keras_s(layer)]
        if _covers(names, [layer for layer in weighted if layer not in own or layer.name in names]):
            if own:
                raise ValueError(
                    f"{model.name} is not torchvision's network of this name, and would give other results with its "
                    f"weights: make it with original=False"
                )
            fitting[family] = names, epsilon
    if not fitting:
        raise ValueError(
            f"{model.name} is none of the networks whose weights are read in torchvision's layout: "
            f"{', '.join(FAMILIES)} (of those that have it, with original=False)"
        )
    family, (names, epsilon) = next(iter(fitting.items()))
    found = []
    for layer in weighted:
        for variable in layer.own_weights:
            name = names[layer.name]
            key = name if name.endswith("layer_scale") else f"{name}.{WEIGHTS[variable.name]}"
            array = tensors.get(key)
            found.append(Pair(key, variable, None if array is None else _turned(array, layer, variable, epsilon)))
    keys = {pair.name for pair in found}
    heads = HEADS - {key.split(".")[0] for key in keys}
    left = [key for key in tensors if key not in keys and not key.endswith(COUNT) and key.split(".")[0] not in heads]
    if left:
        raise ValueError(f"the weights are of another model than this {family}: not in the model {sorted(left)[:5]}")
    return found


def _covers(names: dict[str, str], layers: list[Any]) -> bool:
    return bool(layers) and all(layer.name in names for layer in layers)


def _leaves(layer: Any) -> Iterator[Any]:
    """Yield the layers of a model in their order, those of models within in their place."""
    for one in layer.layers:
        if hasattr(one, "layers"):
            yield from _leaves(one)
        else:
            yield one


def _turned(array: np.ndarray, layer: Layer, variable: Variable, epsilon: float | None) -> np.ndarray:
    """Return a weight with its axes as the layer has them."""
    if variable.name == "kernel" and array.ndim == 2 and len(variable.shape) == 4:  # dense there, 1x1 here
        return array.T[None, None]
    if variable.name == "kernel" and array.ndim == 4:
        return array.transpose(2, 3, 0, 1) if isinstance(layer, DepthwiseConv2D) else array.transpose(2, 3, 1, 0)
    if variable.name == "kernel" and array.ndim == 2:
        image = _flattened(layer)
        if image is not None and array.shape[1] == np.prod(image):
            height, width, channels = image
            array = array.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(array.shape)
        return array.T
    if variable.name == "moving_variance" and isinstance(layer, BatchNormalization) and epsilon is not None:
        return (array + (epsilon - layer.epsilon)).astype(array.dtype)  # so that the sum is as it was
    return array.reshape(-1) if array.ndim == 3 else array


def _flattened(layer: Layer) -> Any:
    """Return the shape (height, width, channels) of the maps whose flattened values a dense layer sees, or None."""
    tensor = layer.input
    while tensor.layer_call is not None and isinstance(tensor.layer_call.layer, (Dropout, Flatten)):
        before = tensor.layer_call.inputs[0]
        if isinstance(tensor.layer_call.layer, Flatten):
            return before.shape[1:] if len(before.shape) == 4 else None
        tensor = before
    return None
