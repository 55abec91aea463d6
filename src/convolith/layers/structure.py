"""Lists, tuples and dicts of things: what a layer with several inputs or outputs takes and gives."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any


def flatten(structure: Any) -> list[Any]:
    """Return the leaves of nested lists, tuples and dicts, of these in the order of their keys, as Keras does."""
    leaves: list[Any] = []
    _collect((structure,), leaves)
    return leaves


def _collect(items: Iterable[Any], leaves: list[Any]) -> None:
    for item in items:
        if isinstance(item, (list, tuple)):
            _collect(item, leaves)
        elif isinstance(item, dict):
            _collect([item[key] for key in ordered_keys(item)], leaves)
        else:
            leaves.append(item)


def ordered_keys(items: dict[Any, Any]) -> list[Any]:
    """Return the keys of a dict in the order that counts: sorted, but for an OrderedDict and what has no order."""
    if isinstance(items, OrderedDict):
        return list(items)
    try:
        return sorted(items)
    except TypeError:
        return list(items)


def map_structure(function: Callable[[Any], Any], structure: Any) -> Any:
    """Return the same nesting with ``function`` applied to each leaf, in the order of ``flatten``."""
    if isinstance(structure, (list, tuple)):
        mapped = [map_structure(function, item) for item in structure]
        return mapped if isinstance(structure, list) else tuple(mapped)
    if isinstance(structure, dict):
        by_key = {key: map_structure(function, structure[key]) for key in ordered_keys(structure)}
        return {key: by_key[key] for key in structure}
    return function(structure)


def is_shape(value: Any) -> bool:
    """Tell a shape (a tuple or list of integers and None) from a list of shapes."""
    return isinstance(value, (tuple, list)) and all(item is None or isinstance(item, int) for item in value)


def as_shapes(value: Any) -> Any:
    """Turn the lists that JSON made of shapes, which may lie within lists and dicts, back into tuples."""
    if is_shape(value):
        return tuple(value)
    if isinstance(value, dict):
        return {key: as_shapes(item) for key, item in value.items()}
    return None if value is None else [as_shapes(item) for item in value]
