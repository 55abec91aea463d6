"""Keras 2's weights in HDF5: a group a layer, the names in attributes; the official ImageNet files have this form."""

from __future__ import annotations

import warnings
from typing import Any

from convolith.graph.tensor import Variable
from convolith.interop import hdf5
from convolith.interop.pairs import Pair
from convolith.layers.layer import Layer

TOP = "top_level_model_weights"  # those of the model itself, which belong to none of its layers


def weights_group(root: Any) -> Any:
    """Return the group of the layers, in a file of weights or of a whole model; None where there is none.

    Raises:
        ValueError: a list of names is no list of texts.
    """
    for place in (root, hdf5.group(root, "model_weights")):
        if place is not None and hdf5.texts(place, "layer_names") is not None:
            return place
    return None


def pairs(top: Any, model: Layer) -> list[Pair]:
    """Put a file's weights beside a model's, the layers that have any in their order, whatever their names.

    Args:
        top: the group of the layers.
        model: built.

    Raises:
        ValueError: the numbers of layers, or of a layer's weights, differ, or the file is damaged.
    """
    stored = {name: arrays for name in hdf5.texts(top, "layer_names") or () if (arrays := _arrays(top, name))}
    layers = [layer for layer in model.layers if layer.weights]  # type: ignore[attr-defined]
    if len(stored) != len(layers):
        raise ValueError(
            f"the weights are of another model: {len(stored)} layers have weights, expected {len(layers)} "
            f"(with by_name=True only layers of equal names are read)"
        )
    found: list[Pair] = []
    for (name, arrays), layer in zip(stored.items(), layers, strict=True):
        found += _of_layer(f"layer {layer.name!r}, in the file {name!r}", arrays, _variables(layer))
    if hdf5.group(top, TOP) is not None:
        found += _of_layer("the model itself", _arrays(top, TOP), model.own_weights)
    return found


def pairs_by_name(top: Any, model: Layer, skip_mismatch: bool = False) -> list[Pair]:
    """Put a file's weights beside a model's, of those layers whose names are in both.

    Args:
        top: the group of the layers.
        model: built.
        skip_mismatch: whether a layer with another number of weights is left as it is, with a warning.

    Raises:
        ValueError: no name is in both, a number of weights differs, or the file is damaged.
    """
    layers = {layer.name: layer for layer in model.layers}  # type: ignore[attr-defined]
    names = hdf5.texts(top, "layer_names") or []
    found: list[Pair] = []
    for name in names:
        arrays = _arrays(top, name)
        if name not in layers or not arrays:
            continue
        try:
            found += _of_layer(f"layer {name!r}", arrays, _variables(layers[name]))
        except ValueError as error:
            if not skip_mismatch:
                raise
            warnings.warn(f"skipped: {error}", stacklevel=4)
    if not found:
        raise ValueError(f"no layer of the model has one of the file's names, {names[:5]}")
    return found


def _variables(layer: Layer) -> list[Variable]:
    """The order in which Keras 2 saves a layer's weights."""
    return layer.trainable_weights + layer.non_trainable_weights


def _arrays(top: Any, layer: str) -> list[tuple[str, Any]]:
    """Return the names and the datasets of a layer's weights, unread."""
    folder = hdf5.group(top, layer)
    if folder is None:
        raise ValueError(f"it is damaged: layer {layer!r} is named, but there is no group of that name")
    found = []
    for name in hdf5.texts(folder, "weight_names") or ():
        array = hdf5.dataset(folder, name)
        if array is None:
            raise ValueError(f"it is damaged: weight {name!r} of layer {layer!r} is named, but not there")
        found.append((name, array))
    return found


def _of_layer(who: str, arrays: list[tuple[str, Any]], variables: list[Variable]) -> list[Pair]:
    if len(arrays) != len(variables):
        raise ValueError(
            f"the weights are of another model: {who} has {len(arrays)} weights, expected {len(variables)}"
        )
    return [Pair(name, variable, array) for (name, array), variable in zip(arrays, variables, strict=True)]
