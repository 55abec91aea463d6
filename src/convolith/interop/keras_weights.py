"""Keras 3's weights in HDF5: a layer's are the datasets "0", "1" ... of ``layers/<class>_<number>/vars``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convolith.graph.tensor import Variable
from convolith.interop import hdf5
from convolith.interop.pairs import Pair
from convolith.layers.input import InputLayer
from convolith.layers.layer import Layer
from convolith.layers.weights import RECORDS
from convolith.registry import snake_case

OTHERS = {"optimizer", "metrics", "_layer_checkpoint_dependencies"}  # what a file has beside the layers
DRAWING = "seed_generator"  # the state of Keras's random numbers, which means nothing to other generators


def layer_paths(model: Layer) -> dict[str, Layer]:
    """Return the layers of a model, each once, by the path under which Keras saves it; the model itself is at ""."""
    return dict(_walk(model, "", set()))


def pairs(root: Any, model: Layer) -> list[Pair]:
    """Put a file's weights beside a model's.

    Args:
        root: the file, opened.
        model: built.

    Raises:
        ValueError: the file has more than the model, or what is no plain data.
    """
    found = []
    used: set[str] = set()
    for path, layer in layer_paths(model).items():
        place = path
        if path and hdf5.member(root, path) is None:  # Keras 2.13 names the list of layers otherwise
            place = path.replace("layers", "_layer_checkpoint_dependencies")
        folder = _joined(place, "vars")
        for number, variable in enumerate(layer.own_weights):
            name = f"{folder}/{number}"
            found.append(Pair(name, variable, hdf5.dataset(root, name)))
            used.add(name)
    if not any(pair.array is not None for pair in found) and found:
        raise ValueError("there are none of Keras 3's weights in it")
    if left := sorted(_arrays(root) - used):
        raise ValueError(f"the weights are of another model: not in the model {left[:5]}")
    return found


def write(root: Any, model: Layer) -> None:
    """Write a model's weights as Keras 3 does.

    Args:
        root: a new file, opened for writing.
        model: built.
    """
    for path, layer in layer_paths(model).items():
        write_variables(root, path, layer.name, layer.own_weights)


def write_variables(root: Any, path: str, name: str, variables: list[Variable]) -> None:
    """Write variables under a path, with the name of what they belong to."""
    folder = root.create_group(_joined(path, "vars"))
    folder.attrs["name"] = name
    for number, variable in enumerate(variables):
        folder[str(number)] = variable.value


def _walk(layer: Layer, path: str, seen: set[int]) -> Iterator[tuple[str, Layer]]:
    """Yield a layer and those within it, those of a graph before those among the attributes, as Keras looks."""
    if id(layer) in seen:
        return
    seen.add(id(layer))
    yield path, layer
    if getattr(layer, "_graph", None) is not None:
        listed = [one for one in layer.layers if not isinstance(one, InputLayer)]  # type: ignore[attr-defined]
        yield from _walk_list(listed, _joined(path, "layers"), seen)
    for key in sorted(set(vars(layer)) - RECORDS, key=lambda key: f"~{key}" if key.startswith("_") else key):
        value = vars(layer)[key]
        if isinstance(value, Layer):
            yield from _walk(value, _joined(path, key), seen)
        elif isinstance(value, (list, tuple, dict)):
            yield from _walk_list(value, _joined(path, key), seen)


def _walk_list(items: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Layer]]:
    """Yield the layers in a list, named after their classes, and those in lists within it."""
    counts: dict[str, int] = {}
    for item in items.values() if isinstance(items, dict) else items:
        if not isinstance(item, (Layer, list, tuple, dict)):
            continue
        kind = snake_case(type(item).__name__) if isinstance(item, Layer) else "container"
        counts[kind] = counts.get(kind, -1) + 1
        place = _joined(path, f"{kind}_{counts[kind]}" if counts[kind] else kind)
        yield from _walk(item, place, seen) if isinstance(item, Layer) else _walk_list(item, place, seen)


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _arrays(root: Any) -> set[str]:
    """Name the datasets of the layers in a file."""
    package = hdf5.h5py("reading HDF5")
    names: set[str] = set()

    def visit(name: str, item: Any) -> None:
        parts = name.split("/")
        of_layers = parts[0] not in OTHERS or parts[0] == "_layer_checkpoint_dependencies"
        if isinstance(item, package.Dataset) and of_layers and DRAWING not in parts:
            names.add(name)

    root.visititems(visit)
    return names
